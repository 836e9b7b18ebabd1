--- Follows the TwiML of a call: fetches documents, and lets the call do what their verbs say.
--
-- A verb is function(line, element, path, rest) in a file of twiml/. It returns nothing to go on with the next
-- verb, a request { url, method, kind, parameters } for a document that replaces this one, "end", or "leave" to
-- leave a queue. `rest` is the request for the elements after the verb.
local document = require "twilio.simulator.document"
local life = require "twilio.simulator.call_life"
local lines = require "twilio.simulator.line"
local notifications = require "twilio.simulator.notifications"
local urls = require "twilio.simulator.url"

local call_script = {}

-- Filled by the files of twiml/, which need call_script themselves.
local verbs = {}
call_script.verbs = verbs

-- Verbs of Twilio that the simulator does not follow. They take no time.
local PASSED = {}
for name in ("AiSession Connect Echo Pay Prompt Refer Start Stop Stream Transcription Siprec"):gmatch "%S+" do PASSED[name] = true end

local APOLOGY = "An application error has occurred. Goodbye."

-- Documents of one call without time between them. More of them are a loop of redirects.
local MOST_DOCUMENTS = 200

-- ---- documents ----

local function report(line, code, message, request)
  notifications.report(line.store, line.call, code, message, request)
end

--- Returns the document of a request.
-- @return the root element; or nil, Twilio's error code and a message
local function fetch_once(line, request)
  if request.twiml then return document.parse(request.twiml) end
  if not line.store.webhooks:reaches(request.url) then return nil, 11210, "the simulator sends nothing to this server" end
  local result = line:ask { kind = request.kind or "voice.request", url = request.url, method = request.method, parameters = request.parameters }
  line.base = result.url
  local root, code, message = document.read(result)
  line.store.events:publish("twiml", { call_sid = line.call.sid, url = result.url, text = result.body })
  return root, code, message
end

--- Returns the document of a request, or of the fallback URL of the call. Reports errors.
-- @return nil if the call cannot go on
local function fetch(line, request)
  local root, code, message = fetch_once(line, request)
  if root then return root end
  report(line, code, message, request)
  local fallback = line.call.fallback_url
  if not fallback or fallback == "" or request.url == fallback then return nil end
  local second = {
    url = fallback, method = line.call.fallback_method, parameters = { { "ErrorCode", code }, { "ErrorUrl", request.url or "" } },
  }
  root, code, message = fetch_once(line, second)
  if not root then report(line, code, message, second) end
  return root
end

--- Returns the request for a URL in the document that is followed.
-- @param element the element with the attribute
-- @param name the attribute with the URL; its method is in the attribute "method"
-- @param default the URL without the attribute: "" is the document itself
-- @return nil without an attribute and a default
function call_script.request(line, element, name, default)
  local url = document.attribute(element, name, default)
  if not url then return nil end
  return { url = call_script.resolve(line, url), method = document.attribute(element, "method", "POST"):upper() }
end

--- Returns a URL of the document in full. A relative URL without a base stays as it is, and cannot be fetched.
function call_script.resolve(line, url)
  return urls.resolve(line.base or line.store.webhooks.base, url) or url
end

-- ---- verbs ----

-- A call that came in rings until its document is known. Its first verb answers it.
local function pick_up(line, element)
  if line.call.status == "ringing" and element.name ~= "Reject" then life.answer(line.store, line.call, line.store.now) end
end

-- Does what one element says.
local function follow(line, element, path, rest)
  local verb = verbs[element.name]
  if verb then
    pick_up(line, element)
    return verb(line, element, path, rest)
  end
  line:note(element.name, "the simulator does not follow this verb", path)
  if not PASSED[element.name] then report(line, 12200, "TwiML has no verb <" .. element.name .. "> here", { url = line.base }) end
end

--- Does what the elements of a document say.
-- @param first the place of the first element to follow, 1 if nil
-- @return the request for the next document, "end", "leave", or nil if there is nothing left to do
function call_script.follow(line, root, first)
  local elements = document.children(root)
  for index = first or 1, #elements do
    local outcome = follow(line, elements[index], { index }, { root = root, first = index + 1, base = line.base })
    if outcome then return outcome end
  end
end

--- Ends the call from its script, which does not go on.
function call_script.hang_up(line, status)
  life.finish(line.store, line.call, status or "completed", line.store.now)
  line:rest()
end

local function fail(line)
  if line.call.status == "ringing" then life.answer(line.store, line.call, line.store.now) end
  line:note("Say", APOLOGY)
  line:await({}, call_script.seconds_of(APOLOGY))
  call_script.hang_up(line)
end

local WORDS_PER_SECOND = 2.5

--- Returns how long a text is said, in whole seconds.
function call_script.seconds_of(text)
  local _, words = text:gsub("%S+", "")
  return math.max(math.ceil(words / WORDS_PER_SECOND), 1)
end

-- Returns the document of a request, or ends the call.
local function document_of(line, request, count)
  if request.root then
    line.base = request.base
    return request.root
  end
  if request.twiml then
    line.base = nil
    line.store.events:publish("twiml", { call_sid = line.call.sid, text = request.twiml })
  end
  if count > MOST_DOCUMENTS then
    report(line, 12100, "the documents redirect for ever", request)
    fail(line)
  end
  return fetch(line, request) or fail(line)
end

--- Follows documents in the script of a line, until there is none left. Then ends the call.
-- @param request { url, method, kind, parameters }, { twiml = text }, or { root, first, base } for a part of a document
function call_script.run(line, request)
  local time, count = line.store.now, 0
  while type(request) == "table" do
    count = line.store.now == time and count + 1 or 1
    time = line.store.now
    local root = document_of(line, request, count)
    request = call_script.follow(line, root, request.first)
  end
  if line.call.status == "ringing" then life.answer(line.store, line.call, line.store.now) end
  call_script.hang_up(line)
end

--- Lets a call follow a document.
-- @param request { url, method } or { twiml = text }
function call_script.start(store, call, request)
  local line = call.line or lines.open(store, call)
  line:start("redirected", function(self) call_script.run(self, request) end)
end

--- Lets a call follow a document after the response to the current request. The response shows the call
-- as it was before.
function call_script.start_later(store, call, request)
  store.webhooks.tasks:run(function()
    if life.is_live(call) then call_script.start(store, call, request) end
  end)
end

--- Returns whether the simulator can follow the document of a call. The others stay answered for some time.
function call_script.can_follow(store, request)
  return request.twiml ~= nil or store.webhooks:reaches(request.url)
end

-- ---- life ----

life.on_answer[#life.on_answer + 1] = function(store, call)
  local request = { url = call.url, method = call.method, twiml = call.twiml }
  if not call.line and (call.url or call.twiml) and call_script.can_follow(store, request) then call_script.start(store, call, request) end
end

life.on_end[#life.on_end + 1] = function(_, call)
  if call.line then call.line:stop "hangup" end
end

return call_script
