--- OAuth client credentials, and the accounts of an organization. Requests for these accounts need
-- an access token.
local cjson = require "cjson"
local failure = require "twilio.simulator.failure"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local oauth = {}

local LIFETIME = 3600 -- the lifetime of an access token, in seconds

--- Adds an OAuth app: with its id and secret, a client obtains access tokens for an account.
-- @param lifetime the lifetime of these tokens in seconds
function oauth.add(service, id, secret, account, lifetime)
  service.apps[id] = { secret = secret, account = account, lifetime = lifetime or LIFETIME }
end

local function create_token(context)
  local form, store = context.form, context.store
  if form.grant_type ~= "client_credentials" then failure.raise(400, 20001, "Unsupported grant_type") end
  local app = form.client_id and context.service.apps[form.client_id]
  if not app or app.secret ~= form.client_secret then failure.raise(400, 20003, "Invalid client_id or client_secret") end
  local token = "ey" .. store:hex() .. "." .. store:hex()
  context.service:admit_bearer(token, app.account, store.now + app.lifetime)
  return 200, cjson.encode { access_token = token, token_type = "bearer", expires_in = app.lifetime }
end

local write_account = render.object {
  { "account_sid", function(_, account) return render.plain(account.sid) end }, "friendly_name", "status",
  { "owner_sid", render.constant("US" .. ("0"):rep(32)) }, { "date_created", render.iso8601 },
}

local function list_accounts(context)
  return v2010.list_with_meta(context, context.store:collection(context.caller.sid, "accounts"), "content", write_account)
end

local function fetch_account(context, _, sid)
  return 200, write_account(v2010.find(context, context.store:collection(context.caller.sid, "accounts"), sid))
end

function oauth.routes(service)
  service:route("POST", "v2/token", create_token, "oauth", "anybody")
  service:route("GET", "Organizations/{}/Accounts", list_accounts, "preview-iam", "bearer")
  service:route("GET", "Organizations/{}/Accounts/{}", fetch_account, "preview-iam", "bearer")
end

return oauth
