-- The signatures of tokens with a client's secrets. The tokens themselves: spec/twilio/jwt_spec.lua.
local core = require "twilio.core"
local support = require "spec.support.client"
local twilio = require "twilio"

describe("a client's key for tokens", function()
  local BOTH = { account_sid = "AC1", auth_token = "token-5ecret", api_key = "SK1", api_secret = "api-5ecret" }

  it("signs like core.hmac with the client's secret", function()
    local client = twilio.client(BOTH)
    assert.equal(core.hmac("sha256", "api-5ecret", "ab"), core.token_hmac(client, "api_secret", "a", "b"))
    assert.equal(core.hmac("sha256", "token-5ecret", ""), core.token_hmac(client, "auth_token"))
    assert.error(function() core.token_hmac(client, "client_secret", "a") end)
    assert.error(function() core.token_hmac(client, "auth_token", {}) end)
    assert.error(function() core.token_hmac({}, "auth_token", "a") end)
  end)

  it("has an issuer", function()
    local client = twilio.client { account_sid = "AC1", api_key = "SK1", api_secret = "s", region = "ie1", edge = "dublin" }
    assert.same({ "AC1", "SK1", "ie1" }, { core.token_issuer(client, "api_secret") })
    local account_sid, api_key, region = core.token_issuer(twilio.client { account_sid = "AC1", auth_token = "t" }, "auth_token")
    assert.equal("AC1", account_sid)
    assert.is_nil(api_key)
    assert.is_nil(region)
  end)

  it("is found by the claim iss", function()
    local client = twilio.client(BOTH)
    assert.equal("api_secret", core.token_key(client, "SK1"))
    assert.equal("auth_token", core.token_key(client, "AC1"))
    for _, other in ipairs { "SK2", "", 1, false, "AC1\0x", "AC2" } do assert.is_nil(core.token_key(client, other)) end
    assert.is_nil(core.token_key(client))
    assert.is_nil(core.token_key(twilio.client { account_sid = "AC1", auth_token = "t" }, "SK1"))
    assert.is_nil(core.token_key(twilio.client { bearer_token = "b", auth_token = "t" }, "AC1"))
  end)

  it("raises if the client has no secret or no account for the token", function()
    local function with(options)
      return function(key) return support.misuse(function() core.token_hmac(twilio.client(options), key, "x") end) end
    end
    assert.equal("the client has no API key to sign the token with: pass api_key and api_secret to twilio.client",
      with { account_sid = "AC1", auth_token = "t" } "api_secret")
    assert.equal("the client has no auth token to sign the token with: pass auth_token to twilio.client",
      with { account_sid = "AC1", api_key = "SK1", api_secret = "s" } "auth_token")
    assert.equal("the client has no account: pass account_sid to twilio.client", with { bearer_token = "b", auth_token = "t" } "auth_token")
    assert.equal("the client has neither an API key nor an auth token to verify tokens with",
      support.misuse(function() core.token_key(twilio.client { bearer_token = "b" }, "AC1") end))
  end)

  it("raises for a client of another account, because the credentials belong to the first account", function()
    local client = twilio.client(BOTH)
    assert.equal("a token for account AC2 must be signed with that account's own credentials: make a client with them",
      support.misuse(function() core.token_hmac(client:account "AC2", "auth_token", "x") end))
    assert.equal(core.token_hmac(client, "auth_token", "x"), core.token_hmac(client:account "AC1", "auth_token", "x"))
  end)

  it("cannot be used after the client was closed", function()
    local client = twilio.client(BOTH)
    client:close()
    for _, f in ipairs { core.token_hmac, core.token_issuer } do
      assert.equal("the client is closed", support.misuse(function() f(client, "auth_token", "x") end))
    end
    assert.equal("the client is closed", support.misuse(function() core.token_key(client, "AC1") end))
  end)
end)
