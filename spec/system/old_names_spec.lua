-- The names of the first Lua library for Twilio still work. The specs call its resources and verbs
-- on the stand-in.
local servers = require "spec.support.servers"
local twilio = require "twilio"

local server, client

local function seed(form) return server:post("/_/seed", form) end

-- Returns the last request that the stand-in received, such as "POST /Calls/CA….json
-- Status=completed". The path is relative to the account.
local function last()
  local log = server:get "/_/log"
  local request = log[#log]
  local path = request.target:gsub("^/2010%-04%-01/Accounts/" .. server.account_sid, ""):gsub("%f[%w]([A-Z][A-Z])%x+", "%1…")
  return request.method .. " " .. path .. (request.body ~= "" and " " .. request.body or "")
end

local function sids(iterator)
  local all = {}
  for record in iterator do all[#all + 1] = record.sid end
  return all
end

describe("the names of the first Lua library for", function()
  setup(function()
    server = servers.twilio()
    client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
  end)

  teardown(function()
    client:close()
    server:stop()
  end)

  before_each(function() server:post("/_/reset", {}) end)

  it("accounts: list, iter, get, create, update, count, suspend, activate, close", function()
    local sub = assert(client.accounts:create { friendly_name = "Sub" })
    assert.same({ sub.sid, server.account_sid }, sids(client.accounts:iter()))
    assert.equal(2, #client.accounts:list())
    assert.equal(2, client.accounts:count())
    assert.equal("Sub", client.accounts:get(sub.sid).friendly_name)
    assert.equal("Other", client.accounts:update(sub.sid, { friendly_name = "Other" }).friendly_name)
    assert.equal("suspended", client.accounts:suspend(sub.sid).status)
    assert.equal("active", client.accounts:activate(sub.sid).status)
    assert.equal(sub.sid, client.accounts(sub.sid):fetch().sid)
    assert.equal("closed", sub:close().status)
    assert.equal("closed", sub.status)
  end)

  it("applications: create, list, iter, get, update, delete, count", function()
    local made = assert(client.applications:create { friendly_name = "Phone me", voice_url = "http://foo.com/voice.xml" })
    assert.matches("^AP%x+$", made.sid)
    assert.equal("http://foo.com/voice.xml", made.voice_url)
    assert(client.applications:create { friendly_name = "Text me" })
    assert.same({ made.sid }, sids(client.applications:iter { friendly_name = "Phone me" }))
    assert.equal(2, client.applications:count())
    assert.equal(2, #client.applications:list())
    assert.equal("Phone me", client.applications:get(made.sid).friendly_name)
    assert.equal("GET", client.applications:update(made.sid, { voice_method = "GET" }).voice_method)
    made:update { sms_url = "http://foo.com/sms.xml" }
    assert.equal("http://foo.com/sms.xml", made.sms_url)
    assert.is_true(made:delete())
    assert.equal(20404, select(3, client.applications:get(made.sid)).code)
  end)

  it("calls: make, get, list, iter, count, update, route, hangup, cancel, delete", function()
    local call = assert(client.calls:make {
      to = "+15558675310", from = "+15017122661", url = "http://foo.com/", method = "GET", fallback_url = "http://foo.com/f",
      fallback_method = "GET", status_callback = "http://foo.com/s", status_method = "GET", send_digits = "1234#", if_machine = "Hangup",
      timeout = 30, record = true,
    })
    assert.equal("POST /Calls.json FallbackMethod=GET&FallbackUrl=http%3A%2F%2Ffoo.com%2Ff&From=%2B15017122661&IfMachine=Hangup&Method=GET"
      .. "&Record=true&SendDigits=1234%23&StatusCallback=http%3A%2F%2Ffoo.com%2Fs&StatusCallbackMethod=GET&Timeout=30&To=%2B15558675310"
      .. "&Url=http%3A%2F%2Ffoo.com%2F", last())
    assert.equal(call.sid, client.calls:get(call.sid).sid)
    assert.equal("canceled", client.calls:cancel(call.sid).status)
    local first = seed({ Calls = 2, Status = "in-progress" }).first
    assert.equal("in-progress", client.calls:route(first, "http://foo.com/new.xml").status)
    assert.equal("POST /Calls/CA….json Method=POST&Url=http%3A%2F%2Ffoo.com%2Fnew.xml", last())
    assert.equal("in-progress", client.calls:update(first, { url = "http://foo.com/new.xml", method = "GET" }).status)
    assert.equal("completed", client.calls:hangup(first).status)
    assert.equal(1, client.calls:count { status = twilio.COMPLETED })
    assert.equal(3, #sids(client.calls:iter()))
    assert.equal(3, #client.calls:list { started_after = "2001-01-01", started_before = "2101-01-01" })
    assert.is_true(client.calls:delete(first))
    assert.equal(2, client.calls:count())
  end)

  it("caller ids: list, iter, get, update, validate, delete", function()
    local all = sids(client.caller_ids:iter())
    assert.same(all, sids(client.outgoing_caller_ids:iter()))
    local own = client.caller_ids:get(all[1])
    assert.equal(1, #client.caller_ids:list { phone_number = own.phone_number })
    assert.equal("Mine", client.caller_ids:update(own.sid, { friendly_name = "Mine" }).friendly_name)
    assert.is_true(client.caller_ids:delete(own.sid))
    assert.equal(#all - 1, client.caller_ids:count())
    assert(client.caller_ids:validate { phone_number = "+14158675311", friendly_name = "New" })
    assert.equal("POST /OutgoingCallerIds.json FriendlyName=New&PhoneNumber=%2B14158675311", last())
  end)

  it("conferences and participants: list, iter, get, update, mute, unmute, kick", function()
    local sid = seed({ Conferences = 2, Participants = 3 }).conference
    assert.equal(2, client.conferences:count { status = "in-progress" })
    local conference = client.conferences:get(sid)
    local callers = {}
    for participant in conference.participants:iter() do callers[#callers + 1] = participant.call_sid end
    assert.equal(3, #callers)
    local participants = client.conferences(sid).participants
    assert.is_true(participants:mute(callers[1]).muted)
    assert.equal("POST /Conferences/CF…/Participants/CA….json Muted=true", last())
    assert.equal(1, #participants:list { muted = true })
    assert.is_false(participants:unmute(callers[1]).muted)
    local one = participants:get(callers[2])
    assert.is_true(one:mute() == one and one.muted)
    assert.is_true(participants:update(callers[2], { hold = true }).hold)
    assert.is_true(one:kick())
    assert.is_true(participants:kick(callers[3]))
    assert.equal("DELETE /Conferences/CF…/Participants/CA….json", last())
    assert.equal(1, participants:count())
    assert.equal("completed", conference:update({ status = "completed" }).status)
    assert.equal(1, #client.conferences:list { status = "completed" })
  end)

  it("notifications: list, iter, get, of the account and of a call", function()
    local sid = seed({ Calls = 1, Notifications = 2 }).first
    seed { Calls = 1, Notifications = 3 }
    assert.equal(5, #sids(client.notifications:iter()))
    local of_call = client.notifications:list { call = sid }
    assert.equal(2, #of_call)
    assert.equal("GET /Calls/CA…/Notifications.json", last())
    assert.is_string(client.notifications:get(of_call[1].sid).message_text)
    assert.equal(2, client.calls(sid).notifications:count())
  end)

  it("phone numbers: search, purchase, list, iter, get, update, delete", function()
    local found = assert(client.phone_numbers:search("US", { area_code = "415", page_size = 3 }))
    assert.same({ 3, "+14155550001" }, { #found, found[1].phone_number })
    assert.equal("(415) 555-0002", client.available_phone_numbers("US").local_:list({ area_code = "415" })[2].friendly_name)
    assert.equal(10, client.available_phone_numbers("US").local_:count { contains = "5550", page_size = 10 })
    local country = client.available_phone_numbers("US"):fetch()
    assert.equal("United States", country.country)
    assert.equal("US", client.available_phone_numbers:list()[18].country_code)
    local before = client.phone_numbers:count()
    local number = assert(client.phone_numbers:purchase { phone_number = found[1].phone_number, voice_url = "http://foo.com/v.xml" })
    assert.equal(before + 1, client.incoming_phone_numbers:count())
    assert.same({ number.sid }, sids(client.phone_numbers:iter { phone_number = "+14155550001" }))
    assert.equal("Mine", client.phone_numbers:update(number.sid, { friendly_name = "Mine" }).friendly_name)
    assert.equal("Mine", client.phone_numbers:get(number.sid).friendly_name)
    assert.is_true(number:delete())
    assert.equal(before, client.phone_numbers:count())
  end)

  it("recordings: list, iter, get, formats, transcriptions, delete", function()
    local sid = seed({ Calls = 1, Recordings = 2, Transcriptions = 1 }).first
    seed { Calls = 1, Recordings = 1 }
    assert.equal(3, client.recordings:count())
    local of_call = client.recordings:list { call = sid }
    assert.equal(2, #of_call)
    local recording = client.recordings:get(of_call[1].sid)
    assert.matches("/Recordings/" .. recording.sid .. "%.mp3$", recording.formats.mp3)
    assert.matches("/Recordings/" .. recording.sid .. "%.wav$", recording.formats.wav)
    assert.equal("Transcription 1", recording.transcriptions:list()[1].transcription_text)
    assert.is_true(client.recordings:delete(recording.sid))
    assert.is_true(client.calls(sid).recordings:list()[1]:delete())
    assert.equal(1, client.recordings:count())
  end)

  it("sandboxes: get, update", function()
    assert.equal("66528411", client.sandboxes:get().pin)
    assert.equal("http://foo.com/v.xml", client.sandboxes:update({ voice_url = "http://foo.com/v.xml", voice_method = "GET" }).voice_url)
    assert.equal("POST /Sandbox.json VoiceMethod=GET&VoiceUrl=http%3A%2F%2Ffoo.com%2Fv.xml", last())
    local sandbox = client.sandbox:fetch()
    sandbox:update { sms_url = "http://foo.com/s.xml" }
    assert.same({ "GET", "http://foo.com/s.xml" }, { sandbox.voice_method, sandbox.sms_url })
  end)

  it("SMS messages: create, make, list, iter, get", function()
    local text = assert(client.sms_messages:create { to = "+15558675310", from = "+15017122661", body = "hi" })
    assert.equal("POST /SMS/Messages.json Body=hi&From=%2B15017122661&To=%2B15558675310", last())
    assert(client.sms_messages:make { to = "+15558675311", from = "+15017122661", body = "hello" })
    assert.same({ text.sid }, sids(client.sms_messages:iter { to = "+15558675310" }))
    assert.equal(2, #client.sms_messages:list())
    assert.equal("hi", client.sms_messages:get(text.sid).body)
    assert.equal(2, client.messages:count())
  end)

  it("transcriptions: list, iter, get, delete, of the account, a recording and a call", function()
    local sid = seed({ Calls = 1, Recordings = 2, Transcriptions = 2 }).first
    seed { Calls = 1, Recordings = 1, Transcriptions = 1 }
    assert.equal(5, client.transcriptions:count())
    local of_call = sids(client.transcriptions:iter { call = sid })
    assert.equal(4, #of_call)
    assert.equal("completed", client.transcriptions:get(of_call[1]).status)
    local recording = client.recordings:list({ call = sid })[1]
    assert.equal(2, recording.transcriptions:count())
    assert.equal(2, client.recordings(recording.sid).transcriptions:count())
    assert.is_true(client.transcriptions:delete(of_call[1]))
    assert.equal(4, client.transcriptions:count())
  end)
end)
