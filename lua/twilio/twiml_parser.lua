--- Reads the XML of TwiML documents into plain tables.
--
-- The parser reads XML 1.0 in UTF-8. It refuses DTDs, and therefore has no entities except the five of
-- XML. Its time grows linearly with the length of the text.

-- The simulator reads TwiML in a Lua that may have no core.
local has_core, core = pcall(require, "twilio.core")
if has_core then core.keep(...) end
local invalid_utf8 = has_core and core.invalid_utf8 or require("twilio.simulator.utf8").invalid

local find, gsub, sub = string.find, string.gsub, string.sub

local parser = {}

-- TwiML has at most 64 KB. The limits keep a larger text from using up the memory.
local MAX_DEPTH = 100
local MAX_ITEMS = 100000 -- elements, comments, and parts of texts
local MAX_ATTRIBUTES = 100

-- Patterns that match at a position only
local NAME = "^[A-Za-z_:\128-\255][A-Za-z0-9_:.\128-\255-]*"
local SPACE = "^[ \t\n]*"

local ENTITIES = { lt = "<", gt = ">", amp = "&", quot = '"', apos = "'" }

-- ---- errors ----

-- Faults of the document are raised as tables of this metatable. parser.read returns their messages.
local Fault = {}

local function fail_at(at, message, ...)
  error(setmetatable({ at = at, message = message:format(...) }, Fault), 0)
end

-- Returns line and column of a position. Columns count characters.
local function place_of(text, at)
  local line, start = 1, 1
  while true do
    local stop = find(text, "\n", start, true)
    if not stop or stop >= at then break end
    line, start = line + 1, stop + 1
  end
  local _, continued = gsub(sub(text, start, at - 1), "[\128-\191]", "")
  return line, at - start - continued + 1
end

-- ---- characters ----

local function utf8_of(code)
  local char = string.char
  if code < 0x80 then return char(code) end
  local function rest(shift) return 0x80 + math.floor(code / 2 ^ shift) % 64 end
  if code < 0x800 then return char(0xC0 + math.floor(code / 64), rest(0)) end
  if code < 0x10000 then return char(0xE0 + math.floor(code / 4096), rest(6), rest(0)) end
  return char(0xF0 + math.floor(code / 262144), rest(12), rest(6), rest(0))
end

local function is_character(code)
  if code < 0x20 then return code == 9 or code == 10 or code == 13 end
  return code < 0xD800 or code > 0xDFFF and code < 0xFFFE or code > 0xFFFF and code <= 0x10FFFF
end

local function number_of(reference)
  local hexadecimal = reference:match "^#x0*(%x+)$"
  local decimal = reference:match "^#0*(%d+)$"
  local digits = hexadecimal or decimal
  if not digits or #digits > 7 then return nil end -- U+10FFFF has 7 decimal digits
  return tonumber(digits, hexadecimal and 16 or 10)
end

-- Replaces the entities of a part of the document, which begins at position `at`.
local function decode_references(part, at)
  if not find(part, "&", 1, true) then return part end
  return (gsub(part, "()&([^&;]*)(;?)", function(offset, name, semicolon)
    local code = number_of(name)
    local character = code and is_character(code) and utf8_of(code) or ENTITIES[name]
    if semicolon == "" then fail_at(at + offset - 1, "'&' is not followed by an entity: write &amp;") end
    return character or fail_at(at + offset - 1, "unknown entity '&%s;'", sub(name, 1, 20))
  end))
end

-- Removes a byte order mark, and writes line ends as "\n", as XML demands. Returns the text. If the
-- text has bytes that XML forbids, also returns their position and a message.
local function normalise(text)
  if sub(text, 1, 3) == "\239\187\191" then text = sub(text, 4) end
  if find(text, "\r", 1, true) then text = gsub(text, "\r\n?", "\n") end
  local at = invalid_utf8(text)
  if at then return text, at, "the text is not UTF-8" end
  at = find(text, "[%z\1-\8\11\12\14-\31]") or find(text, "\239\191[\190\191]")
  if at then return text, at, "a character that XML forbids" end
  return text
end

-- ---- markup ----

-- `document` is the document that is being read, with the fields `text` and `count` (of items).
local function count_item(document, at)
  document.count = document.count + 1
  if document.count > MAX_ITEMS then fail_at(at, "more than %d elements and texts", MAX_ITEMS) end
end

local function skip_space(text, at)
  local _, last = find(text, SPACE, at)
  return last + 1
end

-- Searches for the plain text `wanted` from position `from` on. Returns the position after `wanted` and
-- the position of `wanted`. Otherwise fails at `at` with the message that `what` is not closed.
local function find_end(text, wanted, from, at, what)
  local first, last = find(text, wanted, from, true)
  if not first then fail_at(at, "%s is not closed", what) end
  return last + 1, first
end

-- Reads a comment at `at`. Returns the position after it, and its text.
local function read_comment(text, at)
  local after, first = find_end(text, "--", at + 4, at, "a comment")
  if sub(text, after, after) ~= ">" then fail_at(first, "a comment contains '--'") end
  return after + 1, sub(text, at + 4, first - 1)
end

local function read_instruction(text, at)
  if find(text, "^<%?[Xx][Mm][Ll][ \t\n?]", at) then fail_at(at, "an XML declaration is allowed only at the start of the document") end
  return (find_end(text, "?>", at + 2, at, "a processing instruction"))
end

-- Reads one attribute at `at`. Returns the position after it, its name and its value.
local function read_attribute(text, at, element)
  local _, last = find(text, NAME, at)
  if not last then fail_at(at, "an attribute or '>' is expected in <%s>", element) end
  local name = sub(text, at, last)
  local equals = skip_space(text, last + 1)
  if sub(text, equals, equals) ~= "=" then fail_at(equals, "'=' is expected after the attribute '%s'", sub(name, 1, 40)) end
  local start = skip_space(text, equals + 1)
  local quote = sub(text, start, start)
  if quote ~= '"' and quote ~= "'" then fail_at(start, "the value of the attribute '%s' has no quotes", sub(name, 1, 40)) end
  local after, stop = find_end(text, quote, start + 1, start, "the value of an attribute")
  local value = sub(text, start + 1, stop - 1)
  local less = find(value, "<", 1, true)
  if less then fail_at(start + less, "'<' in the value of an attribute: write &lt;") end
  return after, name, decode_references(gsub(value, "[\t\n]", " "), start + 1)
end

-- Reads a start tag at `at`. Returns the position after it, the element, and whether the tag ends with
-- "/>", so that the element has no contents.
local function read_start(text, at)
  local _, last = find(text, NAME, at + 1)
  if not last then fail_at(at, "'<' does not begin a tag: write &lt;") end
  local element = { name = sub(text, at + 1, last) }
  local position, count = last + 1, 0
  while true do
    local next_position = skip_space(text, position)
    local _, tag_end = find(text, "^/?>", next_position)
    if tag_end then return tag_end + 1, element, tag_end > next_position end
    if next_position > #text then fail_at(at, "the tag <%s is not closed", sub(element.name, 1, 40)) end
    if next_position == position then fail_at(position, "white space is expected in the tag <%s>", sub(element.name, 1, 40)) end
    local after, name, value = read_attribute(text, next_position, sub(element.name, 1, 40))
    element.attributes = element.attributes or {}
    if element.attributes[name] then fail_at(next_position, "the attribute '%s' occurs twice", sub(name, 1, 40)) end
    element.attributes[name], count, position = value, count + 1, after
    if count > MAX_ATTRIBUTES then fail_at(next_position, "an element has more than %d attributes", MAX_ATTRIBUTES) end
  end
end

-- ---- the document ----

-- Joins the parts of a text, and appends the text to the contents of the element. Empties `parts`.
local function end_text(element, parts)
  if #parts == 0 then return end
  element[#element + 1] = #parts == 1 and parts[1] or table.concat(parts)
  for i = #parts, 1, -1 do parts[i] = nil end
end

-- Skips comments, instructions and white space around the root. Returns the next position.
local function skip_around(document, at)
  local text = document.text
  while true do
    at = skip_space(text, at)
    if find(text, "^<!%-%-", at) then
      count_item(document, at)
      at = read_comment(text, at)
    elseif find(text, "^<%?", at) then
      count_item(document, at)
      at = read_instruction(text, at)
    elseif find(text, "^<!DOCTYPE", at) then
      fail_at(at, "a DOCTYPE is not allowed")
    else
      return at
    end
  end
end

local function read_declaration(text)
  if not find(text, "^<%?xml[ \t\n]") then return 1 end
  local after, stop = find_end(text, "?>", 1, 1, "the XML declaration")
  local declaration = sub(text, 1, stop - 1)
  if #declaration > 200 then fail_at(1, "the XML declaration is too long") end
  if not find(declaration, "^<%?xml[ \t\n]+version[ \t\n]*=[ \t\n]*[\"']1%.%d+[\"']") then fail_at(1, "the XML declaration has no version 1.0") end
  local encoding = declaration:match "[ \t\n]encoding[ \t\n]*=[ \t\n]*[\"']([A-Za-z0-9._-]*)[\"']"
  local known = encoding and encoding:lower()
  if known and known ~= "utf-8" and known ~= "us-ascii" and known ~= "utf8" then
    fail_at(1, "the encoding '%s' is not supported: write UTF-8", sub(encoding, 1, 40))
  end
  return after
end

-- Reads a comment, a CDATA section or a processing instruction at `at` inside an element. Returns the
-- position after it, or nil if a tag begins at `at`.
local function read_special(document, at, element, parts)
  local text = document.text
  if find(text, "^<!%-%-", at) then
    local after, comment = read_comment(text, at)
    end_text(element, parts)
    element[#element + 1] = { comment = comment }
    return after
  elseif find(text, "^<!%[CDATA%[", at) then
    local after, stop = find_end(text, "]]>", at + 9, at, "a CDATA section")
    if stop > at + 9 then parts[#parts + 1] = sub(text, at + 9, stop - 1) end
    return after
  elseif find(text, "^<%?", at) then
    return (read_instruction(text, at))
  elseif find(text, "^<!", at) then
    fail_at(at, "a declaration is not allowed in the document")
  end
end

-- Reads an end tag at `at`. Returns the position after it.
local function read_end(text, at, element)
  local _, last = find(text, NAME, at + 2)
  local name = last and sub(text, at + 2, last) or ""
  local stop = last and skip_space(text, last + 1)
  if name ~= element.name or sub(text, stop, stop) ~= ">" then
    fail_at(at, "expected </%s>, the end of the element that begins in line %d", sub(element.name, 1, 40), (place_of(text, element.at)))
  end
  return stop + 1
end

-- Reads the contents of the root, which begin at `at`. Returns the position after the root.
local function read_contents(document, root, at)
  local text, stack, depth, parts = document.text, { root }, 1, {}
  while true do
    local element = stack[depth]
    local less = find(text, "<", at, true)
    if not less then fail_at(element.at, "<%s> is not closed", sub(element.name, 1, 40)) end
    count_item(document, at)
    if less > at then
      local part = sub(text, at, less - 1)
      local marked_end = find(part, "]]>", 1, true)
      if marked_end then fail_at(at + marked_end - 1, "']]>' in a text: write ]]&gt;") end
      parts[#parts + 1] = decode_references(part, at)
    end
    local after = read_special(document, less, element, parts)
    if after then
      at = after
    elseif sub(text, less + 1, less + 1) == "/" then
      end_text(element, parts)
      at = read_end(text, less, element)
      stack[depth], depth = nil, depth - 1
      if depth == 0 then return at end
    else
      local child, is_closed
      end_text(element, parts)
      at, child, is_closed = read_start(text, less)
      element[#element + 1] = child
      if not is_closed then
        if depth == MAX_DEPTH then fail_at(less, "elements are nested more than %d deep", MAX_DEPTH) end
        depth, child.at = depth + 1, less
        stack[depth] = child
      end
    end
  end
end

local function read_document(document)
  local text = document.text
  local at = skip_around(document, read_declaration(text))
  if at > #text then fail_at(at, "the document has no element") end
  if sub(text, at, at) ~= "<" then fail_at(at, "text before the first element") end
  local after, root, is_closed = read_start(text, at)
  root.at = at
  if root.name ~= "Response" then fail_at(at, "the root element is <%s>, not <Response>", sub(root.name, 1, 40)) end
  if not is_closed then after = read_contents(document, root, after) end
  after = skip_around(document, after)
  if after <= #text then fail_at(after, "text after the root element") end
  return root
end

--- Reads a TwiML document. Returns its root; or nil, message with line and column.
-- An element is an array of its contents with the fields `name` and `attributes`. `attributes` maps
-- names to texts, and is nil without attributes. A content is a string, an element or { comment = text }.
function parser.read(text)
  local at, message
  text, at, message = normalise(text)
  local ok, result = false, nil
  if not at then
    ok, result = pcall(read_document, { text = text, count = 0 })
    if not ok then
      if getmetatable(result) ~= Fault then error(result, 0) end
      at, message = result.at, result.message
    end
  end
  if ok then return result end
  local line, column = place_of(text, at)
  return nil, ("line %d, column %d: %s"):format(line, column, message)
end

return parser
