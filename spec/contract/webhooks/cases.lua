-- Makes random webhooks, and compares the results of twilio.webhook with those of Twilio's clients:
--   lua5.4 cases.lua make COUNT SEED > cases
--   lua5.4 cases.lua check cases node python [VECTORS.json]
--
-- A webhook is a line of JSON: the URL as Twilio signed it and as the server received it, the fields
-- or the JSON body, and the signature. One webhook in four was changed after it had been signed.
local cjson = require "cjson"
local core = require "twilio.core"
local twilio = require "twilio"
local webhooks = require "spec.support.webhooks"

-- ---- random webhooks ----

local random -- the result of webhooks.random(seed)

local function one_of(list) return list[random(#list)] end

local NAMES = { "CallSid", "From", "To", "Body", "Digits", "a", "A", "ab", "MediaUrl0", "MessagingBinding.Address", "é", "Ω", "SipHeader_X-Id" }
local VALUES = {
  "", "+14158675309", "a b", "it's", "sip:bob@example.com:5060", "ü&=%+", "日本語", "1234", "x", "😀", "a\r\nb", "\t", "%41", "client:a_b",
}
local HOSTS = { "example.com", "Example.COM", "a-b.example.co.uk", "203.0.113.7", "[2001:db8::1]", "localhost" }
local PATHS = { "", "/", "/voice", "/a/b.php", "//voice", "/a%20b", "/a+b", "/Espa\195\177a", "/a;b", "/%7Euser" }
local QUERIES = {
  "", "", "?a=b", "?foo=1&bar=2", "?z=1&a=2", "?", "?a=", "?a", "?a=b+c", "?a=b%20c", "?name=William+O'hara", "?name=O%27hara",
  "?To=sip:bob@example.com:5060", "?To=sip%3Abob%40example.com", "?a=1&a=2&a=1", "?a=%C3%A9", "?a=%c3%a9", "?a=b&&c=d", "?a=(b)!*~",
}

-- Returns the URL as Twilio signed it and as the server received it: a default port may be added or left out.
local function urls()
  local scheme, user = one_of { "https", "https", "http" }, one_of { "", "", "", "", "user:pass@", "user@" }
  local host, rest = one_of(HOSTS), one_of(PATHS)
  local query = one_of(QUERIES)
  if rest == "" and query ~= "" then rest = "/" end
  rest = rest .. query
  local function url(port) return scheme .. "://" .. user .. host .. port .. rest end
  local default = scheme == "https" and ":443" or ":80"
  local ports = one_of { { "", "" }, { "", "" }, { ":8443", ":8443" }, { default, default }, { default, "" }, { "", default }, { "", ":8443" } }
  return url(ports[1]), url(ports[2])
end

local function fields()
  local list = {}
  for i = 1, random(9) - 1 do list[i] = { one_of(NAMES), one_of(VALUES) } end
  return list
end

local function json_body()
  return one_of { "{}", "[]", '{"property": "value", "boolean": true}', '{"a":"é"}', '[{"specversion":"1.0","id":"EZ1"}]', '{"a":\n1}' }
end

-- Changes one thing of a webhook that is signed.
local function tamper(one)
  local change = random(4)
  if change == 1 then
    one.url = one.url:gsub("^(%a+://[^/]*)", "%1/changed")
  elseif change == 2 then
    one.token = one.token .. "x"
  elseif change == 3 and one.body ~= cjson.null then
    one.body = one.body .. " "
  elseif change == 3 then
    one.fields[#one.fields + 1] = { "Changed", "1" }
  else
    one.signature = one.signature:gsub("^.", function(first) return first == "A" and "B" or "A" end)
  end
end

local function make_one()
  local signed, url = urls()
  local one = { token = one_of { "12345", ("f"):rep(32), ("long key "):rep(10) }, algorithm = one_of { "HMAC_SHA1", "HMAC_SHA1", "HMAC_SHA256" } }
  one.fields, one.body = fields(), cjson.null
  if random(4) == 1 then
    one.body = json_body()
    signed, url = webhooks.json_url(signed, one.body), webhooks.json_url(url, one.body)
    one.fields = {}
  end
  one.signed, one.url = signed, url
  one.signature = webhooks.sign(signed, one.fields, one.token, one.algorithm == "HMAC_SHA256" and "sha256" or "sha1")
  one.tampered = random(4) == 1
  if one.tampered then tamper(one) end
  return one
end

local function make(count, seed)
  random = webhooks.random(seed)
  for _ = 1, count do
    local line = cjson.encode(make_one()):gsub('"fields":{}', '"fields":[]') -- lua-cjson writes an empty array as {}
    print(line)
  end
end

-- ---- known faults of Twilio's clients ----

-- The reasons for which a client may refuse a webhook that Twilio has signed: a name, and a function that
-- returns whether the reason applies to a webhook. With "signature" the client may also compute another
-- signature. A client must never accept a webhook that was changed.
local FAULTS = {
  node = {},
  python = {
    { "python 7.7.1 knows no HMAC-SHA-256", function(one) return one.algorithm == "HMAC_SHA256" end, "signature" },
    { "python 7.7.1 takes one value of each name", function(one)
      local seen = {}
      for _, field in ipairs(one.fields) do
        if seen[field[1]] then return true end
        seen[field[1]] = true
      end
      return false
    end, "signature" },
    { "python 7.7.1 loses a ? at the end of the URL", function(one) return one.url:find "%?$" ~= nil end },
    { "python 7.7.1 takes a user for a host when it removes a port", function(one)
      return one.url:find "^%a+://[^/?]*@" ~= nil and one.url ~= one.signed
    end },
    { "python 7.7.1 cuts an IPv6 host when it removes a port", function(one)
      return one.url:find "^%a+://[^/?]*%[" ~= nil and one.url ~= one.signed
    end },
  },
}

-- ---- comparison ----

local function verify(one, signature)
  local request = { auth_token = one.token, url = one.url, headers = { ["X-Twilio-Signature"] = signature } }
  if one.algorithm == "HMAC_SHA256" then
    request.keys = { K = one.token }
    request.headers["X-Twilio-Webhooks-Signature-Settings"] = "key=K,algorithm=HMAC_SHA256"
  end
  if one.body ~= cjson.null then
    request.body, request.headers["Content-Type"] = one.body, "application/json"
  else
    request.body = webhooks.encode(one.fields)
  end
  return twilio.webhook.verify(request)
end

local passed, failed, excused = 0, 0, {}

local function count(ok, text, ...)
  if ok then
    passed = passed + 1
    return
  end
  failed = failed + 1
  if failed <= 20 then print(text:format(...)) end
end

-- Returns the name of the known fault, if the client has one with this webhook.
local function fault_of(client, one, what)
  for _, fault in ipairs(FAULTS[client]) do
    if (what == "valid" or fault[3] == what) and fault[2](one) then return fault[1] end
  end
end

local function excuse(name) excused[name] = (excused[name] or 0) + 1 end

local function compare(client, one, theirs)
  local ours = webhooks.sign(one.signed, one.tampered and {} or one.fields, one.token, one.algorithm == "HMAC_SHA256" and "sha256" or "sha1")
  if not one.tampered then
    local fault = theirs.signature ~= ours and fault_of(client, one, "signature")
    if fault then
      excuse(fault)
    else
      count(theirs.signature == ours, "%s signs %s as %s, and we as %s", client, one.signed, theirs.signature, ours)
      count(verify(one, theirs.signature), "we refuse the signature of %s for %s", client, one.url)
    end
  end
  local fault = theirs.valid ~= not one.tampered and not one.tampered and fault_of(client, one, "valid")
  if fault then return excuse(fault) end
  count(theirs.valid == not one.tampered, "%s says %s of %s, signed as %s%s", client, tostring(theirs.valid), one.url, one.signed,
    one.tampered and " and changed" or "")
end

local function lines_of(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = cjson.decode(line) end
  return list
end

local function check_vectors(path)
  local file = assert(io.open(path))
  local vectors = core.json_decode(file:read "*a")
  file:close()
  for _, v in ipairs(vectors) do
    local list = {}
    for name, values in pairs(v.params) do
      for _, value in ipairs(type(values) == "table" and values or { values }) do list[#list + 1] = { name, value } end
    end
    local one = { token = v.token, url = v.url, fields = list, body = v.body or cjson.null, algorithm = v.algorithm or "HMAC_SHA1" }
    count(verify(one, v.signature) == v.valid, "the vector '%s' is not judged as %s", v.name, tostring(v.valid))
  end
end

local function check(cases, node, python, vectors)
  local all, clients = lines_of(cases), { node = lines_of(node), python = lines_of(python) }
  for i, one in ipairs(all) do
    local ok, reason = verify(one, one.signature)
    count(ok == not one.tampered, "we say %s of %s, signed as %s: %s", tostring(ok), one.url, one.signed, tostring(reason))
    for _, client in ipairs { "node", "python" } do compare(client, one, clients[client][i] or {}) end
  end
  if vectors then check_vectors(vectors) end
  for name, n in pairs(excused) do print(("%d times: %s"):format(n, name)) end
  print(("%d passed, %d failed"):format(passed, failed))
  os.exit(failed == 0 and passed > 0)
end

if arg[1] == "make" then
  make(tonumber(arg[2]), tonumber(arg[3]))
else
  check(arg[2], arg[3], arg[4], arg[5])
end
