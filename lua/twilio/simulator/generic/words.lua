--- The words of parameters with events. The documents have them as any text.
local words = {}

local function set(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = word end
  return list
end

local CALL = set "initiated ringing answered completed"
local RECORDING = set "in-progress completed absent"
local CONFERENCE = set "start end join leave mute hold modify speaker announcement"

local PARAMETERS = {
  StatusCallbackEvent = CALL, RecordingStatusCallbackEvent = RECORDING, ConferenceStatusCallbackEvent = CONFERENCE,
  ConferenceRecordingStatusCallbackEvent = RECORDING,
}

--- Returns the words of a parameter of the API for calls, or nil.
-- @param operation see api.lua
function words.of(operation, name)
  return operation.document == "api_v2010" and PARAMETERS[name] or nil
end

--- Returns the first word of a text that is no such word; nil if all are.
-- @param text one word or several, with commas or spaces between them
function words.wrong(list, text)
  local known = {}
  for _, word in ipairs(list) do known[word] = true end
  for word in text:gmatch "[^%s,]+" do
    if not known[word] then return word end
  end
  return nil
end

return words
