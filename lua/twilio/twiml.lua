--- TwiML: the XML documents that tell Twilio what to do with a call, a message or a fax.
--
--   local r = twilio.twiml.voice()
--   local gather = r:gather { num_digits = 1, action = "/menu" }
--   gather:say("Press 1 for sales", { voice = "Polly.Joanna" })
--   print(r)
--
-- A node is an element of a document. The metatable of a node is its class. The class lists the
-- attributes and children that the element may have. twilio.twiml_elements has the data of all elements.

local is_loaded, core = pcall(require, "twilio.core")
if not is_loaded then require "twilio.core_problem"(core) end
core.keep(...)
local elements = require "twilio.twiml_elements"
local texts = require "twilio.twiml_text"

local getmetatable, next, setmetatable, type = getmetatable, next, setmetatable, type
local concat, find = table.concat, string.find
local xml, content_of, start_tag, is_node = core.xml, texts.content_of, texts.start_tag, texts.is_node

local twiml = {}

-- Elements whose text may be a table. The table is encoded as JSON.
local JSON_BODY = { Task = true }

-- A node is an array: the start tag without ">", the end tag, and the contents. A content is an
-- escaped text, a node or a comment. A comment has `false` in place of the end tag. Only a node of an
-- unknown element has a named field, `name`.
local Comment = { __name = "twilio.twiml comment" }

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
    if type(self[i]) == "string" then out[#out + 1] = texts.unescape(self[i]) end
  end
  return concat(out)
end

--- node:comment(text): appends a comment, and returns the node.
-- Raises for a text with "--" or with "-" at its end, which XML forbids.
function shared.comment(self, text)
  check_self(self, "comment")
  if type(text) ~= "string" then core.misuse("a comment is a string, got " .. type(text)) end
  local _, at, code = xml(text)
  if at then texts.refuse("a comment", self.name, at, code) end
  if find(text, "--", 1, true) or find(text, "-$") or find(text, "\r", 1, true) then
    core.misuse "an XML comment must not contain '--' or a carriage return, and must not end with '-'"
  end
  self[#self + 1] = setmetatable({ "<!--" .. text .. "--", false }, Comment)
  return self
end

--- node:attributes(): returns a new table that maps the names of the attributes, spelled as in TwiML,
-- to their texts.
function shared.attributes(self)
  check_self(self, "attributes")
  local out = {}
  for name, value in self[1]:gmatch ' ([^ =]+)="([^"]*)"' do out[name] = texts.unescape(value) end
  return out
end

--- node:children([name]): returns an array of the child elements. With `name`, spelled as in TwiML, the
-- array has only the children of this name.
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
  for i = 3, #self do out[i - 2] = type(self[i]) == "string" and texts.unescape(self[i]) or self[i] end
  return out
end

--- node:pretty([indent]): returns the document with line breaks. `indent` is the number of spaces for
-- each level, 2 by default. Texts are unchanged.
function shared.pretty(self, indent)
  check_self(self, "pretty")
  if indent ~= nil and type(indent) ~= "number" then core.misuse("the indent is a number of spaces, got " .. type(indent)) end
  return texts.pretty(self, (" "):rep(indent or 2))
end

-- Returns the arguments of a program as text, attributes and function. Raises if they are in another
-- order.
local function arrange_arguments(element, takes_json, ...)
  local a, b, c, d = ...
  local kind = type(a)
  if kind == "table" and not takes_json or kind == "function" then a, b, c, d = nil, a, b, c end
  if type(b) == "function" then b, c, d = nil, b, c end
  if d ~= nil or c ~= nil and type(c) ~= "function" then
    core.misuse(("<%s> takes a text, a table of attributes and a function, in this order"):format(element))
  end
  if b ~= nil and type(b) ~= "table" then core.misuse(("the attributes of <%s> are a table, got a %s"):format(element, type(b))) end
  return a, b, c
end

-- Makes a node and appends it to its parent. The program may leave out each of the arguments text,
-- attributes and fill.
local function append_element(parent, class, element, text, attributes, fill)
  local kind = type(text)
  if attributes == nil and fill == nil and kind == "table" and not class.takes_json then
    text, attributes, kind = nil, text, "nil"
  elseif fill ~= nil or kind ~= "string" or attributes ~= nil and type(attributes) ~= "table" then
    text, attributes, fill = arrange_arguments(element, class.takes_json, text, attributes, fill)
    kind = type(text)
  end
  local tag = attributes == nil and (class.open or "<" .. element) or start_tag(class, element, attributes)
  local content = kind == "string" and class.takes_text and xml(text) or text ~= nil and content_of(class, element, text)
  local close = class.close or "</" .. element .. ">"
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
  if type(name) ~= "string" or not texts.is_name(name) then core.misuse "the first argument of 'child' is the name of an element" end
  if class.family.strict and not class.nested[name] then
    core.misuse(("<%s> has no child <%s>"):format(self.name, name), name, class.nested)
  end
  return append_element(self, class.family:child(class, name), name, a, b, c)
end

-- ---- classes ----

-- The classes of one kind of document. Fields:
--   strict    whether unknown attributes raise
--   facts     the elements of this kind, from twilio.twiml_elements
--   classes   the classes that were made so far, by key
--   unknown   the class of all elements that `facts` does not have
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
  local wanted, names = texts.lua_name(name), {} -- the program may have used the TwiML spelling
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
    return append_element(self, child, element, a, b, c)
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
    local rank, short = #class.names + 1, texts.lua_name(name)
    class.names[rank], class.lua_names[rank], class.separators[rank] = name, short, " " .. name .. '="'
    class.ranks[short], class.ranks[name], class.own_ranks[name] = rank, rank, rank
  end
end

-- Two nodes are equal if their texts are equal.
local function is_equal(a, b)
  return texts.of(a) == texts.of(b)
end

-- Returns the text for a parameter such as `twiml` of client.calls:make, or nil for an element that
-- is not a whole document.
local function parameter_text(node)
  return getmetatable(node).is_root and texts.of(node) or nil
end

-- Returns a new class, the metatable of nodes. The class of unknown elements has no `element`. Fields:
--   family, element, open ("<Say"), close ("</Say>"), is_root
--   takes_text, takes_json
--   is_mixed    white space between the children has a meaning
--   methods     maps the name of each method that appends a child to the key of the child's class
--   nested      maps the TwiML name of each child to the key of the child's class
--   names       the TwiML names of the attributes; the position of a name is its rank
--   lua_names, separators   by rank
--   ranks       maps the Lua names and the TwiML names of the attributes to ranks
--   own_ranks   maps only the TwiML names of the attributes to ranks
local function new_class(family, element, fact)
  local class = {
    __name = "twilio.twiml element", __twiml = parameter_text, __tostring = texts.of, __eq = is_equal,
    family = family, element = element, open = element and "<" .. element, close = element and "</" .. element .. ">",
    is_root = element == "Response", takes_text = fact.text, takes_json = JSON_BODY[element], is_mixed = fact.mixed,
    methods = {}, nested = {}, names = {}, lua_names = {}, separators = {}, ranks = {}, own_ranks = {},
  }
  add_attributes(class, fact.attributes or "")
  for key in (fact.children or ""):gmatch "%S+" do
    local child = family.facts[key].element or key
    class.methods[texts.lua_name(child)], class.nested[child] = key, key
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

-- Returns the class of a child of this name. An element that `facts` allows below other parents only
-- gets its usual class, because Twilio may allow it here later. Any other element gets `unknown`.
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

Comment.__tostring = texts.of
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
-- With the option strict = true, adding an attribute or element that this library does not know raises.
function twiml.voice(options) return new_document("voice", options) end
function twiml.messaging(options) return new_document("messaging", options) end
function twiml.fax(options) return new_document("fax", options) end

-- ---- reading ----

-- Returns the kind of a document: the kind to which the first verb belongs that only one kind has.
-- Without such a verb the kind is "voice".
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
  if parsed.attributes then tag = texts.document_tag(class, parsed.name, parsed.attributes) end
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
