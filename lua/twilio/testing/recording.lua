--- Records the requests of a client and their answers in a file, and replays them.
--
-- The file has one JSON object per line. The first one is { format, keep, version }. Each attempt has
-- a further one, { request, response } or { request, failure }. Names are sorted, so that a new
-- recording shows its changes.

local core = require "twilio.core"
core.keep(...)
local descriptions = require "twilio.testing.request"
local fakes = require "twilio.testing.fake"
local file_error = require "twilio.file_error"
local json = require "twilio.json"
local masking = require "twilio.testing.masking"
local replies = require "twilio.testing.replies"

local recording = {}

local FORMAT, VERSION = "twilio.testing", 1

local OPTIONS = setmetatable({ keep = true }, { __index = core.index "the options of testing.record" })

local function check_path(path)
  if type(path) ~= "string" then core.misuse("the path of a recording must be a string, got " .. type(path)) end
end

local function check_options(options)
  if options ~= nil and type(options) ~= "table" then core.misuse("the options of testing.record are a table, got " .. type(options)) end
  for name in pairs(options or {}) do local _ = OPTIONS[name] end
  local keep = options and options.keep or {}
  if type(keep) ~= "table" then core.misuse "keep is an array of names, such as { \"friendly_name\" }" end
  for _, name in ipairs(keep) do
    if type(name) ~= "string" then core.misuse "keep is an array of names, such as { \"friendly_name\" }" end
  end
  return keep
end

-- ---- recording ----

local Recording = { __name = "twilio.testing.recording" }
Recording.__index = setmetatable(Recording, { __index = core.index "a recording" })

local KEPT_HEADERS = { "content-type", "retry-after" }

local function response_of(masker, request, response)
  local headers = {}
  for _, name in ipairs(KEPT_HEADERS) do headers[name] = response.headers[name] end
  return { status = response.status, headers = headers, body = masking.body(masker, request, response.status, response.body) }
end

-- The messages of the failures that a transport can return, by kind and `sent`. They replace those
-- of libcurl, which have addresses and times.
local MESSAGES = {
  network = { no = "the connection could not be established", maybe = "the connection was lost" },
  timeout = { no = "Connection timed out", maybe = "Operation timed out" },
  tls = { no = "the TLS handshake failed", maybe = "the TLS connection failed" },
}

local function exchange_of(masker, request, response, failure)
  local exchange = {
    request = {
      method = request.method, product = request.product, path = masking.path(masker, request.product, request.path),
      params = masking.params(masker, request),
    },
  }
  if response then
    exchange.response = response_of(masker, request, response)
  else
    local sent = failure.sent == "no" and "no" or "maybe"
    exchange.failure = { kind = failure.kind, sent = sent, message = MESSAGES[failure.kind][sent] }
  end
  return exchange
end

-- Returns the line of an exchange. A slash needs no escape, and the file is read by people.
local function line_of(exchange) return (json.encode(exchange):gsub("\\/", "/")) end

-- The trace function of clients. An error here would be lost, so save() reports it.
local function trace(self, exported, response, _, failure)
  if failure and failure.kind == "cancelled" then return end
  if failure and not MESSAGES[failure.kind] then
    self.problem = self.problem or ("a %s ended with the kind '%s', which cannot be replayed"):format(exported.method, failure.kind)
    return
  end
  local ok, line = pcall(function()
    local request = descriptions.new(exported)
    masking.learn(self.masker, request)
    return line_of(exchange_of(self.masker, request, response, failure))
  end)
  if ok then
    self.lines[#self.lines + 1] = line
  else
    self.problem = self.problem or line
  end
end

--- testing.record(path, { keep = }): returns a recording. Pass its field `trace` as the option
-- `trace` of a client that sends real requests. Secrets and personal data are masked. `keep` is an
-- array of names of parameters and fields. Their texts are not masked.
function recording.record(path, options)
  check_path(path)
  local keep = check_options(options)
  local self = { path = path, keep = keep, masker = masking.new(keep), lines = {}, problem = false }
  function self.trace(...) return trace(self, ...) end
  return setmetatable(self, Recording)
end

--- recording:save(): writes the file, which replaces a former one when it is complete.
-- Returns the number of recorded attempts; or nil, message, err of the kind `file`. Raises if an
-- attempt could not be recorded.
function Recording:save()
  if getmetatable(self) ~= Recording then core.misuse "call 'save' on a recording, with ':'" end
  if self.problem then core.misuse("the recording is incomplete: " .. tostring(self.problem)) end
  local file, reason = core.atomic_file(self.path)
  local head = json.encode { format = FORMAT, version = VERSION, keep = json.array(self.keep) }
  local ok = file
  if ok then ok, reason = file:write(head .. "\n" .. table.concat(self.lines, "\n") .. (#self.lines > 0 and "\n" or "")) end
  if ok then ok, reason = file:commit() end
  if not ok then return file_error.new("write", self.path, reason, "no") end
  return #self.lines
end

-- ---- replaying ----

local function read_lines(path)
  local file, problem = io.open(path, "rb")
  if not file then core.misuse("cannot read the recording: " .. tostring(problem)) end
  local text = file:read "*a"
  file:close()
  local lines = {}
  for line in text:gmatch "[^\r\n]+" do lines[#lines + 1] = line end
  return lines
end

local function decode(path, number, line)
  local value, problem = core.json_decode(line)
  if type(value) ~= "table" then core.misuse(("%s:%d: no JSON object: %s"):format(path, number, problem or "another value")) end
  return value
end

-- Returns the reply for a recorded exchange.
local function reply_of(path, number, exchange)
  local response, failure = exchange.response, exchange.failure
  if type(failure) == "table" then return replies.failure(failure.message, failure.kind, failure.sent) end
  if type(response) ~= "table" then core.misuse(("%s:%d: neither a response nor a failure"):format(path, number)) end
  local is_text = type(response.body) == "string"
  return replies.response {
    status = response.status, headers = response.headers, body = is_text and response.body or nil, json = not is_text and response.body or nil,
  }
end

-- Gathers the exchanges with equal requests: an array of { request, replies, position }.
local function groups_of(path, lines)
  local groups, by_key = {}, {}
  for number = 2, #lines do
    local exchange = decode(path, number, lines[number])
    if type(exchange.request) ~= "table" then core.misuse(("%s:%d: no request"):format(path, number)) end
    local key = json.encode(exchange.request)
    local group = by_key[key]
    if not group then
      group = { request = exchange.request, replies = {}, position = ("%s:%d"):format(path, number) }
      groups[#groups + 1], by_key[key] = group, group
    end
    group.replies[#group.replies + 1] = reply_of(path, number, exchange)
  end
  return groups
end

-- Returns a function from a request to the masked request.
local function view_of(masker)
  local views = setmetatable({}, { __mode = "k" })
  return function(request)
    if not views[request] then
      masking.learn(masker, request)
      views[request] = descriptions.with(request, masking.path(masker, request.product, request.path), masking.params(masker, request))
    end
    return views[request]
  end
end

--- testing.replay(path): returns a fake that answers as a recording does. It expects each recorded
-- request, with equal method, path and parameters after masking.
-- Raises for a file that cannot be read, or is no recording.
function recording.replay(path, options)
  check_path(path)
  local lines = read_lines(path)
  local head = lines[1] and core.json_decode(lines[1])
  if type(head) ~= "table" or head.format ~= FORMAT then core.misuse(path .. " is no recording of twilio.testing") end
  if head.version ~= VERSION then
    core.misuse(("%s has the version %s, and this library reads version %d: record it again"):format(path, tostring(head.version), VERSION))
  end
  local fake, view = fakes.new(options), view_of(masking.new(head.keep))
  for _, group in ipairs(groups_of(path, lines)) do fake:replay(group, view) end
  return fake
end

return recording
