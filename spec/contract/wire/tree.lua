-- The places of the operations: accessors, { "api", "v2010", "accounts", ":sid", "calls" }, without what their arguments are called.
local tree = {}

function tree.is_argument(step) return step ~= nil and step:sub(1, 1) == ":" end

--- The accessor up to `last` as "api v2010 accounts : calls", without arguments at its end; and how many steps that is.
function tree.key(accessor, last)
  local steps = {}
  last = last or #accessor
  while tree.is_argument(accessor[last]) do last = last - 1 end
  for i = 1, last do steps[i] = tree.is_argument(accessor[i]) and ":" or accessor[i] end
  return table.concat(steps, " "), last
end

--- The names alone: "api v2010 accounts calls".
function tree.names(accessor)
  return (table.concat(accessor, " "):gsub(" :%S*", ""))
end

--- How many segments of a path the steps from `first` to `last` take: an empty call takes none.
function tree.count(accessor, first, last)
  local count = 0
  for i = first, last do
    if tree.is_argument(accessor[i]) and accessor[i] ~= ":" then count = count + 1 end
  end
  return count
end

--- Key → the operations of that place.
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
