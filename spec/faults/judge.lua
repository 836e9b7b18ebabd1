--- Compares what the program was told about its requests with what the recorder has counted.
--
--   local problems, outcomes = judge(requests, entries)
--
-- `requests` comes from requests.lua, `entries` from fault_server/recorder.lua. `problems` is an array of
-- { class, text, request }. The classes are:
--
-- - lost: neither a result nor a failure, or a result of something that did not happen
-- - doubled: happened twice, or sent again although it may have happened
-- - crossed: the answer of another request
-- - misreported: `sent`, `status` or `kind` of the failure is untrue, or the answer is damaged
local EMPTY = { begun = 0, arrivals = 0, effects = 0, refused = 0, keys = 0, statuses = "" }

-- The kinds of failures that the faults may cause. An answer that arrived whole is always JSON.
local KINDS = { network = true, timeout = true, tls = true, api = true }

local checks = {}

function checks.result(request, entry, problem)
  local result, kind = request.result, request.kind
  local id = "r" .. request.number .. "r"
  if entry.arrivals == 0 then problem("lost", "succeeded, but never arrived") end
  if not kind.reads and entry.effects == 0 then problem("lost", "succeeded, but did not happen") end
  if result.id and result.id ~= id or result.sid and result.sid ~= ("CA%032d"):format(request.number) then
    problem("crossed", "the answer is that of " .. tostring(result.id or result.sid))
  end
  if request.name ~= "delete" and not result.sid then problem("misreported", "an answer without its SID: " .. tostring(result.text)) end
  if result.filler and request.name ~= "fetch" and request.name ~= "make" then
    local expected = id:rep(math.ceil(request.answer / #id)):sub(1, request.answer)
    if result.filler ~= expected then problem("misreported", "the answer is damaged") end
  end
end

function checks.failure(request, entry, problem)
  local err = request.err
  if type(request.message) ~= "string" or type(err) ~= "table" then return problem("lost", "neither a result nor a failure") end
  if not KINDS[err.kind] then problem("misreported", "kind " .. tostring(err.kind)) end
  if err.kind == "decode" then problem("crossed", "the library refused the answer") end
  if err.attempts ~= 1 and request.retries == 0 then problem("misreported", "several attempts without retries") end
  if err.sent == "no" then
    if entry.effects > 0 then problem("misreported", "happened, but sent = no") end
    if entry.begun > entry.refused then problem("misreported", "arrived, but sent = no") end
  elseif err.sent == "yes" then
    if not entry.statuses:find(tostring(err.status), 1, true) then problem("misreported", "a status that was not sent: " .. tostring(err.status)) end
  elseif err.sent ~= "maybe" then
    problem("misreported", "no sent")
  end
  if err.kind == "tls" and (err.sent == "yes" or err.sent == "maybe" and err.attempts == 1) then
    problem("misreported", "sent without a handshake")
  end
end

function checks.any(request, entry, problem)
  if request.kind.once and entry.effects > 1 then problem("doubled", "happened more than once") end
  if request.kind.once and entry.begun > entry.refused + 1 then problem("doubled", "sent again though it may have happened") end
  if request.name == "keyed" and (entry.keys > 1 or entry.effects > 1) then problem("doubled", "several keys") end
  if request.kind.reads and entry.effects > 0 then problem("misreported", "a GET with an effect") end
end

local function describe(request, entry)
  local words = { request.name, "r" .. request.number .. "r", "retries " .. request.retries }
  for _, name in ipairs { "begun", "arrivals", "effects", "refused", "statuses" } do
    if entry[name] then words[#words + 1] = name .. " " .. entry[name] end
  end
  local err = request.err or {}
  for _, name in ipairs { "kind", "sent", "attempts" } do words[#words + 1] = name .. " " .. tostring(err[name]) end
  words[#words + 1] = tostring(request.message)
  return table.concat(words, " ")
end

return function(requests, entries)
  local problems, outcomes, asked = {}, {}, {}
  for _, request in ipairs(requests) do
    local entry = entries[tostring(request.number)] or EMPTY
    asked[tostring(request.number)] = true
    local function problem(class, text)
      problems[#problems + 1] = { class = class, text = ("%s: %s: %s"):format(class, text, describe(request, entry)), request = request }
    end
    if request.raised then
      problem("lost", "raised " .. tostring(request.raised))
    elseif request.result ~= nil then
      checks.result(request, entry, problem)
    else
      checks.failure(request, entry, problem)
    end
    checks.any(request, entry, problem)
    local outcome = request.err and request.err.kind .. " " .. request.err.sent or "succeeded"
    outcomes[outcome] = (outcomes[outcome] or 0) + 1
  end
  for number in pairs(entries) do
    if not asked[number] and number ~= "none" then
      problems[#problems + 1] = { class = "crossed", text = "crossed: nobody sent r" .. number .. "r" }
    end
  end
  return problems, outcomes
end
