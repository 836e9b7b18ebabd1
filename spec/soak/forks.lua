-- A stage of `make soak`: a process forks while its requests connect, are sent and are received. Each
-- request must happen once, in the parent, and the parent must get its own answer. A child ends its
-- inherited calls, makes a call of its own, and must not disturb the parent.
--
--   forks.lua URL AUTHORITY SECONDS FORKING      (FORKING: the built spec/support/forking.c)
local at_once = require "spec.support.at_once"
local random = require "twilio.simulator.random"
local twilio = require "twilio"

local url, authority, seconds, library = arg[1], arg[2], tonumber(arg[3]), arg[4]
local fork, wait = assert(package.loadlib(library, "forking_fork")), assert(package.loadlib(library, "forking_wait"))
local AT_ONCE, BATCH = 8, 40
local draw = random.new(1)

local function client()
  return twilio.client {
    account_sid = "AC1", auth_token = "t", base_url = url .. "/record", ca_file = authority, wait = at_once.wait, retries = 0, timeout = 60,
  }
end

local parent, sent, forks = client(), 0, 0

local function send(operation)
  local path = ("/v1/r%dr/f%d"):format(operation.number, operation.size)
  operation.result, operation.message, operation.err = operation.client:request {
    method = "POST", path = path, form = { Id = "r" .. operation.number .. "r", Filler = ("x"):rep(operation.size) },
  }
end

local function operations_of(which, count, first)
  local all = {}
  for i = 1, count do all[i] = { client = which, number = first + i, size = draw(200000) } end
  return all
end

local function begin(operation)
  return coroutine.create(function() send(operation) end)
end

local function check(all)
  for _, operation in ipairs(all) do
    local result = operation.result
    if operation.raised or not result then error(("r%d: %s"):format(operation.number, tostring(operation.raised or operation.message))) end
    if not result.json or result.json.id ~= "r" .. operation.number .. "r" or result.json.effects ~= 1 then
      error(("r%d: a wrong answer: %s"):format(operation.number, result.body:sub(1, 100)))
    end
  end
end

-- In the child: the inherited calls end with `maybe`, and are not sent. The response to some of them was
-- complete before the fork.
local function end_inherited(live)
  for _, each in ipairs(live) do
    for _ = 1, 100 do
      if coroutine.status(each.thread) == "dead" then break end
      assert(coroutine.resume(each.thread))
    end
    local err = each.operation.err
    assert(each.operation.result or err and err.kind == "network" and err.sent == "maybe", "an inherited call: " .. tostring(each.operation.message))
  end
end

local function be_child(live)
  end_inherited(live)
  local own = operations_of(client(), 1, 10000000 + forks)
  at_once.run(own, 1, begin)
  check(own)
end

-- Forks in one of four rounds. The numbers of rounds and steps decide in which state the requests are.
local function meddle(live)
  if draw(4) > 1 then return end
  forks = forks + 1
  io.stdout:flush()
  if fork(true) then
    local ok, problem = pcall(be_child, live)
    if not ok then io.stderr:write("a child: ", tostring(problem), "\n") end
    os.exit(ok and 0 or 1, false)
  end
  assert(wait(true), "a child failed")
end

local finish = os.time() + seconds
repeat
  parent:close()
  parent = client() -- with closed connections, so that some requests connect
  local all = operations_of(parent, BATCH, sent)
  at_once.run(all, AT_ONCE, begin, meddle)
  check(all)
  sent = sent + BATCH
until os.time() >= finish
print(("forks: %d requests, %d forks, each request once and with its own answer"):format(sent, forks))
