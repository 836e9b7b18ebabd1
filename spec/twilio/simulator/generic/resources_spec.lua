local api = require "twilio.simulator.generic.api"
local plain_store = require "spec.support.plain_store"
local resources = require "twilio.simulator.generic.resources"

local SERVICE, DOCUMENT = api.by_name["sync_v1.FetchService"].node, api.by_name["sync_v1.FetchDocument"].node
local ALERT, BALANCE = api.by_name["monitor_v1.FetchAlert"].node, api.by_name["api_v2010.FetchBalance"].node

describe("a resource", function()
  local context

  before_each(function()
    context = { store = plain_store.new(), caller = { sid = "AC1" }, base = "http://x/sync", exists = function() end }
  end)

  it("has the path of its node and arguments", function()
    assert.equal("/v1/Services/IS1/Documents/ET1", resources.path(DOCUMENT, { "IS1", "ET1" }))
    assert.equal(2, resources.arity(DOCUMENT))
  end)

  it("with an operation that creates records has those", function()
    assert.equal("sync_v1.CreateService", resources.creator(SERVICE).name)
    assert.is_nil(resources.find(context, SERVICE, { "IS1" }))
    local item, arguments = resources.create(context, SERVICE, {}, { friendlyname = "Shop" })
    assert.same({ item.id }, arguments)
    assert.matches("^IS%x+$", item.id)
    assert.equal(item, resources.find(context, SERVICE, arguments))
    assert.is_true(resources.has_parents(context, DOCUMENT, { item.id, "ET1" }))
    assert.is_false(resources.has_parents(context, DOCUMENT, { "IS1", "ET1" }))
    resources.remove(context, SERVICE, arguments, item)
    assert.is_nil(resources.find(context, SERVICE, arguments))
  end)

  it("without such an operation has a record for each SID of its form", function()
    assert.is_nil(resources.creator(ALERT))
    local sid = "NO" .. ("1"):rep(32)
    local item = resources.find(context, ALERT, { sid })
    assert.is_true(item.unseen)
    assert.equal(item.seed, resources.find(context, ALERT, { sid }).seed)
    assert.is_nil(resources.find(context, ALERT, { "CA1" }))
    resources.remove(context, ALERT, { sid }, item)
    assert.is_nil(resources.find(context, ALERT, { sid }))
  end)

  it("with a handler of its own has the records that the handler has", function()
    local asked
    function context.exists(host, path)
      asked = host .. path
      return true
    end
    assert.is_true(resources.has_parents(context, DOCUMENT, { "IS1", "ET1" }))
    assert.equal("sync/v1/Services/IS1", asked)
    function context.exists() return false end
    assert.is_false(resources.has_parents(context, DOCUMENT, { "IS1", "ET1" }))
  end)

  it("without SID has one record until it is deleted", function()
    local item = resources.find(context, BALANCE, { "AC1" })
    assert.is_true(item.unseen)
    resources.remove(context, BALANCE, { "AC1" }, item)
    assert.is_nil(resources.find(context, BALANCE, { "AC1" }))
  end)

  it("finds a record by its unique name", function()
    local item = resources.create(context, SERVICE, {}, { uniquename = "shop" })
    assert.equal(item, resources.find(context, SERVICE, { "shop" }))
  end)

  it("takes the id that a request gives", function()
    local items = api.by_name["sync_v1.FetchSyncMapItem"].node
    local item = resources.create(context, items, { "IS1", "MP1" }, { key = "green" })
    assert.equal("green", item.id)
    local list = api.by_name["sync_v1.FetchSyncListItem"].node
    assert.equal("0", (resources.create(context, list, { "IS1", "ES1" }, {})).id)
    assert.equal("1", (resources.create(context, list, { "IS1", "ES1" }, {})).id)
  end)

  it("knows the path's SIDs, the addresses and the account of a record", function()
    local item, arguments = resources.create(context, DOCUMENT, { "IS1" }, { data = "{}" })
    local known = resources.known(context, DOCUMENT, arguments, item)
    assert.same({ "AC1", "IS1", item.id, "{}" }, { known.accountsid, known.servicesid, known.sid, known.data })
    assert.equal("http://x/sync/v1/Services/IS1/Documents/" .. item.id, known.url)
    assert.equal(known.url .. "/Permissions", known.links.permissions)
  end)

  it("belongs to the account of the credentials", function()
    local _, arguments = resources.create(context, SERVICE, {}, {})
    context.caller = { sid = "AC2" }
    assert.is_nil(resources.find(context, SERVICE, arguments))
  end)
end)
