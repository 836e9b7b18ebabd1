-- Capability tokens. spec/contract/jwt compares them with those of Twilio's libraries on random inputs.
local core = require "twilio.core"
local json = require "twilio.json"
local support = require "spec.support.client"
local twilio = require "twilio"

local jwt = twilio.jwt
local ACCOUNT = "AC" .. ("1"):rep(32)
local HEADER = '{"alg":"HS256","typ":"JWT"}'

-- Returns the header and the claims of a token as JSON texts.
local function parts(token)
  local header, claims = token:match "^([%w_-]+)%.([%w_-]+)%.[%w_-]+$"
  return core.base64url_decode(header), core.base64url_decode(claims)
end

local function claims_of(token)
  local _, claims = parts(token)
  return core.json_decode(claims)
end

local function capability(options)
  local all = { account_sid = ACCOUNT, auth_token = "t" }
  for name, value in pairs(options or {}) do all[name] = value end
  return jwt.client_capability(all)
end

local function task_router(options)
  local all = { account_sid = ACCOUNT, auth_token = "t", workspace_sid = "WS1" }
  for name, value in pairs(options or {}) do all[name] = value end
  return jwt.task_router_capability(all)
end

local function refused(make, options)
  local message, position = support.misuse(function() make(options) end)
  assert.matches("capabilities_spec%.lua:%d+:$", position)
  return message
end

describe("a client capability", function()
  local function scope(options) return claims_of(capability(options)).scope end

  it("has the same header and claims as Twilio's libraries write", function()
    local header, claims = parts(capability { incoming = "andy", ttl = 100 })
    assert.equal(HEADER, header)
    assert.matches('^{"exp":%d+,"iss":"AC1+","scope":"scope:client:incoming%?clientName=andy"}$', claims)
  end)

  -- The first two are vectors of the tests of Twilio's libraries.
  it("has scopes whose parameters are encoded twice", function()
    assert.equal("scope:client:outgoing?appParams=foobar%3D3&appSid=AP123",
      scope { outgoing = { application_sid = "AP123", params = { foobar = 3 } } })
    assert.equal("scope:client:incoming?clientName=andy scope:client:outgoing?appParams=foobar%3D3&appSid=AP123&clientName=andy",
      scope { incoming = "andy", outgoing = { application_sid = "AP123", params = { foobar = 3 } } })
    assert.equal("scope:client:outgoing?appParams=a%2520b%3D1%26c%3Dx%2526y&appSid=AP123",
      scope { outgoing = { application_sid = "AP123", params = { c = "x&y", ["a b"] = 1 } } })
    assert.equal("scope:client:outgoing?appSid=AP123", scope { outgoing = { application_sid = "AP123", params = {} } })
    assert.equal("scope:stream:subscribe?path=%2F2010-04-01%2FEvents", scope { events = {} })
    assert.equal("scope:stream:subscribe?params=a%3Dtrue%26b%3D%25C3%25A4&path=%2F2010-04-01%2FEvents", scope { events = { b = "ä", a = true } })
    assert.equal("scope:client:incoming?clientName=%20%2A%2B%26", scope { incoming = " *+&" })
  end)

  it("raises for wrong arguments", function()
    assert.equal("a client capability needs incoming, outgoing or events", refused(capability))
    assert.equal("outgoing needs application_sid", refused(capability, { outgoing = {} }))
    assert.equal("outgoing.application_sid must be the SID of a TwiML application (AP…), got AC…",
      refused(capability, { outgoing = { application_sid = ACCOUNT } }))
    assert.equal("'outgoing' has no 'parms' (did you mean 'params'?)", refused(capability, { outgoing = { application_sid = "AP1", parms = {} } }))
    assert.equal("outgoing.params must have strings, numbers and booleans, got a table",
      refused(capability, { outgoing = { application_sid = "AP1", params = { a = {} } } }))
    assert.equal("events has a key that is not a string", refused(capability, { events = { [2] = "x" } }))
    assert.equal("client_capability needs auth_token", support.misuse(function() jwt.client_capability { account_sid = ACCOUNT, incoming = "x" } end))
    assert.equal("auth_token holds a SID (AC…), not a secret: are they swapped?", refused(capability, { auth_token = ACCOUNT }))
    assert.matches("^ttl must be", refused(capability, { ttl = 86401, incoming = "x" }))
  end)
end)

describe("a TaskRouter capability", function()
  local BASE, EVENTS = "https://taskrouter.twilio.com/v1/Workspaces/WS1", "https://event-bridge.twilio.com/v1/wschannels/" .. ACCOUNT .. "/"

  -- Returns the policies as "METHOD url", and those with filters with their filters.
  local function policies(options)
    local list = {}
    for i, policy in ipairs(claims_of(task_router(options)).policies) do
      assert.is_true(policy.allow)
      local filters = json.encode { policy.query_filter, policy.post_filter }
      list[i] = policy.method .. " " .. policy.url .. (filters == "[{},{}]" and "" or " " .. filters)
    end
    return list
  end

  it("is for a workspace, a worker or a task queue", function()
    local claims = claims_of(task_router { worker_sid = "WK1" })
    claims.policies, claims.exp = nil, nil
    assert.same({
      iss = ACCOUNT, account_sid = ACCOUNT, version = "v1", friendly_name = "WK1", channel = "WK1", workspace_sid = "WS1", worker_sid = "WK1",
    }, claims)
    claims = claims_of(task_router { task_queue_sid = "WQ1" })
    assert.same({ "WQ1", "WQ1", nil }, { claims.channel, claims.taskqueue_sid, claims.worker_sid })
    claims = claims_of(task_router())
    assert.same({ "WS1", "WS1" }, { claims.channel, claims.friendly_name })
    assert.is_nil(claims.worker_sid or claims.taskqueue_sid)
  end)

  it("permits reading the resource and its events", function()
    assert.same({ "GET " .. EVENTS .. "WS1", "POST " .. EVENTS .. "WS1", "GET " .. BASE }, policies())
    assert.same({ "GET " .. EVENTS .. "WQ1", "POST " .. EVENTS .. "WQ1", "GET " .. BASE .. "/TaskQueues/WQ1" }, policies { task_queue_sid = "WQ1" })
    assert.same({
      "GET " .. EVENTS .. "WK1", "POST " .. EVENTS .. "WK1", "GET " .. BASE .. "/Workers/WK1", "GET " .. BASE .. "/Activities",
      "GET " .. BASE .. "/Tasks/**", "GET " .. BASE .. "/Workers/WK1/Reservations/**",
    }, policies { worker_sid = "WK1" })
  end)

  it("has the policies that `allow` and `policies` add", function()
    local function added(options)
      local all = policies(options)
      local first = options.worker_sid and 7 or 4
      return { (table.unpack or unpack)(all, first) }
    end
    assert.same({ "GET " .. BASE .. "/**", "POST " .. BASE, "POST " .. BASE .. "/**", "DELETE " .. BASE, "DELETE " .. BASE .. "/**" },
      added { allow = { "fetch_subresources", "update", "update_subresources", "delete", "delete_subresources" } })
    local worker = BASE .. "/Workers/WK1"
    assert.same({
      "POST " .. worker .. ' [{},{"ActivitySid":{"required":true}}]', "POST " .. BASE .. "/Tasks/**", "POST " .. worker .. "/Reservations/**",
    }, added { worker_sid = "WK1", allow = { "update_activities", "update_reservations" } })
    assert.same({ 'GET https://x [{"a":{}},{}]' }, added { policies = { { method = "GET", url = "https://x", query_filter = { a = {} } } } })
    local last = claims_of(task_router { policies = { { method = "GET", url = "u", allow = false } } }).policies[4]
    assert.is_false(last.allow)
  end)

  it("raises for wrong arguments", function()
    assert.equal("a TaskRouter capability is for a worker or a task queue, not for both",
      refused(task_router, { worker_sid = "WK1", task_queue_sid = "WQ1" }))
    assert.equal("worker_sid must be the SID of a worker (WK…)", refused(task_router, { worker_sid = "WQ1" }))
    assert.equal("workspace_sid must be the SID of a workspace (WS…)", refused(task_router, { workspace_sid = "WS1/../x" }))
    assert.equal("a TaskRouter capability needs workspace_sid",
      support.misuse(function() jwt.task_router_capability { account_sid = ACCOUNT, auth_token = "t" } end))
    assert.equal("'allow' has no 'updates' (did you mean 'update'?)", refused(task_router, { allow = { "updates" } }))
    assert.equal("allow must be an array", refused(task_router, { allow = { update = true } }))
    assert.equal("update_activities and update_reservations in allow need a worker_sid", refused(task_router, { allow = { "update_activities" } }))
    assert.equal("policies[1] needs method", refused(task_router, { policies = { { url = "u" } } }))
    assert.equal("a policy has no 'metod' (did you mean 'method'?)", refused(task_router, { policies = { { url = "u", metod = "GET" } } }))
  end)
end)
