--- Webhooks: signs requests to the program under test, sends them, repeats them as Twilio does, and keeps
-- them with their answers.
--
-- The simulator sends requests to this machine only, so that a test never reaches another server. With
-- --webhook-base, other URLs go to the server at this base, as through a tunnel: the header Host, the path
-- and the signature are those of the URL. --anywhere sends them to their own hosts.
local basexx = require "basexx"
local cqueues = require "cqueues"
local http = require "twilio.simulator.http"
local outgoing = require "twilio.simulator.outgoing"
local overrides = require "twilio.simulator.overrides"
local signature = require "twilio.simulator.signature"
local tasks = require "twilio.simulator.tasks"
local urls = require "twilio.simulator.url"

local webhooks = {}
local Webhooks = {}
Webhooks.__index = Webhooks

local MOST_REDIRECTS = 5
local MOST_KEPT = 1000

--- @param options the options of the program: base = URL or nil, anywhere = true or nil
-- @param store the store, for tokens of accounts and for identifiers
-- @param running the tasks that send, see tasks.lua
-- @param events see events.lua
function webhooks.new(options, store, running, events)
  return setmetatable({
    base = options.base and options.base:gsub("/+$", ""), anywhere = options.anywhere, store = store, tasks = running, events = events,
    log = {}, sent = 0, waiting = {}, requests = setmetatable({}, { __mode = "k" }), -- the request of each entry, to send it again
  }, Webhooks)
end

local function is_here(host)
  return host == "localhost" or host:match "^127%.%d+%.%d+%.%d+$" or host == "::1" or host:match "%.localhost$"
end

--- Returns the parts of a URL with the server that gets its requests; nil if no request may be sent.
local function place_of(self, url)
  local place = urls.split(url)
  if not place then return nil end
  if self.anywhere or is_here(place.host) then return place end
  local base = self.base and urls.split(self.base)
  if not base then return nil end
  local prefix = base.target == "/" and "" or base.target
  place.target, place.tunnel = prefix .. place.target, place.scheme
  place.scheme, place.host, place.port = base.scheme, base.host, base.port
  return place
end

--- Returns whether the simulator sends requests to this URL.
function Webhooks:reaches(url)
  return url ~= nil and place_of(self, (overrides.split(url))) ~= nil
end

local function form_text(parameters)
  local parts = {}
  for index, pair in ipairs(parameters) do parts[index] = http.encode(pair[1]) .. "=" .. http.encode(pair[2]) end
  return (table.concat(parts, "&"):gsub("%%20", "+"))
end

-- ---- one attempt ----

local function headers_of(place, entry, body)
  local headers = {
    { "Host", place.authority }, { "User-Agent", "TwilioProxy/1.1" }, { "Accept", "*/*" }, { "Connection", "close" },
    { "I-Twilio-Idempotency-Token", entry.token }, { "X-Twilio-Signature", entry.signature },
  }
  if place.tunnel then headers[#headers + 1] = { "X-Forwarded-Proto", place.tunnel } end
  if place.user then headers[#headers + 1] = { "Authorization", "Basic " .. basexx.to_base64(http.decode(place.user)) } end
  if entry.method == "POST" then
    headers[#headers + 1] = { "Content-Type", "application/x-www-form-urlencoded; charset=UTF-8" }
    headers[#headers + 1] = { "Content-Length", tostring(#body) }
  end
  return headers
end

--- Sends the request of an entry once, and notes the answer in the entry.
local function attempt(entry, place, limits, body)
  local started = cqueues.monotime()
  local fine, answer, problem = tasks.call(outgoing.send, {
    method = entry.method, scheme = place.scheme, host = place.host, port = place.port, target = place.target, body = body,
    headers = headers_of(place, entry, body), connect_timeout = limits.connect, read_timeout = limits.read,
  })
  if not fine then answer, problem = nil, { stage = "connect", message = tostring(answer) } end
  entry.attempts[#entry.attempts + 1] = {
    status = answer and answer.status, error = problem and problem.message, timeout = problem and problem.timeout or nil,
    milliseconds = math.floor((cqueues.monotime() - started) * 1000),
  }
  return answer, problem
end

local function is_repeated(limits, answer, problem)
  if problem then return problem.stage == "connect" and limits.on.ct or problem.stage == "read" and limits.on.rt end
  return answer.status >= 500 and limits.on["5xx"] or answer.status >= 400 and answer.status < 500 and limits.on["4xx"]
end

--- Sends the request of an entry, and repeats it as the overrides of its URL say.
local function attempts(self, entry, limits, body)
  local place = place_of(self, entry.url)
  local answer, problem
  local ends = cqueues.monotime() + limits.total
  for _ = 0, limits.retries do
    answer, problem = attempt(entry, place, limits, body)
    if not is_repeated(limits, answer, problem) or cqueues.monotime() >= ends then break end
  end
  return answer, problem
end

-- ---- redirects and errors ----

local function error_code(answer, problem)
  if not problem then return answer.status >= 400 and 11200 or answer.status >= 300 and 11215 or nil end
  if problem.stage == "connect" then
    return problem.message:find "[Nn]ame" and 11210 or problem.message:find "[sS][sS][lL]" and 11220 or 11205
  end
  return problem.timeout and 11200 or 11206
end

local function sign(self, entry, parameters)
  local account = self.store.accounts[entry.account_sid]
  entry.signature = signature.of(account.auth_token, entry.url, entry.method == "POST" and parameters or {})
end

--- Sends an entry, and follows redirects.
local function deliver(self, entry, parameters, limits)
  for _ = 0, MOST_REDIRECTS do
    local body = entry.method == "POST" and form_text(parameters) or ""
    sign(self, entry, parameters)
    local answer, problem = attempts(self, entry, limits, body)
    local location = answer and answer.status >= 300 and answer.status < 400 and answer.headers.location
    local url = location and urls.resolve(entry.url, location)
    if not url or not self:reaches(url) then return answer, problem end
    if answer.status < 307 then entry.method, parameters = "GET", {} end
    entry.url, entry.redirected = url, true
  end
  return nil, { stage = "read", message = "more than " .. MOST_REDIRECTS .. " redirects" }
end

local function keep(self, entry)
  self.log[#self.log + 1] = entry
  if #self.log > MOST_KEPT then table.remove(self.log, 1) end
end

local function parameters_of(parameters)
  local values = {}
  for _, pair in ipairs(parameters) do values[pair[1]] = pair[2] end
  return values
end

local function uuid(store)
  local hex = store:hex()
  return hex:sub(1, 8) .. "-" .. hex:sub(9, 12) .. "-4" .. hex:sub(14, 16) .. "-a" .. hex:sub(18, 20) .. "-" .. hex:sub(21, 32)
end

--- Sends a webhook.
-- @param request { kind = "voice", "status", … for the log, account_sid, resource_sid = the call or message,
-- url, method = "POST" unless given, parameters = array of { name, value }, replay_of = nil or the number of
-- the entry that is sent again }
-- @param done nil, or function(result) that is called with { url = the URL of the answer, status, headers, body,
-- error_code, message }; error_code is Twilio's, nil if the answer can be used
-- @return the entry of the log. It is complete when the tasks are settled.
function Webhooks:send(request, done)
  local url, limits = overrides.split(request.url)
  local method = request.method or "POST"
  local parameters, document_url = {}, url
  for index, pair in ipairs(request.parameters) do parameters[index] = { pair[1], tostring(pair[2]) } end
  if method == "GET" and #parameters > 0 then url = url .. (url:find("?", 1, true) and "&" or "?") .. form_text(parameters) end
  self.sent = self.sent + 1
  local entry = {
    number = self.sent, kind = request.kind, account_sid = request.account_sid, resource_sid = request.resource_sid, method = method,
    url = url, parameters = parameters_of(parameters), token = uuid(self.store), attempts = {}, now = self.store.now,
    replay_of = request.replay_of,
  }
  self.requests[entry] = request
  keep(self, entry)
  if not self:reaches(url) then
    entry.error = "not sent, because its server is not on this machine"
    self.events:publish("webhook", { webhook = entry })
    if done then done { url = url, error_code = 11210, message = entry.error } end
    return entry
  end
  self.tasks:run(function()
    local answer, problem = deliver(self, entry, parameters, limits)
    entry.status, entry.body = answer and answer.status, answer and answer.body
    entry.content_type = answer and answer.headers["content-type"]
    entry.error = problem and problem.message
    entry.error_code = error_code(answer, problem)
    self.events:publish("webhook", { webhook = entry })
    if done then
      done {
        url = entry.redirected and entry.url or document_url, status = entry.status, headers = answer and answer.headers or {},
        body = entry.body or "", error_code = entry.error_code, message = entry.error or answer and "the answer was " .. answer.status,
      }
    end
  end)
  return entry
end

--- Sends a webhook after those of the same resource that were sent by this function before.
function Webhooks:send_in_order(request)
  local waiting = self.waiting[request.resource_sid]
  if waiting then
    waiting[#waiting + 1] = request
    return
  end
  waiting = { request }
  self.waiting[request.resource_sid] = waiting
  local function send_next()
    local first = table.remove(waiting, 1)
    if not first then
      self.waiting[request.resource_sid] = nil
      return
    end
    self:send(first, send_next)
  end
  send_next()
end

return webhooks
