local api = require "spec.support.simulator_api"

local get, assert_error = api.get, api.assert_error
local server

describe("the customer memory", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("has stores, as a list of strings in pages", function()
    server:post("/_/seed", { Stores = 3 })
    local path = "/memory/v1/ControlPlane/Stores?pageSize=2"
    local first = get(path)
    assert.same({ 2, "stores", 2 }, { #first.stores, first.meta.key, first.meta.pageSize })
    assert.matches("^mem_store_%x+$", first.stores[1])
    local second = get(path .. "&pageToken=" .. first.meta.nextToken)
    assert.equal(1, #second.stores)
    assert.same(first.stores, get(path .. "&pageToken=" .. second.meta.previousToken).stores)
  end)

  it("has the stores that a program creates", function()
    local json = { body = '{"displayName":"Shop"}', headers = { "Content-Type: application/json" } }
    local _, answer = api.post("/memory/v1/ControlPlane/Stores", nil, json)
    assert.is_true(answer.status == 201 or answer.status == 202)
    assert.equal(1, #get("/memory/v1/ControlPlane/Stores").stores)
    assert.equal(1, #get("/v1/ControlPlane/Stores").stores)
  end)

  it("has revisions below three SIDs", function()
    server:post("/_/seed", { Revisions = 1 })
    local store, profile, observation = "mem_store_" .. ("0"):rep(26), "mem_profile_" .. ("1"):rep(26), "mem_observation_" .. ("2"):rep(26)
    local page = get(("/v1/Stores/%s/Profiles/%s/Observations/%s/Revisions"):format(store, profile, observation))
    assert.equal(table.concat({ store, profile, observation }, " "), page.revisions[1].content)
  end)

  it("refuses a wrong page", function()
    server:post("/_/seed", { Stores = 1 })
    local path = "/v1/ControlPlane/Stores"
    assert_error(400, 20001, get(path .. "?pageSize=0"))
    assert_error(400, 20001, get(path .. "?pageSize=101"))
    assert_error(400, 20001, get(path .. "?pageToken=PA0"))
  end)
end)
