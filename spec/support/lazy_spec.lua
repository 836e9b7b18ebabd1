local core = require "twilio.core"
local support = require "spec.support.client"

describe("a function that is added lazily", function()
  it("is absent until it is first used, and stays", function()
    assert.equal("nil true true", support.run [[
      local core = require "twilio.core"
      local before = rawget(core, "hmac")
      local f = core.hmac
      io.write(tostring(before), " ", tostring(type(f) == "function"), " ", tostring(rawget(core, "hmac") == f))
    ]])
  end)

  it("is a method of requests too, for downloads", function()
    local names = {}
    support.client({}, function(request)
      names.method = request.method
      return { status = 200, body = "{}" }
    end).calls:get "CA1"
    assert.equal("GET", names.method)
    assert.is_function(core.request_methods.chunk)
    assert.equal(core.request_methods.chunk, rawget(core.request_methods, "chunk"))
  end)

  it("is nil for a name that no function has, and for a key that is no string", function()
    assert.is_nil(core.hmc)
    assert.is_nil(core[1])
    assert.is_nil(core[true])
    assert.is_nil(core.request_methods.chnk)
  end)
end)
