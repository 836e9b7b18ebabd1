--- The known values of parameters, such as GET and POST. They are in the data of the simulator, which
-- takes longer to load than the rest of the program: only --help and completion use them.

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

return choices
