-- TwiML documents from arbitrary bytes. A document that is read and written reads back as itself.
local twiml = require "twilio.twiml"

return function(text)
  local document, message = twiml.parse(text)
  if not document then
    assert(type(message) == "string" and not message:find "[%z\1-\31]", message)
  else
    local written = tostring(document)
    local again = assert(twiml.parse(written))
    assert(tostring(again) == written, written)
    assert(twiml.parse(document:pretty()))
  end
  local response = twiml.voice()
  if not pcall(response.say, response, text, { voice = text }) then return end
  local say = assert(twiml.parse(tostring(response))):children()[1]
  assert(say:text() == text, "the text changed: " .. tostring(response))
  assert(say:attributes().voice == text, "the attribute changed: " .. tostring(response))
end
