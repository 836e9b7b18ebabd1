--- Checks UTF-8 in a Lua that has no core.
local utf8 = {}

-- The forms of characters of more than one byte: no overlong forms, no surrogates, at most U+10FFFF.
local FORMS = {
  "^[\194-\223][\128-\191]", "^\224[\160-\191][\128-\191]", "^[\225-\236\238\239][\128-\191][\128-\191]", "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]", "^[\241-\243][\128-\191][\128-\191][\128-\191]", "^\244[\128-\143][\128-\191][\128-\191]",
}

-- Returns the position after the character at `at`, or nil.
local function after(text, at)
  for _, form in ipairs(FORMS) do
    local _, last = text:find(form, at)
    if last then return last + 1 end
  end
end

--- Returns the position of the first byte that is not UTF-8, or nil.
function utf8.invalid(text)
  local at = text:find "[\128-\255]"
  while at do
    local next_position = after(text, at)
    if not next_position then return at end
    at = text:find("[\128-\255]", next_position)
  end
  return nil
end

return utf8
