-- Header lines of responses and of requests.
local support = require "spec.support.client"

describe("the headers of a response", function()
  local function headers(given)
    local client = support.client(nil, { status = 200, headers = given, body = "{}" })
    return client:request({ path = "/x" }).headers
  end

  it("have lower-case names and values without blanks around them", function()
    assert.same({ ["content-type"] = "text/plain", ["x-empty"] = "", a = "b: c;" },
      headers { ["Content-TYPE"] = " \t text/plain \t", ["X-Empty"] = " ", a = "b: c;" })
  end)

  it("are found by their whole name, in upper or lower case", function()
    local function retry_after(given)
      local client = support.client(nil, { status = 503, headers = given, body = "" })
      return select(3, client.calls:get "CA1").retry_after
    end
    assert.equal(7, retry_after { ["RETRY-after"] = "\t7 " })
    assert.is_nil(retry_after { ["Retry-After-All"] = "7", ["X-Retry-After"] = "7", Retry = "7" })
  end)

  it("may be empty", function()
    assert.same({}, headers(nil))
    local client = support.client(nil, { status = 503, body = "" })
    local _, _, err = client.calls:get "CA1"
    assert.same({ 503 }, { err.status, err.retry_after, err.request_id })
  end)

  it("do not include a header with a name that is too long", function()
    assert.same({ [("a"):rep(127)] = "x" }, headers { [("a"):rep(127)] = "x", [("b"):rep(128)] = "x" })
  end)
end)

describe("the headers of a request", function()
  it("include a header with an empty value, but not a removed one", function()
    local asked = { path = "/x", method = "DELETE", headers = { ["X-Empty"] = "", B = "c" } }
    local request = support.sent(function(client) assert(client:request(asked)) end)
    assert.equal("", request.headers["x-empty"])
    assert.equal("c", request.headers.b)
    assert.is_nil(request.headers.accept)
  end)
end)
