-- A part of `make faults`, and tests of its tools: the proxy and the judge.
local judge = require "spec.faults.judge"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local CURL = "curl --silent --http1.1 --noproxy '*'"

describe("faults of the network", function()
  local directory, program

  setup(function()
    directory = shell.directory()
    program = directory .. "/cutting_proxy"
    shell.must("${CC:-cc} -std=c99 -D_GNU_SOURCE -o " .. program .. " spec/support/cutting_proxy.c")
  end)
  teardown(function() shell.run("rm -r " .. directory) end)

  it("lose, double, cross and misreport no request", function()
    local ok, output = shell.run(("LUA_PATH=%s LUA_CPATH=%s LD_PRELOAD=%s ASAN_OPTIONS=%s REQUESTS=1600 %s spec/faults/run.lua %s")
      :format(shell.quote(package.path), shell.quote(package.cpath), os.getenv "LD_PRELOAD" or "", os.getenv "ASAN_OPTIONS" or "",
        shell.interpreter(), program))
    assert.is_true(ok, output)
    for _, lane in ipairs { "plain", "tls", "http2", "mixed" } do
      assert.matches(("faults %s: 400 requests, crossed 0, doubled 0, lost 0, misreported 0\n"):format(lane), output)
    end
    for _, word in ipairs { "cut", "delay", "drip", "half", "reset", "reset_client", "reset_server", "goaway h2", "reset 7 h2", "200 h2" } do
      assert.matches("[ ,]" .. word .. " [1-9]", output)
    end
  end)

  describe("come from the proxy:", function()
    local faults, whole

    -- Returns the bytes of the response that the program `curl` received through the proxy, its exit
    -- status, and the counts of the proxy.
    local function fetch(arguments)
      local proxy = servers.cutting_proxy(program, faults.port .. " " .. arguments)
      local file = directory .. "/response"
      local _, output = shell.run(("%s --include --max-time 20 --output %s 'http://127.0.0.1:%d/file/20000?again=whole'; echo $?")
        :format(CURL, file, proxy.port))
      local counts = proxy:stop()
      local response = io.open(file, "rb")
      local bytes = response and response:read "*a" or ""
      if response then response:close() end
      os.remove(file)
      return bytes, tonumber(output), counts
    end

    setup(function()
      faults = servers.fault()
      fetch "up delay 1000000" -- with `again`, the server counts the requests
      whole = fetch "up delay 1000000"
      assert(#whole > 20000)
    end)
    teardown(function() faults:stop() end)

    it("a cut passes the bytes before it, and no more", function()
      for _, n in ipairs { 2000, 5000, #whole - 1 } do -- after the headers, which curl shows only whole
        for _, kind in ipairs { "cut", "half" } do
          local bytes, _, counts = fetch(("down %s %d"):format(kind, n))
          assert.equal(whole:sub(1, n), bytes)
          assert.equal(1, counts[kind])
        end
      end
    end)

    it("a request that is cut does not arrive", function()
      faults:post "/_/reset"
      local bytes, status = fetch "up cut 20"
      assert.same({ "", 52 }, { bytes, status }) -- 52: no response
      assert.equal(0, faults:get "/_/stats".requests)
    end)

    it("a reset is one for the client, or for the server alone", function()
      local _, status = fetch "down reset 3000"
      assert.equal(56, status) -- 56: reset
      assert.equal(56, select(2, fetch "down reset_client 3000"))
      assert.equal(18, select(2, fetch "down reset_server 3000")) -- 18: the end came too early
    end)

    it("a delay and a drip change nothing", function()
      for _, kind in ipairs { "delay", "drip" } do
        local bytes, status, counts = fetch(("down %s 3000"):format(kind))
        assert.same({ whole, 0, 1 }, { bytes, status, counts[kind] })
      end
    end)

    it("a flip changes one byte", function()
      local bytes = fetch "down flip 3000"
      assert.equal(#whole, #bytes)
      assert.equal(whole:sub(1, 3000), bytes:sub(1, 3000))
      assert.not_equal(whole:sub(3001, 3001), bytes:sub(3001, 3001))
      assert.equal(whole:sub(3002), bytes:sub(3002))
    end)

    it("the faults of a connection depend on the seed and its number", function()
      local function counts()
        local proxy = servers.cutting_proxy(program, faults.port .. " 5 100")
        for _ = 1, 20 do
          shell.run(("%s --max-time 1 --output /dev/null 'http://127.0.0.1:%d/file/20000?again=whole'"):format(CURL, proxy.port))
        end
        return proxy:stop()
      end
      assert.same(counts(), counts())
    end)
  end)

  describe("are judged:", function()
    local REQUEST = { number = 7, name = "post", kind = { once = true }, retries = 0, answer = 4 }
    local ENTRY = { begun = 1, arrivals = 1, effects = 1, refused = 0, keys = 0, statuses = "200 " }
    local FINE = { id = "r7r", sid = ("CA%032d"):format(7), filler = "r7rr" }

    -- Returns the classes of the problems of one request.
    local function classes(changes, entry)
      local request, its, found = {}, {}, {}
      for name, value in pairs(REQUEST) do request[name] = value end
      for name, value in pairs(changes) do request[name] = value end
      for name, value in pairs(ENTRY) do its[name] = value end
      for name, value in pairs(entry or {}) do its[name] = value end
      for _, problem in ipairs(judge({ request }, { ["7"] = its })) do found[#found + 1] = problem.class end
      return table.concat(found, " ")
    end

    local function failure(err, entry)
      local all = { kind = "network", sent = "maybe", attempts = 1 }
      for name, value in pairs(err) do all[name] = value end
      return classes({ message = "no", err = all }, entry)
    end

    it("true results and failures are no problems", function()
      assert.equal("", classes { result = FINE })
      assert.equal("", failure {})
      assert.equal("", failure({ sent = "no" }, { begun = 0, arrivals = 0, effects = 0 }))
      assert.equal("", failure({ sent = "no" }, { refused = 1, effects = 0 }))
      assert.equal("", failure({ kind = "api", sent = "yes", status = 500 }, { statuses = "429 500 " }))
    end)

    it("lost", function()
      assert.equal("lost", classes {})
      assert.equal("lost", classes { raised = "no" })
      assert.equal("lost", classes({ result = FINE }, { effects = 0 }))
    end)

    it("doubled", function()
      assert.equal("doubled doubled", classes({ result = FINE }, { begun = 2, arrivals = 2, effects = 2 }))
      assert.equal("doubled", classes({ result = FINE }, { begun = 2 }))
      assert.equal("", classes({ result = FINE }, { begun = 2, refused = 1 }))
      assert.equal("doubled", classes({ result = FINE, name = "keyed", kind = {} }, { begun = 2, keys = 2 }))
    end)

    it("crossed", function()
      assert.equal("crossed", classes { result = { id = "r8r", sid = FINE.sid } })
      assert.equal("crossed", classes { result = { sid = ("CA%032d"):format(8) } })
      assert.equal("misreported crossed", failure { kind = "decode" })
      assert.equal("crossed: nobody sent r8r", judge({}, { ["8"] = ENTRY })[1].text)
    end)

    it("misreported", function()
      assert.equal("misreported", classes { result = { id = "r7r", sid = FINE.sid, filler = "r7" } })
      assert.equal("misreported misreported", failure { sent = "no" })
      assert.equal("misreported", failure({ sent = "no" }, { arrivals = 0, effects = 0 }))
      assert.equal("misreported", failure { kind = "api", sent = "yes", status = 500 })
      assert.equal("misreported", failure { kind = "tls" })
      assert.equal("misreported", failure { attempts = 2 })
    end)
  end)
end)
