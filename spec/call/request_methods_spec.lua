-- The methods of a request that the Lua layer calls, and the functions of the core that make requests.
local core = require "twilio.core"
local support = require "spec.support.client"

local SID = "CA00000000000000000000000000000001"

describe("request:hooks", function()
  it("returns the client's table with the engine, and the call's own functions", function()
    local function wait() end
    local function ready() end
    local client = support.client { log = print }
    local hooks, own_wait, cancel, own_ready = core.request(client.calls, "get", SID, {}, { wait = wait, ready = ready }):hooks()
    assert.equal("twilio.engine", debug.getmetatable(hooks.engine).__name)
    assert.equal(print, hooks.log)
    assert.equal(wait, own_wait)
    assert.is_nil(cancel)
    assert.equal(ready, own_ready)
  end)

  it("returns the functions of the first page for the next ones", function()
    local function wait() end
    local page = core.request(support.client().calls, "list", {}, { wait = wait }):follow "/2010-04-01/Accounts/AC1/Calls.json?Page=1"
    assert.equal(wait, (select(2, page:hooks())))
  end)
end)

describe("request:follow", function()
  local first = core.request(support.client().calls, "list")

  it("returns a refused request for a link that is not a string, and for one to another host", function()
    assert.is_true(first:follow(true):refused())
    assert.is_true(first:follow "https://elsewhere.example/":refused())
    assert.is_false(first:follow "/2010-04-01/Accounts/AC1/Calls.json?Page=1":refused())
  end)
end)

describe("core.request", function()
  it("takes a record instead of its resource", function()
    local client = support.client { transport = function() return { status = 200, headers = {}, body = ('{"sid":"%s"}'):format(SID) } end }
    local exported = core.request(client.calls:get(SID), "update", { status = "completed" }):export()
    assert.matches("/Calls/" .. SID .. "%.json$", exported.url)
  end)

  it("raises for other values", function()
    assert.matches("call 'get' on a resource or a record", (support.misuse(core.request, {}, "get")), 1, true)
  end)
end)
