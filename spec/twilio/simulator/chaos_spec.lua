local api = require "spec.support.simulator_api"

local root, user = api.root, api.user
local server

describe("chaos", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  -- Sends a request `times` times, each time on a new connection. Returns the statuses; 0: no
  -- response.
  local function statuses_of(times)
    local urls = (" -o /dev/null '" .. server.url .. root .. ".json'"):rep(times)
    local pipe = assert(io.popen("env -u LD_PRELOAD curl -s --noproxy '*' --max-time 0.1 -H 'Connection: close' -u " .. user
      .. " -w '%{http_code}\n'" .. urls))
    local statuses = {}
    for line in pipe:lines() do statuses[#statuses + 1] = tonumber(line) end
    pipe:close()
    return statuses
  end

  -- The server may not be listening.
  local function must_post(path, form)
    for _ = 1, 100 do
      if pcall(server.post, server, path, form) then return end
    end
    error("the server does not listen again")
  end

  it("applies to a share of the requests, until it is switched off", function()
    server:post("/_/chaos", { Rate = 1, Seed = 7 })
    local strange = 0
    for _, status in ipairs(statuses_of(40)) do
      if status ~= 200 then strange = strange + 1 end
    end
    must_post("/_/chaos", { Rate = 0 })
    local told, kinds = server:get("/_/chaos"), 0
    for _ in pairs(told.kinds) do kinds = kinds + 1 end
    assert.is_true(kinds > 5)
    assert.is_true(told.faults > 10 and told.faults <= 40 and strange > 10)
    for _, status in ipairs(statuses_of(5)) do assert.equal(200, status) end
    assert.equal(told.faults, server:get("/_/chaos").faults)
    assert.equal(0, server:get("/_/chaos").in_hand)
  end)

  it("rejects an invalid rate", function()
    for _, rate in ipairs { "2", "-1", "half", "nan" } do
      assert.has_error(function() server:post("/_/chaos", { Rate = rate }) end)
    end
    assert.has_error(function() server:post("/_/chaos", { Rate = 1, Seed = "x" }) end)
  end)
end)
