local api = require "spec.support.simulator_api"
local cjson = require "cjson"

local ask, get, post, advance = api.ask, api.get, api.post, api.advance
local assert_error, count_keys = api.assert_error, api.count_keys
local server

describe("Verify", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  local function create_service(form)
    form = form or {}
    form.FriendlyName = form.FriendlyName or "Shop"
    return post("/v2/Services", form)
  end

  it("has services, in pages with absolute links", function()
    local service, answer = create_service()
    assert.equal(201, answer.status)
    assert.equal(6, service.code_length)
    assert.equal(server.url .. "/v2/Services/" .. service.sid, service.url)
    assert.equal("2011-03-13T07:06:40Z", service.date_created)
    assert.equal(21, count_keys(service))
    create_service { CodeLength = "4" }
    local page = get("/verify/v2/Services?PageSize=1")
    assert.same({ "services", 0, 1, cjson.null }, {
      page.meta.key, page.meta.page, page.meta.page_size, page.meta.previous_page_url,
    })
    assert.equal(server.url .. "/verify/v2/Services?PageSize=1&Page=1&PageToken=PA" .. page.services[1].sid, page.meta.next_page_url)
    local second = get(page.meta.next_page_url:sub(#server.url + 1))
    assert.same({ service.sid, cjson.null }, { second.services[1].sid, second.meta.next_page_url })
    assert.equal(server.url .. "/verify/v2/Services?PageSize=1&Page=0&PageToken=PB" .. service.sid, second.meta.previous_page_url)
  end)

  it("changes and deletes services", function()
    local service = create_service()
    local path = "/v2/Services/" .. service.sid
    assert.equal("Other", post(path, { FriendlyName = "Other", LookupEnabled = "true" }).friendly_name)
    assert.is_true(get(path).lookup_enabled)
    assert_error(400, 60200, post(path, { CodeLength = "3" }))
    assert_error(400, 60200, post("/v2/Services", {}))
    assert.equal(204, select(2, ask("DELETE", path)).status)
    assert_error(404, 20404, get(path))
  end)

  it("creates verifications and checks their codes", function()
    local service = create_service { CodeLength = "4" }
    local path = "/v2/Services/" .. service.sid
    local verification, answer = post(path .. "/Verifications", { To = "+15558675310", Channel = "sms" })
    assert.equal(201, answer.status)
    assert.same({ "pending", false, 15 }, { verification.status, verification.valid, count_keys(verification) })
    assert.equal("SMS", verification.send_code_attempts[1].channel)
    local check = post(path .. "/VerificationCheck", { To = "+15558675310", Code = "0000" })
    assert.same({ "pending", false }, { check.status, check.valid })
    check = post(path .. "/VerificationCheck", { To = "+15558675310", Code = "1234" })
    assert.same({ "approved", true, verification.sid }, { check.status, check.valid, check.sid })
    assert.equal("approved", get(path .. "/Verifications/" .. verification.sid).status)
    assert_error(404, 20404, post(path .. "/VerificationCheck", { To = "+15558675310", Code = "1234" }))
  end)

  it("cancels verifications, lets them expire, and limits attempts", function()
    local service = create_service { CustomCodeEnabled = "true" }
    local path = "/v2/Services/" .. service.sid
    local function send() return post(path .. "/Verifications", { To = "+1555", Channel = "call", CustomCode = "77777" }) end
    local function check(code) return post(path .. "/VerificationCheck", { To = "+1555", Code = code }) end
    assert.equal("canceled", post(path .. "/Verifications/" .. send().sid, { Status = "canceled" }).status)
    assert_error(404, 20404, check "77777")
    send()
    advance(600)
    assert_error(404, 20404, check "77777")
    for _ = 1, 5 do assert.equal(201, select(2, send()).status) end
    assert_error(429, 60203, send())
    for _ = 1, 5 do assert.equal("pending", check("0").status) end
    assert_error(429, 60202, check "77777")
    assert_error(400, 60200, post(path .. "/Verifications", { To = "+1555" }))
    assert_error(404, 20404, post("/v2/Services/VA0/Verifications", { To = "+1555", Channel = "sms" }))
  end)
end)
