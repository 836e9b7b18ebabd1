-- Scheme, host and port of URLs. spec/client/redirect_target_spec.lua and spec/call/redirect_spec.lua
-- have the URLs that are refused.
local support = require "spec.support.client"

describe("the authority of a URL", function()
  -- Returns the URLs that a download requests, if the first response redirects to `location`.
  local function requested(location)
    local client, requests = support.client(nil, function(request)
      if request.url:find "first" then return { status = 302, headers = { Location = location }, body = "" } end
      return { status = 200, body = "x" }
    end)
    local _, message = client:download("/first", function() end)
    return requests[2] and requests[2].url, message, requests[2] and requests[2].headers.authorization ~= nil
  end

  it("is the same with the default port, and in upper case", function()
    for _, location in ipairs { "https://api.twilio.com/x", "https://API.twilio.com:443/x", "HTTPS://api.twilio.com/x" } do
      local url, _, has_credentials = requested(location)
      assert.equal("https://api.twilio.com/x", url)
      assert.is_true(has_credentials)
    end
  end)

  it("is another one with another host or port", function()
    for _, location in ipairs {
      "https://api.twilio.com:444/x", "https://api.twilio.com.example/x", "https://verify.twilio.com/x", "https://[::1]:8/x",
      "https://cdn.example/x",
    } do
      local url, _, has_credentials = requested(location)
      assert.equal(location, url)
      assert.is_false(has_credentials)
    end
  end)

  it("may be followed by no path, and ends at a backslash", function()
    assert.equal("https://cdn.example/", (requested "https://cdn.example"))
    assert.equal("https://cdn.example/?a=1", (requested "https://cdn.example?a=1"))
    assert.equal("https://cdn.example/%5C@api.twilio.com/x", (requested "https://cdn.example\\@api.twilio.com/x"))
  end)

  it("has no user and at most five digits of a port", function()
    for _, location in ipairs {
      "https://a@cdn.example/x", "https://cdn.example:123456/x", "https://cdn.example:x/x", "https://:80/x", "https://[::1/x",
    } do
      local url, message = requested(location)
      assert.is_nil(url)
      assert.matches("its target is no http:// or https:// URL with a host alone", message, 1, true)
    end
  end)
end)
