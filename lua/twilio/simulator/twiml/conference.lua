--- <Conference> in <Dial>: the call is in a conference until it leaves or is removed, or the conference ends.
local call_script = require "twilio.simulator.call_script"
local conferences = require "twilio.simulator.conferences"
local document = require "twilio.simulator.document"

local conference = {}

local function callback_of(line, element)
  local url = document.attribute(element, "statusCallback")
  if not url then return nil end
  local events = {}
  for word in document.attribute(element, "statusCallbackEvent", "start end"):gmatch "%a+" do events[word] = true end
  return { url = call_script.resolve(line, url), method = document.attribute(element, "statusCallbackMethod", "POST"):upper(), events = events }
end

--- Joins the conference, and waits for its end.
-- @return the parameters of the action of <Dial>
function conference.join(line, element)
  local store = line.store
  local room, participant = conferences.join(store, line.call, document.text(element), {
    muted = document.is_true(element, "muted"), starts = document.is_true(element, "startConferenceOnEnter", true),
    ends = document.is_true(element, "endConferenceOnExit"), label = document.attribute(element, "participantLabel"),
    callback = callback_of(line, element),
  })
  line:note("Conference", "is in the conference " .. room.friendly_name)
  line:on_stop(function() conferences.leave(store, room, participant) end)
  line:await { conference = true }
  line:done()
  return { { "DialCallStatus", "completed" }, { "ConferenceSid", room.sid } }
end

return conference
