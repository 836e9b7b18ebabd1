-- Reading options: the messages about a wrong value are the same for a client and for a call.
local support = require "spec.support.client"

local SID = "CA00000000000000000000000000000001"

local function of_client(name, value)
  return (support.misuse(support.client, { [name] = value }))
end

local function of_call(name, value)
  local client = support.client()
  return (support.misuse(function() return client.calls:get(SID, nil, { [name] = value }) end))
end

describe("clients and calls check", function()
  it("an option that is a number of seconds", function()
    for _, name in ipairs { "timeout", "connect_timeout", "deadline", "max_retry_wait", "grace" } do
      for _, value in ipairs { 0, -0.1, 1000001, 1 / 0, 0 / 0, "5", true, {} } do
        local expected = ("option '%s' must be a positive number of seconds, got %s"):format(name, support.shown(value))
        assert.same({ expected, expected }, { of_client(name, value), of_call(name, value) })
      end
      local client = support.client { [name] = 1000000 }
      assert(client.calls:get(SID, nil, { [name] = 0.001 }))
    end
  end)

  it("an option that is a whole number", function()
    local bounds = { retries = { 0, 100 }, low_speed_limit = { 1, 1000000000 }, low_speed_time = { 1, 1000000 } }
    for name, bound in pairs(bounds) do
      for _, value in ipairs { bound[1] - 1, bound[2] + 1, 1.5, 1 / 0, -1 / 0, 0 / 0, "5", true, {} } do
        local expected = ("option '%s' must be a whole number from %d to %d, got %s"):format(name, bound[1], bound[2], support.shown(value))
        assert.same({ expected, expected }, { of_client(name, value), of_call(name, value) })
      end
      local client = support.client { [name] = bound[2] }
      assert(client.calls:get(SID, nil, { [name] = bound[1] }))
    end
  end)

  it("an option that is a function", function()
    for _, value in ipairs { 1, "x", {}, true } do
      local expected = "option 'wait' must be a function, got " .. support.shown(value)
      assert.same({ expected, expected }, { of_client("wait", value), of_call("wait", value) })
    end
  end)

  it("an option that is a canceller", function()
    for _, value in ipairs { 1, "x", {}, setmetatable({}, {}), setmetatable({}, { __name = "another" }) } do
      local expected = "option 'cancel' must be a twilio.canceller(), got " .. type(value)
      assert.equal(expected, of_call("cancel", value))
    end
  end)

  it("an option that is a boolean", function()
    for _, value in ipairs { 1, "true", {} } do
      assert.equal("option 'allow_http' must be a boolean, got " .. support.shown(value), of_client("allow_http", value))
      assert.equal("option 'repeatable' must be a boolean, got " .. support.shown(value), of_call("repeatable", value))
    end
  end)
end)

describe("an unknown option", function()
  local function of_name(name) return of_client(name, "x"):match "^unknown option '.-'(.*)$" end

  it("is reported with the option that has a similar name", function()
    assert.equal(" (did you mean 'timeout'?)", of_name "timeot")
    assert.equal(" (did you mean 'auth_token'?)", of_name "authtoken")
  end)

  it("is reported with the option that has this name as a part", function()
    assert.equal(" (did you mean 'account_sid'?)", of_name "account")
    assert.equal(" (did you mean 'account_sid'?)", of_name "sid")
    assert.equal(" (did you mean 'auth_token'?)", of_name "token")
    assert.equal(" (did you mean 'max_response'?)", of_name "response")
  end)

  it("is not reported with an option of three words that has this name as a part", function()
    assert.equal("unknown option 'speed'", of_call("speed", 1))
    assert.equal("unknown option 'limit'", of_call("limit", 1))
  end)

  it("is reported alone if no option has this name as a part", function()
    for _, name in ipairs { "accoun_sid_of_mine", "ount", "acc", "", "_", "respons_of" } do assert.equal("", of_name(name), name) end
  end)
end)

describe("an invalid value of an option", function()
  local TOKEN = "fedcba9876543210fedcba9876543210"

  it("is shown in the message", function()
    assert.equal("option 'timeout' must be a positive number of seconds, got \"5 s\"", of_client("timeout", "5 s"))
    assert.equal("option 'timeout' must be a positive number of seconds, got \"5\\10\"", of_client("timeout", "5\n"))
    assert.equal("option 'timeout' must be a positive number of seconds, got \"5\\127\"", of_client("timeout", "5\127"))
    assert.equal("option 'retries' must be a whole number from 0 to 100, got false", of_client("retries", false))
    assert.equal("option 'ca_file' must be a string, got 5", of_client("ca_file", 5))
    assert.equal("region must be a host label, such as ie1: lower-case letters, digits and '-', got \"IE 1\"", of_client("region", "IE 1"))
    assert.equal("'limit' must be a whole number of records, zero or more, got \"x\"",
      (support.misuse(function() support.client().calls:list { limit = "x" } end)))
  end)

  it("is not shown if it may be a secret", function()
    for _, name in ipairs { "account_sid", "auth_token", "api_key", "api_secret", "client_secret", "bearer_token", "proxy", "base_url" } do
      assert.equal(("option '%s' must be a string, got number"):format(name), of_client(name, 12345678))
      assert.equal(("option '%s' contains control characters"):format(name), of_client(name, TOKEN .. "\n"))
    end
    for _, name in ipairs { "timeout", "retries", "wait", "allow_http" } do
      local message = of_client(name, TOKEN)
      assert.matches(", got a string of 32 bytes$", message)
      assert.not_matches(TOKEN, message, 1, true)
    end
  end)
end)

describe("the text of an option", function()
  local function refused(value) return (support.misuse(support.client, { proxy = value })) end

  it("must be a string that is not empty", function()
    for _, value in ipairs { 1, true, {}, print } do
      assert.equal(("option 'proxy' must be a string, got %s"):format(type(value) == "boolean" and "true" or type(value)), refused(value))
    end
    assert.equal("option 'proxy' is empty", refused "")
    support.client { proxy = "http://proxy.example:3128" }
  end)

  it("must not contain control characters, and is not shown", function()
    for byte = 0, 31 do assert.equal("option 'proxy' contains control characters", refused("secret" .. string.char(byte) .. "x")) end
    assert.equal("option 'proxy' contains control characters", refused "secret\127")
  end)
end)

describe("an environment variable", function()
  local function with(value)
    return support.run([[
      local url
      local client = require "twilio".client {
        account_sid = "AC1", auth_token = "t",
        transport = function(request)
          url = request.url
          return { status = 200, body = '{"calls":[]}' }
        end,
      }
      client.calls:list()
      io.write((url:match "^https://([^/]*)/"))
    ]], { TWILIO_REGION = value })
  end

  it("is ignored if it is empty", function()
    assert.equal("api.us1.twilio.com", with "us1")
    assert.equal("api.twilio.com", with "")
  end)

  it("must not contain control characters, and is not shown", function()
    local told = with "us1\nx"
    assert.truthy(told:find("the environment variable TWILIO_REGION contains control characters", 1, true))
    assert.is_nil(told:find("us1", 1, true))
  end)
end)

describe("core.check_options", function()
  local core = require "twilio.core"

  it("returns the interval and the longest interval of wait_for, or their defaults", function()
    assert.same({ 1, 15 }, { core.check_options("wait_for", nil) })
    assert.same({ 0.5, 40 }, { core.check_options("wait_for", { interval = 0.5, max_interval = 40, timeout = 7, cancel = nil }) })
  end)

  it("knows the options of wait_for, of sleep and of map apart", function()
    local accepted = {
      wait_for = { interval = 1, timeout = 1, retries = 1, wait = print }, sleep = { wait = print, ready = print },
      map = { limit = 1, rate = 1, progress = print, stop_on = print, wait = print },
    }
    for scope, all in pairs(accepted) do core.check_options(scope, all) end
    assert.equal("unknown option 'rate'", (support.misuse(core.check_options, "sleep", { rate = 1 })))
    assert.matches("^unknown option 'interval'", (support.misuse(core.check_options, "map", { interval = 1 })))
    assert.matches("^unknown option 'interval'", of_call("interval", 1))
    assert.matches("^unknown option 'interval'", of_client("interval", 1))
    assert.has_error(function() core.check_options("other", {}) end)
  end)
end)
