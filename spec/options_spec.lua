-- Reading options: what is wrong with a value is said in the same words for a client and for a call.
local support = require "spec.support.client"

local SID = "CA00000000000000000000000000000001"

local function of_client(name, value)
  return (support.misuse(support.client, { [name] = value }))
end

local function of_call(name, value)
  local client = support.client()
  return (support.misuse(function() return client.calls:get(SID, nil, { [name] = value }) end))
end

describe("an option of a client and of a call", function()
  it("that is a number of seconds", function()
    for _, name in ipairs { "timeout", "connect_timeout", "deadline", "max_retry_wait" } do
      for _, value in ipairs { 0, -0.1, 1000001, 1 / 0, 0 / 0, "5", true, {} } do
        local expected = ("option '%s' must be a positive number of seconds"):format(name)
        assert.same({ expected, expected }, { of_client(name, value), of_call(name, value) })
      end
      local client = support.client { [name] = 1000000 }
      assert(client.calls:get(SID, nil, { [name] = 0.001 }))
    end
  end)

  it("that is a whole number", function()
    local bounds = { retries = { 0, 100 }, low_speed_limit = { 1, 1000000000 }, low_speed_time = { 1, 1000000 } }
    for name, bound in pairs(bounds) do
      for _, value in ipairs { bound[1] - 1, bound[2] + 1, 1.5, 1 / 0, -1 / 0, 0 / 0, "5", true, {} } do
        local expected = ("option '%s' must be a whole number from %d to %d"):format(name, bound[1], bound[2])
        assert.same({ expected, expected }, { of_client(name, value), of_call(name, value) })
      end
      local client = support.client { [name] = bound[2] }
      assert(client.calls:get(SID, nil, { [name] = bound[1] }))
    end
  end)

  it("that is a function", function()
    for _, value in ipairs { 1, "x", {}, true } do
      local expected = "option 'wait' must be a function, got " .. type(value)
      assert.same({ expected, expected }, { of_client("wait", value), of_call("wait", value) })
    end
  end)

  it("that is a boolean", function()
    for _, value in ipairs { 1, "true", {} } do
      assert.equal("option 'allow_http' must be a boolean, got " .. type(value), of_client("allow_http", value))
      assert.equal("option 'repeatable' must be a boolean, got " .. type(value), of_call("repeatable", value))
    end
  end)
end)
