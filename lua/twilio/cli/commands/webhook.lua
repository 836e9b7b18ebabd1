--- twilio-lua webhook: checks and makes the signatures of webhooks.

local core = require "twilio.core"
local commands = require "twilio.cli.commands"
local parameters = require "twilio.cli.parameters"
local stop = require "twilio.cli.stop"
local writer = require "twilio.cli.writer"

local webhook = {}

webhook.usage = {
  "webhook verify --url URL --signature TEXT [--param NAME=VALUE … | --body-file PATH]",
  "webhook sign --url URL [--param NAME=VALUE … | --body-file PATH]",
}
webhook.text = {
  "Checks or makes the value of the header X-Twilio-Signature, with the auth token of the client.",
  "verify ends with the exit code 1 if the signature is wrong.",
}
webhook.options = {
  { name = "url", value = "URL", text = "the URL as Twilio requests it, with its query" },
  { name = "signature", value = "TEXT", text = "the header X-Twilio-Signature" },
  { name = "param", value = "NAME=VALUE", text = "a field of the form", repeats = true },
  { name = "body-file", value = "PATH", text = "a file with the body as received; - is the standard input" },
  { name = "content-type", value = "TYPE", text = "of the body; by default that of a form" },
}

webhook.takes = { "profile" }

local SCHEMES = { http = true, https = true, ws = true, wss = true }
local FORM = "application/x-www-form-urlencoded"

local function escape(text)
  return (text:gsub("[^%w%-._~]", function(character) return ("%%%02X"):format(character:byte()) end))
end

local function body_of(own, action)
  if own["body-file"] and own.param then commands.usage("webhook", "takes --param or --body-file, not both", action) end
  if own["body-file"] then return parameters.read_file(own["body-file"], true) end
  local fields = {}
  for i, text in ipairs(own.param or {}) do
    local name, value = text:match "^([^=]+)=(.*)$"
    if not name then commands.usage("webhook", ("--param takes NAME=VALUE, got '%s'"):format(text), action) end
    fields[i] = escape(name) .. "=" .. escape(value)
  end
  return table.concat(fields, "&")
end

local function verify(own, token, body)
  if not own.signature then commands.usage("webhook", "verify needs --signature", "verify") end
  local is_valid, reason = require("twilio.webhook").verify {
    auth_token = token, url = own.url, signature = own.signature, body = body, content_type = own["content-type"] or FORM,
  }
  if not is_valid then stop.with("failed", "the signature is not valid: " .. reason) end
  writer.line "valid"
end

-- Twilio signs the URL and, of a form, its sorted fields. The URL has the digest of any other body.
local function sign(own, token, body)
  local fields = ""
  if (own["content-type"] or FORM):find(FORM, 1, true) then
    fields = core.form_signed(body) or stop.with("failed", "the form has too many fields")
  elseif body ~= "" and not own.url:find("bodySHA256=" .. core.sha256(body), 1, true) then
    stop.usage("the URL does not have the digest of the body",
      ("--url '%s%sbodySHA256=%s'"):format(own.url, own.url:find("?", 1, true) and "&" or "?", core.sha256(body)))
  end
  writer.line(core.base64(core.hmac("sha1", token, own.url, fields)))
end

local ACTIONS = { verify = verify, sign = sign }

function webhook.run(words, own, given)
  local action = commands.action("webhook", words[1], { "verify", "sign" })
  if words[2] then commands.usage("webhook", ("unexpected '%s'"):format(words[2]), action) end
  if action == "sign" and own.signature then commands.usage("webhook", "sign takes no --signature", action) end
  if not own.url then commands.usage("webhook", "missing --url", action) end
  if not SCHEMES[own.url:match "^(%a+)://." or ""] then
    commands.usage("webhook", ("--url takes the whole URL, as in https://example.com/sms, got '%s'"):format(own.url), action)
  end
  ACTIONS[action](own, require("twilio.cli.connect").auth_token(given), body_of(own, action))
end

return webhook
