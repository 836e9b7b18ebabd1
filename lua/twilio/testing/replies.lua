--- What a double answers: records, lists, errors, failures of the network.

local core = require "twilio.core"
core.keep(...)
local answers = require "twilio.testing.answers"
local json = require "twilio.json"

local replies = {}

-- The class of replies. A reply has no fields, so that programs cannot mistake it for a table of
-- fields.
local Reply = { __name = "twilio.testing.reply", __metatable = "twilio.testing.reply" }

-- Maps a reply to a function of the fake and the request. The function returns what a transport returns.
local all = setmetatable({}, { __mode = "k" })

local function new(respond)
  local reply = setmetatable({}, Reply)
  all[reply] = respond
  return reply
end

-- ---- responses ----

local JSON = "application/json"

local function response(status, body, headers)
  local all_headers = { ["content-type"] = body and JSON or nil, ["twilio-request-id"] = "RQ00000000000000000000000000000001" }
  for name, value in pairs(headers or {}) do all_headers[name:lower()] = tostring(value) end
  return { status = status, headers = all_headers, body = body or "" }
end

local RESPONSE = setmetatable({ status = true, headers = true, body = true, json = true }, { __index = core.index "the table of fake:response" })

--- A response as it is, without anything added: { status =, headers =, body = or json = }.
function replies.response(fields)
  if type(fields) ~= "table" then core.misuse("fake:response takes a table, got " .. type(fields)) end
  for name in pairs(fields) do
    if not RESPONSE[name] then core.misuse "the names of a response are strings" end
  end
  local status = fields.status or 200
  if type(status) ~= "number" or status < 200 or status > 599 then
    core.misuse("the status of a response is a number from 200 to 599, got " .. tostring(status))
  end
  if fields.body and fields.json ~= nil then core.misuse "pass the body or the json of a response, not both" end
  local body = fields.body
  if fields.json ~= nil then body = json.encode(fields.json) end
  if body ~= nil and type(body) ~= "string" then core.misuse("the body of a response is a string, got " .. type(body)) end
  local headers = { ["content-type"] = fields.json ~= nil and JSON or nil }
  for name, value in pairs(fields.headers or {}) do headers[name:lower()] = tostring(value) end
  return new(function() return { status = status, headers = headers, body = body or "" } end)
end

-- ---- errors ----

local FAIL = setmetatable({ message = true, retry_after = true, details = true }, { __index = core.index "the options of fake:fail" })

--- An error of Twilio, such as fail(429, 20429, { retry_after = 2 }). The message is by default the
-- title of the code. Without a code the body is empty, as the answers of proxies are.
function replies.fail(status, code, options)
  if type(status) ~= "number" or status < 400 or status > 599 then
    core.misuse("the status of a failure is a number from 400 to 599, got " .. tostring(status))
  end
  if code ~= nil and type(code) ~= "number" then core.misuse("the code of a failure is a number such as 20404, got " .. type(code)) end
  if options ~= nil and type(options) ~= "table" then core.misuse("the options of fake:fail are a table, got " .. type(options)) end
  options = options or {}
  for name in pairs(options) do local _ = FAIL[name] end
  local known = code and require("twilio.explain").explain(code)
  local body = code and json.encode {
    status = status, code = code, details = options.details, message = options.message or known and known.title or "error " .. code,
    more_info = "https://www.twilio.com/docs/errors/" .. core.number(code),
  }
  return new(function() return response(status, body, { ["retry-after"] = options.retry_after }) end)
end

-- ---- failures of the network ----

-- Name to kind, sent and libcurl's message.
local FAULTS = setmetatable({
  timeout = { "timeout", "maybe", "Operation timed out after %d milliseconds with 0 bytes received (option timeout)" },
  connect_timeout = { "timeout", "no", "Connection timed out (option connect_timeout)" },
  reset = { "network", "maybe", "Recv failure: Connection reset by peer" },
  refused = { "network", "no", "Failed to connect: Connection refused" },
  unresolved = { "network", "no", "Could not resolve host" },
  tls = { "tls", "no", "SSL certificate problem: self-signed certificate" },
}, { __index = core.index "fake:fault" })

--- A failure that was recorded.
function replies.failure(message, kind, sent)
  return new(function() return nil, message, { kind = kind, sent = sent } end)
end

--- A failure of the network: "timeout" and "reset" after the request was sent, "connect_timeout",
-- "refused", "unresolved" and "tls" before.
function replies.fault(name)
  if type(name) ~= "string" then core.misuse('fake:fault takes a name such as "timeout", got ' .. type(name)) end
  local kind, sent, message = FAULTS[name][1], FAULTS[name][2], FAULTS[name][3]
  return new(function(_, request)
    return nil, message:format((request.timeout or 30) * 1000), { kind = kind, sent = sent }
  end)
end

-- ---- lists ----

local LIST = setmetatable({ page_size = true }, { __index = core.index "the options of fake:list" })

local function whole(text) return tonumber(text) and math.max(1, math.floor(tonumber(text))) end

-- The links of a page lead to the double, which has the further pages in fake.pages.
local function respond_page(fake, request, records, first, size)
  local token
  if first + size <= #records then
    token = ("PT%032d"):format(fake:next_number "page")
    fake.pages[token] = function(later) return respond_page(fake, later, records, first + size, size) end
  end
  local page = {}
  for i = first, math.min(first + size - 1, #records) do page[#page + 1] = records[i] end
  return response(200, answers.list(fake, request, page, { size = size, number = math.floor((first - 1) / size), token = token }))
end

--- A list of records, in pages. `page_size` is by default the PageSize of the request, or 50.
function replies.list(records, options)
  if type(records) ~= "table" then core.misuse("fake:list takes an array of records, got " .. type(records)) end
  if options ~= nil and type(options) ~= "table" then core.misuse("the options of fake:list are a table, got " .. type(options)) end
  for name in pairs(options or {}) do local _ = LIST[name] end
  local size = options and options.page_size
  if size ~= nil and whole(size) ~= size then core.misuse "page_size is a whole number from 1" end
  local copy = {}
  for i, record in ipairs(records) do copy[i] = record end
  return new(function(fake, request)
    return respond_page(fake, request, copy, 1, size or whole(request.params.page_size) or 50)
  end)
end

-- ---- the replies of a rule ----

local function is_reply(value) return all[value] ~= nil end

local function is_sequence(value)
  return type(value) == "table" and not is_reply(value) and value[1] ~= nil
end

--- Returns the number of replies in an array of replies; nil for a single reply.
function replies.count(reply)
  return is_sequence(reply) and #reply or nil
end

--- Returns the reply number n of a rule: an element of an array of replies, or the single reply.
function replies.at(reply, n)
  if is_sequence(reply) then return reply[n] end
  return reply
end

local function check(reply)
  local kind = type(reply)
  if reply == nil or kind == "function" or is_reply(reply) or kind == "table" or answers.is_record(reply) then return end
  core.misuse("a reply is a table of fields, a record, a function, or a result of fake:fail, fake:list, fake:fault or fake:response, got " .. kind)
end

-- Checks the fields of a record at the line of the rule, because the request may come much later.
local function check_fields(reply, operation)
  if type(reply) == "table" and not is_reply(reply) and operation then answers.check(operation, reply) end
end

--- Raises if a program has passed something else in place of a reply.
-- @param operations the operations that the rule may match, or nil
function replies.check(reply, operations)
  local operation = operations and #operations == 1 and operations[1] or nil
  for i = 1, replies.count(reply) or 1 do
    check(replies.at(reply, i))
    check_fields(replies.at(reply, i), operation)
  end
  if replies.count(reply) and replies.count(reply) == 0 then core.misuse "an array of replies has at least one reply" end
end

--- Returns what a transport returns for a request that has one record as its answer, or a list of
-- one record.
function replies.record(fake, request, fields)
  local status, body = answers.record(fake, request, fields)
  return response(status, body)
end

--- Returns what a transport returns for a reply. Calls functions until they return another reply.
function replies.respond(reply, fake, request)
  while type(reply) == "function" do
    reply = reply(request)
    check(reply)
  end
  if is_reply(reply) then return all[reply](fake, request) end
  if is_sequence(reply) then core.misuse "a function returns one reply, not an array of replies: for a list return fake:list{ … }" end
  local status, body = answers.one(fake, request, reply)
  return response(status, body)
end

return replies
