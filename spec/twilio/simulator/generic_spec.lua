-- The simulator's answers to operations that have no handler of their own, over HTTP.
local answer_check = require "spec.support.answer_check"
local api = require "twilio.simulator.generic.api"
local cjson = require "cjson"
local generic = require "twilio.simulator.generic"
local operation_records = require "spec.support.operation_records"
local operations = require "spec.support.operations"
local plain_store = require "spec.support.plain_store"
local servers = require "spec.support.servers"
local twilio = require "twilio"
local values = require "twilio.simulator.generic.values"

describe("the simulator", function()
  local server, client

  setup(function()
    server = servers.twilio {}
    client = twilio.client {
      account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url .. "/{product}", retries = 0,
    }
  end)
  teardown(function() assert.equal("", server:stop()) end)

  before_each(function() server:post "/_/reset" end)

  local function send(method, path, more)
    more = more or {}
    more.url, more.method, more.user = server.url .. path, method, server.account_sid .. ":" .. server.auth_token
    local answer = assert(servers.curl(more))
    return answer.status, answer.body ~= "" and cjson.decode(answer.body) or nil, answer.headers
  end

  local function refusal(method, path, more)
    local status, body = send(method, path, more)
    return ("%d %d %s"):format(status, body.code, body.message)
  end

  describe("a record", function()
    it("is created from the parameters, fetched, changed and deleted", function()
      local service = assert(client.sync.v1.services:create { friendly_name = "Shop", acl_enabled = true, reachability_debouncing_window = 5000 })
      assert.matches("^IS%x+$", service.sid)
      assert.same({ server.account_sid, "Shop", true, 5000 },
        { service.account_sid, service.friendly_name, service.acl_enabled, service.reachability_debouncing_window })
      assert.equal(("%s/sync/v1/Services/%s"):format(server.url, service.sid), service.url)
      assert.equal(service.url .. "/Documents", service.links.documents)
      server:post("/_/clock", { Seconds = 60 })
      local changed = assert(service:update { friendly_name = "Store" })
      assert.equal("Store", changed.friendly_name)
      assert.equal(60, changed:time "date_updated" - changed:time "date_created")
      assert.equal("Store", assert(client.sync.v1.services(service.sid):get()).friendly_name)
      assert.is_true(service:delete())
      local gone, _, err = client.sync.v1.services(service.sid):get()
      assert.is_nil(gone)
      assert.same({ 404, 20404 }, { err.status, err.code })
    end)

    it("exists only if it was created", function()
      local none, _, err = client.sync.v1.services("IS" .. ("0"):rep(32)):get()
      assert.is_nil(none)
      assert.equal(20404, err.code)
    end)

    it("is found by its unique name", function()
      local service = assert(client.sync.v1.services:create {})
      local document = assert(service.documents:create { unique_name = "basket", data = { apples = 2, list = {} } })
      assert.equal(document.sid, assert(client.sync.v1.services(service.sid).documents("basket"):get()).sid)
      assert.equal(2, document.data.apples)
    end)

    it("cannot have the unique name of another", function()
      local services, shop = client.serverless.v1.services, { unique_name = "shop", friendly_name = "Shop" }
      local service = assert(services:create(shop))
      local none, message, err = services:create(shop)
      assert.is_nil(none)
      assert.same({ 409, 20409 }, { err.status, err.code })
      assert.matches("There is already a record with the name 'shop'", message, 1, true)
      assert(service:delete())
      assert(services:create(shop))
    end)

    it("needs the record above it", function()
      local none, _, err = client.sync.v1.services("IS" .. ("0"):rep(32)).documents:create {}
      assert.is_nil(none)
      assert.equal(20404, err.code)
    end)

    it("may be below a record that has a handler of its own", function()
      local call = assert(client.calls:make { to = "+15558675310", from = "+15017122661", url = "http://example.com/" })
      local stream = assert(client.calls(call.sid).streams:create { url = "wss://example.com/" })
      assert.equal(call.sid, stream.call_sid)
      assert.equal("in-progress", stream.status)
      local none, _, err = client.calls("CA" .. ("0"):rep(32)).streams:create { url = "wss://example.com/" }
      assert.is_nil(none)
      assert.equal(20404, err.code)
    end)

    it("has the account of the path, which must be the caller's", function()
      local queue = assert(client.queues:create { friendly_name = "Waiting" })
      assert.equal(("/2010-04-01/Accounts/%s/Queues/%s.json"):format(server.account_sid, queue.sid), queue.uri)
      assert.matches("^%a%a%a, %d%d", queue.date_created)
      local other = "AC" .. ("9"):rep(32)
      assert.matches("^404 20404 ", refusal("GET", "/2010-04-01/Accounts/" .. other .. "/Queues.json"))
    end)

    it("is the same again after a reset", function()
      local first = assert(client.sync.v1.services:create {}).sid
      server:post "/_/reset"
      assert.equal(first, assert(client.sync.v1.services:create {}).sid)
    end)

    it("with a name in place of a SID is found by this name", function()
      local service = assert(client.sync.v1.services:create {})
      local map = assert(service.sync_maps:create {})
      local place = client.sync.v1.services(service.sid).sync_maps(map.sid)
      assert(place.sync_map_items:create { key = "green apples", data = { count = 3 } })
      local item = assert(place.sync_map_items("green apples"):get())
      assert.equal(3, item.data.count)
      assert.matches("/Items/green%20apples", item.url, 1, true)
    end)
  end)

  describe("a resource without an operation that creates records", function()
    it("has a plausible record for each SID of its form", function()
      local alert = assert(client.monitor.v1.alerts("NO" .. ("1"):rep(32)):get())
      assert.same({ "NO" .. ("1"):rep(32), server.account_sid }, { alert.sid, alert.account_sid })
      local none, _, err = client.monitor.v1.alerts("CA" .. ("1"):rep(32)):get()
      assert.is_nil(none)
      assert.equal(20404, err.code)
    end)

    it("lists one record, which can be fetched, and which the filters accept", function()
      local list = assert(client.monitor.v1.alerts:list())
      assert.equal(1, #list)
      assert.equal(list[1].date_created, assert(client.monitor.v1.alerts(list[1].sid):get()).date_created)
      assert.equal("warning", assert(client.monitor.v1.alerts:list { log_level = "warning" })[1].log_level)
    end)

    it("loses a record that is deleted, and keeps changes", function()
      local sid = "AI" .. ("2"):rep(32)
      local status = send("DELETE", ("/2010-04-01/Accounts/%s/AuthorizedConnectApps/%s.json"):format(server.account_sid, sid))
      assert.equal(405, status)
      local app = "CN" .. ("2"):rep(32)
      local changed = assert(client.connect_apps(app):update { friendly_name = "Mine" })
      assert.equal("Mine", changed.friendly_name)
      assert.equal("Mine", assert(client.connect_apps(app):get()).friendly_name)
      assert.is_true(client.connect_apps(app):delete())
      assert.is_nil((client.connect_apps(app):get()))
    end)

    it("may be a single record", function()
      local balance = assert(client.balance:fetch())
      assert.equal("USD", balance.currency)
    end)
  end)

  describe("a list", function()
    local function names(list)
      local found = {}
      for _, record in ipairs(list) do found[#found + 1] = record.friendly_name end
      return found
    end

    it("has pages by `meta.next_page_url`, the newest record first", function()
      for i = 1, 5 do assert(client.sync.v1.services:create { friendly_name = "S" .. i }) end
      local page = assert(client.sync.v1.services:list { page_size = 2 })
      assert.same({ "S5", "S4" }, names(page))
      local walked = {}
      for service in client.sync.v1.services:iter { page_size = 2 } do walked[#walked + 1] = service.friendly_name end
      assert.same({ "S5", "S4", "S3", "S2", "S1" }, walked)
    end)

    it("has pages by `next_page_uri`, and links to the page before", function()
      for i = 1, 3 do assert(client.queues:create { friendly_name = "Q" .. i }) end
      local page = assert(client.queues:list { page_size = 2 })
      local second = assert(page:next())
      assert.same({ "Q1" }, names(second))
      assert.same({ "Q3", "Q2" }, names(assert(second:previous())))
      assert.is_nil((second:next()))
    end)

    it("has pages by tokens", function()
      for i = 1, 3 do
        assert(client.knowledge.v2.knowledge_bases:create { displayName = "K" .. i })
      end
      local walked = {}
      for base in client.knowledge.v2.knowledge_bases:iter { page_size = 2 } do walked[#walked + 1] = base.displayName end
      assert.same({ "K3", "K2", "K1" }, walked)
    end)

    it("has the records whose fields equal the filters", function()
      assert(client.video.v1.rooms:create { unique_name = "a" })
      assert(client.video.v1.rooms:create { unique_name = "b" })
      local found = assert(client.video.v1.rooms:list { unique_name = "b" })
      assert.equal(1, #found)
      assert.equal("b", found[1].unique_name)
    end)

    it("has the records on the right side of a time", function()
      assert(client.video.v1.rooms:create {})
      assert.equal(1, #assert(client.video.v1.rooms:list { date_created_after = "2020-01-01" }))
    end)

    it("refuses the token of no page", function()
      assert.matches("^400 20001 Invalid value 'PA0' of the parameter 'PageToken': no such page", refusal("GET", "/sync/v1/Services?PageToken=PA0"))
      assert.matches("^400 20001 Invalid value '0' of the parameter 'PageSize'", refusal("GET", "/sync/v1/Services?PageSize=0"))
    end)

    it("may consist of strings", function()
      assert(client.memory.v1.stores:create { displayName = "Customers" })
      local stores = assert(client.memory.v1.stores:list())
      assert.matches("^mem_store_", stores[1])
    end)
  end)

  describe("an operation with an idempotency key", function()
    local function observe(key)
      local status, body = send("POST", "/webhooks/v1/Webhooks/SharedKeys", {
        body = '{"friendlyName":"Mine"}',
        headers = { "Content-Type: application/json", "Idempotency-Key: " .. key },
      })
      assert.equal(201, status)
      return body.id
    end

    it("has one effect, however often it is sent with the key", function()
      local first = observe "123e4567-e89b-42d3-a456-426614174000"
      assert.equal(first, observe "123e4567-e89b-42d3-a456-426614174000")
      assert.not_equal(first, observe "123e4567-e89b-42d3-a456-426614174001")
    end)
  end)

  describe("an operation that ends later", function()
    it("answers 202 with its address, and is complete there", function()
      local status, body, headers = send("POST", "/memory/v1/ControlPlane/Stores", {
        body = '{"displayName":"Customers"}', headers = { "Content-Type: application/json" },
      })
      assert.equal(202, status)
      assert.equal(headers.location, body.statusUrl)
      assert.equal(headers["operation-id"], body.statusUrl:match "[^/]+$")
      local _, operation = send("GET", body.statusUrl:sub(#server.url + 1))
      assert.equal("COMPLETED", operation.status)
    end)
  end)

  describe("a request", function()
    it("is refused with the name that is unknown, missing or has a wrong value", function()
      assert.equal("400 20001 Unknown parameter 'FreindlyName' of CreateService. Did you mean 'FriendlyName'?",
        refusal("POST", "/sync/v1/Services", { form = { FreindlyName = "x" } }))
      assert.equal("400 20001 Missing required parameter FriendlyName in the post body",
        refusal("POST", "/messaging/v1/Services", { form = { InboundMethod = "POST" } }))
      assert.equal("400 20001 Invalid value 'soon' of the parameter 'ReachabilityDebouncingWindow': expected an integer",
        refusal("POST", "/sync/v1/Services", { form = { ReachabilityDebouncingWindow = "soon" } }))
    end)

    it("with a method that the path lacks is refused", function()
      assert.equal("405 20004 Method not allowed", refusal("PUT", "/sync/v1/Services"))
    end)

    it("to a path without an operation is refused", function()
      assert.equal("404 20404 The requested resource /sync/v1/Sevices was not found", refusal("GET", "/sync/v1/Sevices"))
    end)

    it("needs a product if several products have the path", function()
      assert.equal("404 20404 Several products have the path /v1/Services. Write one before it: /chat/v1/Services"
        .. " (with this library: base_url ends in /{product})", refusal("GET", "/v1/Services"))
      assert.equal(200, (send("GET", "/v1/Rooms"))) -- only video has rooms
    end)

    it("needs credentials, unless the operation is for anybody", function()
      local answer = assert(servers.curl { url = server.url .. "/sync/v1/Services" })
      assert.equal(401, answer.status)
    end)

    it("for a name in place of a SID is not taken by the resource with the SID", function()
      local number = assert(client.incoming_phone_numbers.local_:create { phone_number = "+15105550000" })
      assert.equal("+15105550000", number.phone_number)
    end)
  end)
end)

describe("generic.answer", function()
  local ACCOUNT = "AC0123456789abcdef0123456789abcdef"
  local OWN = "/2010-04-01/Accounts/" .. ACCOUNT .. ".json"
  local MEDIA = { form = "application/x-www-form-urlencoded", json = "application/json", scim = "application/scim+json" }

  local function answer(store, request, operation)
    local headers = {}
    for name, text in pairs(request.headers) do headers[name:lower()] = text end
    headers["content-type"] = MEDIA[operation.content]
    local fine, status, text = pcall(generic.answer, generic.find(request.host, request.path), {
      store = store, caller = { sid = ACCOUNT }, method = request.method, headers = headers, path = request.path, base = "http://127.0.0.1",
      body = request.json or request.form and request.form[1] and "form" or "", query_in_order = request.query, form_in_order = request.form or {},
      account = function() end, exists = function(_, path) return path == OWN or nil end,
    })
    if fine then return status, values.decode(text), text end
    if type(status) ~= "table" then error(status, 0) end
    return status.status, nil, status.message
  end

  -- Calls all operations in one store. Returns the complaints.
  local function call_all(all)
    local store, problems, content = plain_store.new(), {}, {}
    local function send(request)
      for _, operation in pairs(generic.find(request.host, request.path).node.operations) do content[operation.method] = operation end
      return answer(store, request, content[request.method])
    end
    local builder = operation_records.builder(send, ACCOUNT)
    for _, operation in ipairs(api.operations) do
      local arguments = builder:prepare(operation)
      local status, body, text = send(operations.request(operation, arguments, operations.parameters(operation, all)))
      for _, problem in ipairs(answer_check.complaints(operation, status, body, text, true)) do
        problems[#problems + 1] = operation.name .. ": " .. problem
      end
    end
    return problems
  end

  it("has exactly the fields of the documents, for every operation with its required parameters", function()
    assert.same({}, call_all(false))
  end)

  it("has exactly the fields of the documents, for every operation with all parameters", function()
    assert.same({}, call_all(true))
  end)
end)

describe("generic.record", function()
  it("is a record for tests, without a server", function()
    assert.equal("completed", generic.record("call", { status = "completed" }).status)
    assert.matches('"status":"completed"', generic.json("call", { status = "completed" }), 1, true)
  end)
end)
