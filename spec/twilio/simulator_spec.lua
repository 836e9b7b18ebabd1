local cjson = require "cjson"
local servers = require "spec.support.servers"

local START = 1300000000 -- Sun, 13 Mar 2011 07:06:40 GMT

local server, root, user

-- Sends a request to the API. Returns the decoded body, or nil for an empty body, and the response.
local function ask(method, path, form, options)
  local request = { method = method, url = server.url .. path, form = form, user = user }
  for name, value in pairs(options or {}) do request[name] = value end
  local answer = assert(servers.curl(request))
  return answer.body ~= "" and cjson.decode(answer.body) or nil, answer
end

local function get(path, options) return ask("GET", path, nil, options) end
local function post(path, form, options) return ask("POST", path, form, options) end

local function call_path(call, below) return root .. "/Calls/" .. call.sid .. (below or "") .. ".json" end

local function make_call(form)
  local wanted = { To = "+15558675310", From = "+15017122661", Url = "http://foo.com/call.xml" }
  for name, value in pairs(form or {}) do wanted[name] = value or nil end
  return post(root .. "/Calls.json", wanted)
end

local function advance(seconds) return server:post("/_/clock", { Seconds = seconds }) end

local function assert_error(status, code, body, answer)
  assert.equal(status, answer.status)
  assert.equal(code, body.code)
  assert.equal(status, body.status)
  assert.equal("https://www.twilio.com/docs/errors/" .. code, body.more_info)
  assert.is_string(body.message)
end

local function count_keys(object)
  local count = 0
  for _ in pairs(object) do count = count + 1 end
  return count
end

local function sids(records)
  local list = {}
  for index, record in ipairs(records) do list[index] = record.sid end
  return list
end

-- Walks a list by its links to the next pages. Returns all SIDs in order. `on_page` is called with
-- each page before the next page is requested.
local function walk(path, key, on_page)
  local seen = {}
  while path ~= cjson.null do
    local page = get(path)
    for _, record in ipairs(page[key]) do seen[#seen + 1] = record.sid end
    if on_page then on_page(page) end
    path = page.next_page_uri
  end
  return seen
end

local function different(list)
  local known = {}
  for _, item in ipairs(list) do known[item] = true end
  return count_keys(known)
end

describe("twilio-simulator", function()
  setup(function()
    server = servers.twilio { now = START }
    user = server.account_sid .. ":" .. server.auth_token
    root = "/2010-04-01/Accounts/" .. server.account_sid
  end)

  teardown(function() assert.equal("", server:stop()) end)

  before_each(function() server:post("/_/reset") end)

  describe("as a program", function()
    it("reports wrong options and exits", function()
      local fine, problem = pcall(servers.twilio, { bogus = "1" })
      assert.is_false(fine)
      assert.matches("twilio%-simulator did not start: .*%-%-bogus", problem)
    end)

    it("exits when the program that started it has exited", function()
      local other = servers.twilio()
      assert.equal(200, servers.curl({ url = other.url .. "/_/stats" }).status)
      other:stop()
      local answer, problem = servers.curl { url = other.url .. "/_/stats" }
      assert.is_nil(answer)
      assert.matches("onnect", problem)
    end)

    it("accepts account, token and seed", function()
      local account = "AC" .. ("a"):rep(32)
      local other = servers.twilio { account = account, token = "secret", seed = "other" }
      local path = other.url .. "/2010-04-01/Accounts/" .. account
      local answer = servers.curl { url = path .. ".json", user = account .. ":secret" }
      assert.equal(account, cjson.decode(answer.body).sid)
      local numbers = servers.curl { url = path .. "/IncomingPhoneNumbers.json", user = account .. ":secret" }
      other:stop()
      assert.not_equal(
        get(root .. "/IncomingPhoneNumbers.json").incoming_phone_numbers[1].sid, cjson.decode(numbers.body).incoming_phone_numbers[1].sid
      )
    end)

    it("runs the clock with --tick", function()
      local other = servers.twilio { tick = 1000000 }
      local path = other.url .. "/2010-04-01/Accounts/" .. other.account_sid .. "/Calls"
      local made = servers.curl {
        method = "POST", url = path .. ".json", user = user, form = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" },
      }
      local call = cjson.decode(made.body)
      local fetched = servers.curl { url = path .. "/" .. call.sid .. ".json", user = user }
      other:stop()
      assert.equal("queued", call.status)
      assert.equal("completed", cjson.decode(fetched.body).status)
    end)
  end)

  describe("responses", function()
    it("have Twilio's headers", function()
      local _, answer = get(root .. ".json")
      assert.equal("application/json", answer.headers["content-type"])
      assert.matches("^RQ%x+$", answer.headers["twilio-request-id"])
      assert.equal(34, #answer.headers["twilio-request-id"])
      assert.equal("1", answer.headers["twilio-concurrent-requests"])
    end)

    it("reject wrong credentials", function()
      assert_error(401, 20003, get(root .. ".json", { user = server.account_sid .. ":wrong" }))
      assert_error(401, 20003, get(root .. ".json", { user = "AC0:" .. server.auth_token }))
      local answer = servers.curl { url = server.url .. root .. ".json" }
      assert.equal(401, answer.status)
    end)

    it("are the same with the product before the path", function()
      assert.equal(server.account_sid, get("/api" .. root .. ".json").sid)
      assert.equal(200, select(2, get("/verify/v2/Services")).status)
      assert_error(404, 20404, get("/verify" .. root .. ".json"))
      assert_error(404, 20404, get("/api/v2/Services"))
    end)

    it("reject unknown paths, methods and content types", function()
      assert_error(404, 20404, get("/2010-04-01/Nothing.json"))
      assert_error(404, 20404, get(root .. "/Calls"))
      assert_error(404, 20404, get(root .. "/Calls/CA" .. ("0"):rep(32) .. ".json"))
      assert_error(405, 20004, ask("DELETE", root .. "/Calls.json"))
      assert_error(415, 20001, post(root .. "/Calls.json", nil, { body = "{}", headers = { "Content-Type: application/json" } }))
    end)

    it("accept an API key", function()
      server:post("/_/key", { Sid = "SK" .. ("1"):rep(32), Secret = "hush" })
      assert.equal(server.account_sid, get(root .. ".json", { user = "SK" .. ("1"):rep(32) .. ":hush" }).sid)
    end)

    it("arrive in order on one connection", function()
      local url = server.url .. root .. ".json"
      local pipe = io.popen(("env -u LD_PRELOAD curl -s --noproxy '*' -u %s %s %s"):format(user, url, url))
      pipe:read("*a")
      pipe:close()
      local log = server:get("/_/log")
      assert.same({ 1, 1 }, { log[1].connection, log[2].connection })
      assert.same({ connections = 1, requests = 2 }, server:get("/_/stats"))
    end)
  end)

  describe("calls", function()
    it("are created", function()
      local call, answer = make_call()
      assert.equal(201, answer.status)
      assert.equal("queued", call.status)
      assert.equal("+15558675310", call.to)
      assert.equal("(555) 867-5310", call.to_formatted)
      assert.equal("(501) 712-2661", call.from_formatted)
      assert.equal("Sun, 13 Mar 2011 07:06:40 +0000", call.date_created)
      assert.equal(call_path(call), call.uri)
      assert.equal("outbound-api", call.direction)
      assert.equal(cjson.null, call.price)
      assert.equal(cjson.null, call.duration)
      assert.equal(26, count_keys(call))
      assert.equal(9, count_keys(call.subresource_uris))
      assert.equal(call_path(call, "/Recordings"), call.subresource_uris.recordings)
      assert.same(call, get(call.uri))
    end)

    it("have the same SIDs after each start", function()
      local first = make_call().sid
      assert.matches("^CA%x+$", first)
      assert.equal(34, #first)
      server:post("/_/reset")
      assert.equal(first, make_call().sid)
      assert.not_equal(first, make_call().sid)
    end)

    it("are not created with wrong parameters", function()
      assert_error(400, 21201, make_call { To = false })
      assert_error(400, 21213, make_call { From = false })
      assert_error(400, 21205, make_call { Url = false })
      assert_error(400, 21205, make_call { Url = "foo" })
      assert_error(400, 21217, make_call { To = "+15005550001" })
      assert_error(400, 21217, make_call { To = "nonsense" })
      assert_error(400, 21212, make_call { From = "+15005550001" })
      assert_error(400, 20001, make_call { Method = "FETCH" })
      assert.equal(201, select(2, make_call { Url = false, Twiml = "<Response/>" }).status)
      assert.equal(201, select(2, make_call { Url = false, ApplicationSid = "AP" .. ("0"):rep(32), To = "client:tom" }).status)
    end)

    it("change with the clock, and only with the clock", function()
      local call = make_call()
      local function status_after(seconds)
        advance(seconds)
        return get(call.uri).status
      end
      assert.equal("queued", status_after(0))
      assert.equal("ringing", status_after(1))
      assert.equal("ringing", status_after(1))
      assert.equal("in-progress", status_after(1))
      assert.equal("in-progress", status_after(56))
      assert.equal("completed", status_after(1))
      local ended = get(call.uri)
      assert.equal("57", ended.duration)
      assert.equal("Sun, 13 Mar 2011 07:06:43 +0000", ended.start_time)
      assert.equal("Sun, 13 Mar 2011 07:07:40 +0000", ended.end_time)
    end)

    it("reach each status at its time, even if the clock moves far", function()
      local call = make_call()
      advance(1000)
      local ended = get(call.uri)
      assert.equal("completed", ended.status)
      assert.equal("57", ended.duration)
      assert.equal("Sun, 13 Mar 2011 07:07:40 +0000", ended.date_updated)
    end)

    it("use the times that a spec sets", function()
      local call = make_call()
      server:post("/_/clock", { Ringing = 10, Answered = 20, Completed = 30, Seconds = 19 })
      assert.equal("ringing", get(call.uri).status)
      advance(11)
      assert.equal("10", get(call.uri).duration)
    end)

    it("are not answered by some numbers", function()
      for number, status in pairs { ["+15005551001"] = "busy", ["+15005551002"] = "no-answer", ["+15005551003"] = "failed" } do
        local call = make_call { To = number }
        advance(3)
        local ended = get(call.uri)
        assert.equal(status, ended.status)
        assert.equal("0", ended.duration)
      end
    end)

    it("are completed after they were answered, and canceled before", function()
      local queued = make_call()
      assert.equal("canceled", post(queued.uri, { Status = "completed" }).status)
      local ringing = make_call()
      advance(1)
      assert.equal("canceled", post(ringing.uri, { Status = "canceled" }).status)
      local answered = make_call()
      advance(3)
      assert.equal("in-progress", post(answered.uri, { Status = "canceled" }).status)
      advance(4)
      local ended, answer = post(answered.uri, { Status = "completed" })
      assert.equal(200, answer.status)
      assert.equal("completed", ended.status)
      assert.equal("4", ended.duration)
      advance(1000)
      assert.same(ended, get(answered.uri))
    end)

    it("are redirected while they are live", function()
      local call = make_call()
      advance(3)
      assert.equal("in-progress", post(call.uri, { Url = "http://foo.com/new.xml", Method = "POST" }).status)
      assert_error(400, 21205, post(call.uri, { Url = "foo" }))
      assert_error(400, 20001, post(call.uri, { Status = "busy" }))
      post(call.uri, { Status = "completed" })
      assert_error(400, 21220, post(call.uri, { Url = "http://foo.com/new.xml" }))
      assert_error(400, 21220, post(call.uri, { Status = "completed" }))
    end)

    it("are deleted only after they have ended", function()
      local call = make_call()
      assert_error(409, 20009, ask("DELETE", call.uri))
      post(call.uri, { Status = "canceled" })
      local _, answer = ask("DELETE", call.uri)
      assert.equal(204, answer.status)
      assert.equal("", answer.body)
      assert_error(404, 20404, get(call.uri))
      assert_error(404, 20404, ask("DELETE", call.uri))
    end)

    it("have one event for each request", function()
      local call = make_call()
      post(call.uri, { Status = "completed" })
      local events = get(call_path(call, "/Events")).events
      assert.equal(2, #events)
      assert.equal("completed", events[1].request.parameters.Status)
      assert.equal(201, events[2].response.response_code)
    end)
  end)

  describe("lists", function()
    it("may be empty", function()
      local page = get(root .. "/Calls.json")
      assert.same({
        calls = {}, page = 0, page_size = 50, start = 0, ["end"] = 0, next_page_uri = cjson.null, previous_page_uri = cjson.null,
        uri = root .. "/Calls.json?PageSize=50&Page=0", first_page_uri = root .. "/Calls.json?PageSize=50&Page=0",
      }, page)
    end)

    it("have the newest record first, and links in both directions", function()
      local newest = server:post("/_/seed", { Calls = 7 }).last
      local first = get(root .. "/Calls.json?PageSize=3")
      assert.equal(newest, first.calls[1].sid)
      assert.equal(root .. "/Calls.json?PageSize=3&Page=1&PageToken=PA" .. first.calls[3].sid, first.next_page_uri)
      assert.same({ 0, 2, cjson.null }, { first.start, first["end"], first.previous_page_uri })
      local second = get(first.next_page_uri)
      assert.same({ 1, 3, 5 }, { second.page, second.start, second["end"] })
      local third = get(second.next_page_uri)
      assert.same({ 1, cjson.null }, { #third.calls, third.next_page_uri })
      assert.same(sids(second.calls), sids(get(third.previous_page_uri).calls))
      assert.same(sids(first.calls), sids(get(second.previous_page_uri).calls))
      assert.equal(cjson.null, get(second.previous_page_uri).previous_page_uri)
    end)

    it("have links without the product", function()
      server:post("/_/seed", { Calls = 2 })
      assert.matches("^/2010%-04%-01/", get("/api" .. root .. "/Calls.json?PageSize=1").next_page_uri)
    end)

    it("have at most 1000 records per page", function()
      server:post("/_/seed", { Calls = 1001 })
      local page = get(root .. "/Calls.json?PageSize=5000")
      assert.same({ 1000, 1000 }, { page.page_size, #page.calls })
      assert.equal(1001, different(walk(root .. "/Calls.json?PageSize=1000", "calls")))
    end)

    it("neither skip nor repeat records if others no longer match", function()
      server:post("/_/seed", { Calls = 10, Status = "in-progress" })
      local seen = walk(root .. "/Calls.json?PageSize=3&Status=in-progress", "calls", function(page)
        for _, call in ipairs(page.calls) do post(call.uri, { Status = "completed" }) end
      end)
      assert.same({ 10, 10 }, { #seen, different(seen) })
      assert.equal(0, #get(root .. "/Calls.json?Status=in-progress").calls)
    end)

    it("neither skip nor repeat records if others are deleted or added", function()
      server:post("/_/seed", { Calls = 10 })
      local seen = walk(root .. "/Calls.json?PageSize=3", "calls", function(page)
        for _, call in ipairs(page.calls) do ask("DELETE", call.uri) end
        make_call()
      end)
      assert.same({ 10, 10 }, { #seen, different(seen) })
    end)

    it("reject a wrong page or page token", function()
      server:post("/_/seed", { Calls = 3 })
      assert_error(400, 20001, get(root .. "/Calls.json?PageToken=PACA1"))
      assert_error(400, 20001, get(root .. "/Calls.json?PageToken=nonsense"))
      assert_error(400, 20001, get(root .. "/Calls.json?Page=1"))
      assert_error(400, 20001, get(root .. "/Calls.json?PageSize=0"))
      assert_error(400, 20001, get(root .. "/Calls.json?PageSize=many"))
    end)

    it("accept filters, and keep them in their links", function()
      server:post("/_/seed", { Calls = 2, To = "+15550000001", Status = "busy" })
      server:post("/_/seed", { Calls = 3, To = "+15550000002", From = "+15550000003" })
      local function count(query) return #get(root .. "/Calls.json?" .. query).calls end
      assert.equal(2, count "To=%2B15550000001")
      assert.equal(3, count "From=%2B15550000003")
      assert.equal(2, count "Status=busy")
      assert.equal(0, count "Status=busy&From=%2B15550000003")
      assert.equal(0, count("ParentCallSid=CA" .. ("0"):rep(32)))
      local page = get(root .. "/Calls.json?To=%2B15550000002&StartTime%3C=2011-04-01&PageSize=1")
      assert.matches("?To=%2B15550000002&StartTime%3C=2011-04-01&PageSize=1&Page=1&PageToken=PACA", page.next_page_uri, 1, true)
      assert.equal(3, different(walk(page.uri, "calls")))
    end)

    it("accept dates and times as filters", function()
      local midnight = START - 7 * 3600 - 6 * 60 - 40
      server:post("/_/clock", { Now = midnight + 86400 })
      local call = make_call()
      advance(3)
      post(call.uri, { Status = "completed" })
      local function count(query) return #get(root .. "/Calls.json?" .. query).calls end
      assert.equal(1, count "StartTime=2011-03-14")
      assert.equal(0, count "StartTime=2011-03-13")
      assert.equal(1, count "StartTime=2011-03-14T00:00:03Z")
      assert.equal(0, count "StartTime=2011-03-14T00:00:04Z")
      assert.equal(1, count "StartTime%3C=2011-03-14T00:00:03Z")
      assert.equal(0, count "StartTime%3C=2011-03-14T00:00:02Z")
      assert.equal(0, count "StartTime%3C=2011-03-14")
      assert.equal(1, count "StartTime%3C=2011-03-15")
      assert.equal(1, count "StartTime%3E=2011-03-14")
      assert.equal(1, count "StartTime%3E=2011-03-14T00:00:03Z")
      assert.equal(0, count "StartTime%3E=2011-03-14T00:00:04Z")
      assert.equal(1, count "EndTime=2011-03-14")
      assert.equal(1, count "EndTime%3E=2011-03-14&EndTime%3C=2011-03-15")
      assert_error(400, 20001, get(root .. "/Calls.json?StartTime=yesterday"))
      make_call()
      assert.equal(1, count "StartTime%3E=2011-03-14")
    end)
  end)

  describe("recordings", function()
    it("start on an answered call, and end with the call", function()
      local call = make_call()
      assert_error(400, 21220, post(call_path(call, "/Recordings"), {}))
      advance(3)
      local recording, answer = post(call_path(call, "/Recordings"), { RecordingChannels = "dual" })
      assert.equal(201, answer.status)
      assert.equal("in-progress", recording.status)
      assert.equal(2, recording.channels)
      assert.equal("StartCallRecordingAPI", recording.source)
      assert.equal(call.sid, recording.call_sid)
      assert.equal("both", recording.track)
      assert.equal("paused", post(call_path(call, "/Recordings/Twilio.CURRENT"), { Status = "paused" }).status)
      advance(5)
      post(call.uri, { Status = "completed" })
      local ended = get(root .. "/Recordings/" .. recording.sid .. ".json")
      assert.equal("completed", ended.status)
      assert.equal("5", ended.duration)
      assert.matches("^https://api%.twilio%.com/.*/Recordings/RE%x+$", ended.media_url)
      assert.equal(2, count_keys(ended.subresource_uris))
      assert.equal("5", get(call_path(call, "/Recordings/" .. recording.sid)).duration)
      assert_error(400, 21220, post(call_path(call, "/Recordings/" .. recording.sid), { Status = "paused" }))
    end)

    it("are stopped", function()
      local call = make_call()
      advance(3)
      local recording = post(call_path(call, "/Recordings"), {})
      advance(2)
      assert_error(400, 20001, post(call_path(call, "/Recordings/" .. recording.sid), { Status = "gone" }))
      assert.equal("stopped", post(call_path(call, "/Recordings/" .. recording.sid), { Status = "stopped" }).status)
      advance(1)
      assert.equal("completed", get(call_path(call, "/Recordings/" .. recording.sid)).status)
    end)

    it("start when the call is answered, with Record=true", function()
      local call = make_call { Record = "true" }
      assert.equal(0, #get(call_path(call, "/Recordings")).recordings)
      advance(3)
      assert.equal("OutboundAPI", get(call_path(call, "/Recordings")).recordings[1].source)
    end)

    it("are listed, filtered and deleted", function()
      local seeded = server:post("/_/seed", { Calls = 2, Recordings = 2 })
      assert.equal(4, #get(root .. "/Recordings.json").recordings)
      local of_call = get(root .. "/Recordings.json?CallSid=" .. seeded.first).recordings
      assert.equal(2, #of_call)
      assert.same(sids(of_call), sids(get(root .. "/Calls/" .. seeded.first .. "/Recordings.json").recordings))
      assert.equal(4, #get(root .. "/Recordings.json?DateCreated=2011-03-13").recordings)
      assert.equal(0, #get(root .. "/Recordings.json?DateCreated%3E=2011-03-14").recordings)
      assert.equal(204, select(2, ask("DELETE", root .. "/Recordings/" .. of_call[1].sid .. ".json")).status)
      assert.equal(1, #get(root .. "/Calls/" .. seeded.first .. "/Recordings.json").recordings)
      assert.equal(204, select(2, ask("DELETE", root .. "/Calls/" .. seeded.first .. "/Recordings/" .. of_call[2].sid .. ".json")).status)
      assert.equal(2, #get(root .. "/Recordings.json").recordings)
      assert_error(404, 20404, get(root .. "/Recordings/" .. of_call[1].sid .. ".json"))
    end)

    it("have transcriptions", function()
      server:post("/_/seed", { Calls = 1, Recordings = 2, Transcriptions = 2 })
      local recording = get(root .. "/Recordings.json").recordings[1]
      local path = root .. "/Recordings/" .. recording.sid .. "/Transcriptions"
      assert.equal(4, #get(root .. "/Transcriptions.json").transcriptions)
      local transcriptions = get(path .. ".json").transcriptions
      assert.equal(2, #transcriptions)
      local one = get(root .. "/Transcriptions/" .. transcriptions[1].sid .. ".json")
      assert.equal("Transcription 2", one.transcription_text)
      assert.equal(recording.sid, one.recording_sid)
      assert.same(one, get(path .. "/" .. one.sid .. ".json"))
      assert.equal(204, select(2, ask("DELETE", one.uri)).status)
      assert.equal(204, select(2, ask("DELETE", path .. "/" .. transcriptions[2].sid .. ".json")).status)
      assert.equal(0, #get(path .. ".json").transcriptions)
      assert.equal(2, #get(root .. "/Transcriptions.json").transcriptions)
    end)
  end)

  describe("notifications", function()
    it("report a URL that cannot be fetched", function()
      local call = make_call { Url = "http://nowhere.invalid/call.xml" }
      make_call()
      advance(3)
      local list = get(root .. "/Notifications.json").notifications
      assert.equal(1, #list)
      assert.equal("11210", list[1].error_code)
      assert.equal("http://nowhere.invalid/call.xml", list[1].request_url)
      assert.equal(14, count_keys(list[1]))
      assert.same(list, get(call_path(call, "/Notifications")).notifications)
      assert.equal(17, count_keys(get(list[1].uri)))
      assert.equal(list[1].sid, get(call_path(call, "/Notifications/" .. list[1].sid)).sid)
    end)

    it("are filtered", function()
      server:post("/_/seed", { Calls = 2, Notifications = 3 })
      assert.equal(6, #get(root .. "/Notifications.json").notifications)
      assert.equal(6, #get(root .. "/Notifications.json?Log=0").notifications)
      assert.equal(0, #get(root .. "/Notifications.json?Log=1").notifications)
      assert.equal(6, #get(root .. "/Notifications.json?MessageDate=2011-03-13").notifications)
      assert.equal(0, #get(root .. "/Notifications.json?MessageDate%3E=2011-03-14").notifications)
    end)
  end)

  describe("messages", function()
    local function send(form)
      local wanted = { To = "+15558675310", From = "+15017122661", Body = "Hello" }
      for name, value in pairs(form or {}) do wanted[name] = value or nil end
      return post(root .. "/Messages.json", wanted)
    end

    it("are sent and delivered by the clock", function()
      local message, answer = send { Body = 'Gr\195\188\195\159e, "you"\n\\' }
      assert.equal(201, answer.status)
      assert.equal("queued", message.status)
      assert.equal('Gr\195\188\195\159e, "you"\n\\', message.body)
      assert.same({ "1", "0" }, { message.num_segments, message.num_media })
      assert.equal(20, count_keys(message))
      advance(1)
      assert.equal("sent", get(message.uri).status)
      advance(2)
      local delivered = get(message.uri)
      assert.equal("delivered", delivered.status)
      assert.equal("Sun, 13 Mar 2011 07:06:41 +0000", delivered.date_sent)
    end)

    it("do not reach every number", function()
      local message = send { To = "+15005551003" }
      advance(3)
      assert.same({ "undelivered", 30003 }, { get(message.uri).status, get(message.uri).error_code })
    end)

    it("have media", function()
      local form = { { "To", "+15558675310" }, { "MessagingServiceSid", "MG" .. ("0"):rep(32) }, { "MediaUrl", "http://a/1" } }
      form[4] = { "MediaUrl", "http://a/2" }
      local message = post(root .. "/Messages.json", form)
      assert.equal("2", message.num_media)
      assert.matches("^MM", message.sid)
    end)

    it("are not sent with wrong parameters", function()
      assert_error(400, 21604, send { To = false })
      assert_error(400, 21603, send { From = false })
      assert_error(400, 21602, send { Body = false })
      assert_error(400, 21211, send { To = "nonsense" })
      assert_error(400, 21617, send { Body = ("x"):rep(1601) })
    end)

    it("are listed, redacted, canceled and deleted", function()
      local message = send()
      assert_error(409, 20009, ask("DELETE", message.uri))
      assert.equal("canceled", post(message.uri, { Status = "canceled" }).status)
      advance(10)
      assert.equal("canceled", get(message.uri).status)
      assert_error(400, 30409, post(message.uri, { Status = "canceled" }))
      assert.equal("", post(message.uri, { Body = "" }).body)
      send { To = "+15550000001" }
      advance(10)
      assert.equal(1, #get(root .. "/Messages.json?To=%2B15550000001").messages)
      assert.equal(1, #get(root .. "/Messages.json?DateSent=2011-03-13").messages)
      assert.equal(204, select(2, ask("DELETE", message.uri)).status)
      assert.equal(1, #get(root .. "/Messages.json").messages)
    end)
  end)

  describe("the media of a message", function()
    it("are listed, fetched and deleted", function()
      local form = { { "To", "+15558675310" }, { "From", "+15017122661" } }
      for _, name in ipairs { "a", "b" } do form[#form + 1] = { "MediaUrl", "http://foo.com/" .. name .. ".jpg" } end
      local message = post(root .. "/Messages.json", form)
      local path = message.subresource_uris.media
      local media = get(path).media_list
      assert.same({ 2, 7 }, { #media, count_keys(media[1]) })
      assert.same(media[1], get(media[1].uri))
      assert.equal(204, select(2, ask("DELETE", media[1].uri)).status)
      assert.equal(1, #get(path).media_list)
      assert_error(404, 20404, get(root .. "/Messages/MM0/Media.json"))
    end)
  end)

  describe("a new participant", function()
    it("is called into a conference, which the first participant creates", function()
      local path = root .. "/Conferences/Weekly%20call/Participants.json"
      local form = { To = "+15558675310", From = "+15017122661", Label = "host", Muted = "true" }
      local first, answer = post(path, form)
      assert.equal(201, answer.status)
      assert.same({ "host", true, "queued" }, { first.label, first.muted, first.status })
      assert.equal("queued", get(root .. "/Calls/" .. first.call_sid .. ".json").status)
      assert.equal(first.conference_sid, post(path, form).conference_sid)
      local conference = root .. "/Conferences/" .. first.conference_sid
      assert.equal("Weekly call", get(conference .. ".json").friendly_name)
      assert.equal(201, select(2, post(conference .. "/Participants.json", form)).status)
      assert.equal(3, #get(conference .. "/Participants.json").participants)
      assert_error(404, 20404, post(root .. "/Conferences/CF0/Participants.json", form))
      assert_error(400, 21217, post(path, { To = "nobody", From = "+15017122661" }))
    end)
  end)

  describe("lookups", function()
    it("return information about a number", function()
      local number, answer = get "/lookups/v2/PhoneNumbers/%2B15558675310"
      assert.equal(200, answer.status)
      assert.same({ true, "US", "(555) 867-5310", cjson.null, 17 }, {
        number.valid, number.country_code, number.national_format, number.line_type_intelligence, count_keys(number),
      })
      assert.equal("mobile", get("/v2/PhoneNumbers/%2B15558675310?Fields=line_type_intelligence,sim_swap").line_type_intelligence.type)
      assert.same({ "TOO_SHORT" }, get("/v2/PhoneNumbers/%2B1555").validation_errors)
      assert.same({ "NOT_A_NUMBER" }, get("/v2/PhoneNumbers/nobody").validation_errors)
      assert_error(400, 60600, get "/v2/PhoneNumbers/%2B15558675310?Fields=shoe_size")
    end)
  end)

  describe("accounts", function()
    it("have sub-accounts, and access to them", function()
      local account, answer = post("/2010-04-01/Accounts.json", { FriendlyName = "Branch" })
      assert.equal(201, answer.status)
      assert.equal(server.account_sid, account.owner_account_sid)
      assert.equal(10, count_keys(account))
      assert.equal(2, #get("/2010-04-01/Accounts.json").accounts)
      assert.equal(1, #get("/2010-04-01/Accounts.json?FriendlyName=Branch").accounts)
      local path = "/2010-04-01/Accounts/" .. account.sid
      local call = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" }
      assert.equal(account.sid, post(path .. "/Calls.json", call).account_sid)
      assert.equal(0, #get(root .. "/Calls.json").calls)
      local own = { user = account.sid .. ":" .. account.auth_token }
      assert.equal(1, #get(path .. "/Calls.json", own).calls)
      assert.equal(1, #get("/2010-04-01/Accounts.json", own).accounts)
      assert_error(401, 20003, get(root .. ".json", own))
      assert_error(404, 20404, get("/2010-04-01/Accounts/AC" .. ("0"):rep(32) .. ".json"))
    end)

    it("are suspended, activated and closed", function()
      local account = post("/2010-04-01/Accounts.json", {})
      local call = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" }
      local calls = "/2010-04-01/Accounts/" .. account.sid .. "/Calls.json"
      assert.equal("suspended", post(account.uri, { Status = "suspended" }).status)
      assert_error(403, 20005, post(calls, call))
      assert.equal(1, #get("/2010-04-01/Accounts.json?Status=suspended").accounts)
      assert.equal("active", post(account.uri, { Status = "active" }).status)
      assert.equal(201, select(2, post(calls, call)).status)
      assert.equal("Other", post(account.uri, { FriendlyName = "Other" }).friendly_name)
      assert.equal("closed", post(account.uri, { Status = "closed" }).status)
      assert_error(400, 20001, post(account.uri, { Status = "active" }))
      assert_error(400, 20001, post(root .. ".json", { Status = "closed" }))
    end)

    it("have numbers", function()
      local lent = get(root .. "/IncomingPhoneNumbers.json").incoming_phone_numbers
      assert.equal(3, #lent)
      assert.equal(35, count_keys(lent[1]))
      assert.equal(1, #get(root .. "/IncomingPhoneNumbers.json?PhoneNumber=%2B15017122661").incoming_phone_numbers)
      local bought = post(root .. "/IncomingPhoneNumbers.json", { PhoneNumber = "+15550000009", VoiceUrl = "http://foo.com/" })
      assert.equal("http://foo.com/", get(bought.uri).voice_url)
      assert.equal("Desk", post(bought.uri, { FriendlyName = "Desk" }).friendly_name)
      assert.equal(204, select(2, ask("DELETE", bought.uri)).status)
      assert_error(404, 20404, get(bought.uri))
      assert_error(400, 21402, post(root .. "/IncomingPhoneNumbers.json", {}))
      local own = get(root .. "/OutgoingCallerIds.json").outgoing_caller_ids
      assert.same({ 2, 7 }, { #own, count_keys(own[1]) })
      assert.same(own[1], get(own[1].uri))
    end)
  end)

  describe("verify", function()
    local function create_service(form)
      form = form or {}
      form.FriendlyName = form.FriendlyName or "Shop"
      return post("/v2/Services", form)
    end

    it("has services, in pages with absolute links", function()
      local service, answer = create_service()
      assert.equal(201, answer.status)
      assert.equal(6, service.code_length)
      assert.equal(server.url .. "/v2/Services/" .. service.sid, service.url)
      assert.equal("2011-03-13T07:06:40Z", service.date_created)
      assert.equal(21, count_keys(service))
      create_service { CodeLength = "4" }
      local page = get("/verify/v2/Services?PageSize=1")
      assert.same({ "services", 0, 1, cjson.null }, {
        page.meta.key, page.meta.page, page.meta.page_size, page.meta.previous_page_url,
      })
      assert.equal(server.url .. "/verify/v2/Services?PageSize=1&Page=1&PageToken=PA" .. page.services[1].sid, page.meta.next_page_url)
      local second = get(page.meta.next_page_url:sub(#server.url + 1))
      assert.same({ service.sid, cjson.null }, { second.services[1].sid, second.meta.next_page_url })
      assert.equal(server.url .. "/verify/v2/Services?PageSize=1&Page=0&PageToken=PB" .. service.sid, second.meta.previous_page_url)
    end)

    it("changes and deletes services", function()
      local service = create_service()
      local path = "/v2/Services/" .. service.sid
      assert.equal("Other", post(path, { FriendlyName = "Other", LookupEnabled = "true" }).friendly_name)
      assert.is_true(get(path).lookup_enabled)
      assert_error(400, 60200, post(path, { CodeLength = "3" }))
      assert_error(400, 60200, post("/v2/Services", {}))
      assert.equal(204, select(2, ask("DELETE", path)).status)
      assert_error(404, 20404, get(path))
    end)

    it("creates verifications and checks their codes", function()
      local service = create_service { CodeLength = "4" }
      local path = "/v2/Services/" .. service.sid
      local verification, answer = post(path .. "/Verifications", { To = "+15558675310", Channel = "sms" })
      assert.equal(201, answer.status)
      assert.same({ "pending", false, 15 }, { verification.status, verification.valid, count_keys(verification) })
      assert.equal("SMS", verification.send_code_attempts[1].channel)
      local check = post(path .. "/VerificationCheck", { To = "+15558675310", Code = "0000" })
      assert.same({ "pending", false }, { check.status, check.valid })
      check = post(path .. "/VerificationCheck", { To = "+15558675310", Code = "1234" })
      assert.same({ "approved", true, verification.sid }, { check.status, check.valid, check.sid })
      assert.equal("approved", get(path .. "/Verifications/" .. verification.sid).status)
      assert_error(404, 20404, post(path .. "/VerificationCheck", { To = "+15558675310", Code = "1234" }))
    end)

    it("cancels verifications, lets them expire, and limits attempts", function()
      local service = create_service { CustomCodeEnabled = "true" }
      local path = "/v2/Services/" .. service.sid
      local function send() return post(path .. "/Verifications", { To = "+1555", Channel = "call", CustomCode = "77777" }) end
      local function check(code) return post(path .. "/VerificationCheck", { To = "+1555", Code = code }) end
      assert.equal("canceled", post(path .. "/Verifications/" .. send().sid, { Status = "canceled" }).status)
      assert_error(404, 20404, check "77777")
      send()
      advance(600)
      assert_error(404, 20404, check "77777")
      for _ = 1, 5 do assert.equal(201, select(2, send()).status) end
      assert_error(429, 60203, send())
      for _ = 1, 5 do assert.equal("pending", check("0").status) end
      assert_error(429, 60202, check "77777")
      assert_error(400, 60200, post(path .. "/Verifications", { To = "+1555" }))
      assert_error(404, 20404, post("/v2/Services/VA0/Verifications", { To = "+1555", Channel = "sms" }))
    end)
  end)

  describe("faults", function()
    it("apply to matching requests, as often as `Times` says", function()
      server:post("/_/fault", {
        { "Method", "GET" }, { "Path", "/Calls%.json$" }, { "Skip", 1 }, { "Times", 2 }, { "Status", 429 }, { "Body", "slow down" },
        { "Header", "Retry-After: 7" }, { "Header", "Content-Type: text/plain" },
      })
      local path = root .. "/Calls.json"
      assert.equal(200, select(2, get(path)).status)
      assert.equal(201, select(2, make_call()).status)
      assert.equal(200, select(2, get(root .. ".json")).status)
      for _ = 1, 2 do
        local answer = servers.curl { url = server.url .. path, user = user }
        assert.same({ 429, "slow down", "7", "text/plain" }, {
          answer.status, answer.body, answer.headers["retry-after"], answer.headers["content-type"],
        })
      end
      assert.equal(200, select(2, get(path)).status)
    end)

    it("apply to each Nth matching request with `Every`", function()
      server:post("/_/fault", { Skip = 1, Times = 2, Every = 3, Status = 503 })
      for _, status in ipairs { 200, 503, 200, 200, 503, 200, 200, 200 } do
        assert.equal(status, servers.curl({ url = server.url .. root .. ".json", user = user }).status)
      end
    end)

    it("lose the request, or only its response", function()
      local form = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" }
      local request = { method = "POST", url = server.url .. root .. "/Calls.json", form = form, user = user }
      server:post("/_/fault", { Close = "instead" })
      server:post("/_/fault", { Close = "instead", Handle = "true" })
      for _ = 1, 2 do
        local answer, problem = servers.curl(request)
        assert.is_nil(answer)
        assert.matches("Empty reply", problem)
      end
      assert.equal(1, #get(root .. "/Calls.json").calls)
      local log = server:get("/_/log")
      assert.equal(3, #log)
      assert.same({ nil, 201, 200 }, { log[1].carried_out, log[2].carried_out, log[3].carried_out })
      assert.same({ nil, nil, 200 }, { log[1].status, log[2].status, log[3].status })
    end)

    it("cut the response", function()
      server:post("/_/fault", { Cut = "0.9" })
      local answer, problem = servers.curl { url = server.url .. root .. ".json", user = user }
      assert.is_true(answer == nil and problem:find("transfer closed", 1, true) ~= nil)
      assert.equal(200, select(2, get(root .. ".json")).status)
    end)

    it("delay the response, and close the connection after it", function()
      server:post("/_/fault", { Delay = "0.01", Close = "after" })
      local _, answer = get(root .. ".json")
      assert.same({ 200, "close" }, { answer.status, answer.headers.connection })
      assert.has_error(function() server:post("/_/fault", { Delay = "long" }) end)
      assert.has_error(function() server:post("/_/fault", { Close = "perhaps" }) end)
    end)

    it("are removed by a reset", function()
      server:post("/_/fault", { Status = 500 })
      server:post("/_/reset")
      assert.equal(200, select(2, get(root .. ".json")).status)
    end)
  end)

  describe("chaos", function()
    -- Sends a request `times` times, each time on a new connection. Returns the statuses; 0: no
    -- response.
    local function statuses_of(times)
      local urls = (" -o /dev/null '" .. server.url .. root .. ".json'"):rep(times)
      local pipe = assert(io.popen("env -u LD_PRELOAD curl -s --noproxy '*' --max-time 0.1 -H 'Connection: close' -u " .. user
        .. " -w '%{http_code}\n'" .. urls))
      local statuses = {}
      for line in pipe:lines() do statuses[#statuses + 1] = tonumber(line) end
      pipe:close()
      return statuses
    end

    -- The server may not be listening.
    local function must_post(path, form)
      for _ = 1, 100 do
        if pcall(server.post, server, path, form) then return end
      end
      error("the server does not listen again")
    end

    it("applies to a share of the requests, until it is switched off", function()
      server:post("/_/chaos", { Rate = 1, Seed = 7 })
      local strange = 0
      for _, status in ipairs(statuses_of(40)) do
        if status ~= 200 then strange = strange + 1 end
      end
      must_post("/_/chaos", { Rate = 0 })
      local told, kinds = server:get("/_/chaos"), 0
      for _ in pairs(told.kinds) do kinds = kinds + 1 end
      assert.is_true(kinds > 5)
      assert.is_true(told.faults > 10 and told.faults <= 40 and strange > 10)
      for _, status in ipairs(statuses_of(5)) do assert.equal(200, status) end
      assert.equal(told.faults, server:get("/_/chaos").faults)
      assert.equal(0, server:get("/_/chaos").in_hand)
    end)

    it("has the same sequence on every Lua", function()
      local draw = require("twilio.simulator.random").new(1)
      local drawn = {}
      for i = 1, 4 do drawn[i] = draw(1000) end
      assert.same({ 359, 870, 768, 39 }, drawn)
      assert.is_true(draw { true })
      assert.is_true(draw() < 1)
    end)

    it("rejects an invalid rate", function()
      for _, rate in ipairs { "2", "-1", "half", "nan" } do
        assert.has_error(function() server:post("/_/chaos", { Rate = rate }) end)
      end
      assert.has_error(function() server:post("/_/chaos", { Rate = 1, Seed = "x" }) end)
    end)
  end)

  describe("the log", function()
    it("has every request as it was received", function()
      get(root .. "/Calls.json?Status=busy&StartTime%3C=2011-01-01", { headers = { "X-Test: a", "X-Test: b" } })
      make_call()
      local log = server:get("/_/log")
      assert.equal(2, #log)
      assert.same({ "GET", root .. "/Calls.json?Status=busy&StartTime%3C=2011-01-01", "", 1 }, {
        log[1].method, log[1].target, log[1].body, log[1].connection,
      })
      assert.equal("a, b", log[1].headers["x-test"])
      assert.matches("^Basic ", log[1].headers.authorization)
      assert.equal(2, log[2].connection)
      assert.matches("To=%2B15558675310", log[2].body, 1, true)
      server:post("/_/forget")
      assert.equal("[]", servers.curl({ url = server.url .. "/_/log" }).body)
    end)

    it("has chunked bodies, and bodies after 100 Continue", function()
      local form = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" }
      assert.equal(201, select(2, post(root .. "/Calls.json", form, { headers = { "Transfer-Encoding: chunked" } })).status)
      assert.equal(201, select(2, post(root .. "/Calls.json", form, { headers = { "Expect: 100-continue" } })).status)
      local log = server:get("/_/log")
      assert.equal(log[2].body, log[1].body)
    end)

    it("is bounded", function()
      local other = servers.twilio { keep = 4 }
      for index = 1, 6 do servers.curl { url = other.url .. "/" .. index } end
      local log = other:get("/_/log")
      local stats = other:get("/_/stats")
      other:stop()
      assert.is_true(#log <= 4)
      assert.equal("/6", log[#log].target)
      assert.equal(6, stats.requests)
    end)
  end)

  describe("control", function()
    it("rejects wrong requests", function()
      assert.has_error(function() server:post("/_/clock", { Seconds = -1 }) end)
      assert.has_error(function() server:post("/_/clock", { Ringing = "soon" }) end)
      assert.has_error(function() server:post("/_/seed", { Calls = "many" }) end)
      assert.has_error(function() server:post("/_/seed", { Calls = 1, Status = "odd" }) end)
      assert.has_error(function() server:get("/_/nothing") end)
    end)

    it("seeds messages and calls of a sub-account", function()
      local account = post("/2010-04-01/Accounts.json", {})
      server:post("/_/seed", { Messages = 2, Calls = 3, Status = "queued", Account = account.sid })
      assert.equal(3, #get("/2010-04-01/Accounts/" .. account.sid .. "/Calls.json?Status=queued").calls)
      assert.equal(2, #get("/2010-04-01/Accounts/" .. account.sid .. "/Messages.json").messages)
    end)
  end)

  describe("for OAuth", function()
    local function ask_token(form)
      local all = { grant_type = "client_credentials", client_id = server.client_id, client_secret = server.client_secret }
      for name, value in pairs(form or {}) do all[name] = value end
      return post("/v2/token", all, { user = false })
    end

    local function as(bearer) return { user = false, headers = { "Authorization: Bearer " .. bearer } } end

    it("returns access tokens to registered apps only", function()
      local body, answer = ask_token()
      assert.equal(200, answer.status)
      assert.same({ "bearer", 3600 }, { body.token_type, body.expires_in })
      assert.not_equal(body.access_token, ask_token().access_token)
      assert.equal(200, select(2, post("/oauth/v2/token", {
        grant_type = "client_credentials", client_id = server.client_id, client_secret = server.client_secret,
      })).status)
      assert_error(400, 20003, ask_token { client_secret = "wrong" })
      assert_error(400, 20003, ask_token { client_id = "OQ" })
      assert_error(400, 20001, ask_token { grant_type = "password" })
      server:post("/_/app", { ClientId = "OQ7", ClientSecret = "s7", Lifetime = 60 })
      assert.equal(60, ask_token({ client_id = "OQ7", client_secret = "s7" }).expires_in)
    end)

    it("accepts access tokens in place of an auth token, until they expire", function()
      local token = ask_token().access_token
      local path = root .. "/Calls.json"
      assert.equal(200, select(2, get(path, as(token))).status)
      assert_error(401, 20003, get(path, as "other"))
      assert_error(401, 20003, get(path, { user = false }))
      advance(3599)
      assert.equal(200, select(2, get(path, as(token))).status)
      advance(1)
      assert_error(401, 20003, get(path, as(token)))
    end)

    it("accepts only access tokens for the accounts of an organization", function()
      post("/2010-04-01/Accounts.json", { FriendlyName = "Below" })
      local path, token = "/Organizations/OR1/Accounts", ask_token().access_token
      local page = get(path .. "?PageSize=1", as(token))
      assert.same({ "content", 1, "Below", "active" }, {
        page.meta.key, #page.content, page.content[1].friendly_name, page.content[1].status,
      })
      local second = get(page.meta.next_page_url:match "^http://[^/]*(.*)$", as(token))
      assert.equal(server.account_sid, second.content[1].account_sid)
      assert.equal(cjson.null, second.meta.next_page_url)
      assert.same(second.content[1], (get("/preview-iam" .. path .. "/" .. server.account_sid, as(token))))
      assert_error(404, 20404, get(path .. "/AC9", as(token)))
      assert_error(401, 20003, get(path))
      assert_error(404, 20404, get("/verify" .. path, as(token)))
    end)
  end)
end)
