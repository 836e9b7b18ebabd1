-- Operations below a record, reached through records of every operation that answers with such: the record's own fields say where it is.
local answers = require "answers"
local calls = require "calls"
local requests = require "requests"
local tree = require "tree"

local records = {}

-- The property that a path's parameter means: its name, sid or id, or what the alarms of monitor v2 call it; nil when the record has none.
local function property_of(operation, name)
  local properties = answers.properties(operation)
  for _, candidate in ipairs { requests.snake(name), name, "sid", "id", "alertConfigSid" } do
    if properties[candidate] then return candidate end
  end
end

-- The record that `source` answers with, of a client whose next answer is one to the operation; and what the client sent.
local function make_record(source, segments, given, operation)
  local client, sent = calls.client(operation, function(_, number)
    return number == 1 and answers.simple(source, nil, given) or answers.simple(operation)
  end)
  local params = requests.new(source, 1, segments, function(param) return param.required end)
  local result, message = calls.try(function() return calls.invoke(calls.walk(client, source.accessor, segments), source.kind, {}, params) end)
  if result and source.kind == "list" then result = result[1] end
  return result, message, sent
end

-- The operation, reached through a record of `source`, which stands where the accessor does at `last`, with `own` segments of the path
-- being the record's own and `above` of them its place's.
local function check_through(operation, source, last, above, own, complain)
  local segments, given = requests.segments(operation, 3), {}
  local known = #source.path_names
  for i = known + 1, above + own do
    local property = property_of(source, operation.path_names[i])
    if not property then return complain(("a record of %s has nothing for {%s}"):format(source.name, operation.path_names[i])) end
    given[property] = segments[i][2]
  end
  local record, message, sent = make_record(source, segments, given, operation)
  if not record then return complain(("no record of %s: %s"):format(source.name, message)) end
  local params, wanted = requests.new(operation, 3, segments, function(param) return param.required end)
  local rest = {}
  for i = last + 1, #operation.accessor do rest[#rest + 1] = operation.accessor[i] end
  local result, problem = calls.try(function()
    local place = calls.walk(record, rest, segments, false, above + own)
    return calls.invoke(place, operation.kind, {}, params)
  end)
  local where = "through a record of " .. source.name .. ": "
  if #sent ~= 2 then return complain(where .. tostring(problem)) end
  requests.compare(sent[2], wanted, function(text) complain(where .. text) end)
  if not result then complain(where .. problem) end
end

--- context: by_key (see tree.lua), counts (reached is added up).
function records.check(operation, complain, context)
  local accessor, i, above = operation.accessor, 1, 0
  while accessor[i] do
    local last = i
    while tree.is_argument(accessor[last + 1]) do last = last + 1 end
    if tree.is_argument(accessor[last]) then
      local own = tree.count(accessor, i, last)
      -- nothing is listed or created of one record
      local is_of_all = last == #accessor and (operation.kind == "list" or operation.kind == "create")
      for _, source in ipairs(not is_of_all and context.by_key[tree.key(accessor, last)] or {}) do
        local fits = #source.path_names == above or #source.path_names == above + own
        if fits and source.kind ~= "delete" and source.answers[1].schema then
          check_through(operation, source, last, above, own, complain)
          context.counts.reached = context.counts.reached + 1
        end
      end
      above = above + own
    end
    i = last + 1
  end
end

return records
