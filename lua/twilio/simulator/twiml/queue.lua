--- <Enqueue> and <Leave>, and <Queue> in <Dial>.
--
-- A call in a queue follows the document of its waitUrl, over and over, until another call dials the queue.
local call_script = require "twilio.simulator.call_script"
local document = require "twilio.simulator.document"
local queues = require "twilio.simulator.queues"

local queue = {}

local MOST_SIZE = 100

-- ---- waiting ----

local function place_of(line, room, member)
  local waited = line.store.now - member.entered
  return {
    { "QueuePosition", queues.place(room, member) or 0 }, { "QueueSid", room.sid }, { "QueueTime", waited }, { "AvgQueueTime", waited },
    { "CurrentQueueSize", #room.members }, { "MaxQueueSize", MOST_SIZE },
  }
end

-- Follows the waitUrl until its document leaves the queue. Taking the call out of the queue stops the script.
-- @return "leave" or "end", when the document says so
local function wait(line, element, room, member)
  local base, url = line.base, document.attribute(element, "waitUrl")
  local request = url and { url = call_script.resolve(line, url), method = document.attribute(element, "waitUrlMethod", "POST"):upper() }
  while request and line.store.webhooks:reaches(request.url) do
    local started = line.store.now
    local result = line:ask { kind = "queue.wait", url = request.url, method = request.method, parameters = place_of(line, room, member) }
    line.base = result.url
    local root = document.read(result)
    if not root then break end
    local outcome = call_script.follow(line, root)
    if outcome == "leave" or outcome == "end" then
      line.base = base
      return outcome
    end
    if type(outcome) == "table" then request = outcome end
    if line.store.now == started then line:await({}, 1) end -- the document takes no time
  end
  line:rest()
end

local function parameters_of(line, room, member, result)
  return { { "QueueResult", result }, { "QueueSid", room.sid }, { "QueueTime", line.store.now - member.entered } }
end

-- The call was taken out of the queue by the call of `agent`: they talk until one hangs up.
local function talk(line, agent)
  line:note("Enqueue", "is connected with " .. agent.call.to)
  line:on_stop(function() agent:deliver("queue", line.call) end)
  line:await { queue = true }
  line:done()
  agent:deliver("queue", line.call)
end

call_script.verbs.Enqueue = function(line, element, path, rest)
  local room = queues.open(line.store, line.call.account_sid, document.text(element) ~= "" and document.text(element) or "default")
  line:note("Enqueue", room.friendly_name, path)
  local request = call_script.request(line, element, "action")
  if request then request.kind = "queue.action" end
  local member = queues.enter(line.store, room, line)
  -- The agent's script calls this: the wait script is replaced by the talk.
  function member.connect(agent)
    line:start("connected", function()
      talk(line, agent)
      if request then request.parameters = parameters_of(line, room, member, "bridged") end
      call_script.run(line, request or rest)
    end)
  end
  line:on_stop(function(why)
    queues.leave(line.store, room, member)
    if why ~= "hangup" or not request then return end
    request.parameters = parameters_of(line, room, member, "hangup")
    line:notify(request)
  end)
  local outcome = wait(line, element, room, member)
  line:done()
  queues.leave(line.store, room, member)
  if outcome == "end" then return "end" end
  if request then request.parameters = parameters_of(line, room, member, "leave") end
  return request
end

call_script.verbs.Leave = function(line, _, path)
  line:note("Leave", nil, path)
  return "leave"
end

-- ---- dialling ----

-- Waits until somebody is in the queue.
local function first_of(line, room, timeout)
  if room.members[1] then return room.members[1] end
  local function forget()
    for place, agent in ipairs(room.agents) do
      if agent == line then return table.remove(room.agents, place) end
    end
  end
  room.agents[#room.agents + 1] = line
  line:on_stop(forget)
  line:await({ member = true }, timeout)
  line:done()
  forget()
  return room.members[1]
end

--- Connects the call with the first call of a queue.
-- @return the parameters of the action of <Dial>
function queue.dial(line, dial, element)
  local room = queues.open(line.store, line.call.account_sid, document.text(element))
  line:note("Queue", room.friendly_name)
  local member = first_of(line, room, math.floor(document.number(dial, "timeout", 30)))
  if not member then return { { "DialCallStatus", "no-answer" } } end
  local other, started = member.call, line.store.now
  line:on_stop(function() member.line:deliver "queue" end)
  member.connect(line)
  line:await { queue = true }
  line:done()
  return {
    { "DialCallStatus", "completed" }, { "DialCallSid", other.sid }, { "DialCallDuration", line.store.now - started },
    { "DialBridged", "true" },
  }
end

return queue
