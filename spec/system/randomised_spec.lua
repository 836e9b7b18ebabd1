-- Sends thousands of random requests, most of them with a fault. No result may be lost, no request
-- may be carried out twice, and each result must be true.
--
-- * RANDOM_SEED=n repeats a run, as far as the timing of the network allows.
-- * RANDOM_SCALE=1 sends ten times as many requests, with a tenth of the timeout.
local at_once = require "spec.support.at_once"
local random = require "twilio.simulator.random"
local servers = require "spec.support.servers"
local twilio = require "twilio"

local LUA = tonumber(_VERSION:match "%d+$") + (rawget(_G, "jit") and 100 or 0)
local SEED = tonumber(os.getenv "RANDOM_SEED") or LUA
local SCALE = tonumber(os.getenv "RANDOM_SCALE") or 0.1
local TIMEOUT = 0.08 / SCALE
local AT_ONCE, CLIENTS = 16, 16
local RATE = 0.68
local LIST_LENGTH, PAGE_SIZE = 60, 12

local server, draw, clients, serial
local lists = {} -- maps an operation to the SIDs of its calls

local function new_client(options)
  local all = { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url, max_retry_wait = 0.01, timeout = TIMEOUT }
  for name, value in pairs(options) do all[name] = value end
  return twilio.client(all)
end

-- ---- operations ----

-- An operation is { name, mark, sid, run }, with `result`, `err` or `raised` after it has run. Only
-- the requests of this operation contain `mark`. `sid` is the SID of its call.
-- `run(operation, client, options)` returns the results of the client's method.
local kinds = {}

local function next_mark()
  serial = serial + 1
  return ("m%07d"):format(serial)
end

local function number_of(mark) return "+1555" .. mark:sub(2) end

function kinds.call(operation, client, options)
  return client.calls:make({ to = number_of(operation.mark), from = "+15017122661", url = "http://foo.com/" .. operation.mark }, options)
end

function kinds.message(operation, client, options)
  return client.messages:create({ to = number_of(operation.mark), from = "+15017122661", body = operation.mark }, options)
end

function kinds.raw(operation, client, options)
  local path = "/2010-04-01/Accounts/" .. client.account_sid .. "/Messages.json"
  local form = { To = number_of(operation.mark), From = "+15017122661", Body = operation.mark }
  return client:request({ method = "POST", path = path, form = form }, options)
end

function kinds.route(operation, client, options)
  return client.calls:route(operation.sid, "http://foo.com/" .. operation.mark, "GET", options)
end

function kinds.hangup(operation, client, options) return client.calls:hangup(operation.sid, options) end
function kinds.delete(operation, client, options) return client.calls:delete(operation.sid, nil, options) end

function kinds.get(operation, client, options) return client:account(lists.account).calls:get(operation.sid, nil, options) end

-- Three ways to read a list. `seen` has the SIDs in the order in which they were read.

function kinds.iterate(operation, client, options)
  options.prefetch = draw { true, false }
  operation.walk = client:account(lists.account).calls:iter({ page_size = PAGE_SIZE }, options)
  local record = operation.walk() -- no `for`: Lua 5.1 cannot suspend in its iterator
  while record do
    table.insert(operation.seen, record.sid)
    record = operation.walk()
  end
  return true
end

function kinds.list(operation, client, options)
  local page, message, err = client:account(lists.account).calls:list({ page_size = PAGE_SIZE }, options)
  while page do
    for _, record in ipairs(page) do table.insert(operation.seen, record.sid) end
    page, message, err = page:next()
  end
  if message then return nil, message, err end
  return true
end

function kinds.count(_, client, options)
  return client:account(lists.account).calls:count({ page_size = PAGE_SIZE }, options)
end

local CREATES = { call = 1500, message = 1200, raw = 300 }
local OTHERS = { route = 400, hangup = 400, delete = 600, get = 4400, iterate = 700, list = 300, count = 300 }

local function add_operations(operations, counts, share)
  for name, count in pairs(counts) do
    for i = 1, math.ceil(count * share) do
      local sid = name == "get" and draw(lists.calls) or lists[name] and lists[name][i]
      local mark = (CREATES[name] or name == "route") and next_mark() or sid
      operations[#operations + 1] = { name = name, run = kinds[name], sid = sid, mark = mark, seen = {} }
    end
  end
end

-- Returns all operations in random order.
local function new_operations(share)
  local operations = {}
  add_operations(operations, CREATES, share)
  add_operations(operations, OTHERS, share)
  table.sort(operations, function(a, b) return a.name .. (a.mark or "") < b.name .. (b.mark or "") end) -- pairs has no order
  for i = #operations, 2, -1 do
    local other = draw(i)
    operations[i], operations[other] = operations[other], operations[i]
  end
  return operations
end

local function begin(operation)
  local options = { retries = draw { 0, 1, 3, 3 }, deadline = draw(20) == 1 and TIMEOUT or nil, cancel = operation.canceller }
  operation.repeatable = (operation.name == "hangup" or operation.name == "route") and draw(2) == 1
  options.repeatable = operation.repeatable or nil
  operation.slot = draw(#clients)
  local client = clients[operation.slot]
  return coroutine.create(function()
    local result, message, err = operation:run(client, options)
    assert(result ~= nil or type(message) == "string" and type(err) == "table", "neither a result nor a failure")
    operation.result, operation.err = result, err
  end)
end

-- Sometimes ends an operation in progress: by its canceller, by closing its client, or by dropping
-- its coroutine.
local function meddle(live)
  local at, how = draw(math.max(#live, 1)), draw(40)
  local operation = live[at] and live[at].operation
  if not operation then return end
  if how <= 4 then
    operation.canceller:cancel()
  elseif how == 5 then
    clients[operation.slot]:close()
    clients[operation.slot] = new_client { wait = operation.slot > 1 and at_once.wait or nil }
    for _, each in ipairs(live) do each.operation.closed = each.operation.closed or each.operation.slot == operation.slot end
  elseif how == 6 then
    table.remove(live, at)
    collectgarbage() -- cancels the request of the dropped coroutine
  end
end

-- ---- checks ----

-- Switches chaos off. Returns after the server has finished all requests.
local function settle()
  for _, client in ipairs(clients) do client:close() end -- cancels requests in flight
  for _ = 1, 100 do -- the server may not be listening
    if pcall(server.post, server, "/_/chaos", { Rate = 0 }) then break end
  end
  for _ = 1, 1000 do
    if server:get("/_/chaos").in_hand == 0 then return end
  end
  error "the server does not finish a request"
end

-- Returns how often each mark occurs in the stand-in's records, and the entries of the log by mark.
local function look()
  settle()
  local store, stored, entries = new_client { timeout = 60 }, {}, {}
  local function note(mark) stored[mark] = (stored[mark] or 0) + 1 end
  for call in store.calls:iter {} do
    note(call.sid)
    note("m" .. call.to:sub(-7))
  end
  for message in store.messages:iter {} do note(message.body) end
  for _, entry in ipairs(server:get "/_/log") do
    local mark = entry.method ~= "GET" and (entry.body:match "m%d%d%d%d%d%d%d" or entry.target:match "(CA%x+)%.json$")
    if mark then
      entries[mark] = entries[mark] or {}
      table.insert(entries[mark], entry)
    end
  end
  return stored, entries
end

local judges = {}

-- Checks an operation that changes something. `times` is how often it was carried out.
local function judge_write(operation, entries, times)
  local err, last = operation.err, entries[#entries]
  assert(times <= 1 or operation.repeatable, "carried out more than once")
  if operation.name ~= "delete" and not operation.repeatable then
    for i = 1, #entries - 1 do
      assert(entries[i].status == 429 and not entries[i].carried_out, "sent again though it may have been carried out")
    end
  end
  if operation.result ~= nil then
    assert(times >= 1, "succeeded, but was not carried out")
  elseif err and err.sent == "no" then
    assert(times == 0, "carried out, but not sent")
    for _, entry in ipairs(entries) do assert(entry.status == 429, "not sent, but it arrived") end
  elseif err and err.sent == "yes" then
    assert(last, "sent, but it never arrived")
    assert(not (err.kind == "api" and last.status) or err.status == last.status, "another request's response")
    assert(err.status ~= 429 or not last.carried_out, "429, but carried out")
    assert(err.kind ~= "api" or err.status ~= 404, "a record that exists, or existed, was not found")
    if err.status == 400 then assert(operation.repeatable and times == 1 and err.attempts > 1, "refused without a reason") end
  end
end

local function judge_create(operation, entries, times, stored)
  judge_write(operation, entries, times)
  assert((stored[operation.mark] or 0) == times, "the log and the records differ")
  local result = operation.result
  if operation.name == "raw" then result = result and result.json end
  if not result or not result.sid then return end -- a response may be empty
  assert(result.to == number_of(operation.mark), "another request's response")
  assert(operation.name ~= "call" or stored[result.sid] == 1, "a record that does not exist")
end

judges.call, judges.message, judges.raw = judge_create, judge_create, judge_create

function judges.route(operation, ...)
  judge_write(operation, ...)
  assert(not operation.result or (operation.result.sid or operation.sid) == operation.sid, "another request's response")
end

judges.hangup = judges.route

function judges.delete(operation, entries, times, stored)
  judge_write(operation, entries, times)
  assert((stored[operation.sid] or 0) == 1 - times, "the log and the records differ")
end

function judges.get(operation)
  assert(not operation.result or operation.result.sid == operation.sid, "another request's response")
end

local function judge_walk(operation)
  for i, sid in ipairs(operation.seen) do assert(sid == lists.calls[i], "a record that is repeated, left out or in the wrong place") end
  assert(operation.result == nil or #operation.seen == #lists.calls, "ended early without an error")
end

judges.list = judge_walk

function judges.iterate(operation)
  judge_walk(operation)
  if operation.raised then operation.err = operation.walk and operation.walk.error end
end

function judges.count(operation)
  assert(operation.result == nil or operation.result == #lists.calls, "a wrong count")
end

-- Returns "name=value" for each name that has a value.
local function words(t, ...)
  local list = {}
  for _, name in ipairs { ... } do
    if t[name] ~= nil then list[#list + 1] = name .. "=" .. tostring(t[name]) end
  end
  return table.concat(list, " ")
end

local function describe_operation(operation, entries)
  local lines = { words(operation, "name", "mark", "repeatable", "closed", "result", "raised") }
  if operation.err then lines[2] = words(operation.err, "message", "kind", "sent", "status", "attempts") end
  for _, entry in ipairs(entries) do lines[#lines + 1] = "arrived: " .. words(entry, "carried_out", "status") end
  return table.concat(lines, "\n    ")
end

-- Checks all operations. Returns the number of operations by outcome.
local function judge(operations)
  local stored, entries = look()
  local problems, counts, asked = {}, {}, { m0000000 = true }
  for _, operation in ipairs(operations) do
    local its, times = entries[operation.mark] or {}, 0
    asked[operation.mark or ""] = true
    for _, entry in ipairs(its) do
      if entry.carried_out and entry.carried_out < 300 then times = times + 1 end
    end
    local fine, problem = pcall(judges[operation.name], operation, its, times, stored)
    if fine and operation.raised and not operation.err then
      fine, problem = operation.closed and operation.raised:find "the client is closed$" ~= nil, "raised"
    end
    if not fine then problems[#problems + 1] = tostring(problem) .. ": " .. describe_operation(operation, its) end
    local outcome = operation.err and operation.err.kind .. " " .. operation.err.sent or operation.result ~= nil and "succeeded" or "left"
    counts[outcome] = (counts[outcome] or 0) + 1
  end
  for mark in pairs(stored) do
    if not (asked[mark] or mark:find "^CA") then problems[#problems + 1] = "no operation requested " .. mark end
  end
  if #problems > 0 then
    error(("RANDOM_SEED=%d: %d problems, the first of them:\n%s"):format(SEED, #problems, table.concat(problems, "\n", 1, math.min(#problems, 8))), 0)
  end
  return counts
end

-- Resets the server, and makes the calls that operations need. Calls that are only read belong to a
-- sub-account.
local function prepare()
  draw, serial = random.new(SEED), 0
  server:post("/_/reset", {})
  local plain = new_client { timeout = 60 }
  local function seed(count, status, account)
    server:post("/_/seed", { Calls = count, Status = status, To = number_of "m0000000", Account = account.account_sid })
    local sids = {}
    for call in account.calls:iter { status = status } do sids[#sids + 1] = call.sid end
    return sids
  end
  lists = { account = assert(plain.accounts:create {}).sid }
  lists.calls = seed(LIST_LENGTH, "completed", plain:account(lists.account))
  lists.delete = seed(math.ceil(OTHERS.delete * SCALE), "completed", plain)
  lists.route = seed(math.ceil(OTHERS.route * SCALE), "queued", plain)
  lists.hangup = seed(math.ceil(OTHERS.hangup * SCALE), "ringing", plain)
  clients = {}
  for i = 1, CLIENTS do clients[i] = new_client { wait = i > 1 and at_once.wait or nil } end -- the first client blocks
end

-- Checks that all these outcomes occurred. A shorter run need not have all of them.
local function has(counts, ...)
  if SCALE < 1 then return end
  for _, outcome in ipairs { ... } do assert.is_truthy(counts[outcome], outcome) end
end

describe("thousands of random requests", function()
  setup(function() server = servers.twilio { keep = 1000000 } end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(prepare)

  it("with faults: each success was carried out, no request was carried out twice, and each belongs to an operation", function()
    local operations = new_operations(SCALE)
    server:post("/_/chaos", { Rate = RATE, Seed = SEED })
    at_once.run(operations, AT_ONCE, begin)
    has(judge(operations), "succeeded", "network no", "network maybe", "network yes", "timeout maybe", "timeout yes", "api yes", "decode yes")
    local faults = server:get("/_/chaos").faults
    assert.is_true(faults >= 10000 * SCALE, faults .. " faults")
  end)

  it("with faults, cancelled calls, closed clients and dropped coroutines: each result still says what the server did", function()
    local operations = new_operations(SCALE * 0.3)
    for _, operation in ipairs(operations) do operation.canceller = twilio.canceller() end
    server:post("/_/chaos", { Rate = RATE, Seed = SEED + 1 })
    at_once.run(operations, AT_ONCE, begin, meddle)
    has(judge(operations), "succeeded", "cancelled no", "cancelled maybe", "left")
  end)
end)
