--- <Gather>: waits for digits and speech of the caller, while the caller hears the elements in it.
local call_script = require "twilio.simulator.call_script"
local document = require "twilio.simulator.document"
local notifications = require "twilio.simulator.notifications"
local say = require "twilio.simulator.twiml.say"

local HEARD = { Say = true, Play = true, Pause = true }
local CONFIDENCE = "0.9"

local function settings(element)
  local input = document.attribute(element, "input", "dtmf")
  return {
    kinds = { digits = input:find "dtmf" ~= nil, speech = input:find "speech" ~= nil },
    finish = element.attributes and element.attributes.finishOnKey or "#", -- "" turns the key off
    most = document.number(element, "numDigits"),
    timeout = math.floor(document.number(element, "timeout", 5)),
  }
end

-- Takes digits one by one, until the result is complete. Keeps the rest for the next <Gather>.
-- @return whether the result is complete
local function take(line, wanted, result, digits)
  for place = 1, #digits do
    local digit = digits:sub(place, place)
    if wanted.finish ~= "" and wanted.finish:find(digit, 1, true) then
      result.key = digit
    else
      result.digits = result.digits .. digit
    end
    if result.key or #result.digits == wanted.most then
      line.buffer = digits:sub(place + 1)
      return true
    end
  end
  return false
end

-- Takes input of the caller. Returns whether the result is complete.
local function accept(line, wanted, result, kind, value)
  if kind == "digits" then return take(line, wanted, result, value) end
  result.speech, result.confidence = value.text, value.confidence or CONFIDENCE
  return true
end

-- Lets the caller hear the elements until there is input. Returns the input, or "time".
local function prompt(line, element, path, kinds)
  for index, child in ipairs(document.children(element)) do
    local child_path = { path[1], index }
    if HEARD[child.name] then
      local kind, value = say.hear(line, child, child_path, kinds)
      if kind ~= "time" then return kind, value end
    else
      notifications.report(line.store, line.call, 12200, "<Gather> cannot contain <" .. child.name .. ">", { url = line.base })
    end
  end
  return "time"
end

local function gather(line, wanted, element, path)
  local result = { digits = "" }
  local buffered = line.buffer
  line.buffer = ""
  if wanted.kinds.digits and buffered ~= "" and take(line, wanted, result, buffered) then return result end
  local kind, value = "time", nil
  if result.digits == "" then kind, value = prompt(line, element, path, wanted.kinds) end
  if kind ~= "time" and accept(line, wanted, result, kind, value) then return result end
  line:note("Gather", "waits for the caller", path)
  repeat
    kind, value = line:await(wanted.kinds, wanted.timeout)
  until kind == "time" or accept(line, wanted, result, kind, value)
  return result
end

local function parameters_of(result, element)
  local list = {}
  local function add(name, text)
    if text then list[#list + 1] = { name, text } end
  end
  if not result.speech then
    add("Digits", result.digits)
    add("FinishedOnKey", result.key or "")
  end
  add("SpeechResult", result.speech)
  add("Confidence", result.speech and result.confidence)
  add("Language", result.speech and document.attribute(element, "language", "en-US"))
  return list
end

call_script.verbs.Gather = function(line, element, path)
  line:note("Gather", nil, path)
  local wanted = settings(element)
  local result = gather(line, wanted, element, path)
  local empty = result.digits == "" and not result.speech
  if empty and not document.is_true(element, "actionOnEmptyResult") then return nil end
  local request = call_script.request(line, element, "action", "")
  request.kind, request.parameters = "voice.gather", parameters_of(result, element)
  return request
end
