--- Twilio's error codes for parameters: missing ones, and those with a wrong value.
local codes = {}

local INVALID = 20001 -- also for unknown parameters

-- The codes of a whole document: { missing, invalid }
local DOCUMENTS = { verify_v2 = { 60200, 60200 } }

local CALL = {
  To = { 21201, 21217 }, From = { 21213, 21212 }, Url = { 21205, 21205 }, StatusCallbackEvent = { 21626, 21626 },
  StatusCallback = { 21609, 21609 }, RecordingStatusCallbackEvent = { 13621, 13621 },
}

-- The codes of parameters of one operation
local OPERATIONS = {
  ["api_v2010.CreateCall"] = CALL, ["api_v2010.UpdateCall"] = CALL, ["api_v2010.CreateParticipant"] = CALL,
  ["api_v2010.CreateCallRecording"] = CALL,
  ["api_v2010.CreateMessage"] = { To = { 21604, 21211 }, From = { 21603, 21212 }, StatusCallback = { 21609, 21609 } },
  ["api_v2010.CreateSmsMessage"] = { To = { 21604, 21211 }, From = { 21603, 21212 }, Body = { 21602, 21602 } },
  ["api_v2010.CreateIncomingPhoneNumber"] = { PhoneNumber = { 21402, 21421 }, AreaCode = { 21402, 21451 } },
}

--- Returns the code for a parameter.
-- @param operation see api.lua
-- @param name the name of the parameter, or nil
-- @param is_missing whether it is absent; otherwise its value is wrong
function codes.of(operation, name, is_missing)
  local known = (OPERATIONS[operation.name] or {})[name] or DOCUMENTS[operation.document] or { INVALID, INVALID }
  return known[is_missing and 1 or 2]
end

codes.UNKNOWN = INVALID

return codes
