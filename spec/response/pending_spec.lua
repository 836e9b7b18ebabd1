-- Operations that end later: what a 202 response says about them, and how they are fetched. The library
-- is built with a small API table, because few documents have such operations.

local small_core = require "spec.support.small_core"

local function parameter(name) return { name = name, ["in"] = "path", required = true, schema = { type = "string" } } end

local FORM = {
  content = { ["application/x-www-form-urlencoded"] = { schema = { type = "object", properties = { Name = { type = "string" } } } } },
}

local function record(...)
  local properties = {}
  for _, name in ipairs { ... } do properties[name] = { type = "string" } end
  return { ["200"] = { content = { ["application/json"] = { schema = { type = "object", properties = properties } } } } }
end

local twilio = small_core {
  jobs_v1 = {
    openapi = "3.0.1", servers = { { url = "https://jobs.twilio.com" } }, security = { { basic = {} } },
    components = { securitySchemes = { basic = { type = "http", scheme = "basic" } } },
    paths = {
      ["/v1/Stores"] = { ["x-twilio"] = { pathType = "list" }, post = { operationId = "CreateStore", requestBody = FORM, responses = record("id") } },
      ["/v1/Stores/{StoreId}"] = {
        ["x-twilio"] = { pathType = "instance" },
        get = { operationId = "FetchStore", parameters = { parameter "StoreId" }, responses = record("id", "name") },
        post = { operationId = "UpdateStore", parameters = { parameter "StoreId" }, requestBody = FORM, responses = record("id", "name") },
        delete = { operationId = "DeleteStore", parameters = { parameter "StoreId" }, responses = { ["202"] = {} } },
      },
      ["/v1/Stores/Latest"] = { ["x-twilio"] = { pathType = "list" }, get = { operationId = "FetchLatest", responses = record("id") } },
      ["/v1/Control/Operations/{OperationId}"] = {
        ["x-twilio"] = { pathType = "instance" },
        get = { operationId = "FetchOperation", parameters = { parameter "OperationId" }, responses = record("operationId", "status") },
      },
      ["/v1/Stores/{StoreId}/Runs/{RunId}"] = {
        ["x-twilio"] = { pathType = "instance", parent = "/Stores/{StoreId}" },
        get = { operationId = "FetchRun", parameters = { parameter "StoreId", parameter "RunId" }, responses = record("id", "status") },
      },
    },
  },
}

if not twilio then
  describe("an operation that ends later", function()
    it("needs a C compiler and the objects of make", function() pending "no cc, or no build" end)
  end)
  return
end

describe("an operation that ends later", function()
  -- Returns a client and its requests. The response to anything but a GET is `accepted`; a GET gets `found`.
  local function client(accepted, found, options)
    local requests = {}
    local all = { account_sid = "AC00000000000000000000000000000001", auth_token = "t", retries = 0 }
    for name, value in pairs(options or {}) do all[name] = value end
    function all.transport(request)
      requests[#requests + 1] = request
      if request.method == "GET" then return { status = 200, body = found or "{}" } end
      return accepted
    end
    return twilio.client(all), requests
  end

  local URL = "https://jobs.twilio.com/v1/Control/Operations/op_1"

  local function accepted(headers, body)
    return { status = 202, headers = headers, body = body or "{}" }
  end

  it("has its id and URL from the headers of the response, or from the body", function()
    for _, case in ipairs {
      { { ["operation-id"] = "op_1", location = URL, ["retry-after"] = "5" }, "{}", { id = "op_1", url = URL, retry_after = 5 } },
      { { location = URL }, "{}", { id = "op_1", url = URL } },
      { {}, '{"statusUrl":"https:\\/\\/jobs.twilio.com\\/v1\\/Control\\/Operations\\/op_1"}', { id = "op_1", url = URL } },
      { {}, ('{"operationId":"op_2","statusUrl":"%s"}'):format(URL), { id = "op_2", url = URL } },
      { { location = "/v1/Control/Operations/op_1?x=1", ["operation-id"] = "o" }, "{}", { id = "o", url = URL .. "?x=1" } },
    } do
      local c = client(accepted(case[1], case[2]))
      assert.same(case[3], assert(c.jobs.v1.stores:create { name = "a" }):meta().operation)
    end
  end)

  it("is not found in other responses", function()
    for _, answer in ipairs {
      { status = 201, headers = { location = URL, ["operation-id"] = "op_1" }, body = "{}" }, accepted({}, "{}"),
      accepted({}, '{"statusUrl":null}'),
      accepted({}, '{"statusUrl":""}'), accepted({}, '{"statusUrl":17}'),
      accepted({ ["operation-id"] = "op_1" }, "{}"), accepted({ location = "" }, "{}"),
    } do
      local c, requests = client(answer)
      local made = assert(c.jobs.v1.stores:create { name = "a" })
      assert.is_nil(made:meta().operation)
      assert.same({}, { made:operation() })
      assert.equal(1, #requests)
    end
  end)

  it("is fetched as the record of its resource", function()
    local c, requests = client(accepted { location = URL }, '{"operationId":"op_1","status":"RUNNING"}')
    local operation = assert(assert(c.jobs.v1.stores:create { name = "a" }):operation())
    assert.same({ "GET", URL }, { requests[2].method, requests[2].url })
    assert.equal("RUNNING", operation.status)
    assert(operation:refresh())
    assert.equal(URL, requests[3].url)
    assert.has_error(function() return operation.colour end)
  end)

  it("may be fetched at the URL of any resource of the product, with several SIDs", function()
    local c, requests = client(accepted { location = "https://jobs.twilio.com/v1/Stores/st_1/Runs/run_2" }, '{"id":"run_2","status":"x"}')
    local run = assert(assert(c.jobs.v1.stores:update("st_1", { name = "a" })):operation())
    assert.equal("https://jobs.twilio.com/v1/Stores/st_1/Runs/run_2", requests[2].url)
    assert(run:refresh())
    assert.equal(requests[2].url, requests[3].url)
    c, requests = client(accepted { location = "/v1/Stores/Latest" })
    assert(assert(c.jobs.v1.stores:create { name = "a" }):operation())
    assert.equal("https://jobs.twilio.com/v1/Stores/Latest", requests[2].url)
  end)

  it("is fetched at the client's own host and base_url", function()
    for base, found in pairs {
      ["http://127.0.0.1:8080/base"] = "http://127.0.0.1:8080/base/v1/Control/Operations/op_1",
      ["https://{product}.example/x"] = "https://jobs.example/x/v1/Control/Operations/op_1",
    } do
      for _, location in ipairs { URL, "/v1/Control/Operations/op_1", found } do
        local c, requests = client(accepted { location = location }, nil, { base_url = base })
        local made = assert(c.jobs.v1.stores:create { name = "a" })
        assert.equal(found, made:meta().operation.url)
        assert(made:operation())
        assert.equal(found, requests[2].url)
      end
    end
  end)

  it("is not requested if its URL belongs to no resource", function()
    for _, location in ipairs {
      "https://jobs.twilio.com/v1/Control/Operations", "https://jobs.twilio.com/v1/Control/Operations/",
      "https://jobs.twilio.com/v2/Control/Operations/op_1",
      "https://jobs.twilio.com/v1/Control/Operations/op_1/More", "https://jobs.twilio.com/v1/Control/Operations/a%2F..%2Fb",
      "https://jobs.twilio.com",
      "https://evil.example/v2/x", "op_1", "https://jobs.twilio.com/v1//Operations/op_1", "https://jobs.twilio.com/v1/Control/Operations/op_1/",
    } do
      local c, requests = client(accepted { location = location })
      local operation, message, err = assert(c.jobs.v1.stores:create { name = "a" }):operation()
      assert.is_nil(operation)
      assert.matches("the URL of the operation is not requested: no resource of the API has this URL", message, 1, true)
      assert.same({ "untrusted", "no", message }, { err.kind, err.sent, err.message })
      assert.is_string(err.location)
      assert.equal(1, #requests)
    end
  end)

  it("returns a new record, and does not change the updated record before a refresh", function()
    local c, requests = client(accepted({ location = URL }, '{"message":"wait"}'), '{"id":"st_1","name":"old"}')
    local store = assert(c.jobs.v1.stores:get "st_1")
    local answer = assert(store:update { name = "new" })
    assert.is_true(answer ~= store)
    assert.same({ "old", "wait" }, { store.name, answer.message })
    assert(answer:operation())
    assert(store:refresh())
    assert.equal("https://jobs.twilio.com/v1/Stores/st_1", requests[4].url)
  end)

  it("is in the second result of delete", function()
    local c, requests = client(accepted { location = URL, ["operation-id"] = "op_1" })
    local ok, deletion = c.jobs.v1.stores:delete "st_1"
    assert.is_true(ok)
    assert.same({ id = "op_1", url = URL }, deletion:meta().operation)
    assert(deletion:operation())
    assert.equal(URL, requests[2].url)
    c = client { status = 204 }
    assert.equal(1, select("#", c.jobs.v1.stores:delete "st_1"))
  end)

  it("is fetched with the options of a call", function()
    local c = client(accepted { location = URL })
    local made = assert(c.jobs.v1.stores:create { name = "a" })
    assert(made:operation { timeout = 2 })
    local ok, message = pcall(made.operation, made, { colour = "red" })
    assert.is_false(ok)
    assert.matches("unknown option 'colour'", message, 1, true)
    assert.is_false((pcall(made.operation)))
  end)
end)
