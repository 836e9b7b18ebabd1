-- mu-law audio. Decoding and encoding again gives the same samples.
local stream = require "twilio.stream"

return function(audio)
  local samples = stream.decode(audio)
  assert(#samples == 2 * #audio)
  assert(stream.decode(stream.encode(samples)) == samples)
  if #audio % 2 == 0 then
    local once = stream.encode(audio) -- the bytes as samples
    assert(#once * 2 == #audio and stream.encode(stream.decode(once)) == (once:gsub("\127", "\255")))
  end
end
