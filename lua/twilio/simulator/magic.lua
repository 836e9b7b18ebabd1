--- Magic numbers: numbers of calls and messages that cause a certain error or fault. doc/simulator.md lists them.
local failure = require "twilio.simulator.failure"
local http = require "twilio.simulator.http"
local names = require "twilio.simulator.generic.names"

local magic = {}

-- Twilio's own test numbers, by kind of request and parameter: the code and the message of the refusal
local REFUSALS = {
  messages = {
    To = {
      ["+15005550002"] = { 21612, "The number cannot be reached from the 'From' number" },
      ["+15005550003"] = { 21408, "The account has no permission to send messages to this region" },
      ["+15005550004"] = { 21610, "The recipient has unsubscribed" },
      ["+15005550009"] = { 21614, "The 'To' number cannot receive messages" },
    },
    From = {
      ["+15005550007"] = { 21606, "The 'From' number does not belong to the account" },
      ["+15005550008"] = { 21611, "The queue of the 'From' number is full" },
    },
  },
  calls = {
    To = {
      ["+15005550002"] = { 21214, "The 'To' number cannot be reached" },
      ["+15005550003"] = { 21215, "The account has no permission to call this number" },
      ["+15005550004"] = { 21216, "The account may not call this number" },
    },
    From = {},
  },
}

--- Refuses a request with one of Twilio's test numbers.
-- @param kind "calls" or "messages"
function magic.refuse(kind, form)
  for parameter, numbers in pairs(REFUSALS[kind]) do
    local refusal = numbers[form[parameter] or ""]
    if refusal then failure.raise(400, refusal[1], refusal[2]) end
  end
end

local SLOW = 5 -- seconds

local function error_answer(status, code, message)
  return { status = status, body = failure.body(status, code, message) }
end

-- The faults of requests, see faults.lua: by name for the header, and by number for To
local FAULTS = {
  ["429"] = function() return error_answer(429, 20429, "Too Many Requests") end,
  ["500"] = function() return error_answer(500, 20500, "Internal Server Error") end,
  ["503"] = function() return error_answer(503, 20503, "Service Unavailable") end,
  slow = function() return { delay = SLOW } end,
  drop = function() return { close = "instead" } end,
  ["drop-after"] = function() return { close = "instead", handle = true } end,
}

-- The names of FAULTS
magic.WORDS = { "429", "500", "503", "slow", "drop", "drop-after" }

local function unknown_word(word)
  return error_answer(400, 20001, ("Unknown fault '%s' in the header X-Simulator-Fault%s Its words are %s"):format(
    word, names.hint(word, magic.WORDS), table.concat(magic.WORDS, ", ")))
end

--- Returns the fault with a name of magic.WORDS; for another name, a refusal of the request.
function magic.named(word)
  local fault = FAULTS[word] and FAULTS[word]() or unknown_word(word)
  fault.headers = {}
  return fault
end

local NUMBERS = {
  ["+15005559429"] = "429", ["+15005559500"] = "500", ["+15005559503"] = "503", ["+15005559005"] = "slow", ["+15005559000"] = "drop",
  ["+15005559001"] = "drop-after",
}

--- Returns the fault that a request demands, by its header X-Simulator-Fault or by its parameter To; nil if none.
function magic.fault(request)
  local name = request.headers["x-simulator-fault"]
  if not name and request.body:find("1500555", 1, true) then name = NUMBERS[http.form(request.body).To or ""] end
  return name and magic.named(name)
end

return magic
