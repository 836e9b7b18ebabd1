--- GET /_/state: what the page needs to know when it opens. The stream of events tells what happens later.
local life = require "twilio.simulator.call_life"
local messages = require "twilio.simulator.messages"

local MOST = 100 -- calls and messages, the newest ones

local function array(list)
  return #list > 0 and list or nil -- cjson writes an empty table as an object; an absent field is an empty list
end

-- Adds what `view` returns for the newest records of a collection, oldest first.
local function add_newest(list, records, view)
  for index = math.max(#records - MOST + 1, 1), #records do list[#list + 1] = view(records[index]) end
end

local function view_call(call)
  local seen = life.summary(call)
  seen.created, seen.started, seen.ended = call.date_created, call.start_time, call.end_time
  seen.heard = call.line and array(call.line.heard)
  return seen
end

local function view_message(message)
  local seen = messages.summary(message)
  seen.created, seen.error_code = message.date_created, message.error_code
  return seen
end

local function view_number(number)
  return {
    sid = number.sid, account_sid = number.account_sid, phone_number = number.phone_number, friendly_name = number.friendly_name,
    voice_url = number.voice_url, sms_url = number.sms_url, voice_application_sid = number.voice_application_sid,
    sms_application_sid = number.sms_application_sid,
  }
end

local function sorted(accounts)
  local list = {}
  for sid, account in pairs(accounts) do list[#list + 1] = { sid = sid, token = account.auth_token } end
  table.sort(list, function(one, other) return one.sid < other.sid end)
  return list
end

--- @return { url, now, tick = the speed of the clock, nil if it stands still, last = the ID of the last event,
-- faults = the number of faults to come, accounts, numbers, calls, messages }. Empty lists are absent.
return function(world)
  local store = world.service.store
  local state = {
    url = world.url, now = store.now, tick = tonumber(world.options.tick), last = world.events.last, faults = #world.faults,
    default_account = world.options.account, accounts = sorted(store.accounts),
  }
  local numbers, calls, texts = {}, {}, {}
  for _, account in ipairs(state.accounts) do
    add_newest(numbers, store:collection(account.sid, "incoming_phone_numbers"):all(), view_number)
    add_newest(calls, store:collection(account.sid, "calls"):all(), view_call)
    add_newest(texts, store:collection(account.sid, "messages"):all(), view_message)
  end
  state.numbers, state.calls, state.messages = array(numbers), array(calls), array(texts)
  return state
end
