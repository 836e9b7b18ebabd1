-- Calls the operations below a record, for the records of every operation that returns them. The fields of
-- the record give the path.
local answers = require "answers"
local calls = require "calls"
local requests = require "requests"
local tree = require "tree"

local records = {}

-- Returns the property with the value of a path parameter: the property of its name, `sid`, `id` or
-- `alertConfigSid` (monitor v2). Returns nil if the record has none.
local function property_of(operation, name)
  local properties = answers.properties(operation)
  for _, candidate in ipairs { requests.snake(name), name, "sid", "id", "alertConfigSid" } do
    if properties[candidate] then return candidate end
  end
end

-- Returns a record from `source` and the list of requests. The next response of its client is one of the
-- operation.
local function make_record(source, segments, given, operation)
  local client, sent = calls.client(operation, function(_, number)
    return number == 1 and answers.simple(source, nil, given) or answers.simple(operation)
  end)
  local params = requests.new(source, 1, segments, function(param) return param.required end)
  local result, message = calls.try(function() return calls.invoke(calls.walk(client, source.accessor, segments), source.kind, {}, params) end)
  if result and source.kind == "list" then result = result[1] end
  return result, message, sent
end

-- The answer 202 is about the operation that Twilio has begun, and may lack the SID of the record. A call
-- through it must raise with the name of the SID.
local function check_pending(operation, source, name, complain)
  local record = make_record(source, requests.segments(operation, 3), {}, operation)
  local ok, message = pcall(calls.invoke, record, operation.kind, {}, {})
  local due = ("this record has no field '%s', which the path of its resource needs"):format(requests.snake(name))
  if ok or not message:find(due, 1, true) then complain(("a pending record of %s: %s"):format(source.name, tostring(message))) end
end

-- Calls the operation through a record of `source`. `last` is the position of the record in the accessor.
-- `own` segments of the path belong to the record, and `above` segments to its parents.
local function check_through(operation, source, last, above, own, complain)
  local segments, given = requests.segments(operation, 3), {}
  local known = #source.path_names
  for i = known + 1, above + own do
    local property = property_of(source, operation.path_names[i])
    if not property and source.answers[1].status == 202 then return check_pending(operation, source, operation.path_names[i], complain) end
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

--- context: by_key (see tree.lua), and counts, to which `reached` is added.
function records.check(operation, complain, context)
  local accessor, i, above = operation.accessor, 1, 0
  while accessor[i] do
    local last = i
    while tree.is_argument(accessor[last + 1]) do last = last + 1 end
    if tree.is_argument(accessor[last]) then
      local own = tree.count(accessor, i, last)
      -- a record has no list and no create
      local is_of_all = last == #accessor and (operation.kind == "list" or operation.kind == "create")
      for _, source in ipairs(not is_of_all and context.by_key[tree.key(accessor, last)] or {}) do
        local fits = #source.path_names == above or #source.path_names == above + own
        if fits and source.kind ~= "delete" and source.answers[1].schema and not answers.is_of_strings(source) then
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
