--- The texts of --help. They come from the API table.

local core = require "twilio.core"
local commands = require "twilio.cli.commands"
local options = require "twilio.cli.options"
local resolve = require "twilio.cli.resolve"
local text = require "twilio.cli.text"

local unpack = table.unpack or unpack

local help = {}

local out, width

local function begin()
  out = require("twilio.cli.writer").new()
  width = math.min(out.columns or 80, 120)
end

local function line(...) out:write(table.concat { ... } .. "\n") end

local function heading(name) line("\n", out:bold(name)) end

local function paragraph(phrases, separator)
  for _, row in ipairs(text.paragraph(phrases, separator or ", ", width)) do line(row) end
end

-- Writes rows of { left, right }, in two columns. On a terminal, the right column is cut if may_cut, and
-- otherwise continues on lines of its own.
local function rows(list, may_cut)
  local widest = 0
  for _, row in ipairs(list) do widest = math.max(widest, text.width(row[1])) end
  local room = math.max(20, width - widest - 4)
  for _, row in ipairs(list) do
    local left = ("  %s  "):format(text.pad(row[1], widest))
    if may_cut then
      line(left, out.columns and text.cut(row[2], room) or row[2])
    else
      for i, part in ipairs(text.wrap(row[2], room)) do line(i == 1 and left or (" "):rep(widest + 4), part) end
    end
  end
end

-- Writes an array of lines as paragraphs. A line that begins with a blank, and an empty one, stays as it is.
local function prose(lines)
  local words = {}
  local function release()
    if words[1] then
      for _, row in ipairs(text.wrap(table.concat(words, " "), width)) do line(row) end
    end
    words = {}
  end
  for _, sentence in ipairs(lines) do
    if sentence:find "^%S" then
      words[#words + 1] = sentence
    else
      release()
      line(sentence)
    end
  end
  release()
end

-- ---- options ----

local function left_of(option)
  return (option.short and "-" .. option.short .. ", " or "    ") .. "--" .. option.name .. (option.value and " " .. option.value or "")
end

local function option_rows(list)
  local shown = {}
  for i, option in ipairs(list) do shown[i] = { left_of(option), option.text } end
  rows(shown)
end

local function point_to_options()
  line "\nOptions such as --output, --limit and --dry-run: twilio-lua help options"
end

-- Names the options of all commands that a command takes too.
local function further_options(taken)
  local names = {}
  for i, option in ipairs(taken) do names[i] = "--" .. option.name end
  heading "Further options: see twilio-lua help options"
  paragraph(names)
end

-- ---- the program ----

-- Returns the spellings of children, without those that another child hides. `wanted` selects them.
local function spellings(children, wanted)
  local names, seen = {}, {}
  for _, child in ipairs(children) do
    if not seen[child.name] and wanted(child) then names[#names + 1] = resolve.spelling(child.name) end
    seen[child.name] = true
  end
  table.sort(names)
  return names
end

local INNER = { api = true, v2010 = true, account = true }

--- Writes the help of the program.
function help.program()
  begin()
  line("Twilio on the command line.\n")
  line(out:bold "Usage")
  line "  twilio-lua [OPTIONS] RESOURCE … [SID] VERB [--parameter VALUE] …"
  line "  twilio-lua calls list --status completed --limit 20"
  line "  twilio-lua messages create --to +1… --from +1… --body Hello"
  line "  twilio-lua verify services VA… verifications create --to +1… --channel sms"
  heading "Commands"
  local shown = {}
  for _, command in ipairs(commands.all) do
    if commands.is_possible(command) then shown[#shown + 1] = { command[1] .. " " .. command[2], command[3] } end
  end
  rows(shown)
  local children = core.describe().children
  heading "Resources of the account"
  paragraph(spellings(children, function(child) return child.via == "account" end))
  heading "Products"
  paragraph(spellings(children, function(child) return not child.via and not INNER[child.name] end))
  line "\nMore: twilio-lua RESOURCE --help, twilio-lua RESOURCE VERB --help."
  line "Options such as --output, --limit and --dry-run: twilio-lua help options"
  out:finish()
end

--- Writes the options of all commands.
function help.options()
  begin()
  line(out:bold "Options of all commands")
  option_rows(options.all)
  line "\nAfter the verb, a parameter of Twilio comes before an option with the same name."
  out:finish()
end

--- Writes the help of a command. `taken` has the options of twilio.cli.options that it takes.
function help.command(module, taken)
  begin()
  for i, usage in ipairs(module.usage) do line(i == 1 and out:bold "Usage" .. "\n" or "", "  twilio-lua ", usage) end
  line ""
  prose(module.text)
  if module.options[1] then
    heading "Options"
    option_rows(module.options)
  end
  further_options(taken)
  out:finish()
end

-- ---- resources ----

-- Returns the usage of a verb of the resource, such as "fetch SID".
local function usage_of(target, name)
  local shown = {}
  for _, candidate in ipairs(resolve.candidates(target.resource, name)) do
    if not target:accepts(candidate) then break end
    local words = { name, unpack(target:words_after(candidate)) }
    shown[#shown + 1] = table.concat(words, " ")
  end
  return shown
end

-- Says what a verb does: its request, or what it fixes.
local function about(target, name)
  local candidate = resolve.candidates(target.resource, name)[1]
  if candidate.verb and candidate.verb.fixed ~= "" then return "sends " .. candidate.verb.fixed end
  if candidate.operation.is_combined then return "of all lists it consists of" end
  return candidate.operation.method .. " " .. candidate.operation.path
end

--- Writes the help of a resource: its verbs, and the resources below it.
function help.resource(target)
  begin()
  local shown, list = target:completed(), {}
  for _, name in ipairs(resolve.verbs(target.resource)) do
    for _, usage in ipairs(usage_of(target, name)) do list[#list + 1] = { usage, about(target, name) } end
  end
  local follows = list[1] and "VERB" or "RESOURCE"
  line(out:bold "Usage", "\n  twilio-lua ", shown, target.taken < target.resource.arity and " [SID]" or "", " ", follows, " …")
  if list[1] then heading "Verbs" rows(list, true) end
  local below = spellings(target.resource.children, function() return true end)
  if below[1] then
    heading(target.taken < target.resource.arity and "Resources below it; most of them need its SID" or "Resources below it")
    paragraph(below)
  end
  if target.resource.fields[1] then
    heading "Fields of a record, for --columns"
    paragraph(target.resource.fields)
  end
  line(list[1] and "\nParameters of a verb" or "\nVerbs of a resource", ": twilio-lua ", shown, " ", follows, " --help")
  out:finish()
end

-- ---- verbs ----

local function shown_option(option) return "--" .. option.name .. " " .. option.value end

local function options_by_need(list)
  local required, optional = {}, {}
  for _, option in ipairs(list) do
    local names = option.parameter.is_required and required or optional
    names[#names + 1] = shown_option(option)
  end
  return required, optional
end

-- Writes the known values of the parameters, if the data of the simulator is installed.
local function known_values(target, list)
  local values = require("twilio.cli.choices").of(target.candidates[1].operation)
  local shown = {}
  for _, option in ipairs(list) do
    local known = values[option.parameter.wire]
    if known then shown[#shown + 1] = { "--" .. option.name, known } end
  end
  if not shown[1] then return end
  heading "Known values"
  for _, row in ipairs(shown) do paragraph({ row[1] .. " " .. row[2][1], unpack(row[2], 2) }, "|") end
end

--- Writes the help of a verb: its parameters with types. `list` has its options.
function help.verb(target, list)
  begin()
  line(out:bold "Usage")
  local required, optional = options_by_need(list)
  for _, candidate in ipairs(target.candidates) do
    local words = { (target:completed()), unpack(target:words_after(candidate)) }
    line("  twilio-lua ", table.concat(words, " "), #required > 0 and " " .. table.concat(required, " ") or "", optional[1] and " [PARAMETERS]" or "")
    line("  ", about(target, target.verb))
  end
  if required[1] then heading "Required parameters" paragraph(required, "  ") end
  if optional[1] then heading "Parameters" paragraph(optional, "  ") end
  if list[1] then
    known_values(target, list)
    line "\nTEXT … may be repeated. --NAME-file PATH reads the value of --NAME from a file,"
    line "or from the standard input if PATH is -."
  end
  point_to_options()
  out:finish()
end

--- Writes the help of the words of an operation.
function help.operation(target, list)
  if target.verb then return help.verb(target, list) end
  return help.resource(target)
end

return help
