-- The WebSocket messages of ConversationRelay and Media Streams.
local relay = require "twilio.relay"
local stream = require "twilio.stream"

return function(text)
  for _, codec in ipairs { relay, stream } do
    local message, problem = codec.parse(text)
    assert(type(message) == "table" or message == nil and type(problem) == "string")
  end
  local ok, written = pcall(relay.text, text)
  assert(not ok or require("cjson").decode(written).token == text, written)
  local audio = stream.media("MZ1", text)
  assert(type(audio) == "string")
end
