-- Keys for requests that clients sign, and their verification by the program openssl.
local core = require "twilio.core"
local shell = require "spec.support.shell"

local keys = {}

--- Makes an RSA key. Returns { private = PEM, public = PEM }.
function keys.rsa(bits)
  local private = shell.must(("openssl genrsa %d 2>/dev/null"):format(bits or 2048))
  return { private = private, public = keys.openssl("rsa -pubout", private) }
end

--- Runs a command of openssl with this text as its input. Returns what it prints.
function keys.openssl(command, text)
  local directory = shell.directory()
  shell.write(directory .. "/in", text)
  local output = shell.must(("cd %s && openssl %s <in 2>/dev/null"):format(directory, command))
  shell.run("rm -rf " .. directory)
  return output
end

--- Returns the header and the claims of a token that this key has signed with RS256. Raises for any other token.
function keys.open(token, key)
  local text, header, claims, signature = token:match "^(([%w_-]+)%.([%w_-]+))%.([%w_-]+)$"
  local directory = shell.directory()
  shell.write(directory .. "/public", key.public)
  shell.write(directory .. "/text", text)
  shell.write(directory .. "/signature", (core.base64url_decode(signature)))
  shell.must(("cd %s && openssl dgst -sha256 -verify public -signature signature text"):format(directory))
  shell.run("rm -rf " .. directory)
  return core.json_decode(core.base64url_decode(header)), core.json_decode(core.base64url_decode(claims))
end

return keys
