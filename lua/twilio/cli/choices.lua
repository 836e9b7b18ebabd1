--- The known values of parameters, such as GET and POST. They are in the data of the simulator, which
-- takes longer to load than the rest of the program: only --help and completion use them.

local core = require "twilio.core"

local choices = {}

local MODULE = "twilio.simulator.generic.api"

-- Returns the module, or nil if the simulator is not installed.
local function load()
  local ok, api = pcall(require, MODULE)
  if ok then return api end
  if not tostring(api):find(("module '%s' not found"):format(MODULE), 1, true) then error(api, 0) end
end

-- Returns the choices of a type, or of the elements of an array.
local function of_type(kind)
  while kind and kind.kind == "array" do kind = kind.items end
  return kind and kind.choices
end

--- Returns a table from the wire names of an operation's parameters to arrays of their known values.
function choices.of(operation)
  local found, api = {}, load()
  local node = api and operation.host and api.find(operation.host, operation.path)
  local described = node and node.operations[operation.method]
  for _, parameter in ipairs(described and described.params or {}) do found[parameter.name] = of_type(parameter.type) end
  return found
end

-- Whether a value may be one of a parameter's choices, and is no number, date, phone number or SID.
local function is_word(value)
  return type(value) == "string" and value:find "^%a[%a_-]*$" ~= nil
end

local function has_word(params)
  for _, value in pairs(params) do
    if is_word(value) then return true end
  end
  return false
end

local function check_value(parameter, value, known)
  for _, choice in ipairs(known) do
    if choice == value then return end
  end
  local meant = core.nearest(value, known) or core.nearest(value:lower(), known)
  if not meant then return end
  require("twilio.cli.stop").usage(("--%s has no value '%s' (did you mean '%s'?)"):format(parameter.name:gsub("_", "-"), value, meant),
    ("one of %s; --extra %s=%s sends it unchecked"):format(table.concat(known, ", "), parameter.wire, value))
end

--- Raises for a filter of a list whose value is near to a known one. Twilio answers a misspelt filter
-- with no records, or with all of them. It refuses misspelt values of other operations itself.
function choices.check(operation, params)
  if not has_word(params) then return end
  local known = choices.of(operation)
  for _, parameter in ipairs(operation.parameters) do
    local value = params[parameter.name]
    if value == nil then value = params[parameter.wire] end
    if known[parameter.wire] and is_word(value) then check_value(parameter, value, known[parameter.wire]) end
  end
end

return choices
