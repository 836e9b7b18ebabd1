--- Tokens for Twilio's client SDKs: access tokens, client capabilities and TaskRouter capabilities.
--
-- A token is a JSON Web Token that is signed with HS256. The secret of an API key signs access
-- tokens. The auth token signs capabilities. client.jwt signs in the core, and the secrets of the
-- client stay there.

local is_loaded, core = pcall(require, "twilio.core")
if not is_loaded then require "twilio.core_problem"(core) end
core.keep(...)
local arguments = require "twilio.jwt.arguments"
local capabilities = require "twilio.jwt.capabilities"
local json = require "twilio.json"

local jwt = {}

local LARGEST_TOKEN = 65536 -- bytes; Twilio's tokens have less than 2,000, and HTTP servers refuse headers of this size
local LAST_TIME = 2 ^ 53 -- a double counts seconds exactly up to here

local check_text, check_object, check_table = arguments.text, arguments.object, arguments.table
local check_secret, check_boolean = arguments.secret, arguments.boolean
local sid_of, name_of, fields, check_fields = arguments.sid_of, arguments.name_of, arguments.fields, arguments.check
local refuse, type_of, need = arguments.refuse, arguments.type_of, arguments.need

-- ---- arguments ----

local function refuse_credential(what)
  refuse("client.jwt uses the client's own credentials: pass %s to the function of twilio.jwt instead", what)
end

local check_account_sid = sid_of("AC", "an account")

-- The metatable of client.jwt.
local OWN = { __index = core.index "client.jwt" }

local function check_dot(what, first)
  if first == jwt or type(first) == "table" and getmetatable(first) == OWN then refuse("%s is called with '.', not with ':'", what) end
end

-- Checks the table that a program passes to one of the functions below.
local function check_arguments(what, checks, given, more)
  check_dot(what, given)
  if type(given) ~= "table" then refuse("%s takes a table, got %s", what, type_of(given)) end
  if more ~= nil then refuse("%s takes one table", what) end
  check_fields(what, checks, given)
end

-- ---- signing ----

local function header_of(fields_of_header)
  return core.base64url(json.encode(fields_of_header)) .. "."
end

local CAPABILITY_HEADER = header_of { typ = "JWT", alg = "HS256" }
local ACCESS_HEADER = header_of { typ = "JWT", alg = "HS256", cty = "twilio-fpa;v=1" }

-- Returns the token. `claims` is JSON. `issuer` has the field `secret`, or the fields `client` and
-- `key` (see core.token_hmac).
local function sign_token(issuer, header, claims)
  local text = header .. core.base64url(claims)
  local mac = issuer.client and core.token_hmac(issuer.client, issuer.key, text) or core.hmac("sha256", issuer.secret, text)
  return text .. "." .. core.base64url(mac)
end

-- ---- access tokens ----

-- The fields of each grant.
local GRANT_FIELDS = {
  voice = fields("the grant 'voice'", {
    incoming_allow = check_boolean,
    outgoing_application_sid = name_of("AP", "a TwiML application"),
    outgoing_application_params = check_object,
    push_credential_sid = name_of("CR", "a push credential"),
    endpoint_id = check_text,
  }, "grants.voice."),
  video = fields("the grant 'video'", { room = check_text }, "grants.video."),
  chat = fields("the grant 'chat'", {
    service_sid = name_of("IS", "a Conversations service"),
    endpoint_id = check_text,
    deployment_role_sid = name_of("RL", "a role"),
    push_credential_sid = name_of("CR", "a push credential"),
  }, "grants.chat."),
  sync = fields("the grant 'sync'", { service_sid = name_of("IS", "a Sync service"), endpoint_id = check_text }, "grants.sync."),
  task_router = fields("the grant 'task_router'", {
    workspace_sid = name_of("WS", "a workspace"), worker_sid = name_of("WK", "a worker"), role = check_text,
  }, "grants.task_router."),
}

-- Grants are written here, and not by the encoder of JSON: their names and the order of the names
-- are known, and most values are SIDs. The encoder would take four times as long.
local function quote_claim(text)
  return text:find "^[A-Za-z0-9_]+$" and '"' .. text .. '"' or json.encode(text)
end

-- Returns a function that writes a grant as JSON. All fields of the grant are texts. They are sorted
-- by name.
local function writer_of_texts(checks)
  local names = {}
  for name in pairs(checks) do names[#names + 1] = name end
  table.sort(names)
  return function(grant)
    local out = {}
    for i = 1, #names do
      local value = grant[names[i]]
      if value then out[#out + 1] = '"' .. names[i] .. '":' .. quote_claim(value) end
    end
    return "{" .. table.concat(out, ",") .. "}"
  end
end

local function write_outgoing(grant)
  local params = grant.outgoing_application_params
  if not grant.outgoing_application_sid then
    return params and refuse "grants.voice.outgoing_application_params needs outgoing_application_sid"
  end
  return '"outgoing":{"application_sid":' .. quote_claim(grant.outgoing_application_sid)
    .. (params and ',"params":' .. json.encode(params) or "") .. "}"
end

local function write_voice(grant)
  local out = {}
  if grant.endpoint_id then out[1] = '"endpoint_id":' .. quote_claim(grant.endpoint_id) end
  if grant.incoming_allow then out[#out + 1] = '"incoming":{"allow":true}' end
  out[#out + 1] = write_outgoing(grant)
  if grant.push_credential_sid then out[#out + 1] = '"push_credential_sid":' .. quote_claim(grant.push_credential_sid) end
  return "{" .. table.concat(out, ",") .. "}"
end

-- The grants, sorted by the names of their claims. Twilio's SDKs for most products refuse a token
-- without an identity.
local CLAIMS = {
  { grant = "chat", claim = "chat", write = writer_of_texts(GRANT_FIELDS.chat), needs_identity = true },
  { grant = "sync", claim = "data_sync", write = writer_of_texts(GRANT_FIELDS.sync), needs_identity = true },
  { claim = "identity" },
  { grant = "playback", claim = "player", write = json.encode },
  { grant = "task_router", claim = "task_router", write = writer_of_texts(GRANT_FIELDS.task_router) },
  { grant = "video", claim = "video", write = writer_of_texts(GRANT_FIELDS.video), needs_identity = true },
  { grant = "voice", claim = "voice", write = write_voice, needs_identity = true },
}

local function check_grant(name)
  local checks = rawget(GRANT_FIELDS, name)
  return function(what, grant)
    check_object(what, grant)
    if checks then check_fields(what, checks, grant) end
  end
end

local GRANTS = {}
for _, claim in ipairs(CLAIMS) do
  if claim.grant then GRANTS[claim.grant] = check_grant(claim.grant) end
end
fields("a table of grants", GRANTS, "grants.")

-- Returns the claim `grants` as JSON.
local function write_grants(grants, identity)
  local out = {}
  for i = 1, #CLAIMS do
    local claim = CLAIMS[i]
    local grant = claim.grant and grants[claim.grant]
    if grant then
      if claim.needs_identity and not identity then refuse("the grant '%s' needs an identity", claim.grant) end
      out[#out + 1] = '"' .. claim.claim .. '":' .. claim.write(grant)
    elseif identity and not claim.grant then
      out[#out + 1] = '"identity":' .. quote_claim(identity)
    end
  end
  return "{" .. table.concat(out, ",") .. "}"
end

local function check_grants(_, grants)
  check_table("grants", grants)
  check_fields("grants", GRANTS, grants)
end

local ACCESS = {
  identity = arguments.identity, ttl = arguments.ttl, nbf = arguments.time, region = arguments.region, grants = check_grants,
}

local ACCESS_CLAIMS = '{"exp":%s,"grants":%s,"iss":"%s","jti":"%s-%s",%s"sub":"%s"}'

local function access_token(options, issuer, account_sid, api_key, region)
  local exp, now = arguments.expiry(options)
  local identity, nbf = options.identity, options.nbf
  if nbf and nbf >= exp then refuse "nbf must be before the token expires, ttl seconds from now" end
  local header = ACCESS_HEADER
  if region then header = header_of { typ = "JWT", alg = "HS256", cty = "twilio-fpa;v=1", twr = region } end
  local grants = write_grants(options.grants or {}, identity and (core.number(identity) or identity))
  -- The SIDs have letters and digits only (see sid_of), and therefore need no escapes. Encoding a
  -- table would take a third of the time that the whole function takes.
  return sign_token(issuer, header, ACCESS_CLAIMS:format(core.number(exp), grants, api_key, api_key, core.number(now),
    nbf and '"nbf":' .. core.number(nbf) .. "," or "", account_sid))
end

-- ---- verification ----

local MALFORMED = "the token is malformed"

-- Decodes a part of a token. Returns the object, or nil if the part is not a JSON object.
local function decode_part(part)
  local text = core.base64url_decode(part)
  local object = text and text:find "^%s*{" and core.json_decode(text)
  return type(object) == "table" and object or nil
end

-- Returns the claims, the text that was signed and the signature; or nil and a reason.
local function parse_token(token)
  if type(token) ~= "string" or #token > LARGEST_TOKEN then return nil, MALFORMED end
  local text, head, body, signature = token:match "^(([%w_-]+)%.([%w_-]+))%.([%w_-]*)$"
  local header = head and decode_part(head)
  local claims = header and decode_part(body)
  if not claims then return nil, MALFORMED end
  if header.alg ~= "HS256" then return nil, "the token is not signed with HS256" end
  if header.crit ~= nil then return nil, "the token has critical extensions" end
  return claims, text, core.base64url_decode(signature) or ""
end

-- Returns why the claims are not valid now, or nil.
local function problem_of(claims, leeway)
  local now, exp, nbf = os.time(), claims.exp, claims.nbf
  if exp == nil then return "the token has no expiry" end
  if type(exp) ~= "number" or type(nbf) ~= "number" and nbf ~= nil then return MALFORMED end
  if now >= exp + leeway then return "the token has expired" end
  if nbf and now < nbf - leeway then return "the token is not valid yet" end
  return nil
end

local VERIFY = fields("the options of verify", {
  leeway = function(what, value)
    if type(value) ~= "number" or not (value >= 0 and value < LAST_TIME) then
      refuse("%s must be a number of seconds, 0 or more, got %s", what, type_of(value))
    end
  end,
})

local function check_verify(options)
  if options == nil then return 0 end
  if type(options) ~= "table" then refuse("the options of verify must be a table, got %s", type_of(options)) end
  check_fields("the options of verify", VERIFY, options)
  return options.leeway or 0
end

-- Returns the claims if their signature and times are valid, otherwise nil and a reason.
local function accept_claims(claims, mac, signature, leeway)
  if not core.equal(mac, signature) then return nil, "the signature is wrong" end
  local problem = problem_of(claims, leeway)
  if problem then return nil, problem end
  return claims
end

-- ---- the functions of twilio.jwt ----

-- Returns the checks of a function of twilio.jwt, which takes credentials, and the checks of the
-- function of client.jwt, which refuses them.
local function with_token_credentials(what, checks, credentials)
  local all, own = {}, {}
  for name, check in pairs(checks) do all[name], own[name] = check, check end
  for name, check in pairs(credentials) do all[name], own[name] = check, refuse_credential end
  return fields(what, all), fields(what, own)
end

local check_api_key = sid_of("SK", "an API key")
local ACCESS_CREDENTIALS = { account_sid = check_account_sid, api_key = check_api_key, api_secret = check_secret }
local CAPABILITY_CREDENTIALS = { account_sid = check_account_sid, auth_token = check_secret }
local ACCESS_ALL, ACCESS_OWN = with_token_credentials("access_token", ACCESS, ACCESS_CREDENTIALS)
local CLIENT_ALL, CLIENT_OWN = with_token_credentials("client_capability", capabilities.CLIENT, CAPABILITY_CREDENTIALS)
local TASK_ROUTER_ALL, TASK_ROUTER_OWN = with_token_credentials("task_router_capability", capabilities.TASK_ROUTER, CAPABILITY_CREDENTIALS)

--- twilio.jwt.access_token{ account_sid =, api_key =, api_secret =, identity =, grants = {…} }:
-- returns an access token for Twilio's SDKs in browsers and apps.
--
-- `grants` has a table for each product: voice, video, chat, sync, task_router, playback.
-- `ttl` is the number of seconds until the token expires: 3600 by default, at most 86400. `nbf` is
-- the time in seconds from which the token is valid, and is left out by default. `region` is the
-- region of the API key.
-- Raises for wrong arguments. Messages never show a secret.
function jwt.access_token(options, ...)
  check_arguments("access_token", ACCESS_ALL, options, ...)
  need("access_token", options, "account_sid", "api_key", "api_secret")
  return access_token(options, { secret = options.api_secret }, options.account_sid, options.api_key, options.region)
end

--- twilio.jwt.client_capability{ account_sid =, auth_token =, incoming =, outgoing =, events = }:
-- returns a token for the old Client SDK.
--
-- `incoming` is the name of the client that may receive calls. `outgoing` is a table with
-- `application_sid` and `params`. `events` is a table of filters. `ttl` as in access_token.
-- Raises for wrong arguments.
function jwt.client_capability(options, ...)
  check_arguments("client_capability", CLIENT_ALL, options, ...)
  need("client_capability", options, "account_sid", "auth_token")
  return sign_token({ secret = options.auth_token }, CAPABILITY_HEADER, capabilities.client(options, options.account_sid))
end

--- twilio.jwt.task_router_capability{ account_sid =, auth_token =, workspace_sid =, worker_sid = or
-- task_queue_sid =, allow = {…}, policies = {…} }: returns a token for the old TaskRouter SDK.
--
-- `allow` is an array of fetch_subresources, update, update_subresources, delete,
-- delete_subresources, and for a worker update_activities and update_reservations. `policies` is an array of further policies:
-- { url =, method =, allow =, query_filter =, post_filter = }. `ttl` as in access_token.
-- Raises for wrong arguments.
function jwt.task_router_capability(options, ...)
  check_arguments("task_router_capability", TASK_ROUTER_ALL, options, ...)
  need("task_router_capability", options, "account_sid", "auth_token")
  return sign_token({ secret = options.auth_token }, CAPABILITY_HEADER, capabilities.task_router(options, options.account_sid))
end

--- twilio.jwt.verify(token, secret, { leeway = 0 }): checks a token that is signed with HS256.
--
-- `leeway` is the number of seconds by which the clocks may differ.
-- Returns the claims; or nil and the reason. A token never raises an error. A token that is not
-- signed with HS256, that has no expiry, or that is longer than 64 KiB is refused.
-- Raises if the secret or the options are wrong.
function jwt.verify(token, secret, options)
  check_dot("verify", token)
  check_secret("the secret of verify", secret)
  local leeway = check_verify(options)
  local claims, text, signature = parse_token(token)
  if not claims then return nil, text end
  return accept_claims(claims, core.hmac("sha256", secret, text), signature, leeway)
end

-- ---- client.jwt ----

--- Returns client.jwt, which has the functions of twilio.jwt with the client's credentials.
-- client.jwt.verify(token, { leeway = 0 }) takes no secret: the claim `iss` selects one of the client's secrets.
function jwt.of_client(client)
  local own = {}

  function own.access_token(options, ...)
    check_arguments("client.jwt.access_token", ACCESS_OWN, options, ...)
    local account_sid, api_key, region = core.token_issuer(client, "api_secret")
    check_account_sid("the client's account_sid", account_sid)
    check_api_key("the client's api_key", api_key)
    return access_token(options, { client = client, key = "api_secret" }, account_sid, api_key, options.region or region)
  end

  function own.client_capability(options, ...)
    check_arguments("client.jwt.client_capability", CLIENT_OWN, options, ...)
    local claims = capabilities.client(options, (core.token_issuer(client, "auth_token")))
    return sign_token({ client = client, key = "auth_token" }, CAPABILITY_HEADER, claims)
  end

  function own.task_router_capability(options, ...)
    check_arguments("client.jwt.task_router_capability", TASK_ROUTER_OWN, options, ...)
    local claims = capabilities.task_router(options, (core.token_issuer(client, "auth_token")))
    return sign_token({ client = client, key = "auth_token" }, CAPABILITY_HEADER, claims)
  end

  function own.verify(token, options)
    check_dot("client.jwt.verify", token)
    local leeway = check_verify(options)
    core.token_key(client) -- raises if the client cannot verify any token
    local claims, text, signature = parse_token(token)
    if not claims then return nil, text end
    local key = core.token_key(client, claims.iss)
    if not key then return nil, "the token is not from this client" end
    return accept_claims(claims, core.token_hmac(client, key, text), signature, leeway)
  end

  return setmetatable(own, OWN)
end

return setmetatable(jwt, { __index = core.index "twilio.jwt" })
