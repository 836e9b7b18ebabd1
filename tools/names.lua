-- Converts the names of the API to the names that Lua programs write.

local names = {}

local function is_upper(c) return c:find("^[A-Z]") ~= nil end
local function is_lower(c) return c:find("^[a-z]") ~= nil end
local function is_digit(c) return c:find("^[0-9]") ~= nil end

-- The snake_case of a wire name. src/text/wire_text.c has the same rule in C.
--
--   * A trailing `<` becomes `_before`, a trailing `>` becomes `_after`.
--   * `_` is inserted between a lower-case letter and an upper-case letter.
--   * `_` is inserted before an upper-case letter that follows an upper-case letter or a digit, if a
--     lower-case letter follows it: `A2PProfileSid` -> a2p_profile_sid.
--   * `.`, `-` and a blank become `_`. Letters become lower-case.
--
-- The classes of characters are ASCII, independent of the locale.
function names.snake(wire)
  local ending = ""
  if wire:find("<$") then ending = "_before" elseif wire:find(">$") then ending = "_after" end
  local body = ending == "" and wire or wire:sub(1, -2)
  local out = {}
  for i = 1, #body do
    local c, previous, following = body:sub(i, i), body:sub(i - 1, i - 1), body:sub(i + 1, i + 1)
    if i == 1 then previous = "" end
    if is_upper(c) then
      if is_lower(previous) or (is_upper(previous) or is_digit(previous)) and is_lower(following) then out[#out + 1] = "_" end
      out[#out + 1] = c:lower()
    elseif c == "." or c == "-" or c == " " then
      out[#out + 1] = "_"
    else
      out[#out + 1] = c
    end
  end
  return table.concat(out) .. ending
end

-- The Lua names of a parameter: two for an inequality (`StartTime<`), otherwise one.
function names.spellings(wire)
  local snake = names.snake(wire)
  if wire:find("<$") then return { snake, (snake:gsub("_before$", "_less_than")) } end
  if wire:find(">$") then return { snake, (snake:gsub("_after$", "_greater_than")) } end
  return { snake }
end

-- The keys of a table in byte order. Output must not depend on the order of pairs().
function names.sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

return names
