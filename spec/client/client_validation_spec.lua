-- The option client_validation. What is signed: spec/request/request_signature_spec.lua.
local keys = require "spec.support.signing_keys"
local shell = require "spec.support.shell"
local support = require "spec.support.client"
local twilio = require "twilio"

local CREDENTIAL = "CR" .. ("0"):rep(32)

describe("the option client_validation", function()
  local key

  setup(function() key = keys.rsa() end)

  local function client(validation, more)
    local options = { account_sid = "AC1", api_key = "SK1", api_secret = "s", client_validation = validation }
    for name, value in pairs(more or {}) do options[name] = value or nil end
    return twilio.client(options)
  end

  -- Returns the message. Checks that the message contains no line of a key.
  local function refused(validation, more)
    local message, position = support.misuse(function() client(validation, more) end)
    assert.matches("client_validation_spec%.lua:%d+:$", position)
    for line in (type(validation) == "table" and tostring(validation.key) or ""):gmatch "[%w+/=]+" do
      if #line > 20 then assert.is_nil(message:find(line, 1, true)) end
    end
    return message
  end

  it("takes a private key and the SID of the public key", function()
    assert.is_truthy(client { key = key.private, credential_sid = CREDENTIAL })
    assert.is_truthy(client { key = keys.openssl("pkcs8 -topk8 -nocrypt", key.private), credential_sid = CREDENTIAL })
    assert.is_truthy(client { key = "a comment\n" .. key.private:gsub("\n", "\r\n"), credential_sid = CREDENTIAL })
    assert.is_truthy(client(nil))
  end)

  it("raises for a key that is not the PEM text of a usable private key, and does not show the key", function()
    local function key_of(text) return refused { key = text, credential_sid = CREDENTIAL } end
    local not_pem = "client_validation.key is not PEM text: pass the content of the key's file, which begins with -----BEGIN"
    assert.equal(not_pem, key_of "/etc/twilio/key.pem")
    assert.equal(not_pem, key_of "")
    assert.equal(not_pem, key_of(("x"):rep(10 * 1024 * 1024)))
    assert.matches("is a public key", key_of(key.public))
    assert.matches("is a certificate", key_of((key.public:gsub("PUBLIC KEY", "CERTIFICATE"))))
    assert.matches("is encrypted", key_of(keys.openssl("pkcs8 -topk8 -passout pass:secret", key.private)))
    assert.matches("is encrypted", key_of(keys.openssl("rsa -aes128 -traditional -passout pass:secret", key.private)))
    assert.matches("two characters \\n in place of a line end", key_of((key.private:gsub("\n", "\\n"))))
    assert.matches("is not a private key", key_of((key.private:gsub("\n[^\n]*\n", "\n", 1))))
    assert.matches("is not a private key", key_of(key.private:sub(1, 800)))
    assert.matches("is not an RSA key", key_of(shell.must "openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null"))
    assert.matches("is not an RSA key",
      key_of(shell.must "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 2>/dev/null"))
    assert.equal("client_validation.key has 1024 bits, and Twilio needs RSA keys of at least 2048 bits", key_of(keys.rsa(1024).private))
    assert.matches("must be a string, the PEM text of the private key, got nil", key_of(nil))
    assert.matches("must be a string, the PEM text of the private key, got table", key_of {})
  end)

  it("raises for a damaged key", function()
    -- The base64 text stays valid, and the private exponent changes.
    local lines = {}
    for line in keys.openssl("rsa -traditional", key.private):gmatch "[^\n]+" do lines[#lines + 1] = line end
    local middle = math.floor(#lines * 0.7)
    lines[middle] = lines[middle]:reverse():gsub("=", "A")
    local made, message = pcall(client, { key = table.concat(lines, "\n") .. "\n", credential_sid = CREDENTIAL })
    if made then return end -- libcrypto signs without the changed number
    assert.matches("client_validation%.key is ", message)
  end)

  it("raises for a wrong SID, a wrong type and an unknown field", function()
    assert.equal("client_validation.credential_sid must be the SID of the public key at Twilio (CR…)",
      refused { key = key.private, credential_sid = "SK1" })
    assert.equal("client_validation.credential_sid must be the SID of the public key at Twilio (CR…)",
      refused { key = key.private, credential_sid = 'CR1"}' })
    assert.equal("client_validation.credential_sid must be a string, got nil", refused { key = key.private })
    assert.equal("option 'client_validation' must be a table { key = …, credential_sid = … }, got string", refused "x")
    assert.equal("unknown field of client_validation 'credential_side' (did you mean 'credential_sid'?)",
      refused { key = key.private, credential_side = CREDENTIAL })
    assert.equal("the name of a field of 'client_validation' must be a string, got a number", refused { key.private })
  end)

  it("needs an API key", function()
    local validation = { key = key.private, credential_sid = CREDENTIAL }
    local message = "client_validation needs api_key, api_secret and account_sid: Twilio validates requests with an API key"
    assert.equal(message, refused(validation, { api_key = false, api_secret = false, auth_token = "t" }))
    assert.equal(message, refused(validation, { api_key = false, api_secret = false, bearer_token = "t" }))
    assert.matches("SID of an API key", refused(validation, { api_key = "SK" }))
    assert.matches("SID of an API key", refused(validation, { api_key = "XX1" }))
    assert.matches("SID of an account", refused(validation, { account_sid = 'AC1"' }))
  end)

  it("leaves no error in the queue of libcrypto, which libcurl reads", function()
    for _ = 1, 3 do pcall(client, { key = key.public, credential_sid = CREDENTIAL }) end
    local servers = require "spec.support.servers"
    local faults = servers.fault { tls = true }
    local record = client(nil, { base_url = faults:secure_url "good" .. "/ok", ca_file = faults.authority, timeout = 60 }).calls:get "CA1"
    faults:stop()
    assert.is_truthy(record)
  end)

  it("is freed with the client, and when the client closes", function()
    for i = 1, 50 do
      local one = client { key = key.private, credential_sid = CREDENTIAL }
      if i % 2 == 0 then one:close() end
      one:close()
    end
    collectgarbage()
    collectgarbage()
  end)
end)
