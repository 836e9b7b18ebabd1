-- Tools of `make soak`: the judge of the stage `site`, which tells a request that the client repeats from a
-- call that the library doubles.
local judge = require "spec.soak.judge"
local nginx = require "spec.support.nginx"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local site_program = require "spec.soak.site_program"

describe("the judge of requests to nginx", function()
  local RUN, LATER = { run = "700002", number = "5", place = 2 }, { run = "800001", number = "5", place = 1 }
  local FRESH = { run = "700001", number = "5", place = 1 }

  -- Returns the problems and the counts of one request. `effects` maps a run to the count of its effects.
  local function judged(runs, effects, outcome, line)
    local entries, said = {}, line or { number = "5", run = runs[#runs] and runs[#runs].run, outcome = outcome }
    for run, count in pairs(effects) do entries[run] = { effects = count } end
    local problems, counts = judge(outcome and { said } or {}, runs, entries, 1)
    return table.concat(problems, "\n"), counts
  end

  it("accepts true results, and requests without a response", function()
    assert.equal("", (judged({ FRESH }, { [FRESH.run] = 1 }, "ok")))
    assert.equal("", (judged({ FRESH }, {}, "no")))
    assert.equal("", (judged({ FRESH }, { [FRESH.run] = 1 }, "maybe")))
    local problems, counts = judged({}, {})
    assert.equal("", problems)
    assert.equal(1, counts.unknown)
  end)

  it("refuses untrue results", function()
    assert.equal("ok, but it happened 0 times: request 5, run 700001", (judged({ FRESH }, {}, "ok")))
    assert.equal("no, but it happened: request 5, run 700001", (judged({ FRESH }, { [FRESH.run] = 1 }, "no")))
    assert.matches("^another request's answer", (judged({ FRESH }, { [FRESH.run] = 1 }, "crossed")))
    local other = { number = "6", run = FRESH.run, outcome = "ok" }
    assert.matches("^another request's answer: request 6", (judged({ FRESH }, { [FRESH.run] = 1 }, "ok", other)))
    assert.equal("an effect without a run: request unknown, run 9", (judged({}, { ["9"] = 1 })))
  end)

  it("counts a request that curl repeated", function()
    local problems, counts = judged({ RUN, LATER }, { [RUN.run] = 1, [LATER.run] = 1 }, "ok")
    assert.equal("", problems)
    assert.same({ 1, 1 }, { counts.repeated, counts.repeated_effects })
    problems, counts = judged({ RUN, LATER }, { [LATER.run] = 1 }, "ok")
    assert.equal("", problems)
    assert.same({ 1, 0 }, { counts.repeated, counts.repeated_effects })
  end)

  it("refuses a run with two effects, also if the request has two runs", function()
    assert.equal("one run happened 2 times: request 5, run 700002", (judged({ RUN }, { [RUN.run] = 2 })))
    assert.equal("one run happened 2 times: request 5, run 700002", (judged({ RUN, LATER }, { [RUN.run] = 2 }, "no")))
  end)

  it("refuses a second run that no reused connection explains", function()
    assert.equal("ran again, but its connection was not reused: request 5, run 700001",
      (judged({ FRESH, LATER }, { [FRESH.run] = 1, [LATER.run] = 1 }, "ok")))
  end)

  describe("with curl, nginx and a killed worker", function()
    local problem = nginx.problem()
    if problem then
      pending(problem)
      return
    end

    local faults, directory, site

    before_each(function()
      faults, directory = servers.fault {}, shell.directory()
      shell.must("chmod 755 " .. directory)
      faults:post "/_/effects?0"
    end)
    after_each(function()
      site:stop()
      faults:stop()
      shell.run("rm -r " .. directory)
    end)

    -- Sends two requests on one connection. `after` is what the program does after its call, see site_program.
    -- Returns the problems, the counts, the runs of the second request, and how often curl has sent a
    -- request again.
    local function run(after)
      site_program.write(directory, faults.url, nil, after)
      site = nginx.start { server = ("location = /kept { content_by_lua_file %s/program.lua; }"):format(directory) }
      local command = "curl -sv --no-buffer --max-time 30 --unix-socket %s/socket 'http://site/kept?n=[1-2]' 2>&1"
      local _, output = shell.run(command:format(site.directory))
      local lines, runs, second, again = {}, site_program.runs(directory), 0, select(2, output:gsub("retrying a fresh connect", ""))
      for number, its_run, outcome in ("\n" .. output):gmatch "\n(%d+) (%d+) (%l+)" do
        lines[#lines + 1] = { number = number, run = its_run, outcome = outcome }
      end
      site:stop() -- the recorder waits until its connections are closed
      for _, its in ipairs(runs) do second = second + (its.number == "2" and 1 or 0) end
      local problems, counts = judge(lines, runs, faults:post "/_/effects?0".entries, 2)
      assert.equal("1", lines[1].number)
      return table.concat(problems, "\n"), counts, second, again
    end

    it("counts a repeat: curl sends its request again, and says so", function()
      -- The worker is killed once, after the effect of the second request and before its response.
      local problems, counts, runs, again = run('if number == "2" and place > 1 then os.execute("kill -9 " .. ngx.worker.pid()) end')
      assert.equal("", problems)
      assert.same({ ok = 2, repeated = 1, repeated_effects = 1 },
        { ok = counts.ok, repeated = counts.repeated, repeated_effects = counts.repeated_effects })
      assert.same({ 2, 1 }, { runs, again })
    end)

    it("reports a call that happens twice in one run", function()
      local problems, counts, runs, again = run 'if number == "2" then response, _, err = post() end'
      assert.matches("one run happened 2 times: request 2, run %d+", problems)
      assert.same({ 0, 1, 0 }, { counts.repeated, runs, again })
    end)
  end)
end)
