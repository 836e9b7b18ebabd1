--- twilio.explain: what Twilio's error codes mean.

local core = require "twilio.core"
core.keep(...)

local explain = {}

local PAGE = "https://www.twilio.com/docs/api/errors/"
local LEVELS = { [""] = "error", ["!"] = "warning" }

-- Returns the letter of the product, the mark of the level, and the title; or nil for an unknown
-- code. twilio.error_codes is 106 KB. It is loaded at the first use, and core.keep does not cache it
-- for other Lua states.
local function find_code(code)
  local text = require "twilio.error_codes".text
  local last = code % 100
  local _, first = text:find(("\n=%d\n"):format((code - last) / 100), 1, true)
  if not first then return nil end
  local at = text:find(("\n%02d"):format(last), first, true)
  if not at or at >= (text:find("\n=", first, true) or math.huge) then return nil end
  return text:match("^(%a)([!?]?)([^\n]*)", at + 3)
end

-- Returns the number of a code, or nil for a value that cannot be a code of Twilio's.
local function number_of(code)
  if type(code) == "string" then
    return code:find "^%d+$" and tonumber(code)
  end
  return type(code) == "number" and code % 1 == 0 and code
end

-- Twilio's codes have at most six digits. Larger numbers have no exact digits on some Luas.
local function is_possible(number)
  return number >= 0 and number < 1e9
end

--- twilio.explain(code): what an error code means, without a request.
-- code: a number, its digits as a string, or the table `err` of a failed call. nil is accepted,
-- because records without an error have the error code nil.
-- Returns { code, title, product, level, url }, or nil for an unknown code. `level` is "error",
-- "warning" or nil. `url` is the address of Twilio's page about the code.
-- Raises for other values.
function explain.explain(...)
  local code = ...
  local is_error = type(code) == "table" and type(code.kind) == "string"
  if is_error then code = code.code end
  local number = number_of(code)
  if not number and (is_error or code == nil and select("#", ...) > 0) then return nil end
  if not number then
    local got = type(code) == "string" and "a string with characters other than digits" or type(code) == "number" and tostring(code)
    core.misuse("twilio.explain takes an error code or the table of a failed call, got " .. (got or code == nil and "nothing" or type(code)))
  end
  if not is_possible(number) then return nil end
  local letter, mark, title = find_code(number)
  if not letter then return nil end
  number = math.floor(number) -- 21211.0 is 21211 on Lua 5.3 and newer
  return {
    code = number, title = title, product = require "twilio.error_codes".products[letter], level = LEVELS[mark],
    url = PAGE .. ("%d"):format(number),
  }
end

--- For the C core: the title of the code of a response, or nil.
function explain.title(code)
  local number = number_of(code)
  return number and is_possible(number) and select(3, find_code(number)) or nil
end

return explain
