local api = require "spec.support.simulator_api"
local cjson = require "cjson"

local get, post, advance, assert_error = api.get, api.post, api.advance, api.assert_error
local root = api.root
local server

describe("OAuth", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  local function ask_token(form)
    local all = { grant_type = "client_credentials", client_id = server.client_id, client_secret = server.client_secret }
    for name, value in pairs(form or {}) do all[name] = value end
    return post("/v2/token", all, { user = false })
  end

  local function as(bearer) return { user = false, headers = { "Authorization: Bearer " .. bearer } } end

  it("returns access tokens to registered apps only", function()
    local body, answer = ask_token()
    assert.equal(200, answer.status)
    assert.same({ "bearer", 3600 }, { body.token_type, body.expires_in })
    assert.not_equal(body.access_token, ask_token().access_token)
    assert.equal(200, select(2, post("/oauth/v2/token", {
      grant_type = "client_credentials", client_id = server.client_id, client_secret = server.client_secret,
    })).status)
    assert_error(400, 20003, ask_token { client_secret = "wrong" })
    assert_error(400, 20003, ask_token { client_id = "OQ" })
    assert_error(400, 20001, ask_token { grant_type = "password" })
    server:post("/_/app", { ClientId = "OQ7", ClientSecret = "s7", Lifetime = 60 })
    assert.equal(60, ask_token({ client_id = "OQ7", client_secret = "s7" }).expires_in)
  end)

  it("accepts access tokens in place of an auth token, until they expire", function()
    local token = ask_token().access_token
    local path = root .. "/Calls.json"
    assert.equal(200, select(2, get(path, as(token))).status)
    assert_error(401, 20003, get(path, as "other"))
    assert_error(401, 20003, get(path, { user = false }))
    advance(3599)
    assert.equal(200, select(2, get(path, as(token))).status)
    advance(1)
    assert_error(401, 20003, get(path, as(token)))
  end)

  it("accepts only access tokens for the accounts of an organization", function()
    post("/2010-04-01/Accounts.json", { FriendlyName = "Below" })
    local path, token = "/Organizations/OR1/Accounts", ask_token().access_token
    local page = get(path .. "?PageSize=1", as(token))
    assert.same({ "content", 1, "Below", "active" }, {
      page.meta.key, #page.content, page.content[1].friendly_name, page.content[1].status,
    })
    local second = get(page.meta.next_page_url:match "^http://[^/]*(.*)$", as(token))
    assert.equal(server.account_sid, second.content[1].account_sid)
    assert.equal(cjson.null, second.meta.next_page_url)
    assert.same(second.content[1], (get("/preview-iam" .. path .. "/" .. server.account_sid, as(token))))
    assert_error(404, 20404, get(path .. "/AC9", as(token)))
    assert_error(401, 20003, get(path))
    assert_error(404, 20404, get("/verify" .. path, as(token)))
  end)
end)
