--- <Dial>: calls numbers, clients and SIP addresses, or joins a conference or a queue.
--
-- All numbers of one <Dial> ring at the same time. The first that answers is connected with the caller. The
-- connection ends when one side hangs up: the other side does so at the time that POST /_/clock sets.
local call_script = require "twilio.simulator.call_script"
local conference = require "twilio.simulator.twiml.conference"
local document = require "twilio.simulator.document"
local life = require "twilio.simulator.call_life"
local queue = require "twilio.simulator.twiml.queue"
local recordings = require "twilio.simulator.recordings"

local PREFIXES = { Number = "", Client = "client:", Sip = "", Sim = "sim:", WhatsApp = "whatsapp:" }
local LONGEST = 14400

-- The address of a noun. A <Client> may have its name in <Identity>.
local function address_of(noun)
  for _, child in ipairs(document.children(noun)) do
    if child.name == "Identity" then return "client:" .. document.text(child) end
  end
  local text = document.text(noun)
  if noun.name == "Number" then text = text:gsub("[%s().-]", "") end
  if noun.name == "Client" and text:find "^client:" then return text end
  return PREFIXES[noun.name] .. text
end

-- Returns the addresses to call: { to, element }.
local function targets_of(element)
  local targets = {}
  for _, child in ipairs(document.children(element)) do
    if PREFIXES[child.name] then targets[#targets + 1] = { to = address_of(child), element = child } end
  end
  local text = document.text(element)
  if #document.children(element) == 0 and text ~= "" then
    targets[1] = { to = address_of { name = "Number", text }, element = { name = "Number" } }
  end
  return targets
end

local function place(line, element, target)
  local store, parent = line.store, line.call
  local callback = document.attribute(target.element, "statusCallback")
  local child = life.add(store, store.accounts[parent.account_sid], {
    to = target.to, from = document.attribute(element, "callerId", parent.direction == "inbound" and parent.from or parent.to),
    status = "queued", direction = "outbound-dial", parent_call_sid = parent.sid, parent_line = line,
    status_callback = callback and call_script.resolve(line, callback),
    status_callback_method = document.attribute(target.element, "statusCallbackMethod"),
    status_callback_events = life.callback_events { document.attribute(target.element, "statusCallbackEvent", "") },
  })
  return child
end

life.on_status[#life.on_status + 1] = function(_, call)
  if call.parent_line then call.parent_line:deliver("child", call) end
end

local function end_all(store, children, except)
  for _, child in ipairs(children) do
    if child ~= except then life.finish(store, child, child.status == "in-progress" and "completed" or "canceled", store.now) end
  end
end

-- Returns the first child that is answered.
local function answered_of(children)
  for _, child in ipairs(children) do
    if child.status == "in-progress" then return child end
  end
end

local function any_rings(children)
  for _, child in ipairs(children) do
    if child.status == "queued" or child.status == "ringing" then return true end
  end
  return false
end

-- Waits until a child is answered, all have failed, or the time is over.
-- @return the child; or nil and DialCallStatus
local function ring(line, children, timeout)
  local ends = line.store.now + timeout
  while any_rings(children) and not answered_of(children) do
    if line:await({ child = true }, ends - line.store.now) == "time" then
      end_all(line.store, children)
      return nil, "no-answer"
    end
  end
  local child = answered_of(children)
  end_all(line.store, children, child)
  return child, children[#children].status
end

local RECORDED = {
  ["true"] = 1, ["record-from-answer"] = 1, ["record-from-ringing"] = 1, ["record-from-answer-dual"] = 2, ["record-from-ringing-dual"] = 2,
}

local function record(line, element)
  local channels = RECORDED[document.attribute(element, "record", "do-not-record")]
  if not channels then return nil end
  return recordings.add(line.store, line.call, line.store.now, {
    source = "DialVerb", channels = channels, track = "both",
    callback = recordings.callback(element, function(url) return call_script.resolve(line, url) end),
  })
end

-- Lets the two talk until one hangs up.
local function talk(line, element, child)
  local ends = line.store.now + math.floor(document.number(element, "timeLimit", LONGEST))
  local star = document.is_true(element, "hangupOnStar")
  while child.status == "in-progress" do
    local kind, value = line:await({ child = true, digits = star }, ends - line.store.now)
    if kind == "time" or kind == "digits" and value:find("*", 1, true) then life.finish(line.store, child, "completed", line.store.now) end
  end
end

local function parameters_of(line, status, child, recording)
  local list = { { "DialCallStatus", status }, { "DialBridged", tostring(child ~= nil and child.bridged == true) } }
  if child then list[#list + 1] = { "DialCallSid", child.sid } end
  if child and child.bridged then list[#list + 1] = { "DialCallDuration", child.duration } end
  if recording then list[#list + 1] = { "RecordingUrl", recordings.url(line.store, recording) } end
  return list
end

-- Calls the targets. Returns the parameters of the action.
local function call(line, element, targets, request)
  local store, children = line.store, {}
  for index, target in ipairs(targets) do children[index] = place(line, element, target) end
  local recording
  line:on_stop(function(why)
    local child = answered_of(children)
    if child then child.bridged = true end
    end_all(store, children)
    if recording then recordings.complete(store, recording, store.now - recording.start_time) end
    if why ~= "hangup" or not request then return end
    request.parameters = parameters_of(line, child and "completed" or "canceled", child or children[#children], recording)
    line:notify(request)
  end)
  local child, status = ring(line, children, math.floor(document.number(element, "timeout", 30)))
  if child then
    line:note("Dial", "is connected with " .. child.to)
    child.bridged = true
    recording = record(line, element)
    talk(line, element, child)
    status = "completed"
    if recording then recordings.complete(store, recording, store.now - recording.start_time) end
  end
  line:done()
  return parameters_of(line, status, child or children[#children], recording)
end

call_script.verbs.Dial = function(line, element, path)
  line:note("Dial", document.text(element), path)
  local request = call_script.request(line, element, "action")
  if request then request.kind = "voice.dial" end
  local parameters
  for _, child in ipairs(document.children(element)) do
    if child.name == "Conference" then parameters = conference.join(line, child) end
    if child.name == "Queue" then parameters = queue.dial(line, element, child) end
  end
  local targets = parameters and {} or targets_of(element)
  if #targets > 0 then parameters = call(line, element, targets, request) end
  if not request then return nil end
  request.parameters = parameters or { { "DialCallStatus", "failed" } }
  return request
end
