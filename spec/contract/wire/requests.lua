-- The arguments of a call of an operation, the expected request, and the comparison of a request with it.
local twilio = require "twilio"
local json_text = require "json_text"
local values = require "values"

local requests = {}

requests.account_sid = "AC00000000000000000000000000000001"
requests.secret = "secret"
-- Maps an authentication scheme to the client option with the secret, and to the header that is sent.
requests.credentials = { basic = "auth_token", oauth2 = "auth_token" }

local SCHEMES = { basic = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTpzZWNyZXQ=", oauth2 = "Bearer secret" }
-- a library without OAuth sends its basic credentials
if pcall(twilio.client, { account_sid = requests.account_sid, bearer_token = requests.secret }) then
  requests.credentials.oauth2 = "bearer_token"
else
  SCHEMES.oauth2 = SCHEMES.basic
end

local FORM = "application/x-www-form-urlencoded"

local function encode(text)
  return (text:gsub("[^A-Za-z0-9._~-]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function decode(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

-- A server would resolve a segment "." or "..".
function requests.segment(text) return text:find "^%.%.?$" and text:gsub("%.", "%%2E") or encode(text) end

--- Returns a name as messages suggest it: a reserved word of Lua has an underscore.
function requests.suggested(name)
  return (load or loadstring)("local " .. name) and name or name .. "_"
end

--- Returns the snake_case of a wire name.
function requests.snake(wire)
  local name = wire:gsub("<$", "Before"):gsub(">$", "After"):gsub("[.%s-]", "_")
  return (name:gsub("(%l)(%u)", "%1_%2"):gsub("([%u%d])(%u%l)", "%1_%2"):lower())
end

-- Returns the Lua names of a parameter: two for an inequality, and one with an underscore for a keyword.
local SPELLINGS = {
  requests.snake,
  function(wire) return wire end,
  function(wire)
    if wire:find "<$" then return requests.snake(wire:sub(1, -2)) .. "_less_than" end
    if wire:find ">$" then return requests.snake(wire:sub(1, -2)) .. "_greater_than" end
    return requests.snake(wire) .. ((wire == "From" or wire == "End") and "_" or "")
  end,
}

local function add_pairs(list, param, found)
  for _, pair in ipairs(found.pairs or {}) do
    table.insert(list, { param.name:gsub("Data$", "") .. pair[1], pair[2] })
  end
  for _, text in ipairs(found.texts or {}) do table.insert(list, { param.name, text }) end
end

local function add_param(params, wanted, operation, param, turn)
  local in_json = param.place == "body" and operation.body ~= "form"
  local found = values.of(param, turn, in_json)
  params[SPELLINGS[turn % 3 + 1](param.name)] = found.given
  if param.place == "header" then
    wanted.headers[param.name:lower()] = found.texts[1]
  elseif in_json then
    wanted.json[param.name] = found.json
  else
    add_pairs(param.place == "query" and wanted.query or wanted.form, param, found)
  end
end

--- Returns the segments of the path in this turn, as { argument, text }.
function requests.segments(operation, turn)
  local segments = {}
  for i in ipairs(operation.path_names) do segments[i] = values.segment(turn + i) end
  return segments
end

function requests.path(operation, segments)
  local i = 0
  return (operation.path:gsub("{.-}", function()
    i = i + 1
    return (requests.segment(segments[i][2]))
  end))
end

local function standard_headers(operation)
  local answer = operation.answers[1]
  return {
    ["authorization"] = SCHEMES[operation.scheme],
    ["accept"] = operation.method ~= "DELETE" and (answer.media or "application/json") or nil,
    ["content-type"] = operation.body and (operation.body == "form" and FORM or operation.body),
  }
end

-- The expected value of a header for which the library makes a key of its own.
local UUID = "a UUID"

local function is_uuid(text) return text:find("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$") ~= nil end

--- Returns the parameters of the call in this turn (or nil), and the expected request. `turn` counts from 1
-- and selects values and spellings of names. chosen(param) selects the parameters.
function requests.new(operation, turn, segments, chosen)
  local params = {}
  local wanted = {
    method = operation.method, url = "https://" .. operation.host .. requests.path(operation, segments), query = {}, form = {}, json = {},
    headers = standard_headers(operation), body = operation.body,
    has_body = operation.method == "POST" or operation.method == "PUT" or operation.method == "PATCH",
  }
  for i, param in ipairs(operation.params) do
    if not chosen or chosen(param) then
      add_param(params, wanted, operation, param, turn + i * 3)
    elseif param.name == "Idempotency-Key" then
      wanted.headers["idempotency-key"] = UUID
    end
  end
  if operation.open then
    params.AnyName, params["any.other"] = "text", { 1 }
    wanted.json.AnyName, wanted.json["any.other"] = '"text"', "[1]"
  end
  return next(params) ~= nil and params or nil, wanted
end

-- Decodes "a=1&b=2" to { { "a", "1" }, { "b", "2" } }. Calls `complain` for a wrong encoding.
local function read_pairs(text, where, complain)
  local list = {}
  for pair in text:gmatch "[^&]+" do
    local name, value = pair:match "^([^=]*)=([^=]*)$"
    if not name or encode(decode(name)) .. "=" .. encode(decode(value)) ~= pair then complain(("%s: %s is badly encoded"):format(where, pair)) end
    list[#list + 1] = { decode(name or pair), decode(value or "") }
  end
  return list
end

-- Names may have any order. The values of a name must keep their order.
local function in_order(list)
  local lines, by_name, names = {}, {}, {}
  for _, pair in ipairs(list) do
    local name, value = pair[1], pair[2]
    if value:sub(1, 1) == values.JSON_MARK then value = "JSON " .. json_text.canonical(value:sub(2)) end
    if not by_name[name] then names[#names + 1] = name end
    by_name[name] = by_name[name] or {}
    table.insert(by_name[name], ("%s=%q"):format(name, value))
  end
  table.sort(names)
  for _, name in ipairs(names) do
    for _, line in ipairs(by_name[name]) do lines[#lines + 1] = line end
  end
  return lines
end

-- Marks a value as JSON if the expected value of the name is JSON.
local function mark_json(list, wanted)
  local marked, seen = {}, {}
  for _, pair in ipairs(wanted) do
    marked[pair[1]] = marked[pair[1]] or {}
    table.insert(marked[pair[1]], pair[2]:sub(1, 1) == values.JSON_MARK)
  end
  for _, pair in ipairs(list) do
    local name = pair[1]
    seen[name] = (seen[name] or 0) + 1
    if marked[name] and marked[name][seen[name]] and pcall(json_text.canonical, pair[2]) then pair[2] = values.JSON_MARK .. pair[2] end
  end
end

local function compare_lists(where, got, wanted, complain)
  mark_json(got, wanted)
  got, wanted = in_order(got), in_order(wanted)
  for i = 1, math.max(#got, #wanted) do
    if got[i] ~= wanted[i] then return complain(("%s: %s instead of %s"):format(where, tostring(got[i]), tostring(wanted[i]))) end
  end
end

local function wanted_json(fields)
  local members = {}
  for name, text in pairs(fields) do members[#members + 1] = ("%q:%s"):format(name, text) end
  return json_text.canonical("{" .. table.concat(members, ",") .. "}")
end

local function compare_bodies(body, wanted, complain)
  if not wanted.has_body then
    if body ~= nil then complain "there is a body" end
  elseif type(body) ~= "string" then
    complain "there is no body"
  elseif wanted.body and wanted.body ~= "form" then
    local ok, text = pcall(json_text.canonical, body)
    local due = wanted_json(wanted.json)
    if text ~= due then complain(("body: %s%s instead of %s"):format(ok and "" or "no JSON: ", text, due)) end
  else
    compare_lists("body", read_pairs(body, "body", complain), wanted.form, complain)
  end
end

local function compare_headers(headers, wanted, complain)
  local agent = headers["user-agent"]
  headers["user-agent"] = nil
  if not tostring(agent):find "^twilio%-lua/" then complain("header user-agent: " .. tostring(agent)) end
  for name, value in pairs(headers) do
    local is_right = wanted[name] == value or wanted[name] == UUID and is_uuid(value)
    if not is_right then complain(("header %s: %q instead of %s"):format(name, value, tostring(wanted[name]))) end
  end
  for name, value in pairs(wanted) do
    if not headers[name] then complain(("header %s: none instead of %q"):format(name, value)) end
  end
end

--- Calls complain(text) for each difference between a request and the expected request.
function requests.compare(request, wanted, complain)
  local url, query = request.url:match "^([^?]*)%??(.*)$"
  if request.method ~= wanted.method then complain(("method: %s instead of %s"):format(request.method, wanted.method)) end
  if url ~= wanted.url then complain(("URL: %s instead of %s"):format(url, wanted.url)) end
  compare_lists("query", read_pairs(query, "query", complain), wanted.query, complain)
  compare_bodies(request.body, wanted, complain)
  compare_headers(request.headers, wanted.headers, complain)
end

return requests
