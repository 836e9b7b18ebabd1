-- The requests of webhooks, to a server that answers with given bytes.
local servers = require "spec.support.servers"
local simulated = require "spec.support.simulated"

describe("an outgoing request", function()
  local faults

  setup(function()
    faults = servers.fault()
    simulated.start()
  end)

  teardown(function()
    assert.equal("", simulated.stop())
    faults:stop()
  end)

  before_each(simulated.reset)

  -- Returns the webhook that a call sends.
  local function sent_to(url)
    simulated.call { Url = url }
    simulated.advance(3)
    return simulated.server:get("/_/webhooks")[1]
  end

  local function answered(bytes)
    local encoded = bytes:gsub("[^%w]", function(character) return ("%%%02X"):format(character:byte()) end)
    return sent_to(faults.url .. "/wire/close/" .. encoded)
  end

  local OK = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"

  it("reads a body by its length, by chunks, and until the end of the connection", function()
    for _, rest in ipairs {
      "Content-Length: 11\r\n\r\n<Response/>surplus", "Transfer-Encoding: chunked\r\n\r\n5\r\n<Resp\r\n6\r\nonse/>\r\n0\r\n\r\n", "\r\n<Response/>",
    } do
      local webhook = answered(OK .. rest)
      assert.same({ 200, "<Response/>", "text/xml" }, { webhook.status, webhook.body, webhook.content_type })
      assert.is_nil(webhook.error_code)
      simulated.reset()
    end
  end)

  it("passes over interim responses", function()
    local webhook = answered("HTTP/1.1 100 Continue\r\n\r\n" .. OK .. "Content-Length: 0\r\n\r\n")
    assert.same({ 200, "" }, { webhook.status, webhook.body })
  end)

  it("reports a response that ends early", function()
    for bytes, message in pairs {
      [""] = "closed without a response", ["HTTP/1.1 200 OK\r\nContent-Ty"] = "", [OK .. "Content-Length: 11\r\n\r\n<Resp"] = "ends inside its body",
    } do
      local webhook = answered(bytes)
      assert.equal(11206, webhook.error_code)
      assert.matches(message, webhook.error, 1, true)
      simulated.reset()
    end
  end)

  it("reports a response that is too large", function()
    assert.matches("the response is too large", answered(OK .. "Content-Length: 1048577\r\n\r\n").error, 1, true)
  end)

  it("reports a server that does not listen", function()
    local webhook = sent_to "http://127.0.0.1:1/"
    assert.same({ 11205, 2 }, { webhook.error_code, #webhook.attempts })
  end)
end)
