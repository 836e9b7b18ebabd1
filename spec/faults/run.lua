-- The program of `make faults`: sends REQUESTS requests, an equal part over each lane, in rounds. Prints
-- the result of each lane, and each problem. Exits with 1 after a problem.
--
--   run.lua PROXY      (the built cutting_proxy.c)
--
-- Each round has its own seed. SEED=n ROUNDS=1 LANE=name repeats a round, as far as the timing of the
-- network allows.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

-- The lanes, and the number of requests in a round. A round of the lane `mixed` is short, because most of
-- it is HTTP/1.1 on every connection.
local LANES = { { "plain", 2000 }, { "tls", 2000 }, { "http2", 2000 }, { "mixed", 250 } }

-- Returns a variable of the environment, nil if it is empty. make sets all of them.
local function given(name)
  local text = os.getenv(name) or ""
  return text ~= "" and text or nil
end

local total = math.ceil((tonumber(given "REQUESTS") or 10000) / #LANES)
local seed, only, rounds_given = tonumber(given "SEED") or 1, given "LANE", tonumber(given "ROUNDS")
local program = assert(arg[1], "run.lua PROXY")
local failed = false

local function words(counts)
  local names = {}
  for name in pairs(counts) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do names[i] = name .. " " .. counts[name] end
  return table.concat(names, ", ")
end

local function run_round(faults, lane, its_seed, size, found)
  local command = ("%s spec/faults/round.lua %s %d %d %s %d %s 2>&1"):format(shell.interpreter(), lane, its_seed, size, shell.quote(program),
    faults.port, shell.quote(faults.authority))
  local is_done = false
  local pipe = assert(io.popen(command))
  for line in pipe:lines() do
    local what, name, count = line:match "^(%l+) (.*): (%d+)$"
    local class = line:match "^problem (%l+)"
    if class then found.classes[class] = found.classes[class] + 1 end
    if found[what] and not class then
      found[what][name] = (found[what][name] or 0) + tonumber(count)
    elseif line == "done" then
      is_done = true
    else
      failed = true
      print(("SEED=%d ROUNDS=1 LANE=%s: %s"):format(its_seed, lane, line))
    end
  end
  pipe:close()
  if not is_done then
    failed = true
    print(("SEED=%d ROUNDS=1 LANE=%s: the round did not end"):format(its_seed, lane))
  end
end

local function run_lane(lane, round_size)
  local found = { outcome = {}, proxy = {}, server = {}, classes = { lost = 0, doubled = 0, crossed = 0, misreported = 0 } }
  local faults = servers.fault { tls = true }
  local sent, rounds = 0, rounds_given or math.ceil(total / round_size)
  for round = 1, rounds do
    local size = math.min(round_size, rounds_given and round_size or total - sent)
    run_round(faults, lane, seed + round - 1, size, found)
    sent = sent + size
  end
  local complaints = faults:stop()
  if complaints ~= "" then
    failed = true
    print("the fault server: " .. complaints)
  end
  print(("faults %s: %d requests, %s"):format(lane, sent, words(found.classes)))
  for _, what in ipairs { "outcome", "proxy", "server" } do print(("  %s: %s"):format(what, words(found[what]))) end
end

for _, lane in ipairs(LANES) do
  if (only or lane[1]) == lane[1] then run_lane(lane[1], lane[2]) end
end
os.exit(failed and 1 or 0)
