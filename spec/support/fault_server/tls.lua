--- The TLS ports of the fault server, and their certificates. The certificates are made at the
-- start and kept in memory.
local altname = require "openssl.x509.altname"
local context = require "openssl.ssl.context"
local name = require "openssl.x509.name"
local pkey = require "openssl.pkey"
local x509 = require "openssl.x509"
local Connection = require "fault_server.connection"

local tls = {}

local DAY = 24 * 60 * 60

local function subject(text)
  return name.new():add("CN", text)
end

local function key()
  return pkey.new { type = "EC", curve = "prime256v1" }
end

local serial = 0

--- Returns a certificate authority, { key, certificate }. Its certificate is self-signed.
local function authority(text)
  local made = { key = key(), certificate = x509.new() }
  local certificate = made.certificate
  serial = serial + 1
  certificate:setVersion(3)
  certificate:setSerial(serial)
  certificate:setSubject(subject(text))
  certificate:setIssuer(subject(text))
  certificate:setLifetime(os.time() - DAY, os.time() + DAY)
  certificate:setPublicKey(made.key)
  certificate:setBasicConstraints { CA = true }
  certificate:setBasicConstraintsCritical(true)
  certificate:sign(made.key, "sha256")
  return made
end

--- Returns the certificate of a server: { key, certificate }.
-- @param issuer an authority; nil for a self-signed certificate
-- @param options { from, to (days from now), address, host }
local function server(issuer, options)
  local made = { key = key(), certificate = x509.new() }
  local certificate, names = made.certificate, altname.new()
  serial = serial + 1
  if options.host then names:add("DNS", options.host) else names:add("IP", "127.0.0.1") end
  certificate:setVersion(3)
  certificate:setSerial(serial)
  certificate:setSubject(subject(options.host or "127.0.0.1"))
  certificate:setIssuer(issuer and issuer.certificate:getSubject() or subject(options.host or "127.0.0.1"))
  certificate:setLifetime(os.time() + (options.from or -1) * DAY, os.time() + (options.to or 1) * DAY)
  certificate:setSubjectAlt(names)
  certificate:setPublicKey(made.key)
  certificate:sign(issuer and issuer.key or made.key, "sha256")
  return made
end

--- Returns the OpenSSL context of a server.
local function server_context(identity, protocol, alpn)
  local made = context.new("TLS", true)
  made:setPrivateKey(identity.key)
  made:setCertificate(identity.certificate)
  made:setOptions(context.OP_NO_TICKET)
  if protocol then
    local off = { ["1.0"] = context.OP_NO_TLSv1, ["1.1"] = context.OP_NO_TLSv1_1, ["1.2"] = context.OP_NO_TLSv1_2, ["1.3"] = context.OP_NO_TLSv1_3 }
    made:setCipherList("ALL:@SECLEVEL=0")
    for version, option in pairs(off) do
      if version == protocol then made:clearOptions(option) else made:setOptions(option) end
    end
  end
  if type(alpn) == "string" then made:setAlpnSelect(function() return alpn end) end
  if type(alpn) == "function" then made:setAlpnSelect(alpn) end
  return made
end

-- Chooses h2 and http/1.1 in turns if the client offers h2.
local function by_turns()
  local turn = 0
  return function(_, offered)
    for _, protocol in ipairs(offered) do
      if protocol == "h2" then
        turn = turn + 1
        return turn % 2 == 1 and "h2" or "http/1.1"
      end
    end
    return "http/1.1"
  end
end

-- Chooses h2 if the client offers it.
local function preferring_h2(_, offered)
  for _, protocol in ipairs(offered) do
    if protocol == "h2" then return "h2" end
  end
  return "http/1.1"
end

-- What a port does instead of a handshake.
local instead = {}

--- Sends plain HTTP.
function instead.plain(socket)
  socket:xread(1)
  socket:xwrite("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nHTTPS", "n")
  socket:xread("*a")
end

--- Sends the fatal alert handshake_failure.
function instead.alert(socket)
  socket:xread(1)
  socket:xwrite("\21\3\3\0\2\2\40", "n")
  socket:xread("*a")
end

--- Sends nothing.
function instead.silence(socket)
  socket:xread("*a")
end

--- Resets the connection: it is closed after the first byte, while input is unread.
function instead.cut(socket)
  socket:xread(1)
end

--- Closes the connection after all input was read, so that no reset is sent.
function instead.cut_clean(socket)
  socket:setbufsiz(Connection.BUFFER, Connection.BUFFER)
  socket:xread(-Connection.BUFFER)
end

--- Returns all TLS ports by name, and the certificate of the trusted authority as PEM. A port has
-- the fields { context, instead, http2, held }. `http2` has the values of its SETTINGS, and in
-- `refusal` the code with which the port resets each stream. If `held` is true, handshakes wait
-- until gates.release is called.
function tls.ports()
  local ca, stranger = authority("Authority of the faults"), authority("Authority of nobody")
  local good = server(ca, {})
  return {
    good = { context = server_context(good) },
    tls10 = { context = server_context(good, "1.0") },
    tls11 = { context = server_context(good, "1.1") },
    tls12 = { context = server_context(good, "1.2") },
    tls13 = { context = server_context(good, "1.3") },
    self_signed = { context = server_context(server(nil, {})) },
    unknown_ca = { context = server_context(server(stranger, {})) },
    expired = { context = server_context(server(ca, { from = -3, to = -2 })) },
    not_yet = { context = server_context(server(ca, { from = 2, to = 3 })) },
    wrong_name = { context = server_context(server(ca, { host = "elsewhere.example" })) },
    wildcard = { context = server_context(server(ca, { host = "*.0.0.1" })) },
    plain = { instead = instead.plain },
    alert = { instead = instead.alert },
    silence = { instead = instead.silence },
    cut = { instead = instead.cut },
    cut_clean = { instead = instead.cut_clean },
    h2 = { context = server_context(good, nil, "h2"), http2 = {} },
    h2_held = { context = server_context(good, nil, "h2"), http2 = {}, held = true },
    h2_one_stream = { context = server_context(good, nil, "h2"), http2 = { max_streams = 1 } },
    h2_no_stream = { context = server_context(good, nil, "h2"), http2 = { max_streams = 0 } },
    h2_by_turns = { context = server_context(good, nil, by_turns()), http2 = {} },
    h2_unwilling = { context = server_context(good, nil, preferring_h2), http2 = { refusal = 13 } }, -- HTTP_1_1_REQUIRED
    record_h2 = { context = server_context(good, nil, preferring_h2), http2 = { refills = true } },
    record_mixed = { context = server_context(good, nil, by_turns()), http2 = { refills = true } },
    h2_no_window = { context = server_context(good, nil, "h2"), http2 = { window = 0 } },
  }, ca.certificate:toPEM()
end

return tls
