-- Makes the calls of capture.js with this library, and compares the requests:
--   lua5.4 spec/contract/npm/compare.lua DIRECTORY operations.jsonl < REQUESTS
--
-- REQUESTS is the output of capture.js. differences.lua explains the differences that are known.
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/?.lua;" .. package.path

local cjson = require "cjson"
local operations = require "operations"
local calls = require "calls"
local differences = require "differences"
local json_text = require "json_text"

local SECONDS = 1769860800 -- 2026-01-31 12:00:00 UTC, the date of samples.lua

-- ---- this library's request ----

local function arguments_of(operation)
  local params, segments = {}, {}
  for _, param in ipairs(operations.params(operation)) do params[param.name] = param.is_date and SECONDS or param.value end
  for i, sid in ipairs(operations.sids(operation)) do segments[i] = { sid } end
  return segments, next(params) ~= nil and params or nil
end

-- Returns the request of the call, or nil and the reason why there is none.
local function own_request(operation)
  local client, sent = calls.client(operation, function() return nil, "the request is captured" end)
  local segments, params = arguments_of(operation)
  local _, message = calls.try(function()
    return calls.invoke(calls.walk(client, operation.accessor, segments), operation.kind, {}, params)
  end)
  if #sent ~= 1 then return nil, tostring(message) end
  return sent[1]
end

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function pairs_in(text)
  local list = {}
  for name, value in (text or ""):gmatch "([^=&]*)=([^&]*)" do list[#list + 1] = { decode(name), decode(value) } end
  return list
end

local function is_json(headers) return (headers["content-type"] or ""):find "json" ~= nil end

-- Brings a request of this library into the form of capture.js.
local function described(request)
  local url, query = request.url:match "^([^?]*)%??(.*)$"
  local json = is_json(request.headers)
  return {
    method = request.method, url = url, query = pairs_in(query), headers = request.headers, body = json and request.body or nil,
    form = json and {} or pairs_in(request.body),
  }
end

-- ---- comparing ----

-- JSON texts are equal if their values are.
local function normal(text)
  local ok, canonical = pcall(json_text.canonical, text)
  return ok and text:find "^[%[{]" and canonical or text
end

-- Maps each name to its values in their order.
local function by_name(list)
  local found = {}
  for _, pair in ipairs(list) do found[pair[1]] = (found[pair[1]] and found[pair[1]] .. ", " or "") .. normal(pair[2]) end
  return found
end

-- Calls complain for each name whose values differ.
local function compare_maps(what, ours, theirs, complain)
  local names = {}
  for name in pairs(ours) do names[#names + 1] = name end
  for name in pairs(theirs) do
    if ours[name] == nil then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if ours[name] ~= theirs[name] then complain(("%s %s: ours %s, theirs %s"):format(what, name, ours[name] or "none", theirs[name] or "none")) end
  end
end

-- The members of a JSON object as canonical texts, or nil for another body.
local function members(text)
  if not (text and text:find "^{") then return nil end
  local found = cjson.decode(text)
  for name, value in pairs(found) do found[name] = normal(cjson.encode(value)) end
  return found
end

local function compare_bodies(ours, theirs, complain)
  local own, other = ours and normal(ours), theirs and normal(theirs)
  if own == other then return end
  local own_members, other_members = members(own), members(other)
  if not (own_members and other_members) then return complain(("body: ours %s, theirs %s"):format(own or "none", other or "none")) end
  compare_maps("body", own_members, other_members, complain)
end

-- Headers about the connection and the library itself, and the credentials, are not compared.
local IGNORED = { ["user-agent"] = true, ["accept-charset"] = true, ["authorization"] = true }

-- A content type without a body, and the media type of a response without a body, mean nothing.
local function meaningful(request, operation)
  local kept = {}
  for name, value in pairs(request.headers) do
    local is_empty = name == "content-type" and not operation.body or name == "accept" and operation.method == "DELETE"
    if not IGNORED[name] and not is_empty then kept[name] = value end
  end
  return kept
end

-- Calls complain for each difference between two requests in the form of capture.js.
local function compare(ours, theirs, operation, complain)
  if ours.method ~= theirs.method then complain(("method: ours %s, theirs %s"):format(ours.method, theirs.method)) end
  if ours.url ~= theirs.url then complain(("URL: ours %s, theirs %s"):format(ours.url, theirs.url)) end
  compare_maps("query", by_name(ours.query), by_name(theirs.query), complain)
  compare_maps("form", by_name(ours.form), by_name(theirs.form), complain)
  compare_maps("header", meaningful(ours, operation), meaningful(theirs, operation), complain)
  compare_bodies(ours.body, theirs.body, complain)
  for _, name in ipairs(theirs.unknown) do complain("theirs has the parameter " .. name) end
end

-- Returns the differences of an operation.
local function differences_of(operation, theirs)
  local found = {}
  local ours, problem = own_request(operation)
  if not ours then found[1] = "ours makes no request: " .. problem end
  if theirs.failure then found[#found + 1] = "theirs makes no request: " .. theirs.failure end
  if ours and not theirs.failure then compare(described(ours), theirs, operation, function(text) found[#found + 1] = text end) end
  return found
end

-- ---- judging ----

-- Whether an entry of differences.lua explains the difference. The field `seen` of an entry has its patterns
-- that have explained a difference.
local function is_explained(name, text)
  for _, entry in ipairs(differences) do
    entry.seen = entry.seen or {}
    for _, pattern in ipairs(entry.operations) do
      if name:find("^" .. pattern .. "$") and text:find("^" .. entry.difference .. "$") then
        entry.seen[pattern] = true
        entry.count = (entry.count or 0) + 1
        return true
      end
    end
  end
  return false
end

-- Prints the differences that nothing explains. Returns whether there are none.
local function judge(operation, theirs)
  local rest = {}
  for _, text in ipairs(differences_of(operation, theirs)) do
    if not is_explained(operation.name, text) then rest[#rest + 1] = text end
  end
  if rest[1] then print(operation.name .. ":\n  " .. table.concat(rest, "\n  ")) end
  return not rest[1]
end

-- Prints each entry of differences.lua. Returns how many patterns of operations explain nothing any more.
local function report_entries()
  local unused = 0
  for _, entry in ipairs(differences) do
    if entry.count then print(("explained, %d times: %s"):format(entry.count, entry.reason)) end
    for _, pattern in ipairs(entry.operations) do
      if not (entry.seen and entry.seen[pattern]) then
        unused = unused + 1
        print(("differences.lua expects, but it is not so: %s: %s (%s)"):format(pattern, entry.difference, entry.reason))
      end
    end
  end
  return unused
end

-- Prints each request that the other client can send and that is not an operation of the documents. Returns the
-- number of these requests.
local function report_found(found, all)
  local known, strange = {}, 0
  for _, operation in ipairs(all) do known[("%s https://%s%s"):format(operation.method, operation.host, operation.path:gsub("{.-}", "{}"))] = true end
  for _, text in ipairs(found) do
    if not known[text] then
      strange = strange + 1
      print("theirs has an operation that no document has: " .. text)
    end
  end
  print(("theirs leads to %d operations, %d of them in no document"):format(#found, strange))
  return found[1] and strange or 1
end

-- Returns the requests by the names of their operations, and the list of `found`.
local function read_requests()
  local requests, found = {}, {}
  for line in io.lines() do
    local request = cjson.decode(line)
    if request.found then found[#found + 1] = request.found else requests[request.name] = request end
  end
  return requests, found
end

local function main(directory, lines)
  local all, passed, failed = operations.read(directory, lines), 0, 0
  local requests, found = read_requests()
  for _, operation in ipairs(all) do
    local theirs = requests[operation.name] or { failure = "capture.js says nothing about it" }
    if judge(operation, theirs) then passed = passed + 1 else failed = failed + 1 end
  end
  failed = failed + report_found(found, all) + report_entries()
  print(("%d passed, %d failed"):format(passed, failed))
  return passed > 0 and failed == 0
end

local ok, result = pcall(main, arg[1], arg[2])
if not ok then io.stderr:write("compare: " .. tostring(result) .. "\n") end
os.exit(ok and result)
