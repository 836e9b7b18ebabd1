-- Texts among the options and in the environment. All options by name: spec/client_spec.lua.
local support = require "spec.support.client"

describe("an option's text", function()
  local function refused(value) return (support.misuse(support.client, { proxy = value })) end

  it("is a string that is not empty", function()
    for _, value in ipairs { 1, true, {}, print } do
      assert.equal(("option 'proxy' must be a string, got %s"):format(type(value)), refused(value))
    end
    assert.equal("option 'proxy' is empty", refused "")
    support.client { proxy = "http://proxy.example:3128" }
  end)

  it("has no control characters, and is not shown", function()
    for byte = 0, 31 do assert.equal("option 'proxy' contains control characters", refused("secret" .. string.char(byte) .. "x")) end
    assert.equal("option 'proxy' contains control characters", refused "secret\127")
  end)
end)

describe("a variable of the environment", function()
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

  it("counts when it is not empty", function()
    assert.equal("api.ie1.twilio.com", with "ie1")
    assert.equal("api.twilio.com", with "")
  end)

  it("has no control characters, and is not shown", function()
    local told = with "ie1\nx"
    assert.truthy(told:find("the environment variable TWILIO_REGION contains control characters", 1, true))
    assert.is_nil(told:find("ie1", 1, true))
  end)
end)
