--- Makes a new certificate for the loopback interface.
local altname = require "openssl.x509.altname"
local bignum = require "openssl.bignum"
local http_tls = require "http.tls"
local name = require "openssl.x509.name"
local pkey = require "openssl.pkey"
local rand = require "openssl.rand"
local x509 = require "openssl.x509"

local tls = {}

local DAY = 86400

local function certificate(key)
  local subject, names, made = name.new(), altname.new(), x509.new()
  subject:add("CN", "stand-in for Twilio")
  names:add("IP", "127.0.0.1")
  made:setVersion(3)
  made:setSerial(bignum.fromBinary(rand.bytes(16)))
  made:setSubject(subject)
  made:setIssuer(subject)
  made:setSubjectAlt(names)
  made:setLifetime(os.time() - DAY, os.time() + DAY)
  made:setBasicConstraints { CA = true }
  made:setBasicConstraintsCritical(true)
  made:setPublicKey(key)
  made:sign(key)
  return made
end

--- Returns the OpenSSL context of a server with a certificate for 127.0.0.1.
-- @param file the file to which the certificate is written, for the option `ca_file` of clients
function tls.context(file)
  local key = pkey.new { type = "EC", curve = "prime256v1" }
  local made = certificate(key)
  local context = http_tls.new_server_context()
  context:setPrivateKey(key)
  context:setCertificate(made)
  local output = assert(io.open(file, "w"))
  output:write(tostring(made))
  output:close()
  return context
end

return tls
