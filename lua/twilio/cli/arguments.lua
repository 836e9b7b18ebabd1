--- Reads the arguments of the command line from left to right.
--
-- The meaning of an argument depends on those before it: after `calls create`, --timeout is a
-- parameter of Twilio's. A `handler` knows the meaning:
--   handler:word(text, flag) takes a word. `flag` is a boolean option without a value directly before it
--   handler:find(name)       returns the option --name at this place; nil if there is none
--   handler:set(option, value)   takes an option. The value is true for an option without a value
--   handler:unknown(name)    raises for an unknown option
--
-- lua-argparse does not serve: all options are declared to it before it reads an argument, but here the
-- words before an option decide which of the 1,628 operations has it.

local stop = require "twilio.cli.stop"

local arguments = {}

local BOOLEANS = { ["true"] = true, ["false"] = true }

-- Words that only a boolean can mean: `--record yes`. Any other word after it is not its value.
local OTHER_BOOLEANS = { yes = true, no = true, on = true, off = true, ["true"] = true, ["false"] = true }

-- Returns whether an argument is an option. A single - is a word, which often means a standard stream,
-- and so is a negative number.
local function is_option(argument)
  return argument:find "^%-%-." or argument:find "^%-%a"
end

-- Returns the value of an option, the number of the last argument that was used, and whether the value of a
-- boolean was left out.
local function value_of(argv, at, option, spelling, given)
  if not option.value then
    if given then stop.usage(("%s takes no value"):format(spelling)) end
    return true, at
  end
  if given then return given, at end
  local following = argv[at + 1]
  if option.is_flag then -- a boolean parameter: --record, --record true, --record=true
    if BOOLEANS[following] then return following, at + 1 end
    if following and OTHER_BOOLEANS[following:lower()] then stop.usage(("%s is true or false, got '%s'"):format(spelling, following)) end
    return "true", at, true
  end
  if not following or is_option(following) then
    stop.usage(("%s needs a value: %s %s"):format(spelling, spelling, option.value),
      following and ("a value that begins with - is written %s=%s"):format(spelling, following) or nil)
  end
  return following, at + 1
end

-- Splits --name=value and -nvalue. Returns the name, its spelling, and the value or nil.
local function split(argument)
  local name, value = argument:match "^%-%-([^=]+)=(.*)$"
  if name then return name, "--" .. name, value end
  name = argument:match "^%-%-(.+)$"
  if name then return name, "--" .. name end
  value = argument:sub(3)
  return argument:sub(2, 2), argument:sub(1, 2), value ~= "" and value or nil
end

-- Raises for a long option with one hyphen, such as -status, of which the short option -s is unknown.
local function check_hyphens(handler, argument)
  local name = argument:match "^%-(%a[%w_-]+)"
  if name and handler:find(name) then stop.usage(("unknown option -%s (did you mean '--%s'?)"):format(name, name)) end
end

--- Passes all arguments to the handler.
function arguments.read(argv, handler)
  local at, are_words, flag = 1, false, nil
  while argv[at] do
    local argument = argv[at]
    if argument == "--" and not are_words then
      are_words = true
    elseif are_words or not is_option(argument) then
      handler:word(argument, flag)
      flag = nil
    else
      local name, spelling, given = split(argument)
      local option = handler:find(name)
      if not option then
        check_hyphens(handler, argument)
        handler:unknown(name, spelling)
      end
      local value, is_left_out
      value, at, is_left_out = value_of(argv, at, option, spelling, given)
      flag = is_left_out and spelling or nil
      handler:set(option, value)
    end
    at = at + 1
  end
end

return arguments
