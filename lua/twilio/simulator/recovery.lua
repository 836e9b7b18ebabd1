--- Continues the calls, messages, recordings and conferences of a state file.
--
-- The scripts that followed TwiML have ended with the program. Their calls end too, with status callbacks, as
-- after a failure of Twilio. All others are moved by the clock again.
local conferences = require "twilio.simulator.conferences"
local life = require "twilio.simulator.call_life"
local messages = require "twilio.simulator.messages"
local recordings = require "twilio.simulator.recordings"

local recovery = {}

local function resume_call(store, call)
  if not life.is_live(call) then return end
  if call.line or call.parent_call_sid then
    life.finish(store, call, call.status == "in-progress" and "completed" or "failed", store.now)
  else
    life.resume(store, call)
  end
end

-- In this order: the end of a call ends its recordings, and removes it from its conference.
local KINDS = {
  { "calls", resume_call }, { "messages", messages.resume }, { "recordings", recordings.resume }, { "conferences", conferences.resume },
}

--- Lets all records of the store go on.
function recovery.resume(store)
  for _, kind in ipairs(KINDS) do
    for sid in pairs(store.accounts) do
      for _, record in ipairs(store:collection(sid, kind[1]):all()) do kind[2](store, record) end
    end
  end
end

return recovery
