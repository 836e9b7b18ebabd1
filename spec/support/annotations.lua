-- Reads the definitions in types/ as language servers do: classes with their fields, calls, parents
-- and types. Raises an error for text that is not part of the grammar.
local annotations = {}

-- Types: { kind = "name" | "literal" | "array" | "generic" | "fun" | "union", … }

local KEYWORDS = { ["true"] = true, ["false"] = true }

local function tokens_of(text)
  local list, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then return list end
    local token = text:match('^"[^"\\%c]*"', at) or text:match("^[%a_][%w_.]*", at) or text:match("^%d+", at) or text:match("^%[%]", at)
      or text:match("^[:|,<>()?]", at)
    if not token then error("cannot read the type " .. text .. " from " .. text:sub(at), 0) end
    list[#list + 1], at = token, at + #token
  end
end

local function reader(text)
  local list, at = tokens_of(text), 1
  local self = {}
  function self.peek() return list[at] end
  function self.take(wanted)
    if wanted and list[at] ~= wanted then return nil end
    at = at + 1
    return list[at - 1]
  end
  function self.must(wanted)
    return self.take(wanted) or error(("%s: %s is missing before %s"):format(text, wanted, tostring(list[at])), 0)
  end
  return self
end

local read_type

-- Reads `fun(name?: type, …): type, type`. The list of results ends at the end of the text, or at a
-- closing bracket.
local function read_function(r)
  local result = { kind = "fun", args = {}, returns = {} }
  r.must "("
  while r.peek() ~= ")" do
    local arg = { name = r.take(), optional = r.take "?" ~= nil }
    if not arg.name:find "^[%a_]" then error("an argument is named " .. arg.name, 0) end
    if r.take ":" then arg.type = read_type(r) end
    result.args[#result.args + 1] = arg
    if not r.take "," then break end
  end
  r.must ")"
  if r.take ":" then
    if r.peek() == "(" then error("results in brackets end the function's type for some readers", 0) end
    repeat result.returns[#result.returns + 1] = read_type(r) until not r.take ","
  end
  return result
end

local function read_unit(r)
  local token, result = r.take(), nil
  if token == "fun" then return read_function(r) end
  if token == "(" then
    result = read_type(r)
    r.must ")"
  elseif token and (token:find '^["%d]' or KEYWORDS[token]) then
    result = { kind = "literal", text = token }
  elseif token and token:find "^[%a_]" then
    result = { kind = "name", name = token }
  else
    error("no type begins with " .. tostring(token), 0)
  end
  if r.take "<" then
    local of = {}
    repeat of[#of + 1] = read_type(r) until not r.take ","
    r.must ">"
    result = { kind = "generic", name = result.name, of = of }
  end
  while r.take "[]" do result = { kind = "array", of = result } end
  return result
end

function read_type(r)
  local result = read_unit(r)
  if r.peek() == "|" then
    result = { kind = "union", result }
    while r.take "|" do result[#result + 1] = read_unit(r) end
  end
  result.nullable = r.take "?" ~= nil or nil
  return result
end

local known = {}

function annotations.type(text)
  if not known[text] then
    local r = reader(text)
    known[text] = read_type(r)
    if r.peek() then error(text .. ": unexpected " .. r.peek() .. " after the type", 0) end
  end
  return known[text]
end

-- Definitions

-- Returns the type at the beginning of the text, without the prose after it. The prose begins after
-- the first space that is neither within brackets nor after one of `,:|`.
local function split_prose(rest)
  local depth, at = 0, 1
  while at <= #rest do
    local c = rest:sub(at, at)
    if c == '"' then at = rest:find('"', at + 1, true) end
    if c == "(" or c == "<" then depth = depth + 1 elseif c == ")" or c == ">" then depth = depth - 1 end
    if c == " " and depth == 0 and not rest:sub(1, at - 1):find "[,:|]$" then return rest:sub(1, at - 1) end
    at = at + 1
  end
  return rest
end

-- Some language servers read these words as the visibility of a field, even if they are its name.
local VISIBILITY = { public = true, protected = true, private = true, package = true }

local handlers = {}

function handlers.class(all, rest, file)
  local exact, name, parents = rest:match "^(%(?%a*%)?) ?(twilio[%w_.]*):? ?(.*)$"
  if not name or (exact ~= "" and exact ~= "(exact)") then error(file .. ": cannot read the class " .. rest, 0) end
  if all.classes[name] then error(("%s: class %s is in %s already"):format(file, name, all.classes[name].file), 0) end
  local class = { name = name, file = file, exact = exact ~= "", parents = {}, fields = {}, order = {}, calls = {} }
  for parent in parents:gmatch "[^, ]+" do class.parents[#class.parents + 1] = parent end
  all.classes[name], all.current = class, class
end

function handlers.field(all, rest, file)
  local class = all.current or error(file .. ": a field of no class: " .. rest, 0)
  local name, optional, what = rest:match '^%["([^"]+)"%](%??) (.+)$'
  if not name then name, optional, what = rest:match "^([%a_][%w_]*)(%??) (.+)$" end
  if not name then name, optional, what = rest:match "^(%[%a+%])() (.+)$" end
  if not name or rest:find "^p%l+%f[%W]" and VISIBILITY[name] then error(file .. ": cannot read the field " .. rest, 0) end
  if class.fields[name] then error(("%s: %s has two fields %s"):format(file, class.name, name), 0) end
  local described = split_prose(what)
  class.fields[name] = { type = annotations.type(described), optional = optional == "?", note = what:sub(#described + 2) }
  class.order[#class.order + 1] = name
end

function handlers.overload(all, rest) table.insert(all.current.calls, annotations.type(rest)) end

function handlers.alias(all, rest)
  local name, what = rest:match "^(twilio%.%a+) (.+)$"
  all.aliases[name] = annotations.type(what)
end

function handlers.param(all, rest) table.insert(all.others, annotations.type(split_prose((rest:match "^[%w_]+%?? (.+)$")))) end

handlers["return"] = function(all, rest) table.insert(all.others, annotations.type(rest)) end

function handlers.meta(all, rest, file) all.meta[file] = rest end

function handlers.generic() end

-- Adds the definitions in a text to `all`, a result of annotations.new.
function annotations.read(all, text, file)
  all.current = nil
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local tag, rest = line:match "^%-%-%-@(%a+) ?(.*)$"
    if tag then
      local handle = handlers[tag] or error(file .. ": unknown tag " .. tag, 0)
      handle(all, rest, file)
    elseif line == "" then
      all.current = nil
    end
  end
end

function annotations.new() return { classes = {}, aliases = {}, others = {}, meta = {} } end

-- Returns a field of a class or of its parents.
function annotations.field(all, class, name)
  if class.fields[name] then return class.fields[name] end
  for _, parent in ipairs(class.parents) do
    local found = all.classes[parent] and annotations.field(all, all.classes[parent], name)
    if found then return found end
  end
end

-- Calls visit(name) for every type name within a type.
function annotations.each_name(t, visit)
  if not t then return end
  if t.kind == "name" or t.kind == "generic" then visit(t.name) end
  if t.kind == "array" then annotations.each_name(t.of, visit) end
  for _, part in ipairs(t.kind == "generic" and t.of or t.kind == "union" and t or {}) do annotations.each_name(part, visit) end
  for _, arg in ipairs(t.args or {}) do annotations.each_name(arg.type, visit) end
  for _, result in ipairs(t.returns or {}) do annotations.each_name(result, visit) end
end

return annotations
