--- Turns the options of an operation into the table of its parameters.

local core = require "twilio.core"
local options = require "twilio.cli.options"
local stop = require "twilio.cli.stop"

local parameters = {}

-- How the help shows the value of a parameter, by its class.
local SHOWN = {
  scalar = "TEXT", boolean = "true|false", integer = "NUMBER", date = "YYYY-MM-DD", date_time = "TIME", json = "JSON", array = "TEXT …",
  json_array = "JSON …", map = "JSON", object = "JSON", numbered = "JSON",
}

local IS_JSON = { json = true, json_array = true, map = true, object = true, numbered = true }

-- Returns the option of a parameter. Its field `parameter` is the description of the parameter.
local function option_of(parameter)
  return {
    name = parameter.name:gsub("_", "-"), value = SHOWN[parameter.class], parameter = parameter, is_flag = parameter.class == "boolean",
    repeats = parameter.class == "array" or parameter.class == "json_array",
  }
end

--- Returns the options of candidates, see resolve: an array in the order of the table, and the same
-- options by their names.
function parameters.options(candidates)
  local list, by_name = {}, {}
  local function add(option)
    if by_name[option.name] then return end
    list[#list + 1], by_name[option.name] = option, option
  end
  for _, candidate in ipairs(candidates) do
    if not candidate.verb or candidate.verb.takes_parameters then
      for _, parameter in ipairs(candidate.operation.parameters) do add(option_of(parameter)) end
      for _, names in ipairs { candidate.operation.aliases, candidate.lists or {} } do
        for _, name in ipairs(names) do
          local is_time = name:find "after$" or name:find "before$"
          if name ~= "" then add(option_of { name = name, class = is_time and "date_time" or "scalar" }) end
        end
      end
    end
  end
  return list, by_name
end

--- Returns the option with this name, by any name that the library accepts for the parameter, or nil.
-- --body-file is the option whose value is the path of a file with the value of --body.
function parameters.find(by_name, name)
  local plain = name:gsub("_", "-")
  local option = by_name[plain]
  if option then return option end
  for _, other in pairs(by_name) do
    if other.parameter.wire == name then return other end
  end
  plain = plain:gsub("%-less%-than$", "-before"):gsub("%-greater%-than$", "-after")
  if by_name[plain] then return by_name[plain] end
  local of = plain:match "^(.+)%-file$"
  local base = of and by_name[of]
  return base and { name = plain, value = "PATH", parameter = base.parameter, is_file = true, repeats = base.repeats }
end

-- ---- values ----

--- Returns the content of a file, or of the standard input for "-". Without is_exact, one line feed at
-- its end is dropped.
function parameters.read_file(path, is_exact)
  local file, problem = path == "-" and io.stdin, nil
  if not file then file, problem = io.open(path, "rb") end
  if not file then stop.with("file", "cannot read " .. problem) end
  local content
  content, problem = file:read "*a"
  if file ~= io.stdin then file:close() end
  if not content then stop.with("file", ("cannot read %s: %s"):format(path, problem)) end
  return is_exact and content or (content:gsub("\r?\n$", ""))
end

--- Decodes JSON. `what` names it in the error.
function parameters.json(text, what)
  local ok, value, problem = pcall(core.json_decode, text)
  if not ok or value == nil then
    stop.usage(("%s is not JSON%s"):format(what, problem and ": " .. tostring(problem) or ""))
  end
  return value
end

local DAYS = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

-- Raises for a text that is no date. Twilio answers a list with such a filter as if it was not there.
local function check_date(option, text)
  local month, day = text:match "^%d%d%d%d%-(%d%d?)%-(%d%d?)"
  local days = month and DAYS[tonumber(month)]
  if month and days and tonumber(day) >= 1 and tonumber(day) <= days then return end
  if not month and text:find "%d" then return end -- another form of Twilio's, such as Mon, 30 Nov 2026 08:00:00 +0000
  stop.usage(("--%s takes a time such as 2026-11-30 or 2026-11-30T08:00:00Z, got '%s'"):format(option.name, text))
end

local function value_of(option, text)
  local class = option.parameter.class
  if class == "boolean" then
    if text ~= "true" and text ~= "false" then stop.usage(("--%s is true or false, got '%s'"):format(option.name, text)) end
    return text == "true"
  end
  if class == "integer" then
    if not text:find "^[+-]?%d+%.?%d*$" then stop.usage(("--%s takes a number, got '%s'"):format(option.name, text)) end
    if text == "0" or text:find "^%-?[1-9]%d*$" then return core.integer(text) end
  end
  if class == "date" or class == "date_time" then check_date(option, text) end
  if IS_JSON[class] and text:find "^%s*[%[{]" then return parameters.json(text, "the value of --" .. option.name) end
  return text
end

local function warn_of_secret(option)
  if option.is_file or not options.is_secret(option.name) then return end
  io.stderr:write(("twilio-lua: warning: other users may see the value of --%s in the list of processes. Use --%s-file PATH; - is the "
    .. "standard input\n"):format(option.name, option.name))
end

--- Adds the value of an option to the table of parameters.
function parameters.add(params, option, text)
  warn_of_secret(option)
  if option.is_file then text = parameters.read_file(text) end
  local name, value = option.parameter.name, value_of(option, text)
  if option.repeats then
    params[name] = params[name] or {}
    if type(params[name]) ~= "table" then stop.usage(("--%s is given twice"):format(option.name)) end
    local list = params[name]
    if option.parameter.class == "json_array" and type(value) == "table" and #value > 0 then
      for _, element in ipairs(value) do list[#list + 1] = element end
    else
      list[#list + 1] = value
    end
  else
    if params[name] ~= nil then stop.usage(("--%s is given twice"):format(option.name)) end
    params[name] = value
  end
end

--- Returns the options of the required parameters that are missing. `extra` has the parameters that
-- are sent unchecked.
function parameters.missing(operation, params, extra)
  local missing = {}
  for _, parameter in ipairs(operation.parameters) do
    local is_given = params[parameter.name] ~= nil or params[parameter.wire] ~= nil or extra[parameter.wire] ~= nil
    if parameter.is_required and not is_given then missing[#missing + 1] = "--" .. parameter.name:gsub("_", "-") end
  end
  return missing
end

return parameters
