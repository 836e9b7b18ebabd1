-- Makes the random cases of spec/contract/jwt/run, and compares this library's results with those of the
-- other libraries:
--   lua check.lua make DIRECTORY COUNT SEED
--   lua check.lua compare DIRECTORY PEER…
--
-- The differences of the other libraries, and how the comparison treats them:
--   node    adds `iat` to each token, which is removed
--   node    refuses an access token without an identity, and the case is not compared
--   node    writes the filters of events as `appParams` in place of `params`
--   node    has no claims `worker_sid` and `taskqueue_sid` in TaskRouter capabilities
--   node    writes `appParams=` for an empty table of outgoing parameters
--   node    signs queries that were sorted before they are encoded, decodes "%" in values that are
--           not encoded, leaves !'() as they are, and cuts values at "=". These cases are compared
--           with python's only.
--   python  leaves out an empty table of outgoing parameters
--   python  adds `nbf` to a signed request, which is removed
--   python  signs paths and queries as they are. The paths and queries of our client are canonical.
-- Both libraries write the parameters and policies in another order. The comparison sorts them.
local core = require "twilio.core"
local twilio = require "twilio"
local json = require "twilio.json"

local LEEWAY = 120 -- the largest number of seconds between the making of the two tokens

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function decode(text) return assert(core.json_decode(text)) end

-- ---- random values ----

local function one_of(list) return list[math.random(#list)] end
local function perhaps(value) return math.random() < 0.5 and value or nil end

local function sid(prefix)
  local digits = {}
  for i = 1, 32 do digits[i] = ("%x"):format(math.random(0, 15)) end
  return prefix .. table.concat(digits)
end

local PIECES = {
  "a", "Z", "7", "_", "-", ".", "~", " ", "+", "*", "/", "?", "&", "%", "%41", "ä", "€", "𝄞", '"', "\\", "\n", "\0", "<", "😀", ":", ";", ",",
}
local ODD_FOR_NODE = { "=", "(", ")", "!", "'", "%", "%41" }

local function text(pieces)
  local out = {}
  for i = 1, math.random(1, 12) do out[i] = one_of(pieces or PIECES) end
  return table.concat(out)
end

local NAMES = { "room", "from", "To", "x_1", "größe", "a b", "Z", "first", "id" }

local function parameters(make)
  local out = {}
  for _ = 1, math.random(0, 4) do out[one_of(NAMES)] = make() end
  return out
end

local function scalar()
  local kind = math.random(4)
  if kind == 1 then return math.random(-1000, 2 ^ 40 // 1 | 0) end
  if kind == 2 then return math.random() < 0.5 end
  return text()
end

local function deep(depth)
  if depth == 0 or math.random() < 0.4 then return scalar() end
  if math.random() < 0.3 then
    local list = {}
    for i = 1, math.random(0, 3) do list[i] = deep(depth - 1) end
    return twilio.array(list)
  end
  return parameters(function() return deep(depth - 1) end)
end

-- ---- the cases ----

local make_grant = {
  voice = function()
    local application = perhaps(sid "AP")
    return {
      incoming_allow = one_of { true, false }, outgoing_application_sid = application,
      outgoing_application_params = application and perhaps(parameters(scalar)),
      push_credential_sid = perhaps(sid "CR"), endpoint_id = perhaps(text()),
    }
  end,
  video = function() return { room = perhaps(text()) } end,
  chat = function()
    return {
      service_sid = perhaps(sid "IS"), endpoint_id = perhaps(text()),
      deployment_role_sid = perhaps(sid "RL"), push_credential_sid = perhaps(sid "CR"),
    }
  end,
  sync = function() return { service_sid = perhaps(sid "IS"), endpoint_id = perhaps(text()) } end,
  task_router = function()
    return { workspace_sid = perhaps(sid "WS"), worker_sid = perhaps(sid "WK"), role = perhaps(one_of { "worker", "supervisor" }) }
  end,
  playback = function() return parameters(function() return deep(3) end) end,
}

local make_case = {}

function make_case.access()
  local grants, needs = {}, false
  for name, make in pairs(make_grant) do
    if math.random() < 0.4 then
      grants[name] = make()
      needs = needs or (name ~= "task_router" and name ~= "playback")
    end
  end
  local options = {
    account_sid = sid "AC", api_key = sid "SK", api_secret = text(), grants = grants,
    identity = (needs or math.random() < 0.8) and text() or nil, ttl = math.random(600, 86400),
    nbf = perhaps(os.time() + math.random(-1000, 500)), region = perhaps(one_of { "ie1", "au1", "us1" }),
  }
  return options, twilio.jwt.access_token(options)
end

function make_case.client()
  local options = {
    account_sid = sid "AC", auth_token = text(), ttl = math.random(600, 86400), incoming = perhaps(text()),
    outgoing = perhaps { application_sid = sid "AP", params = perhaps(parameters(text)) }, events = perhaps(parameters(text)),
  }
  if not (options.incoming or options.outgoing or options.events) then options.incoming = text() end
  return options, twilio.jwt.client_capability(options)
end

function make_case.task_router()
  local names = { "fetch_subresources", "update", "update_subresources", "delete", "delete_subresources" }
  local options = { account_sid = sid "AC", auth_token = text(), ttl = math.random(600, 86400), workspace_sid = sid "WS", allow = {} }
  local kind = math.random(3)
  if kind == 1 then
    options.worker_sid = sid "WK"
    names[#names + 1] = "update_activities"
    names[#names + 1] = "update_reservations"
  elseif kind == 2 then
    options.task_queue_sid = sid "WQ"
  end
  for _, name in ipairs(names) do
    if math.random() < 0.4 then table.insert(options.allow, name) end
  end
  twilio.array(options.allow)
  return options, twilio.jwt.task_router_capability(options)
end

-- Whether node signs the parameters in the order of their encoded texts.
local function is_sorted_alike(query, encode)
  local plain, encoded = {}, {}
  for name, value in pairs(query) do
    plain[#plain + 1] = name .. "=" .. value
    encoded[name .. "=" .. value] = encode(name) .. "=" .. encode(value)
  end
  table.sort(plain)
  for i = 2, #plain do
    if encoded[plain[i - 1]] > encoded[plain[i]] then return false end
  end
  return true
end

local function percent(value)
  return (value:gsub("[^%w._~-]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- Sends a request with a client whose transport records the request.
function make_case.request(directory)
  local sent
  local client = twilio.client {
    account_sid = sid "AC", api_key = sid "SK", api_secret = text { "a", "Z", "7" }, retries = 0,
    client_validation = { key = read(directory .. "/key.pem"), credential_sid = sid "CR" },
    transport = function(request)
      sent = request
      return { status = 200, body = "{}" }
    end,
  }
  local pieces = {}
  for _, piece in ipairs(PIECES) do
    if not piece:find "[%c%z%%]" then pieces[#pieces + 1] = piece end
  end
  local is_odd = math.random() < 0.2
  if is_odd then for _, piece in ipairs(ODD_FOR_NODE) do pieces[#pieces + 1] = piece end end
  -- Our client refuses segments "..", and the libraries do not resolve them.
  local function segment() return percent((text(pieces):gsub("%.", "x"))) end
  -- Our client encodes the values "." and "..", which the libraries do not.
  local function value() return (text(pieces):gsub("^%.%.?$", "x")) end
  local method, query = one_of { "GET", "POST", "DELETE", "PUT" }, parameters(value)
  client:request {
    method = method, path = "/2010-04-01/" .. segment() .. "/" .. segment() .. ".json", query = query,
    form = method:find "^P" and perhaps { To = text(pieces), From = text(pieces) } or nil,
  }
  local options = {
    account_sid = client.account_sid, api_key = nil, credential_sid = nil, method = sent.method, url = sent.url, body = sent.body,
    authorization = sent.headers.authorization, parameters = next(query) and query or nil,
    alike = not is_odd and is_sorted_alike(query, percent),
  }
  local token = sent.headers["twilio-client-validation"]
  local header, claims = token:match "^([^.]*)%.([^.]*)%."
  options.credential_sid = decode(core.base64url_decode(header)).kid
  options.api_key = decode(core.base64url_decode(claims)).iss
  return options, token
end

local function make(directory, count, seed)
  math.randomseed(tonumber(seed))
  local file = assert(io.open(directory .. "/cases", "wb"))
  for i = 1, tonumber(count) do
    local kind = ({ "access", "client", "task_router", "request", "access" })[i % 5 + 1]
    local options, token = make_case[kind](directory)
    file:write(json.encode { kind = kind, options = options, token = token }, "\n")
  end
  file:close()
end

-- ---- comparison ----

local function unescape(value)
  return (value:gsub("+", " "):gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

-- Returns the pairs of a form as a sorted list of texts.
local function form(value)
  local list = {}
  for pair in value:gmatch "[^&]+" do
    local name, content = pair:match "^([^=]*)=(.*)$"
    list[#list + 1] = unescape(name) .. "\1" .. unescape(content)
  end
  table.sort(list)
  return list
end

-- Scopes are decoded twice, and sorted.
local function scopes(claim, peer)
  local list = {}
  for scope in claim:gmatch "[^ ]+" do
    local name, query = scope:match "^([^?]*)%?(.*)$"
    local fields = {}
    for _, field in ipairs(form(query)) do
      local key, value = field:match "^(.-)\1(.*)$"
      if peer == "node" and name:find "stream" and key == "appParams" then key = "params" end
      if key == "params" or key == "appParams" then value = table.concat(form(value), "\2") end
      if value ~= "" then fields[#fields + 1] = key .. "\3" .. value end
    end
    table.sort(fields)
    list[#list + 1] = name .. table.concat(fields, "\4")
  end
  table.sort(list)
  return list
end

local function sorted_policies(policies)
  local list = {}
  for i, policy in ipairs(policies) do list[i] = json.encode(policy) end
  table.sort(list)
  return list
end

-- Returns the claims as a normalised text without the known differences, and the time of expiry.
local function normal(claims, kind, peer)
  local exp = claims.exp
  claims.exp = nil
  if claims.jti then claims.jti = claims.jti:match "^(.*)-%d+$" end
  if claims.scope then claims.scope = scopes(claims.scope, peer) end
  if claims.policies then claims.policies = sorted_policies(claims.policies) end
  if peer == "node" then claims.iat = nil end
  if kind == "task_router" then claims.worker_sid, claims.taskqueue_sid = nil, nil end
  if kind == "request" and peer == "python" then claims.nbf = nil end
  local outgoing = claims.grants and claims.grants.voice and claims.grants.voice.outgoing
  if outgoing and outgoing.params and not next(outgoing.params) then outgoing.params = nil end
  return json.encode(claims), exp
end

local function parts(token)
  local header, claims = token:match "^([^.]*)%.([^.]*)%."
  return decode(core.base64url_decode(header)), decode(core.base64url_decode(claims))
end

-- Returns the difference between the two libraries as a text, or nil.
local function difference(case, answer, peer)
  local kind, options = case.kind, case.options
  if answer.refusal then return "refuses our token: " .. answer.refusal end
  local header, claims = parts(case.token)
  if json.encode(header) ~= json.encode(answer.header) then return "reads another header: " .. json.encode(answer.header) end
  local ours, our_exp = normal(claims, kind)
  local seen, seen_exp = normal(answer.claims, kind)
  if ours ~= seen or our_exp ~= seen_exp then return ("reads other claims:\n  %s\n  %s"):format(ours, seen) end
  if peer == "node" and kind == "access" and not options.identity then return nil end
  if peer == "node" and kind == "request" and not options.alike then return nil end
  if answer.error then return "makes no token: " .. answer.error end
  local their_header, their_claims = parts(answer.token)
  if json.encode(header) ~= json.encode(their_header) then return "writes another header: " .. json.encode(their_header) end
  if kind ~= "request" then
    local verified, reason = twilio.jwt.verify(answer.token, options.api_secret or options.auth_token, { leeway = 1000 })
    if not verified then return "makes a token that we refuse: " .. reason end
    their_claims = verified
    if twilio.jwt.verify(answer.token, (options.api_secret or options.auth_token) .. "x") then return "makes a token that any secret verifies" end
  end
  local theirs, their_exp = normal(their_claims, kind, peer)
  if ours ~= theirs then return ("writes other claims:\n  ours   %s\n  theirs %s"):format(ours, theirs) end
  if math.abs(our_exp - their_exp) > LEEWAY then return ("expires at %d, ours at %d"):format(their_exp, our_exp) end
end

local function compare(directory, ...)
  local passed, failed = 0, 0
  for _, peer in ipairs { ... } do
    local answers = io.lines(directory .. "/" .. peer)
    for line in io.lines(directory .. "/cases") do
      local case, answer = decode(line), decode(answers() or "{}")
      local problem = difference(case, answer, peer)
      if problem then
        failed = failed + 1
        print(("%s, %s: %s\n  %s"):format(peer, case.kind, problem, json.encode(case.options)))
      else
        passed = passed + 1
      end
    end
    if answers() then failed = failed + 1 end
  end
  print(("%d passed, %d failed"):format(passed, failed))
  os.exit(failed == 0 and passed > 0)
end

local commands = { make = make, compare = compare }
commands[arg[1]](table.unpack(arg, 2))
