-- Checks the result of each documented response of an operation.
local answers = require "answers"
local calls = require "calls"
local requests = require "requests"

local answering = {}

local function is_required_or_header(param) return param.required or param.place == "header" end

-- Calls the operation with its required parameters and headers. Each request gets the next response.
-- Returns the result and the requests.
local function call(operation, verb, bodies)
  local client, sent = calls.client(operation, function(_, number) return bodies[math.min(number, #bodies)] end)
  local segments = requests.segments(operation, 4)
  local params = requests.new(operation, 4, segments, is_required_or_header)
  local result, message = calls.try(function()
    return calls.invoke(calls.walk(client, operation.accessor, segments), verb, {}, params)
  end)
  return result, message, sent
end

--- Complains about each field of a record that differs from the expected fields. Of a list of strings,
-- compares the strings.
function answering.compare(record, fields, complain)
  if type(fields) == "string" then
    if record ~= fields then complain(("%s instead of %s"):format(tostring(record), fields)) end
    return
  end
  for name, value in pairs(fields) do
    local got = record[name]
    if type(got) == "function" then got = record[name .. "_"] end -- a method hides a field with its name
    if got ~= value then complain(("field %s: %s instead of %s"):format(name, tostring(got), tostring(value))) end
  end
end

local function check_one(operation, answer, complain)
  local body, fields = "", {}
  if answer.schema then body, fields = answers.record(operation.root, answer.schema, 1) end
  local result, message, sent = call(operation, operation.kind, { answers.response(answer, body) })
  if #sent ~= 1 then complain(("%d requests for an answer of %d"):format(#sent, answer.status)) end
  if not result then return complain(("%d: %s"):format(answer.status, message)) end
  if operation.kind == "delete" then
    if result ~= true then complain(("%d: %s instead of true"):format(answer.status, tostring(result))) end
    return
  end
  answering.compare(result, fields, complain)
  if result:meta().status ~= answer.status then complain("status: " .. tostring(result:meta().status)) end
end

-- "Not modified", which one operation may return, is neither success nor redirect.
local function check_unchanged(operation, answer, complain)
  local client = calls.client(operation, function() return answers.response(answer) end)
  local segments = requests.segments(operation, 4)
  local place = calls.walk(client, operation.accessor, segments)
  local params = requests.new(operation, 4, segments, is_required_or_header)
  local result, message, err = calls.try(calls.invoke, place, operation.kind, {}, params)
  if result or not err or err.kind ~= "api" then complain(("%d: %s"):format(answer.status, tostring(message))) end
end

local function compare_records(records, wanted, complain)
  if #records ~= #wanted then complain(("%d records instead of %d"):format(#records, #wanted)) end
  for i, fields in ipairs(wanted) do
    if records[i] then answering.compare(records[i], fields, complain) end
  end
end

-- The library requests the link to the next page unchanged, with the same headers.
local function compare_link(sent, next_url, complain)
  if not sent[2] then return complain "the next page is not asked for" end
  if sent[2].url ~= next_url then complain(("next page: %s instead of %s"):format(sent[2].url, next_url)) end
  if sent[2].method ~= "GET" or sent[2].body then complain "the next page is not fetched by a GET" end
  for name, value in pairs(sent[1].headers) do
    if sent[2].headers[name] ~= value then complain("next page: header " .. name .. " differs") end
  end
end

local function check_list(operation, answer, complain)
  local url = "https://" .. operation.host .. requests.path(operation, requests.segments(operation, 4))
  local first, wanted, next_url = answers.page(operation, answer.schema, url, 1, false)
  local last, rest = answers.page(operation, answer.schema, url, 3, true)
  local bodies = { answers.response(answer, first), answers.response(answer, last) }
  local page, message, sent = call(operation, "list", bodies)
  if not page then return complain("list: " .. message) end
  compare_records(page, wanted, complain)
  local following, why = page:next()
  if (following ~= nil) ~= (next_url ~= nil) then return complain("the next page: " .. tostring(why)) end
  if not next_url then return end
  compare_link(sent, next_url, complain)
  compare_records(following, rest, complain)
  local nothing, problem = following:next()
  if nothing or problem or #sent ~= 2 then complain "a page follows the last one" end
end

-- Without a page size, the library requests the largest one.
local function compare_page_size(operation, request, complain)
  local wanted, name
  for _, param in ipairs(operation.params) do
    if param.name == "PageSize" or param.name == "pageSize" or param.name == "Size" then wanted, name = param.schema.maximum, param.name end
  end
  local got = name and tonumber(request.url:match("[?&]" .. name .. "=(%d+)"))
  if got ~= wanted then complain(("iter asks for pages of %s instead of %s"):format(tostring(got), tostring(wanted))) end
end

local function check_iter(operation, answer, complain)
  local url = "https://" .. operation.host .. requests.path(operation, requests.segments(operation, 4))
  local first, wanted, next_url = answers.page(operation, answer.schema, url, 1, false)
  local last, rest = answers.page(operation, answer.schema, url, 3, true)
  if next_url then
    for _, fields in ipairs(rest) do wanted[#wanted + 1] = fields end
  end
  -- the documents state which member has the records, or nothing does
  for _, text in ipairs { first, (first:gsub('"others":%[1%],', ""):gsub('"key":"[^"]*",', "")) } do
    local bodies = { answers.response(answer, text), answers.response(answer, last) }
    local iterator, message, sent = call(operation, "iter", bodies)
    if not iterator then return complain("iter: " .. message) end
    local records = {}
    local ok, problem = pcall(function()
      for record in iterator do records[#records + 1] = record end
    end)
    if not ok then return complain("iter: " .. problem) end
    compare_records(records, wanted, complain)
    compare_page_size(operation, sent[1], complain)
    local count, why = call(operation, "count", bodies)
    if count ~= #wanted then complain(("count: %s instead of %d"):format(tostring(count or why), #wanted)) end
  end
end

local function is_success(operation, answer)
  return answer.status < 300 or operation.kind == "fetch" and (answer.status == 302 or answer.status == 307)
end

function answering.check(operation, complain)
  local seen = false
  for _, answer in ipairs(operation.answers) do
    if answer.status == 304 then
      check_unchanged(operation, answer, complain)
    elseif is_success(operation, answer) then
      seen = true
      if operation.kind == "list" then
        check_list(operation, answer, complain)
        check_iter(operation, answer, complain)
      else
        check_one(operation, answer, complain)
      end
    end
  end
  if not seen then complain "no answer of success is documented" end
end

return answering
