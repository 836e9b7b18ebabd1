--- <Say>, <Play> and <Pause>: what the caller hears, and how long it takes.
local call_script = require "twilio.simulator.call_script"
local document = require "twilio.simulator.document"

local say = {}

local PLAY_SECONDS = 5 -- the length of every audio file, which the simulator does not fetch
local TONE_SECONDS = 0.5
local MOST_LOOPS = 1000 -- stands for loop="0", which goes on until the call ends

local function seconds_of(element)
  if element.name == "Pause" then return document.number(element, "length", 1) end
  if element.name == "Say" then return call_script.seconds_of(document.text(element)) end
  local digits = document.attribute(element, "digits")
  return digits and math.ceil(#digits * TONE_SECONDS) or PLAY_SECONDS
end

local function describe(element)
  if element.name == "Pause" then return ("%d s"):format(document.number(element, "length", 1)) end
  return document.attribute(element, "digits") or document.text(element)
end

--- Lets the caller hear an element.
-- @param kinds the input that interrupts it, see Line:await
-- @return the kind of input and its value; "time" if there was none
function say.hear(line, element, path, kinds)
  local loops = element.name == "Pause" and 1 or document.number(element, "loop", 1)
  for _ = 1, loops == 0 and MOST_LOOPS or loops do
    line:note(element.name, describe(element), path)
    local kind, value = line:await(kinds, math.floor(seconds_of(element)))
    if kind ~= "time" then return kind, value end
  end
  return "time"
end

for _, name in ipairs { "Say", "Play", "Pause" } do
  call_script.verbs[name] = function(line, element, path) say.hear(line, element, path, {}) end
end

return say
