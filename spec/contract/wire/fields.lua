-- Checks the fields of records: a documented field that the response lacks is nil, and a misspelt field
-- raises. Also checks that a response with other SIDs than the path is rejected.
local answers = require "answers"
local calls = require "calls"
local documents = require "documents"
local requests = require "requests"

local fields = {}

local function is_required_or_header(param) return param.required or param.place == "header" end

-- Calls the operation with these segments and this response. Returns the results of the call.
local function call(operation, segments, answer, body)
  local client = calls.client(operation, function() return answers.response(answer, body) end)
  local params = requests.new(operation, 4, segments, is_required_or_header)
  return calls.try(function() return calls.invoke(calls.walk(client, operation.accessor, segments), operation.kind, {}, params) end)
end

local function documented(operation)
  for _, answer in ipairs(operation.answers) do
    if answer.schema and answer.status < 300 then return answer end
  end
end

local function check_names(operation, answer, complain)
  local record, message = call(operation, requests.segments(operation, 4), answer, answers.bare(operation, answer))
  if record and operation.kind == "list" then record = record[1] end
  if not record then return complain("no record without fields: " .. tostring(message)) end
  if answers.is_of_strings(operation) then return end
  for name in pairs(answers.properties(operation, answer)) do
    local ok, value = pcall(function() return record[name] end)
    if not ok and not tostring(value):find "which the path of its resource needs" then complain(("field %s: %s"):format(name, value)) end
    local known, problem = pcall(function() return record[name .. "qqq"] end)
    if known or not problem:find(("has no '%sqqq'"):format(name), 1, true) then
      complain(("field %sqqq: %s"):format(name, tostring(problem)))
    end
  end
end

-- Fields with the name of a path parameter that may have another SID, according to the descriptions in the
-- documents.
local OTHERS = {
  ["api_v2010.UpdateIncomingPhoneNumber"] = "account_sid", -- the number may move to another account
  ["api_v2010.CreateCallRecording"] = "call_sid", -- may be the parent call
  ["api_v2010.FetchCallRecording"] = "call_sid",
  ["api_v2010.UpdateCallRecording"] = "call_sid",
  ["monitor_v2.UpdateAlarm"] = "sid", -- the SID of an alarm is its `alertConfigSid`
  ["numbers_v2.CreateBundleClone"] = "bundle_sid", -- the SID of the new bundle
}

local function sid(number) return ("AB%032x"):format(number) end

-- Maps the position of a path parameter to the field of the record with its value.
local function repeated_fields(operation, answer)
  local properties, found = documents.properties(operation.root, answer.schema), {}
  for i, name in ipairs(operation.path_names) do
    for _, candidate in ipairs { name, requests.snake(name) } do
      if properties[candidate] then found[i] = candidate end
    end
  end
  return found
end

local function check_sids(operation, answer, complain, context)
  local found, segments, given = repeated_fields(operation, answer), {}, {}
  for i in ipairs(operation.path_names) do segments[i] = { sid(i), sid(i) } end
  for i, name in pairs(found) do given[name] = sid(i) end
  local function ask()
    local body = answers.record(operation.root, answer.schema, 1, given)
    return call(operation, segments, answer, body)
  end
  local record, message = ask()
  if not record then return complain("with the path's SIDs: " .. message) end
  for i, name in pairs(found) do
    context.counts.repeated = context.counts.repeated + 1
    for _, other in ipairs { sid(99), "AC" .. sid(99):sub(3), "unique", sid(i):upper() } do
      given[name] = other
      local result, problem, err = ask()
      local is_refused = other == sid(99) and OTHERS[operation.name] ~= name
      if is_refused ~= not result then complain(("%s %s for %s: %s"):format(name, other, sid(i), tostring(problem))) end
      if not result and (err.kind ~= "decode" or err.sent ~= "maybe" or err.body) then complain(name .. ": " .. err.kind .. ", " .. err.sent) end
    end
    given[name] = sid(i)
  end
end

--- context: counts, to which `repeated` is added.
function fields.check(operation, complain, context)
  local answer = operation.kind ~= "delete" and documented(operation)
  if not answer then return end
  check_names(operation, answer, complain)
  if operation.kind ~= "list" then check_sids(operation, answer, complain, context) end
end

return fields
