--- Compares the names of parameters and fields, whichever way they are written.
local names = {}

local MOST_EDITS = 3

--- Returns the letters and digits of a name in lower case: "FriendlyName", "friendly_name" and
-- "friendlyName" have the same.
function names.fold(name) return (name:lower():gsub("[^%w]", "")) end

--- "IncomingPhoneNumbers" -> "incoming_phone_numbers"
function names.snake(name)
  return (name:gsub("(%l)(%u)", "%1_%2"):gsub("[-.]", "_"):lower())
end

-- The number of insertions, deletions and replacements that turn one text into the other.
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      diagonal, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
    end
  end
  return row[#b]
end

--- Returns the name of a list that was probably meant by a misspelt name, or nil.
function names.nearest(name, list)
  local folded, best, least = names.fold(name), nil, MOST_EDITS + 1
  for _, candidate in ipairs(list) do
    local edits = distance(folded, names.fold(candidate))
    if edits < least and edits * 2 < #folded + 1 then best, least = candidate, edits end
  end
  return best
end

--- Returns the end of a sentence: ". Did you mean …?" for a misspelt name, otherwise ".".
-- @param list an array of the names that exist
function names.hint(name, list)
  local near = names.nearest(name, list)
  return near and near ~= name and (". Did you mean '%s'?"):format(near) or "."
end

return names
