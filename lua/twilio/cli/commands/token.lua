--- twilio-lua token: access tokens for Twilio's SDKs in apps and browsers.

local commands = require "twilio.cli.commands"
local options = require "twilio.cli.options"
local parameters = require "twilio.cli.parameters"
local writer = require "twilio.cli.writer"

local token = {}

token.usage = { "token --identity NAME [GRANTS] [--ttl SECONDS]" }
token.text = {
  "Writes an access token, which is signed with the API key of the client.",
  "Other grants: --grants '{\"task_router\":{\"workspace_sid\":\"WS…\"}}'.",
}
token.options = {
  { name = "identity", value = "NAME", text = "the user" },
  { name = "ttl", value = "SECONDS", text = "3600 by default, at most 86400", is_number = true },
  { name = "voice-application", value = "SID", text = "voice: the application for outgoing calls" },
  { name = "voice-incoming", text = "voice: incoming calls are allowed" },
  { name = "video-room", value = "NAME", text = "video: the room; '' for all rooms" },
  { name = "chat-service", value = "SID", text = "conversations: the service" },
  { name = "sync-service", value = "SID", text = "sync: the service" },
  { name = "grants", value = "JSON", text = "the grants of twilio.jwt.access_token" },
}

-- option, grant, field of the grant
local GRANTS = {
  { "voice-application", "voice", "outgoing_application_sid" }, { "voice-incoming", "voice", "incoming_allow" },
  { "video-room", "video", "room" }, { "chat-service", "chat", "service_sid" }, { "sync-service", "sync", "service_sid" },
}

local function grants_of(own)
  local grants = own.grants and parameters.json(own.grants, "the value of --grants") or {}
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
  local client = require("twilio.cli.connect").client(given)
  writer.line(client.jwt.access_token {
    identity = own.identity, ttl = own.ttl and options.number({ name = "ttl" }, own.ttl) or nil, grants = grants_of(own),
  })
end

return token
