local api = require "spec.support.simulator_api"
local cjson = require "cjson"

local get, assert_error, count_keys = api.get, api.assert_error, api.count_keys
local server

describe("a lookup", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("returns information about a number", function()
    local number, answer = get "/lookups/v2/PhoneNumbers/%2B15558675310"
    assert.equal(200, answer.status)
    assert.same({ true, "US", "(555) 867-5310", cjson.null, 17 }, {
      number.valid, number.country_code, number.national_format, number.line_type_intelligence, count_keys(number),
    })
    assert.equal("mobile", get("/v2/PhoneNumbers/%2B15558675310?Fields=line_type_intelligence,sim_swap").line_type_intelligence.type)
    assert.same({ "TOO_SHORT" }, get("/v2/PhoneNumbers/%2B1555").validation_errors)
    assert.same({ "NOT_A_NUMBER" }, get("/v2/PhoneNumbers/nobody").validation_errors)
    assert_error(400, 60600, get "/v2/PhoneNumbers/%2B15558675310?Fields=shoe_size")
  end)
end)
