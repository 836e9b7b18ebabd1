--- The fields of the requests below /_/. A misspelt name, a value of another type and a misspelt word are refused:
-- otherwise a test would go on without what it asked for.
local magic = require "twilio.simulator.magic"
local names = require "twilio.simulator.generic.names"

local unpack = table.unpack or unpack

local control_fields = {}

-- ---- types ----

-- A type is { text for the message, function(text): whether it fits }, with `several` if a field may be repeated.

local TEXT = { "a text", function() return true end }
local NUMBER = { "a number", function(text) return text:find "^%-?%d*%.?%d+$" ~= nil end }
local COUNT = { "a whole number from 0 on", function(text) return text:find "^%d+$" ~= nil end }

local function one_of(...)
  local choices, known = { ... }, {}
  for _, choice in ipairs(choices) do known[choice] = true end
  return { "one of " .. table.concat(choices, ", "), function(text) return known[text] == true end, choices = choices }
end

local BOOLEAN = one_of("true", "false")
local PATTERN = { "a Lua pattern", function(text) return (pcall(string.find, "", text)) end }
local SHARE = { "a number from 0 to 1", function(text) return NUMBER[2](text) and tonumber(text) >= 0 and tonumber(text) <= 1 end }
local STATUS = { "an HTTP status", function(text) return text:find "^[1-5]%d%d$" ~= nil end }
local HEADERS = { "'Name: value'", function(text) return text:find "^[%w-]+:" ~= nil end, several = true }
local TEXTS = { "a text", TEXT[2], several = true }

-- ---- fields ----

local FIELDS = {
  ["POST /_/clock"] = {
    Seconds = NUMBER, Now = NUMBER, Ringing = NUMBER, Answered = NUMBER, Completed = NUMBER, Sent = NUMBER, Delivered = NUMBER,
  },
  ["POST /_/seed"] = {
    Account = TEXT, Status = one_of("queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"), To = TEXT,
    From = TEXT, Calls = COUNT, Recordings = COUNT, Notifications = COUNT, Transcriptions = COUNT, Messages = COUNT, Conferences = COUNT,
    Participants = COUNT, PortIns = COUNT, Stores = COUNT, Revisions = COUNT,
  },
  ["POST /_/key"] = { Sid = TEXT, Secret = TEXT, Account = TEXT },
  ["POST /_/app"] = { ClientId = TEXT, ClientSecret = TEXT, Lifetime = COUNT, Account = TEXT },
  ["POST /_/fault"] = {
    Method = one_of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"), Path = PATTERN, Skip = COUNT, Times = COUNT, Every = COUNT,
    Status = STATUS, Body = TEXT, Header = HEADERS, Delay = NUMBER, Close = one_of("instead", "after"), Cut = SHARE, Hold = BOOLEAN,
    Handle = BOOLEAN, Fault = one_of(unpack(magic.WORDS)),
  },
  ["POST /_/chaos"] = { Rate = SHARE, Seed = NUMBER },
  ["GET /_/verifications"] = { To = TEXT },
  ["GET /_/events"] = { Since = COUNT },
  ["POST /_/calls"] = { From = TEXT, To = TEXT, ForwardedFrom = TEXT, CallerName = TEXT },
  ["POST /_/calls/{}/digits"] = { Digits = TEXT },
  ["POST /_/calls/{}/speech"] = { Speech = TEXT, Confidence = SHARE },
  ["POST /_/calls/{}/next"] = { Status = one_of("busy", "no-answer", "failed", "canceled") },
  ["POST /_/messages"] = { From = TEXT, To = TEXT, Body = TEXT, MediaUrl = TEXTS },
  ["POST /_/messages/{}/next"] = { Status = one_of("sent", "delivered", "undelivered", "failed", "read") },
}

-- ---- checking ----

local function refuse(...) error(string.format(...), 0) end

local function refuse_name(place, name, fields)
  local list = {}
  for known in pairs(fields) do list[#list + 1] = known end
  table.sort(list)
  refuse("unknown field '%s' of %s%s %s", name, place, names.hint(name, list),
    list[1] and "Its fields are " .. table.concat(list, ", ") or "It has no fields")
end

-- Each POST may be answered before the webhooks that follow are complete.
local function takes_wait(place) return place:find "^POST" ~= nil end

local function check_value(name, of, text)
  if of[2](text) then return end
  refuse("the field '%s' is '%s': expected %s%s", name, text, of[1], of.choices and names.hint(text, of.choices) or ".")
end

--- Raises a message for a person unless a control path takes the fields of a request.
-- @param place the method and the path, such as "POST /_/calls/{}/digits"
-- @param in_order an array of { name, value }; a value of another type than text is wrong
function control_fields.check(place, in_order)
  local fields, given = FIELDS[place] or {}, {}
  for _, pair in ipairs(in_order) do
    local name, value = pair[1], pair[2]
    local of = fields[name] or name == "Wait" and takes_wait(place) and BOOLEAN
    if not of then refuse_name(place, name, fields) end
    if type(value) ~= "string" then refuse("the field '%s' is an object or an array: expected %s", name, of[1]) end
    if given[name] and not of.several then refuse("the field '%s' takes one value", name) end
    given[name] = true
    check_value(name, of, value)
  end
end

--- Returns the fields of a control path with the texts of their types.
function control_fields.describe(place)
  local texts = { Wait = takes_wait(place) and BOOLEAN[1] or nil }
  for name, of in pairs(FIELDS[place] or {}) do texts[name] = of[1] end
  return texts
end

return control_fields
