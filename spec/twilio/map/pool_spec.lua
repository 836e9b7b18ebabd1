-- The scheduler of twilio.map: the rate of starts, early ends and interrupts.
-- spec/twilio/map_spec.lua has what programs see of it. A clock of the spec replaces core.now, and
-- a wait function moves it.
local core = require "twilio.core"
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local now_of_core = core.now

describe("the rate of twilio.map", function()
  local clock

  before_each(function()
    clock = 0
    core.now = function() return clock end
  end)
  after_each(function() core.now = now_of_core end)

  local function wait(_, seconds) clock = clock + seconds end

  -- Runs n items that take so many seconds each. Returns the times of their starts.
  local function starts(n, seconds, options)
    local times, items = {}, {}
    for i = 1, n do items[i] = i end
    options.wait = options.wait or wait
    local results, failures = twilio.map(items, options, function(_, index)
      times[index] = math.floor(clock * 1000 + 0.5) / 1000
      if seconds > 0 then twilio.sleep(seconds) end
      return true
    end)
    assert.is_nil(failures)
    assert.equal(n, results.n)
    return times
  end

  it("spaces the starts evenly, whatever the limit is", function()
    for _, limit in ipairs { 1, 3, math.huge } do
      clock = 0
      assert.same({ 0, 0.25, 0.5, 0.75, 1 }, starts(5, 0, { rate = 4, limit = limit }))
    end
  end)

  it("may have a fraction, and may be below one", function()
    assert.same({ 0, 2, 4 }, starts(3, 0, { rate = 0.5 }))
    clock = 0
    assert.same({ 0, 0.4, 0.8 }, starts(3, 0, { rate = 2.5 }))
    clock = 0
    assert.same({ 0, 100, 200 }, starts(3, 0, { rate = 0.01 }))
  end)

  it("does not delay the end after the last item", function()
    starts(2, 0, { rate = 0.1 })
    assert.equal(10, clock)
  end)

  it("starts items while others run", function()
    assert.same({ 0, 1, 2, 3 }, starts(4, 2.5, { rate = 1, limit = 10 }))
    assert.equal(5.5, clock)
  end)

  it("does not exceed the limit, and does not catch up by more than one start", function()
    local times = starts(6, 3, { rate = 1, limit = 2 })
    assert.same({ 0, 1, 3, 4, 6, 7 }, times)
  end)

  it("stays the same on average if timers are late", function()
    local times = starts(20, 0, { rate = 10, wait = function(_, seconds) clock = clock + seconds + 0.03 end })
    assert.is_true(times[20] >= 1.9 and times[20] <= 1.9 + 0.1, times[20])
  end)

  it("applies to the items of an iterator", function()
    local n, fetched = 0, {}
    local results = twilio.map(function()
      n = n + 1
      fetched[n] = clock
      return n <= 3 and n or nil
    end, { rate = 1, wait = wait }, function() return clock end)
    assert.same({ 0, 1, 2, n = 3 }, results)
    assert.same({ 0, 0, 1, 2 }, fetched)
  end)

  it("holds in a map within a map", function()
    local times = {}
    twilio.map({ 1, 2 }, { limit = 2, wait = wait }, function()
      twilio.map({ 1, 2, 3 }, { rate = 1 }, function() times[#times + 1] = clock end)
    end)
    assert.same({ 0, 0, 1, 1, 2, 2 }, times)
  end)

  it("does not delay the end of a map that stops", function()
    local results, failures = twilio.map({ 1, 2, 3 }, { rate = 0.001, wait = wait, stop_on = function() return true end }, function(i)
      twilio.sleep(1)
      return nil, "failure of " .. i
    end)
    assert.equal(3, results.n)
    assert.equal(1, clock)
    assert.same({ "failure of 1", "cancelled", "cancelled" }, { failures[1].message, failures[2].err.kind, failures[3].err.kind })
  end)
end)

describe("an early end of twilio.map", function()
  it("lets the running items go on, and starts no other", function()
    local started, ended = {}, {}
    local results, failures, stopped = twilio.map({ 1, 2, 3, 4, 5, 6 }, { limit = 3, stop_on = function() return true end }, function(i)
      started[#started + 1] = i
      repeat twilio.sleep(0.001) until i == 2 or ended[1] -- item 2 ends first
      ended[#ended + 1] = i
      if i == 2 then return nil, "enough" end
      return i
    end)
    table.sort(ended)
    assert.same({ { 1, 2, 3 }, { 1, 2, 3 } }, { started, ended })
    assert.same({ 1, nil, 3, n = 6 }, results)
    assert.equal(failures[2], stopped)
    for i = 4, 6 do assert.equal("not started, because the map has ended early: enough", failures[i].message) end
  end)

  it("of an iterator fetches no further item", function()
    local n = 0
    local results, failures, stopped = twilio.map(function()
      n = n + 1
      return n
    end, { limit = 1, stop_on = function(failure) return failure.message == "enough" end }, function(i)
      if i == 3 then return nil, "enough" end
      return nil, "go on"
    end)
    assert.same({ 3, 3, "enough" }, { results.n, n, stopped.message })
    assert.same({ "go on", "go on", "enough" }, { failures[1].message, failures[2].message, failures[3].message })
    assert.equal("cancelled", failures[4].err.kind)
    assert.is_nil(failures[5])
  end)

  it("wakes all workers that wait for an item", function()
    local fetching = 0
    local results, failures = twilio.map(function()
      fetching = fetching + 1
      twilio.sleep(0.001)
      return fetching
    end, { limit = 5, stop_on = function() return true end }, function(i)
      if i == 2 then return nil, "enough" end
      return i
    end)
    assert.is_true(results.n >= 2)
    assert.equal("enough", failures[2].message)
  end)
end)

describe("an interrupt (Ctrl-C) of twilio.map", function()
  local faults

  setup(function() faults = servers.fault {} end)
  teardown(function() faults:stop() end)
  before_each(function() faults:post "/_/reset" end)

  -- Runs a program in a new process, which the function `interrupt` interrupts. The program of lua
  -- or luajit sets a hook, which raises as soon as the main thread runs Lua code again.
  local function run(program)
    return support.run(([[
      local twilio = require "twilio"
      local pipe = io.popen "echo $PPID"
      local own = pipe:read "*l"
      pipe:close()
      function interrupt() io.popen("kill -INT " .. own):close() end
      local function client_of(behaviour)
        return twilio.client { account_sid = "AC1", auth_token = "t", base_url = %q .. "/" .. behaviour, retries = 0 }
      end
      local stall, fine = client_of "stall", client_of "ok"
      -- Returns once the server has received n requests.
      local function until_sent(n)
        local log
        repeat
          twilio.sleep(0.01) -- steps the engine
          local curl = io.popen("env -u LD_PRELOAD curl --silent --noproxy '*' %s/_/log")
          log = curl:read "*a"
          curl:close()
        until select(2, log:gsub('"method"', "")) >= n
      end
      local MAKE = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }
      local function show(results, failures, stopped)
        print(results.n, stopped and stopped.message, stopped and stopped.err and stopped.err.kind)
        for i = 1, results.n + 1 do
          local failure = failures and failures[i]
          if results[i] then print(i, results[i]) end
          if failure then print(i, failure.err and failure.err.kind, failure.err and failure.err.sent) end
        end
      end
    ]]):format(faults.url, faults.url) .. program, {}, "timeout 30 ")
  end

  -- Returns the lines of the output that begin with a number. Their fields are separated by blanks.
  local function rows_of(output)
    local rows = {}
    for line in output:gmatch "[^\n]+" do rows[#rows + 1] = line:gsub("\t", " ") end
    return rows
  end

  it("ends the map with the results so far, and with what may have been sent", function()
    local rows = rows_of(run [[
      local is_fine
      show(twilio.map({ 1, 2, 3, 4, 5 }, 3, function(i)
        if i == 1 then
          local sid = fine.calls:get("CA1").sid
          is_fine = true
          return sid
        end
        if i == 2 then return stall.calls:make(MAKE) end
        if i == 3 then
          until_sent(2)
          while not is_fine do twilio.sleep(0.01) end
          interrupt() -- a second one would end the program
        end
        return twilio.sleep(3600)
      end))
      print "and the program goes on"
    ]])
    assert.same({
      "5 interrupted cancelled", "1 CA0123456789abcdef0123456789abcdef", "2 cancelled maybe", "4 cancelled no", "5 cancelled no",
      "and the program goes on",
    }, { rows[1], rows[2], rows[3], rows[5], rows[6], rows[7] })
    assert.matches("^3 cancelled ", rows[4]) -- LuaJIT raises within this item
  end)

  it("ends waits for a status, sleeps, pauses before a retry and starts of a rate", function()
    local rows = rows_of(run [[
      local limited = twilio.client {
        account_sid = "AC1", auth_token = "t", max_retry_wait = 3600,
        transport = function() return { status = 429, headers = { ["retry-after"] = "3600" }, body = "{}" } end,
      }
      show(twilio.map({ "status", "sleep", "pause", "interrupt", "rate" }, { limit = 5, rate = 50 }, function(what)
        if what == "status" then return fine.calls:get("CA1"):wait_for("completed", { interval = 3600, timeout = 7200 }) end
        if what == "pause" then return limited.calls:get "CA1" end
        if what == "interrupt" then interrupt() end
        return twilio.sleep(3600)
      end))
    ]])
    assert.equal("5 interrupted cancelled", rows[1])
    for i = 1, 5 do assert.matches(("^%d cancelled "):format(i), rows[i + 1]) end
  end)

  it("ends maps within the map, and the iterator of items", function()
    local rows = rows_of(run [[
      local n = 0
      show(twilio.map(function() n = n + 1 return n end, 2, function(i)
        local results, failures, stopped = twilio.map({ 1, 2, 3 }, 2, function(j)
          if i == 2 and j == 2 then interrupt() end
          return twilio.sleep(3600)
        end)
        return ("%d %s %s %s"):format(results.n, stopped.message, failures[1].err.kind, failures[3].err.sent)
      end))
    ]])
    assert.same({ "2 interrupted cancelled", "1 3 interrupted cancelled no", "2 3 interrupted cancelled no", "3 cancelled no" }, rows)
  end)

  it("may come between any two instructions: the map returns, and no item is lost", function()
    assert.matches("^%d+ interrupts\n$", run [[
      local interrupts = 0
      twilio.map({ 0 }, 1, twilio.sleep) -- loads the modules: an interrupt of require has other effects
      for instructions = 1, 1500 do
        local started = {}
        local ok, results, failures, stopped = pcall(function()
          debug.sethook(function()
            debug.sethook()
            error "interrupted!"
          end, "", instructions)
          local results, failures, stopped = twilio.map({ 1, 2, 3, 4, 5 }, { limit = 2, wait = function() end }, function(i)
            started[i] = true
            assert(twilio.sleep(0))
            return i
          end)
          debug.sethook()
          return results, failures, stopped
        end)
        if ok then
          interrupts = interrupts + (stopped and 1 or 0)
          for i = 1, 5 do
            local failure = failures and failures[i]
            assert(results[i] == i or failure, "an item is lost")
            assert(not (failure and failure.err and failure.err.sent == "no" and failure.message:find "not started" and started[i]), "it was started")
          end
        else -- before or after the part that twilio.map protects
          assert(tostring(results):find "interrupted!$", results)
        end
      end
      print(interrupts .. " interrupts")
    ]])
  end)

  it("does not hide the error of a wait function", function()
    assert.matches("mine", run [[
      print(pcall(twilio.map, { 1 }, { wait = function() error "mine" end }, function() twilio.sleep(1) end))
    ]])
  end)
end)
