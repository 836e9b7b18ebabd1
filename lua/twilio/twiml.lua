--- TwiML: the XML documents that tell Twilio what to do with a call, a message or a fax.
--
--   local r = twilio.twiml.voice()
--   local gather = r:gather { num_digits = 1, action = "/menu" }
--   gather:say("Press 1 for sales", { voice = "Polly.Joanna" })
--   print(r)
--
-- A node is an element of a document. Its class is its metatable, and knows the attributes and the
-- children of the element. twilio.twiml_elements has the facts about all elements.

local core = require "twilio.core"
core.keep(...)
local elements = require "twilio.twiml_elements"

local getmetatable, next, setmetatable, type = getmetatable, next, setmetatable, type
local concat, find, gsub = table.concat, string.find, string.gsub

local twiml = {}

local DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

-- The parser has the same limit. Rendering a deeper document could overflow Lua's stack.
local MAX_DEPTH = 100

-- What separates the values of an array. The separator of any other attribute is a space.
local SEPARATORS = { hints = "," }

-- Elements that take a table as their text, which becomes JSON.
local JSON_BODY = { Task = true }

-- The names of methods and attributes that are reserved words of Lua get an underscore.
local RESERVED = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while"):gmatch "%a+" do
  RESERVED[word] = true
end

-- A node is an array: the start tag without ">", the end tag, and the contents. A content is an
-- escaped text, a node or a comment. A comment has `false` in place of the end tag. Only a node of an
-- unknown element has a named field, `name`.
local Comment = { __name = "twilio.twiml comment" }

-- ---- names ----

-- The Lua name of an element or an attribute: num_digits, say_as, xml_lang, for_.
local function lua_name(wire)
  local name = wire:gsub("(%l)(%u)", "%1_%2"):gsub("[-:]", "_"):lower()
  return RESERVED[name] and name .. "_" or name
end

-- The TwiML name of an attribute that the table does not have: newThing for new_thing.
local function wire_name(key)
  return (key:gsub("_$", ""):gsub("_(%w)", string.upper))
end

local function is_xml_name(name)
  return find(name, "^[A-Za-z_:][A-Za-z0-9_:.-]*$") ~= nil
end

-- ---- text ----

local xml = core.xml

local CHARACTERS = {
  ["&amp;"] = "&", ["&lt;"] = "<", ["&gt;"] = ">", ["&quot;"] = '"', ["&#9;"] = "\t", ["&#10;"] = "\n", ["&#13;"] = "\r",
}

-- Raises because XML cannot contain the text. `at` and `code` are the results of core.xml. `what` and
-- `element` name the text in the message.
local function refuse_text(what, element, at, code)
  if code then core.misuse(("%s of <%s> has the character U+%04X at byte %d, which XML forbids"):format(what, element, code, at)) end
  core.misuse(("%s of <%s> must be UTF-8, but its byte %d is invalid"):format(what, element, at))
end

local function unescape(text)
  return (gsub(text, "&#?%w+;", CHARACTERS))
end

-- Returns the escaped text of a node. Raises unless the value is a text.
local function content_of(class, element, value)
  if class.takes_json and type(value) == "table" then value = require "twilio.json".encode(value) end
  if not class.takes_text then core.misuse(("<%s> takes no text"):format(element)) end
  local text, at, code
  if value ~= true and value ~= false then text, at, code = xml(value) end
  if text then return text end
  if at then refuse_text("the text", element, at, code) end
  if type(value) == "number" then core.misuse(("the text of <%s> is not a finite number"):format(element)) end
  core.misuse(("the text of <%s> is a string, got %s"):format(element, value == core.null and "null" or type(value)))
end

-- ---- attributes ----

local function refuse_value(element, name, why)
  core.misuse(("attribute '%s' of <%s> %s"):format(name, element, why))
end

local function is_node(value)
  local class = getmetatable(value)
  return type(class) == "table" and rawget(class, "__twiml") ~= nil
end

local value_text

-- Returns the escaped text of a value.
function value_text(element, name, value)
  local text, at, code = xml(value, true)
  if text then return text end
  if at then refuse_text(("attribute '%s'"):format(name), element, at, code) end
  local kind = type(value)
  if kind == "number" then refuse_value(element, name, "is not a finite number") end
  if kind ~= "table" then refuse_value(element, name, value == core.null and "cannot be null: leave it out" or "cannot be a " .. kind) end
  local out, n = {}, 0
  for _ in next, value do n = n + 1 end
  if n ~= #value or is_node(value) then refuse_value(element, name, "takes a value or an array") end
  for i = 1, n do
    if type(value[i]) == "table" then refuse_value(element, name, "has a table in its array") end
    out[i] = value_text(element, name, value[i])
  end
  return concat(out, SEPARATORS[name] or " ")
end

-- Returns the TwiML name of a key that the class does not know. Raises if the name cannot be sent.
local function unknown_name(class, element, key)
  if type(key) ~= "string" then core.misuse(("attributes of <%s> have names, got a %s as a name"):format(element, type(key))) end
  local name = wire_name(key)
  if class.family.strict or class.ranks[name] then
    core.misuse(("<%s> has no attribute '%s'"):format(element, key), key, class.ranks)
  end
  if not is_xml_name(name) then core.misuse(("'%s' cannot be the name of an attribute"):format(key)) end
  return name
end

-- Appends the attributes with these keys, which the class does not know, to the array `out` of n
-- texts. Returns the new number. `is_document`: the keys were read from a document.
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

-- Inserts a rank into the sorted list of n ranks.
local function insert_rank(class, ranks, n, rank)
  while n > 0 and ranks[n] >= rank do
    if ranks[n] == rank then refuse_value(class.element, class.names[rank], "is given twice") end
    ranks[n + 1] = ranks[n]
    n = n - 1
  end
  ranks[n + 1] = rank
end

-- Returns the start tag without ">". Attributes stand in the order of the table, so that equal
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

-- Does the work of long_tag for one to three known attributes, without a table. Returns nil for other
-- attributes.
local function short_tag(class, element, attributes)
  local ranks, names, separators = class.ranks, class.names, class.separators
  local key1, value1 = next(attributes)
  if key1 == nil then return class.open end
  local rank1 = ranks[key1]
  if not rank1 then return nil end
  local key2, value2 = next(attributes, key1)
  if key2 == nil then return class.open .. separators[rank1] .. (xml(value1, true) or value_text(element, names[rank1], value1)) .. '"' end
  local rank2 = ranks[key2]
  if not rank2 or rank1 == rank2 then return nil end
  local key3, value3 = next(attributes, key2)
  if rank1 > rank2 then rank1, value1, rank2, value2 = rank2, value2, rank1, value1 end
  if key3 == nil then
    return class.open .. separators[rank1] .. (xml(value1, true) or value_text(element, names[rank1], value1))
      .. '"' .. separators[rank2] .. (xml(value2, true) or value_text(element, names[rank2], value2)) .. '"'
  end
  local rank3 = ranks[key3]
  if not rank3 or rank3 == rank1 or rank3 == rank2 or next(attributes, key3) ~= nil then return nil end
  if rank2 > rank3 then
    rank2, value2, rank3, value3 = rank3, value3, rank2, value2
    if rank1 > rank2 then rank1, value1, rank2, value2 = rank2, value2, rank1, value1 end
  end
  return class.open .. separators[rank1] .. (xml(value1, true) or value_text(element, names[rank1], value1))
    .. '"' .. separators[rank2] .. (xml(value2, true) or value_text(element, names[rank2], value2))
    .. '"' .. separators[rank3] .. (xml(value3, true) or value_text(element, names[rank3], value3)) .. '"'
end

-- Returns the start tag without ">". The attributes are those of the program.
local function start_tag(class, element, attributes)
  if type(attributes) ~= "table" then core.misuse(("the attributes of <%s> are a table, got a %s"):format(element, type(attributes))) end
  return short_tag(class, element, attributes) or long_tag(class, element, attributes, class.ranks)
end

-- ---- rendering ----

-- Appends the texts of a node to `out`, which has n texts. Returns the new number.
local function render(node, out, n, depth)
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
      n = render(content, out, n, depth + 1)
    end
  end
  out[n + 1] = node[2]
  return n + 1
end

local function to_text(node)
  local out, n = {}, 0
  if getmetatable(node).is_root then out[1], n = DECLARATION, 1 end
  n = render(node, out, n, 1)
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
  if not is_indentable(node) then return render(node, out, n, depth) end
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

-- ---- nodes ----

local function check_self(self, method)
  if not is_node(self) then core.misuse(("call '%s' on a TwiML element, with ':'"):format(method)) end
  return getmetatable(self)
end

-- The methods of all nodes.
local shared = {}

--- node:text(text): appends a text, and returns the node. node:text() returns the text of the node
-- without the texts of its children.
function shared.text(self, ...)
  local class = check_self(self, "text")
  if select("#", ...) > 0 then
    local content = content_of(class, self.name, (...))
    if content ~= "" then self[#self + 1] = content end
    return self
  end
  local out = {}
  for i = 3, #self do
    if type(self[i]) == "string" then out[#out + 1] = unescape(self[i]) end
  end
  return concat(out)
end

--- node:comment(text): appends a comment, and returns the node.
-- Raises for a text with "--" or with "-" at its end, which XML forbids.
function shared.comment(self, text)
  check_self(self, "comment")
  if type(text) ~= "string" then core.misuse("a comment is a string, got " .. type(text)) end
  local _, at, code = xml(text)
  if at then refuse_text("a comment", self.name, at, code) end
  if find(text, "--", 1, true) or find(text, "-$") or find(text, "\r", 1, true) then
    core.misuse "a comment in XML has no '--', no '-' at its end and no carriage return"
  end
  self[#self + 1] = setmetatable({ "<!--" .. text .. "--", false }, Comment)
  return self
end

--- node:attributes(): returns a new table from the names of the attributes, as in TwiML, to their
-- texts.
function shared.attributes(self)
  check_self(self, "attributes")
  local out = {}
  for name, value in self[1]:gmatch ' ([^ =]+)="([^"]*)"' do out[name] = unescape(value) end
  return out
end

--- node:children([name]): returns an array of the child elements, or of those with this name as in
-- TwiML.
function shared.children(self, name)
  check_self(self, "children")
  local out = {}
  for i = 3, #self do
    local content = self[i]
    if type(content) == "table" and getmetatable(content) ~= Comment and (name == nil or content.name == name) then out[#out + 1] = content end
  end
  return out
end

--- node:contents(): returns an array of everything between the tags: texts as strings, elements and
-- comments as nodes. A comment has the name "#comment" and the method text().
function shared.contents(self)
  check_self(self, "contents")
  local out = {}
  for i = 3, #self do out[i - 2] = type(self[i]) == "string" and unescape(self[i]) or self[i] end
  return out
end

--- node:pretty([indent]): returns the document with line breaks. `indent` is the number of spaces for
-- each level, 2 by default. Texts are unchanged.
function shared.pretty(self, indent)
  local class = check_self(self, "pretty")
  if indent ~= nil and type(indent) ~= "number" then core.misuse("the indent is a number of spaces, got " .. type(indent)) end
  local out, n = {}, 0
  if class.is_root then out[1], n = DECLARATION .. "\n", 1 end
  n = render_pretty(self, out, n, "\n", (" "):rep(indent or 2), 1)
  out[n + 1] = "\n"
  return concat(out)
end

-- Returns the arguments of a program as text, attributes and function. Raises if they are in another
-- order.
local function arrange(element, takes_json, ...)
  local a, b, c, d = ...
  local kind = type(a)
  if kind == "table" and not takes_json or kind == "function" then a, b, c, d = nil, a, b, c end
  if type(b) == "function" then b, c, d = nil, b, c end
  if d ~= nil or c ~= nil and type(c) ~= "function" then
    core.misuse(("<%s> takes a text, a table of attributes and a function, in this order"):format(element))
  end
  return a, b, c
end

-- Makes a node and appends it to its parent. The arguments text, attributes and fill are those of the
-- program, which may leave out each of them.
local function append(parent, class, element, text, attributes, fill)
  if fill ~= nil or type(text) ~= "string" then
    text, attributes, fill = arrange(element, class.takes_json, text, attributes, fill)
  elseif type(attributes) == "function" then
    attributes, fill = nil, attributes
  end
  local tag = attributes == nil and (class.open or "<" .. element) or start_tag(class, element, attributes)
  local close = class.close or "</" .. element .. ">"
  local content = text ~= nil and content_of(class, element, text)
  local node = setmetatable(content and content ~= "" and { tag, close, content } or { tag, close }, class)
  if not class.element then node.name = element end
  parent[#parent + 1] = node
  if fill then fill(node) end
  return node
end

--- node:child(name, [text], [attributes], [function(child) … end]): appends an element by its name as
-- in TwiML, even if this library does not know the element. Returns the child.
-- A document that was made with `strict` raises for an unknown element.
function shared.child(self, name, a, b, c)
  local class = check_self(self, "child")
  if type(name) ~= "string" or not is_xml_name(name) then core.misuse "the first argument of 'child' is the name of an element" end
  if class.family.strict and not class.nested[name] then
    core.misuse(("<%s> has no child <%s>"):format(self.name, name), name, class.nested)
  end
  return append(self, class.family:child(class, name), name, a, b, c)
end

-- ---- classes ----

-- The classes of one kind of document. Fields:
--   strict    whether unknown attributes raise
--   facts     the elements of this kind, from twilio.twiml_elements
--   classes   the classes that were made so far, by key
--   unknown   the class of all elements that the table does not have
local Family = {}
Family.__index = Family

-- Returns the tags of the elements that have a child with this method, separated by commas.
local function parents_of(family, method)
  local tags = {}
  for key, fact in next, family.facts do
    if family:class(key).methods[method] then tags[#tags + 1] = "<" .. (fact.element or key) .. ">" end
  end
  table.sort(tags)
  return concat(tags, ", ")
end

-- Raises for a name that the nodes of the class do not have.
local function refuse_name(class, name)
  local message = class.element and ("<%s> has no '%s'"):format(class.element, name) or ("an unknown element has no '%s'"):format(name)
  local wanted, names = lua_name(name), {} -- a program may have used the name in TwiML
  local parents = not class.methods[wanted] and parents_of(class.family, wanted) or ""
  if parents ~= "" then core.misuse(("%s, which is a child of %s"):format(message, parents)) end
  for method in next, shared do names[method] = true end
  for method in next, class.methods do names[method] = true end
  core.misuse(message, wanted, names)
end

-- Returns the method that appends the child of this key to a node of the class.
local function child_method(class, key, name)
  local child = class.family:class(key)
  local element = child.element
  return function(self, a, b, c)
    if getmetatable(self) ~= class then core.misuse(("call '%s' on a <%s>, with ':'"):format(name, class.element)) end
    return append(self, child, element, a, b, c)
  end
end

-- Returns the table of methods. A method is made when a program first uses it, because most programs
-- use few elements.
local function new_methods(class)
  return setmetatable({ name = class.element }, {
    __index = function(methods, name)
      if type(name) ~= "string" or find(name, "^__") then return nil end
      local key = class.methods[name]
      local method = shared[name] or key and child_method(class, key, name) or refuse_name(class, name)
      methods[name] = method
      return method
    end,
  })
end

local function add_attributes(class, list)
  for name in list:gmatch "%S+" do
    local rank, short = #class.names + 1, lua_name(name)
    class.names[rank], class.lua_names[rank], class.separators[rank] = name, short, " " .. name .. '="'
    class.ranks[short], class.ranks[name], class.own_ranks[name] = rank, rank, rank
  end
end

-- Two nodes are equal if their texts are equal.
local function is_equal(a, b)
  return to_text(a) == to_text(b)
end

-- Returns the text for a parameter such as `twiml` of client.calls:make, or nil for an element that
-- is no document.
local function parameter_text(node)
  return getmetatable(node).is_root and to_text(node) or nil
end

-- Returns a new class, the metatable of nodes. The class of unknown elements has no `element`. Fields:
--   family, element, open ("<Say"), close ("</Say>"), is_root
--   takes_text, takes_json
--   is_mixed    white space between the children has a meaning
--   methods     from the names of the methods that append children to the keys of their classes
--   nested      the same from the names of the children in TwiML
--   names       the TwiML names of the attributes; the position of a name is its rank
--   lua_names, separators   by rank
--   ranks       from the names of the attributes, in both spellings, to ranks
--   own_ranks   from the TwiML names to ranks
local function new_class(family, element, fact)
  local class = {
    __name = "twilio.twiml element", __twiml = parameter_text, __tostring = to_text, __eq = is_equal,
    family = family, element = element, open = element and "<" .. element, close = element and "</" .. element .. ">",
    is_root = element == "Response", takes_text = fact.text, takes_json = JSON_BODY[element], is_mixed = fact.mixed,
    methods = {}, nested = {}, names = {}, lua_names = {}, separators = {}, ranks = {}, own_ranks = {},
  }
  add_attributes(class, fact.attributes or "")
  for key in (fact.children or ""):gmatch "%S+" do
    local child = family.facts[key].element or key
    class.methods[lua_name(child)], class.nested[child] = key, key
  end
  class.__index = new_methods(class)
  return class
end

function Family:class(key)
  local class = self.classes[key]
  if not class then
    local fact = self.facts[key]
    class = new_class(self, fact.element or key, fact)
    self.classes[key] = class
  end
  return class
end

-- Returns the class of a child of this name. An element that the table has in other places only has
-- its usual class: Twilio allows elements in new places. An unknown element has the class `unknown`.
function Family:child(parent, element)
  local key = parent.nested[element]
  local fact = self.facts[element]
  if not key and fact and not fact.element and element ~= "Response" then key = element end
  return key and self:class(key) or self.unknown
end

local families = {}

local function family_of(kind, strict)
  local id = strict and kind .. " strict" or kind
  local family = families[id]
  if not family then
    family = setmetatable({ strict = strict, facts = elements[kind], classes = {} }, Family)
    family.unknown = new_class(family, nil, { text = true, mixed = true })
    families[id] = family
  end
  return family
end

-- ---- comments ----

local function comment_text(comment)
  if getmetatable(comment) ~= Comment then core.misuse "call 'text' on a comment, with ':'" end
  return comment[1]:sub(5, -3)
end

Comment.__tostring = to_text
Comment.__eq = is_equal
Comment.__index = setmetatable({ name = "#comment", text = comment_text }, { __index = core.index "a comment" })

-- ---- documents ----

local OPTIONS = { strict = true }

local function new_document(kind, options)
  if options ~= nil and type(options) ~= "table" then core.misuse("the options of a TwiML document are a table, got " .. type(options)) end
  for name, value in next, options or {} do
    if not OPTIONS[name] then core.misuse(("unknown option '%s'"):format(tostring(name)), tostring(name), OPTIONS) end
    if type(value) ~= "boolean" then core.misuse(("option 'strict' is true or false, got %s"):format(type(value))) end
  end
  return setmetatable({ "<Response", "</Response>" }, family_of(kind, options and options.strict or false):class "Response")
end

--- twilio.twiml.voice([options]), messaging and fax: return the <Response> of a new document.
-- Option: strict = true raises for attributes and elements that this library does not know.
function twiml.voice(options) return new_document("voice", options) end
function twiml.messaging(options) return new_document("messaging", options) end
function twiml.fax(options) return new_document("fax", options) end

-- ---- reading ----

-- Returns the kind of a document. The first verb that only one kind has decides. Without such a verb
-- the kind is "voice".
local function kind_of(root)
  for _, content in ipairs(root) do
    local found, count = nil, 0
    for kind, facts in next, elements do
      if type(content) == "table" and find(" " .. facts.Response.children .. " ", " " .. tostring(content.name) .. " ", 1, true) then
        found, count = kind, count + 1
      end
    end
    if count == 1 then return found end
  end
  return "voice"
end

-- Whether white space between the contents of an element has a meaning.
local function keeps_space(class, parsed)
  if class.is_mixed or not class.takes_text then return class.is_mixed end
  for _, content in ipairs(parsed) do
    if type(content) == "table" then return false end
  end
  return true
end

-- Makes the node of an element that the parser has read.
local function node_of(class, parsed)
  local tag = "<" .. parsed.name
  if parsed.attributes then tag = long_tag(class, parsed.name, parsed.attributes, class.own_ranks) end
  local node, n, with_space = { tag, "</" .. parsed.name .. ">" }, 2, keeps_space(class, parsed)
  for _, content in ipairs(parsed) do
    local item
    if type(content) == "string" then
      item = (with_space or find(content, "%S")) and xml(content)
    elseif content.comment then
      item = setmetatable({ "<!--" .. content.comment .. "--", false }, Comment)
    else
      item = node_of(class.family:child(class, content.name), content)
    end
    if item then
      n = n + 1
      node[n] = item
    end
  end
  if not class.element then node.name = parsed.name end
  return setmetatable(node, class)
end

--- twilio.twiml.parse(text, [kind]): reads a document, and returns its <Response>; or nil, message.
-- `kind` is "voice", "messaging" or "fax". By default the verbs of the document decide.
-- Elements and attributes that this library does not know are kept.
function twiml.parse(text, kind)
  if type(text) ~= "string" then core.misuse("twilio.twiml.parse takes a string, got " .. type(text)) end
  if kind ~= nil and not rawget(elements, kind) then core.misuse(("unknown kind of TwiML '%s'"):format(tostring(kind)), tostring(kind), elements) end
  local root, message = require "twilio.twiml_parser".read(text)
  if not root then return nil, message end
  return node_of(family_of(kind or kind_of(root), false):class "Response", root)
end

return setmetatable(twiml, { __index = core.index "twilio.twiml" })
