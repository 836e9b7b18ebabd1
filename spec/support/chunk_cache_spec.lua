-- The cache of compiled Lua files, shared by all Lua states of a process.
local new_host = require "spec.support.host"
local shell = require "spec.support.shell"

-- The first Lua state caches nothing. The second one caches its files, and further states load them
-- from the cache.
local KEEPS = [[
local MODULES = { %s }
require "twilio"
local cached = 0
for _, name in ipairs(MODULES) do
  cached = cached + (package.preload[name] and 1 or 0)
  require(name)
end
assert(cached == (host.run <= 2 and 0 or #MODULES), cached .. " in run " .. host.run)
local send = require "twilio.send"
local about = debug.getinfo(send.result, "Sl")
local file, line = io.open(about.source:match "^@(.*twilio/send%%.lua)$"), nil
for _ = 1, about.linedefined do line = file:read "*l" end
file:close()
assert(line:find("function send.result", 1, true), line)
host.meet()
]]

-- An entry of the program in package.preload is kept. Only modules of this library are cached.
local OTHERS = [[
local core = require "twilio.core"
assert(not package.preload["elsewhere.module"] and not package.preload["twilio.function"] and not package.preload["twilio.core"])
core.keep "elsewhere.module"
core.keep()
core.keep {};
(function() core.keep "twilio.function" end)()
package.loaded["twilio.core"] = nil
local mine = function() return { mine = true } end
package.preload["twilio.json"] = mine
require "twilio.core"
assert(package.preload["twilio.json"] == mine and require("twilio.json").mine)
local loaded = package.loaded
loaded["twilio.core"], _G.package = nil, nil
assert(require("twilio.core").keep)
host.meet()
]]

-- Runs in many threads at the same time.
local RACE = [[
local twilio = require "twilio"
local client = twilio.client { account_sid = "AC1", auth_token = "t", transport = function() return { status = 200, body = '{"sid":"CA1"}' } end }
assert(client.calls:get("CA1").sid == "CA1")
for call in client.calls:iter { limit = 0 } do error(tostring(call)) end
host.meet()
]]

describe("the chunk cache", function()
  local host

  setup(function() host = new_host() end)
  teardown(function() host:remove() end)

  local function run(text, threads, runs)
    host:write("script.lua", text)
    local said = host:run("script.lua", { threads = threads, runs = runs })
    assert.equal(0, said.failures[1], said.output)
  end

  it("is filled by the second Lua state, and used by all further states", function()
    local names = {}
    -- The simulator, the command line and the double for tests have one Lua state. luv may not be installed.
    -- error_codes.lua is too large to be kept for the rare program that asks for a code. core_problem.lua is
    -- loaded only if there is no core, which has the cache.
    local found = "find twilio -name '*.lua' ! -path 'twilio/simulator*' ! -path 'twilio/cli*' ! -path 'twilio/testing*'"
    for _, path in ipairs(shell.lines(shell.must("cd lua && " .. found .. " ! -name luv.lua ! -name error_codes.lua ! -name core_problem.lua"))) do
      names[#names + 1] = ("%q"):format(path:gsub("%.lua$", ""):gsub("/", "."))
    end
    assert.is_true(#names > 10)
    run(KEEPS:format(table.concat(names, ", ")), 1, 3)
  end)

  it("does not replace entries of package.preload, and caches no other module", function() run(OTHERS, 1, 3) end)

  it("is complete if many Lua states start at the same time", function() run(RACE, 8, 20) end)

  it("keeps file names and lines for error messages", function()
    run([[
      local twilio = require "twilio"
      local ok, message = pcall(twilio.map, 1, 1, print)
      assert(not ok and message:find("script.lua", 1, true) and message:find("an array or an iterator", 1, true), message)
      local _, text = pcall(require("twilio.send").result)
      assert(text:find("lua/twilio/send.lua:%d+:"), text)
      host.meet()
    ]], 1, 3)
  end)
end)
