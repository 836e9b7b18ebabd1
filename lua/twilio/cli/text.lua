--- Texts on a terminal: the columns that a text takes, truncation, paragraphs.

local text = {}

local CHARACTER = "[%z\1-\127\194-\253][\128-\191]*"

-- Ranges of code points, each with its width: first, last, width. Sorted.
local WIDTHS = {
  { 0x300, 0x36F, 0 }, { 0x483, 0x489, 0 }, { 0x591, 0x5BD, 0 }, { 0x610, 0x61A, 0 }, { 0x64B, 0x65F, 0 },
  { 0x1100, 0x115F, 2 }, { 0x1AB0, 0x1AFF, 0 }, { 0x1DC0, 0x1DFF, 0 }, { 0x200B, 0x200F, 0 }, { 0x20D0, 0x20FF, 0 },
  { 0x2E80, 0xA4CF, 2 }, { 0xAC00, 0xD7A3, 2 }, { 0xF900, 0xFAFF, 2 }, { 0xFE00, 0xFE0F, 0 }, { 0xFE20, 0xFE2F, 0 },
  { 0xFE30, 0xFE6F, 2 }, { 0xFF00, 0xFF60, 2 }, { 0xFFE0, 0xFFE6, 2 }, { 0x1F300, 0x1F64F, 2 }, { 0x1F680, 0x1F6FF, 2 },
  { 0x1F900, 0x1F9FF, 2 }, { 0x20000, 0x3FFFD, 2 },
}

local function code_point(character)
  local first = character:byte()
  if first < 0x80 then return first end
  local code = first < 0xE0 and first % 32 or first < 0xF0 and first % 16 or first % 8
  for i = 2, #character do code = code * 64 + character:byte(i) % 64 end
  return code
end

local function character_width(character)
  if #character == 1 then return 1 end
  local code = code_point(character)
  for _, range in ipairs(WIDTHS) do
    if code < range[1] then return 1 end
    if code <= range[2] then return range[3] end
  end
  return 1
end

--- Returns the number of terminal columns of a text without control characters.
function text.width(s)
  if not s:find "[\128-\255]" then return #s end
  local width = 0
  for character in s:gmatch(CHARACTER) do width = width + character_width(character) end
  return width
end

-- A terminal whose encoding is not UTF-8 would show the three bytes of an ellipsis.
local locale = os.getenv "LC_ALL" or ""
if locale == "" then locale = os.getenv "LC_CTYPE" or "" end
if locale == "" then locale = os.getenv "LANG" or "" end
local ELLIPSIS = locale:lower():find "utf%-?8" and "…" or "~"

--- Returns the text, cut to at most `columns` columns. A text that was cut ends with an ellipsis.
function text.cut(s, columns)
  if text.width(s) <= columns then return s end
  local kept, width = {}, 0
  for character in s:gmatch(CHARACTER) do
    width = width + character_width(character)
    if width > columns - 1 then break end
    kept[#kept + 1] = character
  end
  return table.concat(kept) .. ELLIPSIS
end

--- Returns the text, filled with blanks to `columns` columns, on its left if `is_right`.
function text.pad(s, columns, is_right)
  local blanks = (" "):rep(columns - text.width(s))
  return is_right and blanks .. s or s .. blanks
end

--- Returns the text in one line, without control characters. The body of a message could otherwise
-- move the cursor or change the colours of the terminal.
function text.printable(s)
  if s:find "[\128-\255]" then
    local bad = require("twilio.core").invalid_utf8(s)
    while bad do
      s = s:sub(1, bad - 1) .. "?" .. s:sub(bad + 1)
      bad = require("twilio.core").invalid_utf8(s)
    end
    s = s:gsub("\194[\128-\159]", "?")
  end
  return (s:gsub("%s+", " "):gsub("%c", "?"))
end

--- Returns the lines of a text, broken at blanks so that each has at most `columns` columns if its words
-- allow.
function text.wrap(s, columns)
  local lines, line = {}, nil
  for word in s:gmatch "%S+" do
    local longer = line and line .. " " .. word
    if longer and text.width(longer) <= columns then
      line = longer
    else
      lines[#lines + 1] = line
      line = word
    end
  end
  lines[#lines + 1] = line
  return lines
end

--- Returns the lines of a paragraph of phrases. A phrase is not broken. Each line begins with two blanks
-- and has at most `columns` columns, if its phrases allow.
function text.paragraph(phrases, separator, columns)
  local lines, line = {}, nil
  for i, phrase in ipairs(phrases) do
    if phrases[i + 1] then phrase = phrase .. separator:gsub("%s+$", "") end
    local longer = line and line .. separator:match "%s*$" .. phrase
    if longer and text.width(longer) <= columns then
      line = longer
    else
      lines[#lines + 1] = line
      line = "  " .. phrase
    end
  end
  lines[#lines + 1] = line
  return lines
end

return text
