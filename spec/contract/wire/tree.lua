-- Keys of accessors: { "api", "v2010", "accounts", ":sid", "calls" } without the names of the arguments.
local tree = {}

function tree.is_argument(step) return step ~= nil and step:sub(1, 1) == ":" end

--- Returns the accessor up to `last` as "api v2010 accounts : calls", without the arguments at the end, and
--- the number of its steps.
function tree.key(accessor, last)
  local steps = {}
  last = last or #accessor
  while tree.is_argument(accessor[last]) do last = last - 1 end
  for i = 1, last do steps[i] = tree.is_argument(accessor[i]) and ":" or accessor[i] end
  return table.concat(steps, " "), last
end

--- Returns the names only: "api v2010 accounts calls".
function tree.names(accessor)
  return (table.concat(accessor, " "):gsub(" :%S*", ""))
end

--- Returns the number of path segments for the steps from `first` to `last`. An empty call needs none.
function tree.count(accessor, first, last)
  local count = 0
  for i = first, last do
    if tree.is_argument(accessor[i]) and accessor[i] ~= ":" then count = count + 1 end
  end
  return count
end

--- Maps a key to the operations with this accessor.
function tree.by_key(operations)
  local found = {}
  for _, operation in ipairs(operations) do
    local key = tree.key(operation.accessor)
    found[key] = found[key] or {}
    table.insert(found[key], operation)
  end
  return found
end

return tree
