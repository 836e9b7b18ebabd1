-- Clients with a transport that records all requests, so that specs can compare them. The transport
-- returns a fixed response.
local coverage = require "spec.support.coverage"
local twilio = require "twilio"

local support = {}

support.account_sid = "AC00000000000000000000000000000001"
support.auth_token = "token of the specs"
support.authorization = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTp0b2tlbiBvZiB0aGUgc3BlY3M="
support.account_url = "https://api.twilio.com/2010-04-01/Accounts/" .. support.account_sid

-- This body is a valid record and a valid empty list.
local ANSWER = { status = 200, headers = { ["content-type"] = "application/json" }, body = '{"sid":"XX1","status":"queued","records":[]}' }

--- Returns a client and the list of its requests. `options` are added to its options. `answer` is
-- the response of the transport, or a function(request) that returns the response.
function support.client(options, answer)
  local requests = {}
  local all = { account_sid = support.account_sid, auth_token = support.auth_token, retries = 0 }
  function all.transport(request)
    requests[#requests + 1] = request
    if type(answer) == "function" then return answer(request) end
    return answer or ANSWER
  end
  for name, value in pairs(options or {}) do all[name] = value end
  return twilio.client(all), requests
end

--- Returns the message that `f` raises, without its position, and the position.
function support.misuse(f, ...)
  local ok, message = pcall(f, ...)
  if ok then error("nothing was raised", 2) end
  local position, text = tostring(message):match "^([^\n]-:%d+:) (.*)$"
  return text or message, position or ""
end

--- Returns a value as error messages about options show it. Ten or more digits are masked, because
-- they may be a phone number. Texts that may be secrets are not handled here.
function support.shown(value)
  if type(value) == "string" then return '"' .. value .. '"' end
  local text = (type(value) == "table" or type(value) == "function") and type(value) or tostring(value)
  return (text:gsub("^%d%d%d%d%d%d%d%d%d%d+", function(digits) return ("*"):rep(#digits - 4) .. digits:sub(-4) end))
end

--- Returns a client of a fault server that responds once `n` requests are waiting.
function support.gathering(faults, n, options)
  local all = { account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/gather/" .. n, timeout = 10 }
  for name, value in pairs(options or {}) do all[name] = value end
  return require "twilio".client(all)
end

--- Calls `call(client)`, which must send one request. Returns this request.
function support.sent(call, options)
  local client, requests = support.client(options)
  call(client)
  if #requests ~= 1 then error(#requests .. " requests instead of one", 2) end
  return requests[1]
end

--- Appends to `texts` the text of each value, and the texts of everything that is reachable from
-- its tables and their metatables.
function support.collect_texts(texts, ...)
  local seen
  local function collect(value)
    texts[#texts + 1] = tostring(value)
    if type(value) ~= "table" or seen[value] then return end
    seen[value] = true
    for k, v in pairs(value) do
      collect(k)
      collect(v)
    end
    collect(getmetatable(value))
  end
  for i = 1, select("#", ...) do
    seen = {}
    collect((select(i, ...)))
  end
end

--- Makes one call of a client with a log function, and a transport that returns `answer`.
-- Returns the fields of the last log line with its text as `message`, and the message and the table
-- of the call's failure.
function support.logged(call, answer)
  local seen
  local client = support.client({
    log = function(_, message, fields)
      seen = fields
      seen.message = message
    end,
  }, answer or { status = 400, body = '{"code":1,"message":"no"}' })
  local _, message, err = call(client)
  return seen, message, err
end

--- Runs a Lua program in a new process, with the same Lua and the same module paths. The process
-- gets the given environment variables, and only a few variables of this process.
-- @param before the beginning of the command line, such as "timeout 30 "
-- @return the output of the program, standard output and standard error
function support.run(program, variables, before)
  local shell = require "spec.support.shell"
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write(program)
  file:close()
  local command = { "env", "-i" }
  local function set(variable, value) command[#command + 1] = shell.quote(variable .. "=" .. value) end
  for _, kept in ipairs { "PATH", "HOME", "LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LOCPATH" } do
    if os.getenv(kept) then set(kept, os.getenv(kept)) end
  end
  for _, counting in ipairs(coverage.variables) do set(counting, os.getenv(counting)) end
  set("LUA_PATH", package.path)
  set("LUA_CPATH", package.cpath)
  for variable, value in pairs(variables or {}) do set(variable, value) end
  command[#command + 1] = (before or "") .. shell.quote(shell.interpreter()) .. " " .. shell.quote(name) .. " 2>&1"
  local pipe = assert(io.popen(table.concat(command, " ")))
  local output = pipe:read "*a"
  pipe:close()
  os.remove(name)
  return coverage.output(output)
end

return support
