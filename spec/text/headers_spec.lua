-- Header lines, as answers have them and as they are sent.
local support = require "spec.support.client"

describe("the headers of an answer", function()
  local function headers(given)
    local client = support.client(nil, { status = 200, headers = given, body = "{}" })
    return client:request({ path = "/x" }).headers
  end

  it("have lower-case names and values without blanks around them", function()
    assert.same({ ["content-type"] = "text/plain", ["x-empty"] = "", a = "b: c;" },
      headers { ["Content-TYPE"] = " \t text/plain \t", ["X-Empty"] = " ", a = "b: c;" })
  end)

  it("are found in any case, and not by a part of their name", function()
    local function retry_after(given)
      local client = support.client(nil, { status = 503, headers = given, body = "" })
      return select(3, client.calls:get "CA1").retry_after
    end
    assert.equal(7, retry_after { ["RETRY-after"] = "\t7 " })
    assert.is_nil(retry_after { ["Retry-After-All"] = "7", ["X-Retry-After"] = "7", Retry = "7" })
  end)

  it("may be none at all", function()
    assert.same({}, headers(nil))
    local client = support.client(nil, { status = 503, body = "" })
    local _, _, err = client.calls:get "CA1"
    assert.same({ 503 }, { err.status, err.retry_after, err.request_id })
  end)

  it("with names that are too long are left out", function()
    assert.same({ [("a"):rep(127)] = "x" }, headers { [("a"):rep(127)] = "x", [("b"):rep(128)] = "x" })
  end)
end)

describe("the headers of a request", function()
  it("have those with an empty value, and not those that are not sent", function()
    local asked = { path = "/x", method = "DELETE", headers = { ["X-Empty"] = "", B = "c" } }
    local request = support.sent(function(client) assert(client:request(asked)) end)
    assert.equal("", request.headers["x-empty"])
    assert.equal("c", request.headers.b)
    assert.is_nil(request.headers.accept)
  end)
end)
