--- Checks the arguments of twilio.jwt. Each check takes the name of the argument for messages, and
-- its value. A wrong value raises.

local core = require "twilio.core"
core.keep(...)

local arguments = {}

local DAY = 86400
local DEFAULT_TTL = 3600
local LAST_TIME = 2 ^ 53 -- a double counts seconds exactly up to here

-- Raises. The arguments must not contain a value that may be a secret.
local function refuse_argument(format, ...)
  core.misuse(format:format(...))
end

local function type_of(value)
  return type(value) == "nil" and "nothing" or "a " .. type(value)
end

-- Returns whether the text is any SID: two letters and 32 hexadecimal digits.
local function is_sid(text)
  return #text == 34 and text:find "^%u%u%x+$" ~= nil
end

local function check_text(what, value)
  if type(value) ~= "string" then refuse_argument("%s must be a string, got %s", what, type_of(value)) end
  if value == "" then refuse_argument("%s is empty", what) end
end

function arguments.secret(what, value)
  check_text(what, value)
  if is_sid(value) then refuse_argument("%s holds a SID (%s…), not a secret: are they swapped?", what, value:sub(1, 2)) end
end

function arguments.boolean(what, value)
  if type(value) ~= "boolean" then refuse_argument("%s must be a boolean, got %s", what, type_of(value)) end
end

local function check_table(what, value)
  if type(value) ~= "table" then refuse_argument("%s must be a table, got %s", what, type_of(value)) end
end

-- An object of JSON. An empty table is an object too, unless it is marked as an array.
local function check_object(what, value)
  check_table(what, value)
  if value[1] ~= nil or getmetatable(value) == core.array_mark then refuse_argument("%s must be a table with names, got an array", what) end
end

local function check_list(what, value)
  check_table(what, value)
  local n = 0
  for _ in pairs(value) do n = n + 1 end
  if n ~= #value then refuse_argument("%s must be an array", what) end
end

local function is_whole(value, least, most)
  return type(value) == "number" and value >= least and value <= most and value % 1 == 0
end

function arguments.ttl(what, value)
  if not is_whole(value, 1, DAY) then
    refuse_argument("%s must be a whole number of seconds from 1 to %d, which are 24 hours, got %s", what, DAY,
      type(value) == "number" and (core.number(value) or "no finite number") or type_of(value))
  end
end

function arguments.time(what, value)
  if not is_whole(value, 0, LAST_TIME) then refuse_argument("%s must be a time in whole seconds, such as os.time(), got %s", what, type_of(value)) end
end

function arguments.identity(what, value)
  if type(value) == "number" and is_whole(value, -LAST_TIME, LAST_TIME) then return end
  check_text(what, value)
end

function arguments.region(what, value)
  check_text(what, value)
  if not value:find "^[%l%d-]+$" then refuse_argument("%s must be the name of a region, such as 'ie1'", what) end
end

function arguments.filter(what, value)
  check_object(what, value)
  for name, each in pairs(value) do
    if type(name) ~= "string" then refuse_argument("%s has a key that is not a string", what) end
    local kind = type(each)
    if kind ~= "string" and kind ~= "boolean" and not core.number(each) then
      refuse_argument("%s must have strings, numbers and booleans, got %s", what, type_of(each))
    end
  end
end

-- Returns a check for SIDs that begin with this prefix.
function arguments.sid_of(prefix, whose)
  return function(what, value)
    check_text(what, value)
    if value:sub(1, 2) == prefix and value:find "^%w+$" then return end
    refuse_argument("%s must be the SID of %s (%s…)%s", what, whose, prefix, is_sid(value) and (", got %s…"):format(value:sub(1, 2)) or "")
  end
end

-- Like sid_of, for a resource that Twilio may also find by a name. Refuses only SIDs of other resources.
function arguments.name_of(prefix, whose)
  return function(what, value)
    check_text(what, value)
    if is_sid(value) and value:sub(1, 2) ~= prefix then
      refuse_argument("%s takes %s (%s…), got the SID of something else (%s…)", what, whose, prefix, value:sub(1, 2))
    end
  end
end

-- Maps each table of checks to the names that its fields have in messages.
local labels = {}

-- Prepares a table that maps the names of fields to checks. A look-up of any other name raises, with
-- a near match. `prefix` precedes the names of fields in messages.
function arguments.fields(what, checks, prefix)
  labels[checks] = {}
  for name in pairs(checks) do labels[checks][name] = (prefix or "") .. name end
  return setmetatable(checks, { __index = core.index(what) })
end

-- Calls the check of each field of the table `given`.
function arguments.check(what, checks, given)
  local names = labels[checks]
  for name, value in pairs(given) do
    local check = checks[name]
    if not check then
      refuse_argument("%s: expected a documented field name, got %s", what, type(name) == "string" and "'" .. name .. "'" or type_of(name))
    end
    check(names[name], value)
  end
end

function arguments.need(what, given, ...)
  for i = 1, select("#", ...) do
    local name = select(i, ...)
    if given[name] == nil then refuse_argument("%s needs %s", what, name) end
  end
end

--- Returns the time at which a token with these options expires, and the present time.
function arguments.expiry(options)
  local now = os.time()
  return now + (options.ttl or DEFAULT_TTL), now
end

arguments.refuse, arguments.type_of, arguments.text, arguments.table = refuse_argument, type_of, check_text, check_table
arguments.object, arguments.list = check_object, check_list

return arguments
