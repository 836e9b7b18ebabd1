--- twilio-lua token: access tokens for Twilio's SDKs in apps and browsers.

local commands = require "twilio.cli.commands"
local parameters = require "twilio.cli.parameters"
local stop = require "twilio.cli.stop"
local writer = require "twilio.cli.writer"

local token = {}

token.usage = { "token --identity NAME [GRANTS] [--ttl SECONDS]" }
token.text = {
  "Writes an access token, which is signed with the API key of the client.",
  "Other grants: --grants '{\"task_router\":{\"workspace_sid\":\"WS…\"}}'.",
}
token.options = {
  { name = "identity", value = "NAME", text = "the user" },
  { name = "ttl", value = "SECONDS", text = "3600 by default, at most 86400", is_whole = true },
  { name = "voice-application", value = "SID", text = "voice: the application for outgoing calls" },
  { name = "voice-incoming", text = "voice: incoming calls are allowed" },
  { name = "video-room", value = "NAME", text = "video: the room; '' for all rooms" },
  { name = "chat-service", value = "SID", text = "conversations: the service" },
  { name = "sync-service", value = "SID", text = "sync: the service" },
  { name = "grants", value = "JSON", text = "the grants of twilio.jwt.access_token" },
}

token.takes = { "profile" }

-- option, grant, field of the grant
local GRANTS = {
  { "voice-application", "voice", "outgoing_application_sid" }, { "voice-incoming", "voice", "incoming_allow" },
  { "video-room", "video", "room" }, { "chat-service", "chat", "service_sid" }, { "sync-service", "sync", "service_sid" },
}

-- Returns the value of --grants. Raises unless it is an object of objects.
local function given_grants(text)
  local grants = parameters.json(text, "the value of --grants")
  local is_object = type(grants) == "table" and #grants == 0
  for _, grant in pairs(is_object and grants or {}) do is_object = is_object and type(grant) == "table" end
  if not is_object then commands.usage("token", "the value of --grants is not an object of objects, as in '{\"video\":{\"room\":\"daily\"}}'") end
  return grants
end

local function grants_of(own)
  local grants = own.grants and given_grants(own.grants) or {}
  for _, row in ipairs(GRANTS) do
    local value = own[row[1]]
    if value then
      grants[row[2]] = grants[row[2]] or {}
      if value ~= "" then grants[row[2]][row[3]] = value end
    end
  end
  return grants
end

function token.run(words, own, given)
  if words[1] then commands.usage("token", ("unexpected '%s'"):format(words[1])) end
  if not own.identity and not own.grants then commands.usage("token", "missing --identity") end
  local client = require("twilio.cli.connect").client(given)
  local claims = { identity = own.identity, ttl = own.ttl, grants = grants_of(own) }
  local ok, made = pcall(client.jwt.access_token, claims)
  if ok and not next(claims.grants) then io.stderr:write "twilio-lua: warning: the token has no grants, so an app can do nothing with it\n" end
  if ok then return writer.line(made) end
  if not tostring(made):find("no API key", 1, true) then error(made, 0) end
  stop.with("credentials",
    "no API key to sign the token with: set TWILIO_API_KEY and TWILIO_API_SECRET, or make a profile with api_key and api_secret",
    "twilio-lua profiles --help")
end

return token
