--- Tokens for Twilio's client SDKs: access tokens, client capabilities and TaskRouter capabilities.
--
-- A token is a JSON Web Token that is signed with HS256. The secret of an API key signs access
-- tokens. The auth token signs capabilities. client.jwt signs in the core, and the secrets of the
-- client stay there.

local core = require "twilio.core"
core.keep(...)
local json = require "twilio.json"

local jwt = {}

local DAY = 86400
local DEFAULT_TTL = 3600
local LARGEST_TOKEN = 65536 -- bytes; Twilio's tokens have less than 2,000, and headers of HTTP end earlier
local LAST_TIME = 2 ^ 53 -- a double counts seconds exactly up to here

-- ---- arguments ----

-- Raises. The format's arguments never contain a value of the program.
local function refuse(format, ...)
  core.misuse(format:format(...))
end

local function type_of(value)
  return type(value) == "nil" and "nothing" or "a " .. type(value)
end

-- Returns whether the text is any SID: two letters and 32 hexadecimal digits.
local function is_sid(text)
  return #text == 34 and text:find "^%u%u%x+$" ~= nil
end

local function check_text(what, value)
  if type(value) ~= "string" then refuse("%s must be a string, got %s", what, type_of(value)) end
  if value == "" then refuse("%s is empty", what) end
end

local function check_secret(what, value)
  check_text(what, value)
  if is_sid(value) then refuse("%s holds a SID (%s…), not a secret: are they swapped?", what, value:sub(1, 2)) end
end

local function check_boolean(what, value)
  if type(value) ~= "boolean" then refuse("%s must be a boolean, got %s", what, type_of(value)) end
end

local function check_table(what, value)
  if type(value) ~= "table" then refuse("%s must be a table, got %s", what, type_of(value)) end
end

-- An object of JSON. An empty table is an object too, unless it is marked as an array.
local function check_object(what, value)
  check_table(what, value)
  if value[1] ~= nil or getmetatable(value) == core.array_mark then refuse("%s must be a table with names, got an array", what) end
end

local function check_list(what, value)
  check_table(what, value)
  local n = 0
  for _ in pairs(value) do n = n + 1 end
  if n ~= #value then refuse("%s must be an array", what) end
end

local function is_whole(value, least, most)
  return type(value) == "number" and value >= least and value <= most and value % 1 == 0
end

local function check_ttl(what, value)
  if not is_whole(value, 1, DAY) then
    refuse("%s must be a whole number of seconds from 1 to %d, which are 24 hours, got %s", what, DAY,
      type(value) == "number" and (core.number(value) or "no finite number") or type_of(value))
  end
end

local function check_time(what, value)
  if not is_whole(value, 0, LAST_TIME) then refuse("%s must be a time in whole seconds, such as os.time(), got %s", what, type_of(value)) end
end

local function check_identity(what, value)
  if type(value) == "number" and is_whole(value, -LAST_TIME, LAST_TIME) then return end
  check_text(what, value)
end

local function check_region(what, value)
  check_text(what, value)
  if not value:find "^[%l%d-]+$" then refuse("%s must be the name of a region, such as 'ie1'", what) end
end

local function check_filter(what, value)
  check_object(what, value)
  for name, each in pairs(value) do
    if type(name) ~= "string" then refuse("%s has a key that is not a string", what) end
    local kind = type(each)
    if kind ~= "string" and kind ~= "boolean" and not core.number(each) then
      refuse("%s must have strings, numbers and booleans, got %s", what, type_of(each))
    end
  end
end

-- Returns a check for SIDs that begin with this prefix.
local function sid_of(prefix, whose)
  return function(what, value)
    check_text(what, value)
    if value:sub(1, 2) == prefix and value:find "^%w+$" then return end
    refuse("%s must be the SID of %s (%s…)%s", what, whose, prefix, is_sid(value) and (", got %s…"):format(value:sub(1, 2)) or "")
  end
end

-- Like sid_of, for a resource that Twilio may find by another name too. Refuses only SIDs of other
-- resources.
local function name_of(prefix, whose)
  return function(what, value)
    check_text(what, value)
    if is_sid(value) and value:sub(1, 2) ~= prefix then
      refuse("%s takes %s (%s…), got the SID of something else (%s…)", what, whose, prefix, value:sub(1, 2))
    end
  end
end

local function check_own(what)
  refuse("client.jwt uses the client's own credentials: pass %s to the function of twilio.jwt instead", what)
end

local check_account = sid_of("AC", "an account")

-- From each table of checks to the names of its fields in messages.
local labels = {}

-- Makes a table from the names of fields to their checks. A look-up of any other name raises, with
-- a near match. `prefix` precedes the names of fields in messages.
local function fields(what, checks, prefix)
  labels[checks] = {}
  for name in pairs(checks) do labels[checks][name] = (prefix or "") .. name end
  return setmetatable(checks, { __index = core.index(what) })
end

-- Checks the fields of a table.
local function check_fields(what, checks, given)
  local names = labels[checks]
  for name, value in pairs(given) do
    local check = checks[name]
    if not check then
      refuse("%s: fields are named, got %s as a name", what, type(name) == "string" and "'" .. name .. "'" or type_of(name))
    end
    check(names[name], value)
  end
end

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

local function need(what, given, ...)
  for i = 1, select("#", ...) do
    local name = select(i, ...)
    if given[name] == nil then refuse("%s needs %s", what, name) end
  end
end

-- ---- signing ----

local function header_of(fields_of_header)
  return core.base64url(json.encode(fields_of_header)) .. "."
end

local CAPABILITY_HEADER = header_of { typ = "JWT", alg = "HS256" }
local ACCESS_HEADER = header_of { typ = "JWT", alg = "HS256", cty = "twilio-fpa;v=1" }

-- Returns the token. `claims` is JSON. `issuer` has the field `secret`, or the fields `client` and
-- `key` (see core.token_hmac).
local function sign(issuer, header, claims)
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
-- are known, and most values are SIDs. The encoder takes four times as long.
local function quote(text)
  return text:find "^[A-Za-z0-9_]+$" and '"' .. text .. '"' or json.encode(text)
end

-- Returns a function that writes a grant of texts, sorted by name.
local function writer_of_texts(checks)
  local names = {}
  for name in pairs(checks) do names[#names + 1] = name end
  table.sort(names)
  return function(grant)
    local out = {}
    for i = 1, #names do
      local value = grant[names[i]]
      if value then out[#out + 1] = '"' .. names[i] .. '":' .. quote(value) end
    end
    return "{" .. table.concat(out, ",") .. "}"
  end
end

local function write_outgoing(grant)
  local params = grant.outgoing_application_params
  if not grant.outgoing_application_sid then
    return params and refuse "grants.voice.outgoing_application_params needs outgoing_application_sid"
  end
  return '"outgoing":{"application_sid":' .. quote(grant.outgoing_application_sid)
    .. (params and ',"params":' .. json.encode(params) or "") .. "}"
end

local function write_voice(grant)
  local out = {}
  if grant.endpoint_id then out[1] = '"endpoint_id":' .. quote(grant.endpoint_id) end
  if grant.incoming_allow then out[#out + 1] = '"incoming":{"allow":true}' end
  out[#out + 1] = write_outgoing(grant)
  if grant.push_credential_sid then out[#out + 1] = '"push_credential_sid":' .. quote(grant.push_credential_sid) end
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
      out[#out + 1] = '"identity":' .. quote(identity)
    end
  end
  return "{" .. table.concat(out, ",") .. "}"
end

local function check_grants(_, grants)
  check_table("grants", grants)
  check_fields("grants", GRANTS, grants)
end

local ACCESS = {
  identity = check_identity, ttl = check_ttl, nbf = check_time, region = check_region, grants = check_grants,
}

local ACCESS_CLAIMS = '{"exp":%s,"grants":%s,"iss":"%s","jti":"%s-%s",%s"sub":"%s"}'

local function access_token(options, issuer, account_sid, api_key, region)
  local now, identity, nbf = os.time(), options.identity, options.nbf
  local exp = now + (options.ttl or DEFAULT_TTL)
  if nbf and nbf >= exp then refuse "nbf is not before the end of the token, which is ttl seconds from now" end
  local header = ACCESS_HEADER
  if region then header = header_of { typ = "JWT", alg = "HS256", cty = "twilio-fpa;v=1", twr = region } end
  local grants = write_grants(options.grants or {}, identity and (core.number(identity) or identity))
  -- The SIDs have letters and digits only (see sid_of), and therefore need no escapes. A table for
  -- the encoder would cost a third of the time of a token.
  return sign(issuer, header, ACCESS_CLAIMS:format(core.number(exp), grants, api_key, api_key, core.number(now),
    nbf and '"nbf":' .. core.number(nbf) .. "," or "", account_sid))
end

-- ---- client capabilities ----

local function escape(text)
  return (text:gsub("[^%w._~-]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- Returns the parameters as a form, sorted by name.
local function form(parameters)
  local pairs_of_form = {}
  for name, value in pairs(parameters) do
    pairs_of_form[#pairs_of_form + 1] = escape(name) .. "=" .. escape(core.number(value) or tostring(value))
  end
  table.sort(pairs_of_form)
  return table.concat(pairs_of_form, "&")
end

-- Returns the text that `name` has in a scope, "" for an empty form.
local function scope_parameter(name, parameters)
  local text = parameters and form(parameters) or ""
  return text == "" and "" or name .. "=" .. escape(text) .. "&"
end

local OUTGOING = fields("'outgoing'", { application_sid = sid_of("AP", "a TwiML application"), params = check_filter }, "outgoing.")

local function check_outgoing(_, outgoing)
  check_table("outgoing", outgoing)
  check_fields("outgoing", OUTGOING, outgoing)
  need("outgoing", outgoing, "application_sid")
end

local CLIENT_CAPABILITY = { ttl = check_ttl, incoming = check_text, outgoing = check_outgoing, events = check_filter }

local function client_capability(options, issuer, account_sid)
  local scopes, name = {}, options.incoming and "clientName=" .. escape(options.incoming)
  if name then scopes[1] = "scope:client:incoming?" .. name end
  if options.outgoing then
    local text = scope_parameter("appParams", options.outgoing.params) .. "appSid=" .. escape(options.outgoing.application_sid)
    scopes[#scopes + 1] = "scope:client:outgoing?" .. text .. (name and "&" .. name or "")
  end
  if options.events then
    scopes[#scopes + 1] = "scope:stream:subscribe?" .. scope_parameter("params", options.events) .. "path=%2F2010-04-01%2FEvents"
  end
  if #scopes == 0 then refuse "a client capability needs incoming, outgoing or events" end
  return sign(issuer, CAPABILITY_HEADER,
    json.encode { iss = account_sid, exp = os.time() + (options.ttl or DEFAULT_TTL), scope = table.concat(scopes, " ") })
end

-- ---- TaskRouter capabilities ----

local POLICY = fields("a policy", {
  url = check_text, method = check_text, allow = check_boolean, query_filter = check_object, post_filter = check_object,
}, "policy.")

local function check_policies(_, policies)
  check_list("policies", policies)
  for i, policy in ipairs(policies) do
    local what = ("policies[%d]"):format(i)
    check_object(what, policy)
    check_fields(what, POLICY, policy)
    need(what, policy, "url", "method")
  end
end

local WORKSPACES = "https://taskrouter.twilio.com/v1/Workspaces/"
local EVENTS = "https://event-bridge.twilio.com/v1/wschannels/"

local function policy(method, url, post_filter)
  return { url = url, method = method, allow = true, query_filter = {}, post_filter = post_filter or {} }
end

-- What `allow` permits: functions that add policies. `of_worker` needs a worker.
local function of_worker(add)
  return function(add_policy, url, workspace, worker)
    if not worker then refuse "allow has activities and reservations only for a worker_sid" end
    add(add_policy, url, workspace)
  end
end

local ALLOWED = fields("'allow'", {
  fetch_subresources = function(add, url) add("GET", url .. "/**") end,
  update = function(add, url) add("POST", url) end,
  update_subresources = function(add, url) add("POST", url .. "/**") end,
  delete = function(add, url) add("DELETE", url) end,
  delete_subresources = function(add, url) add("DELETE", url .. "/**") end,
  update_activities = of_worker(function(add, url) add("POST", url, { ActivitySid = { required = true } }) end),
  update_reservations = of_worker(function(add, url, workspace)
    add("POST", workspace .. "/Tasks/**")
    add("POST", url .. "/Reservations/**")
  end),
})

local function check_allow(_, allow)
  check_list("allow", allow)
  for _, name in ipairs(allow) do
    check_text("an element of allow", name)
    local _ = ALLOWED[name] -- raises for an unknown name
  end
end

local TASK_ROUTER = {
  ttl = check_ttl,
  workspace_sid = sid_of("WS", "a workspace"),
  worker_sid = sid_of("WK", "a worker"),
  task_queue_sid = sid_of("WQ", "a task queue"),
  allow = check_allow,
  policies = check_policies,
}

local function policies_of(options, account_sid, channel)
  local workspace = WORKSPACES .. options.workspace_sid
  local url = options.worker_sid and workspace .. "/Workers/" .. channel
    or options.task_queue_sid and workspace .. "/TaskQueues/" .. channel or workspace
  local events = EVENTS .. account_sid .. "/" .. channel
  local policies = { policy("GET", events), policy("POST", events), policy("GET", url) }
  local function add(...) policies[#policies + 1] = policy(...) end
  if options.worker_sid then
    add("GET", workspace .. "/Activities")
    add("GET", workspace .. "/Tasks/**")
    add("GET", url .. "/Reservations/**")
  end
  for _, name in ipairs(options.allow or {}) do ALLOWED[name](add, url, workspace, options.worker_sid) end
  for _, own in ipairs(options.policies or {}) do
    policies[#policies + 1] = {
      url = own.url, method = own.method, allow = own.allow ~= false,
      query_filter = own.query_filter or {}, post_filter = own.post_filter or {},
    }
  end
  return policies
end

local function task_router_capability(options, issuer, account_sid)
  need("a TaskRouter capability", options, "workspace_sid")
  if options.worker_sid and options.task_queue_sid then refuse "a TaskRouter capability is for a worker or a task queue, not for both" end
  local channel = options.worker_sid or options.task_queue_sid or options.workspace_sid
  return sign(issuer, CAPABILITY_HEADER, json.encode {
    iss = account_sid,
    exp = os.time() + (options.ttl or DEFAULT_TTL),
    version = "v1",
    friendly_name = channel,
    account_sid = account_sid,
    channel = channel,
    workspace_sid = options.workspace_sid,
    worker_sid = options.worker_sid,
    taskqueue_sid = options.task_queue_sid,
    policies = policies_of(options, account_sid, channel),
  })
end

-- ---- verification ----

local MALFORMED = "the token is malformed"

-- Decodes a part of a token. Returns the object, or nil if the part is not a JSON object.
local function decode(part)
  local text = core.base64url_decode(part)
  local object = text and text:find "^%s*{" and core.json_decode(text)
  return type(object) == "table" and object or nil
end

-- Returns the claims, the text that was signed and the signature; or nil and a reason.
local function parse(token)
  if type(token) ~= "string" or #token > LARGEST_TOKEN then return nil, MALFORMED end
  local text, head, body, signature = token:match "^(([%w_-]+)%.([%w_-]+))%.([%w_-]*)$"
  local header = head and decode(head)
  local claims = header and decode(body)
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
local function accept(claims, mac, signature, leeway)
  if not core.equal(mac, signature) then return nil, "the signature is wrong" end
  local problem = problem_of(claims, leeway)
  if problem then return nil, problem end
  return claims
end

-- ---- the functions of twilio.jwt ----

-- Adds the checks of the credentials. Those of client.jwt refuse credentials.
local function with_credentials(what, checks, credentials)
  local all, own = {}, {}
  for name, check in pairs(checks) do all[name], own[name] = check, check end
  for name, check in pairs(credentials) do all[name], own[name] = check, check_own end
  return fields(what, all), fields(what, own)
end

local check_api_key = sid_of("SK", "an API key")
local ACCESS_CREDENTIALS = { account_sid = check_account, api_key = check_api_key, api_secret = check_secret }
local CAPABILITY_CREDENTIALS = { account_sid = check_account, auth_token = check_secret }
local ACCESS_ALL, ACCESS_OWN = with_credentials("access_token", ACCESS, ACCESS_CREDENTIALS)
local CLIENT_ALL, CLIENT_OWN = with_credentials("client_capability", CLIENT_CAPABILITY, CAPABILITY_CREDENTIALS)
local TASK_ROUTER_ALL, TASK_ROUTER_OWN = with_credentials("task_router_capability", TASK_ROUTER, CAPABILITY_CREDENTIALS)

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
  return client_capability(options, { secret = options.auth_token }, options.account_sid)
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
  return task_router_capability(options, { secret = options.auth_token }, options.account_sid)
end

--- twilio.jwt.verify(token, secret, { leeway = 0 }): checks a token that is signed with HS256.
--
-- `leeway` is the number of seconds by which the clocks may differ.
-- Returns the claims; or nil and the reason. No token raises, whatever it is. A token that is not
-- signed with HS256, that has no expiry, or that is longer than 64 KiB is refused.
-- Raises if the secret or the options are wrong.
function jwt.verify(token, secret, options)
  check_dot("verify", token)
  check_secret("the secret of verify", secret)
  local leeway = check_verify(options)
  local claims, text, signature = parse(token)
  if not claims then return nil, text end
  return accept(claims, core.hmac("sha256", secret, text), signature, leeway)
end

-- ---- client.jwt ----

--- Returns client.jwt, which has the functions of twilio.jwt with the client's credentials.
-- client.jwt.verify(token, { leeway = 0 }) takes no secret: the claim `iss` selects the client's.
function jwt.of_client(client)
  local own = {}

  function own.access_token(options, ...)
    check_arguments("client.jwt.access_token", ACCESS_OWN, options, ...)
    local account_sid, api_key, region = core.token_issuer(client, "api_secret")
    check_account("the client's account_sid", account_sid)
    check_api_key("the client's api_key", api_key)
    return access_token(options, { client = client, key = "api_secret" }, account_sid, api_key, options.region or region)
  end

  function own.client_capability(options, ...)
    check_arguments("client.jwt.client_capability", CLIENT_OWN, options, ...)
    return client_capability(options, { client = client, key = "auth_token" }, (core.token_issuer(client, "auth_token")))
  end

  function own.task_router_capability(options, ...)
    check_arguments("client.jwt.task_router_capability", TASK_ROUTER_OWN, options, ...)
    return task_router_capability(options, { client = client, key = "auth_token" }, (core.token_issuer(client, "auth_token")))
  end

  function own.verify(token, options)
    check_dot("client.jwt.verify", token)
    local leeway = check_verify(options)
    core.token_key(client) -- raises if the client cannot verify any token
    local claims, text, signature = parse(token)
    if not claims then return nil, text end
    local key = core.token_key(client, claims.iss)
    if not key then return nil, "the token is not from this client" end
    return accept(claims, core.token_hmac(client, key, text), signature, leeway)
  end

  return setmetatable(own, OWN)
end

return setmetatable(jwt, { __index = core.index "twilio.jwt" })
