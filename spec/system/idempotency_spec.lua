-- Operations with the header Idempotency-Key. Twilio carries out all requests with one key once. The
-- specs count the keys that arrive at a server that breaks connections.

local servers = require "spec.support.servers"
local small_core = require "spec.support.small_core"

local KEY = { name = "Idempotency-Key", ["in"] = "header", schema = { type = "string" } }
local ID = { name = "Id", ["in"] = "path", required = true, schema = { type = "string" } }
local FORM = {
  content = { ["application/x-www-form-urlencoded"] = { schema = { type = "object", properties = { Name = { type = "string" } } } } },
}

-- Returns an operation of the document. `key` is the parameter of the key, or nil.
local function operation(id, key, body, parameters)
  local all = { key }
  for _, parameter in ipairs(parameters or {}) do all[#all + 1] = parameter end
  return { operationId = id, parameters = all, requestBody = body, responses = { ["200"] = {} } }
end

local function document(key)
  return {
    openapi = "3.0.1", servers = { { url = "https://jobs.twilio.com" } }, security = { { basic = {} } },
    components = { securitySchemes = { basic = { type = "http", scheme = "basic" } } },
    paths = {
      ["/v1/Jobs"] = { ["x-twilio"] = { pathType = "list" }, post = operation("CreateJob", key, FORM) },
      ["/v1/Jobs/{Id}"] = {
        ["x-twilio"] = { pathType = "instance" }, get = operation("FetchJob", nil, nil, { ID }),
        post = operation("UpdateJob", key, FORM, { ID }), delete = operation("DeleteJob", key, nil, { ID }),
      },
    },
  }
end

local plain = document(nil)
plain.servers[1].url = "https://tasks.twilio.com"
local twilio = small_core { jobs_v1 = document(KEY), tasks_v1 = plain }

if not twilio then
  describe("a call with a key", function()
    it("needs a C compiler and the objects of make", function() pending "no cc, or no build" end)
  end)
  return
end

local UUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-7%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"

describe("a call with an idempotency key", function()
  local faults

  setup(function() faults = servers.fault {} end)
  teardown(function() faults:stop() end)
  before_each(function() faults:post("/_/reset", {}) end)

  local function client(behaviour, options)
    local all = {
      account_sid = "AC00000000000000000000000000000001", auth_token = "t", base_url = faults.url .. "/" .. behaviour, max_retry_wait = 0.001,
    }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  -- Returns the keys of the requests that the server received: in their order, and as a set.
  local function keys()
    local list, set, distinct = {}, {}, 0
    for i, request in ipairs(faults:get "/_/log") do
      list[i] = request.headers["idempotency-key"] or "none"
      if not set[list[i]] then distinct = distinct + 1 end
      set[list[i]] = true
    end
    return list, distinct
  end

  it("has a new UUID as its key, with any HTTP method", function()
    local jobs = client("ok").jobs.v1.jobs
    assert(jobs:create { name = "a" })
    assert(jobs:create { name = "a" })
    assert(jobs:update("J1", { name = "b" }))
    assert(jobs:delete "J1")
    local list, distinct = keys()
    assert.equal(4, #list)
    assert.equal(4, distinct)
    for _, key in ipairs(list) do assert.matches(UUID, key) end
  end)

  it("is made only for operations with the header Idempotency-Key", function()
    local c = client "ok"
    assert(c.jobs.v1.jobs:get "J1")
    assert(c.tasks.v1.jobs:create { name = "a" })
    assert(c.tasks.v1.jobs:delete "J1")
    assert(c:request { product = "jobs", path = "/v1/Jobs", form = { Name = "a" } })
    assert.same({ "none", "none", "none", "none" }, (keys()))
  end)

  it("takes effect once, although attempts fail", function()
    for _, fault in ipairs { "close_before_answer", "truncated_body", "html_502", "garbage" } do
      faults:post("/_/reset", {})
      local job, message = client(("plan/%s,%s,ok"):format(fault, fault)).jobs.v1.jobs:create { name = "a" }
      assert(job, fault .. ": " .. tostring(message))
      local list, distinct = keys()
      assert.equal(3, #list)
      assert.equal(1, distinct)
      assert.matches(UUID, list[1])
    end
  end)

  it("takes effect once if a reused connection is lost before the response", function()
    local jobs = client("close_reused").jobs.v1.jobs
    assert(jobs:create { name = "a" })
    assert(jobs:create { name = "a" })
    local list, distinct = keys()
    assert.equal(2, distinct)
    assert.is_true(#list > 2)
    assert.equal(list[#list - 1], list[#list])
  end)

  it("waits for its record during `grace`, because the program does not know the key", function()
    local job, message = client("hold").jobs.v1.jobs:create({ name = "a" }, {
      grace = 600,
      ready = function()
        if faults:get("/_/held").held == 0 then return true end
        faults:post("/_/release", {})
        return false
      end,
    })
    assert(job, message)
  end)

  it("takes effect once with a key of the program, which has precedence over a new key", function()
    for _, name in ipairs { "idempotency_key", "Idempotency-Key" } do
      faults:post("/_/reset", {})
      assert(client("plan/close_before_answer,html_502,ok").jobs.v1.jobs:create { name = "a", [name] = "order 17" })
      assert.same({ "order 17", "order 17", "order 17" }, (keys()))
    end
  end)

  it("is not repeated beyond `retries`, and then returns sent = 'maybe'", function()
    local job, _, err = client("close_before_answer", { retries = 2 }).jobs.v1.jobs:create { name = "a" }
    assert.is_nil(job)
    assert.same({ "network", "maybe", 3 }, { err.kind, err.sent, err.attempts })
    local list, distinct = keys()
    assert.equal(3, #list)
    assert.equal(1, distinct)
    faults:post("/_/reset", {})
    assert.equal(1, select(3, client("close_before_answer", { retries = 0 }).jobs.v1.jobs:create { name = "a" }).attempts)
    assert.equal(1, #keys())
  end)

  it("is not repeated after a timeout, and not after a permanent error", function()
    local _, _, err = client("stall", { timeout = 0.2 }).jobs.v1.jobs:create { name = "a" }
    assert.same({ "timeout", "maybe", 1 }, { err.kind, err.sent, err.attempts })
    faults:post("/_/reset", {})
    _, _, err = client("problem").jobs.v1.jobs:create { name = "a" }
    assert.same({ "api", "yes", 1 }, { err.kind, err.sent, err.attempts })
  end)

  it("is different from a call of an operation without the header, which is sent once", function()
    local _, _, err = client("plan/close_before_answer,ok").tasks.v1.jobs:create { name = "a" }
    assert.same({ "network", "maybe", 1 }, { err.kind, err.sent, err.attempts })
  end)

  it("passes its key to the option `transport` in every attempt", function()
    local seen = {}
    local c = client("ok", {
      transport = function(request)
        seen[#seen + 1] = request.headers["idempotency-key"]
        return { status = #seen < 3 and 500 or 201, body = "{}" }
      end,
    })
    assert(c.jobs.v1.jobs:create { name = "a" })
    assert.equal(3, #seen)
    assert.matches(UUID, seen[1])
    assert.same({ seen[1], seen[1], seen[1] }, seen)
  end)

  it("raises for an empty key and for a boolean", function()
    local jobs = client("ok").jobs.v1.jobs
    for _, key in ipairs { "", "  ", true, false } do
      local ok, message = pcall(jobs.create, jobs, { name = "a", idempotency_key = key })
      assert.is_false(ok)
      assert.matches("parameter 'idempotency_key' ", message, 1, true)
    end
    assert.equal(0, #keys())
    assert(jobs:create { name = "a", idempotency_key = 17 })
    assert.same({ "17" }, (keys()))
  end)
end)
