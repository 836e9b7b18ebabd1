--- The texts of TwiML: names, escaped texts, start tags and documents, for twilio.twiml.
--
-- lua/twilio/twiml.lua describes the classes and nodes that the functions take.

local core = require "twilio.core"
core.keep(...)

local getmetatable, next, type = getmetatable, next, type
local concat, find, gsub = table.concat, string.find, string.gsub

local text = {}

local DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

-- The parser has the same limit. Rendering a deeper document could overflow Lua's stack.
local MAX_DEPTH = 100

-- Separators of the values of an array, by attribute. All other attributes have a space.
local SEPARATORS = { hints = "," }

-- The names of methods and attributes that are reserved words of Lua get an underscore.
local RESERVED = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while"):gmatch "%a+" do
  RESERVED[word] = true
end

-- ---- names ----

--- Returns the Lua name of an element or an attribute: num_digits, say_as, xml_lang, for_.
function text.lua_name(wire)
  local name = wire:gsub("(%l)(%u)", "%1_%2"):gsub("[-:]", "_"):lower()
  return RESERVED[name] and name .. "_" or name
end

-- The TwiML name of an attribute that its class does not have: newThing for new_thing.
local function wire_name(key)
  return (key:gsub("_$", ""):gsub("_(%w)", string.upper))
end

--- Whether the text may be the name of an element or an attribute.
function text.is_name(name)
  return find(name, "^[A-Za-z_:][A-Za-z0-9_:.-]*$") ~= nil
end

-- ---- text ----

local xml = core.xml

local CHARACTERS = {
  ["&amp;"] = "&", ["&lt;"] = "<", ["&gt;"] = ">", ["&quot;"] = '"', ["&#9;"] = "\t", ["&#10;"] = "\n", ["&#13;"] = "\r",
}

--- Raises because XML cannot contain the text. `at` and `code` are the results of core.xml. `what` and
-- `element` name the text in the message.
function text.refuse(what, element, at, code)
  if code then core.misuse(("%s of <%s> has the character U+%04X at byte %d, which XML forbids"):format(what, element, code, at)) end
  core.misuse(("%s of <%s> must be UTF-8, but its byte %d is invalid"):format(what, element, at))
end

--- Returns the original of an escaped text.
function text.unescape(escaped)
  return (gsub(escaped, "&#?%w+;", CHARACTERS))
end

--- Returns a value as the escaped text of a node. Raises if the value cannot be a text.
function text.content_of(class, element, value)
  if class.takes_json and type(value) == "table" then value = require "twilio.json".encode(value) end
  if not class.takes_text then core.misuse(("<%s> takes no text"):format(element)) end
  local escaped, at, code
  if value ~= true and value ~= false then escaped, at, code = xml(value) end
  if escaped then return escaped end
  if at then text.refuse("the text", element, at, code) end
  if type(value) == "number" then core.misuse(("the text of <%s> is not a finite number"):format(element)) end
  core.misuse(("the text of <%s> is a string, got %s"):format(element, value == core.null and "null" or type(value)))
end

-- ---- attributes ----

local function refuse_value(element, name, why)
  core.misuse(("attribute '%s' of <%s> %s"):format(name, element, why))
end

--- Whether the value is an element.
function text.is_node(value)
  local class = getmetatable(value)
  return type(class) == "table" and rawget(class, "__twiml") ~= nil
end

local value_text

-- Returns the escaped text of a value.
function value_text(element, name, value)
  local escaped, at, code = xml(value, true)
  if escaped then return escaped end
  if at then text.refuse(("attribute '%s'"):format(name), element, at, code) end
  local kind = type(value)
  if kind == "number" then refuse_value(element, name, "is not a finite number") end
  if kind ~= "table" then refuse_value(element, name, value == core.null and "cannot be null: leave it out" or "cannot be a " .. kind) end
  local out, n = {}, 0
  for _ in next, value do n = n + 1 end
  if n ~= #value or text.is_node(value) then refuse_value(element, name, "must be a single value or an array of values") end
  for i = 1, n do
    if type(value[i]) == "table" then refuse_value(element, name, "has a table in its array") end
    out[i] = value_text(element, name, value[i])
  end
  return concat(out, SEPARATORS[name] or " ")
end

-- Returns the TwiML name of a key that the class does not know. Raises if the name cannot be sent.
local function unknown_name(class, element, key)
  if type(key) ~= "string" then core.misuse(("the name of an attribute of <%s> must be a string, got a %s"):format(element, type(key))) end
  local name = wire_name(key)
  if class.family.strict or class.ranks[name] then
    core.misuse(("<%s> has no attribute '%s'"):format(element, key), key, class.ranks)
  end
  if not text.is_name(name) then core.misuse(("'%s' cannot be the name of an attribute"):format(key)) end
  return name
end

-- Appends the attributes of `keys`, which the class does not know, to the array `out` of n texts.
-- Returns the new number of texts. `is_document`: the keys were read from a document.
local function add_unknown(class, element, attributes, keys, out, n, is_document)
  local names, values = {}, {}
  for i, key in ipairs(keys) do
    local name = is_document and key or unknown_name(class, element, key)
    if values[name] ~= nil then refuse_value(element, name, "is given twice") end
    names[i], values[name] = name, attributes[key]
  end
  table.sort(names)
  for _, name in ipairs(names) do
    out[n + 1], out[n + 2], out[n + 3] = " " .. name .. '="', value_text(element, name, values[name]), '"'
    n = n + 3
  end
  return n
end

-- Inserts a rank into the sorted list of n ranks. Raises if the list has the rank already, because the
-- program has given the Lua name and the TwiML name of one attribute.
local function insert_rank(class, ranks, n, rank)
  while n > 0 and ranks[n] >= rank do
    if ranks[n] == rank then refuse_value(class.element, class.names[rank], "is given twice") end
    ranks[n + 1] = ranks[n]
    n = n - 1
  end
  ranks[n + 1] = rank
end

-- Returns the start tag without ">". Attributes are written in the order of their ranks, so that equal
-- attributes give equal texts. Unknown attributes follow, sorted by name. `ranks` is class.ranks, or
-- class.own_ranks for attributes that were read from a document.
local function long_tag(class, element, attributes, ranks)
  local list, n, unknown = {}, 0, nil
  for key in next, attributes do
    local rank = ranks[key]
    if rank then
      insert_rank(class, list, n, rank)
      n = n + 1
    else
      unknown = unknown or {}
      unknown[#unknown + 1] = key
    end
  end
  local at = n + 1
  list[at] = "<" .. element
  for i = 1, n do
    local rank = list[i]
    local name = class.names[rank]
    local value = attributes[name]
    if value == nil then value = attributes[class.lua_names[rank]] end
    list[at + 1], list[at + 2], list[at + 3] = class.separators[rank], value_text(element, name, value), '"'
    at = at + 3
  end
  if unknown then at = add_unknown(class, element, attributes, unknown, list, at, ranks == class.own_ranks) end
  return concat(list, "", n + 1, at)
end

--- Returns the start tag without ">". `attributes` is a table of the program. The usual case of one to
-- three known attributes creates no temporary table.
function text.start_tag(class, element, attributes)
  local ranks, names, separators = class.ranks, class.names, class.separators
  local key1, value1 = next(attributes)
  if key1 == nil then return "<" .. element end
  local rank1 = ranks[key1]
  if not rank1 then return long_tag(class, element, attributes, ranks) end
  local key2, value2 = next(attributes, key1)
  if key2 == nil then return class.open .. separators[rank1] .. (xml(value1, true) or value_text(element, names[rank1], value1)) .. '"' end
  local rank2 = ranks[key2]
  if not rank2 or rank1 == rank2 then return long_tag(class, element, attributes, ranks) end
  local key3, value3 = next(attributes, key2)
  if rank1 > rank2 then rank1, value1, rank2, value2 = rank2, value2, rank1, value1 end
  if key3 == nil then
    return class.open .. separators[rank1] .. (xml(value1, true) or value_text(element, names[rank1], value1))
      .. '"' .. separators[rank2] .. (xml(value2, true) or value_text(element, names[rank2], value2)) .. '"'
  end
  local rank3 = ranks[key3]
  if not rank3 or rank3 == rank1 or rank3 == rank2 or next(attributes, key3) ~= nil then return long_tag(class, element, attributes, ranks) end
  if rank2 > rank3 then
    rank2, value2, rank3, value3 = rank3, value3, rank2, value2
    if rank1 > rank2 then rank1, value1, rank2, value2 = rank2, value2, rank1, value1 end
  end
  return class.open .. separators[rank1] .. (xml(value1, true) or value_text(element, names[rank1], value1))
    .. '"' .. separators[rank2] .. (xml(value2, true) or value_text(element, names[rank2], value2))
    .. '"' .. separators[rank3] .. (xml(value3, true) or value_text(element, names[rank3], value3)) .. '"'
end

--- Returns the start tag without ">", for attributes that were read from a document.
function text.document_tag(class, element, attributes)
  return long_tag(class, element, attributes, class.own_ranks)
end

-- ---- rendering ----

-- Appends the texts of a node to `out`, which has n texts. Returns the new number of texts.
local function render_node(node, out, n, depth)
  local count = #node
  out[n + 1] = node[1]
  if count == 2 then
    out[n + 2] = node[2] and "/>" or ">"
    return n + 2
  end
  if depth > MAX_DEPTH then core.misuse("TwiML is nested more than " .. MAX_DEPTH .. " deep") end
  out[n + 2] = ">"
  n = n + 2
  for i = 3, count do
    local content = node[i]
    if type(content) == "string" then
      n = n + 1
      out[n] = content
    else
      n = render_node(content, out, n, depth + 1)
    end
  end
  out[n + 1] = node[2]
  return n + 1
end

--- Returns the text of an element or a comment. The text of a document begins with an XML declaration.
function text.of(node)
  local out, n = {}, 0
  if getmetatable(node).is_root then out[1], n = DECLARATION, 1 end
  n = render_node(node, out, n, 1)
  return concat(out, "", 1, n)
end

-- Whether line breaks between the contents of the node have no meaning.
local function is_indentable(node)
  if getmetatable(node).is_mixed then return false end
  for i = 3, #node do
    if type(node[i]) == "string" then return false end
  end
  return #node > 2
end

local function render_pretty(node, out, n, margin, step, depth)
  if not is_indentable(node) then return render_node(node, out, n, depth) end
  if depth > MAX_DEPTH then core.misuse("TwiML is nested more than " .. MAX_DEPTH .. " deep") end
  out[n + 1], out[n + 2] = node[1], ">"
  n = n + 2
  local inner = margin .. step
  for i = 3, #node do
    out[n + 1] = inner
    n = render_pretty(node[i], out, n + 1, inner, step, depth + 1)
  end
  out[n + 1], out[n + 2] = margin, node[2]
  return n + 2
end

--- Returns the text of an element with line breaks. `step` is the indentation of one level, a text.
function text.pretty(node, step)
  local out, n = {}, 0
  if getmetatable(node).is_root then out[1], n = DECLARATION .. "\n", 1 end
  n = render_pretty(node, out, n, "\n", step, 1)
  out[n + 1] = "\n"
  return concat(out)
end

return text
