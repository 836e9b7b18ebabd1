-- What is one per process: the module stays where it is, forks start clean. Each test is a process of its own.
local servers = require "spec.support.servers"
local support = require "spec.support.client"

describe("process", function()
  local server

  setup(function() server = servers.twilio {} end)
  teardown(function() server:stop() end)

  local preamble = ([[
    local twilio = require "twilio"
    local function client(options)
      local all = { account_sid = %q, auth_token = %q, base_url = %q }
      for name, value in pairs(options or {}) do all[name] = value end
      return twilio.client(all)
    end
  ]])

  local function run(program)
    return support.run(preamble:format(server.account_sid, server.auth_token, server.url) .. program)
  end

  it("needs nothing but a require to start", function()
    assert.equal("0\n", run [[print((assert(client().calls:count())))]])
  end)

  it("makes no globals", function()
    assert.equal("\n", run [[
      local before = {}
      local function names()
        local all = {}
        for name in pairs(_G) do if not before[name] then all[#all + 1] = name end end
        return table.concat(all, " ")
      end
      for name in pairs(_G) do before[name] = true end
      package.loaded.twilio, package.loaded["twilio.core"] = nil, nil
      require "twilio"
      assert(client().calls:list {})
      print(names())
    ]])
  end)

  it("opens its descriptors close-on-exec", function()
    -- libcurl's own pair of local sockets, with which threads wake one another, is out of our reach: only what leads out counts
    local told = run [[
      local c = client()
      assert(c.calls:list {})
      local file = io.open "/proc/net/tcp"
      if not file then print "none to look at" return end
      local tcp = file:read "*a"
      local listing = io.popen("ls -l /proc/self/fd"):read "*a"
      for inode in listing:gmatch "socket:%[(%d+)%]" do
        if tcp:find(" " .. inode .. " ", 1, true) then print "a connection" end
      end
      for _, name in ipairs { "eventpoll", "timerfd" } do
        if listing:find(name, 1, true) then print(name) end
      end
      print "looked"
    ]]
    if told == "none to look at\n" then return pending "no /proc/net/tcp here" end
    assert.equal("looked\n", told)
  end)

  it("ends with requests in flight", function()
    assert.equal("ends\n", run [[
      local core = require "twilio.core"
      local c = client()
      local request = core.request(c.calls, "list")
      request:hooks()[2]:submit(request)
      print "ends"
    ]])
  end)

  it("survives the module's being loaded again and again", function()
    assert.equal("ok\n", run [[
      for _ = 1, 50 do
        package.loaded["twilio.core"] = nil
        for name in pairs(package.loaded) do if name:find "^twilio" then package.loaded[name] = nil end end
        collectgarbage()
        assert(require("twilio").client { account_sid = "AC1", auth_token = "t", transport = function() return { status = 404 } end })
      end
      print "ok"
    ]])
  end)
end)
