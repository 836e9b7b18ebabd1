-- Records the requests of a client and their answers, and replays them.
local cjson = require "cjson"
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local testing = require "twilio.testing"
local twilio = require "twilio"

local CALL = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

describe("a recording", function()
  local path, server

  setup(function() server = servers.twilio { now = 1300000000 } end)
  teardown(function() server:stop() end)
  before_each(function()
    server:post "/_/reset"
    path = os.tmpname()
  end)
  after_each(function() os.remove(path) end)

  -- Records what a program does with the stand-in for Twilio. Returns what it returns.
  local function record(program, options, client_options)
    local recording = testing.record(path, options)
    local all = { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url, trace = recording.trace }
    for name, value in pairs(client_options or {}) do all[name] = value end
    local result = program(twilio.client(all))
    assert(recording:save())
    return result
  end

  -- Replays the recording with a program. Returns what it returns.
  local function replay(program, client_options)
    local fake = testing.replay(path)
    local result = program(fake:client(client_options))
    fake:verify()
    return result
  end

  local function life_of_a_call(client)
    local call = assert(client.calls:make(CALL))
    local statuses = { call.status, assert(client.calls:get(call.sid)).status, (call:hangup()).status }
    return table.concat(statuses, " ")
  end

  it("replays a program that uses the SIDs of earlier answers", function()
    local recorded = record(life_of_a_call)
    assert.equal(recorded, replay(life_of_a_call))
  end)

  it("has one line for each attempt, and no personal data and no secrets", function()
    record(function(client)
      life_of_a_call(client)
      client.messages:create { to = "+15558675310", from = "+15017122661", body = "the secret text" }
      return client.calls:get "CA00000000000000000000000000000000"
    end)
    local text = read(path)
    assert.equal(6, select(2, text:gsub("\n", "")))
    for _, secret in ipairs { server.account_sid, server.auth_token, "5558675310", "5017122661", "secret text", "foo.com", "867-5310" } do
      assert.is_nil(text:find(secret, 1, true), secret)
    end
    local first = cjson.decode(text:match "\n([^\n]+)\n")
    assert.same({ From = "+10000002661", To = "+10000005310", Url = "***" }, first.request.params)
    assert.same({ 201, "application/json" }, { first.response.status, first.response.headers["content-type"] })
    assert.is_nil(text:find("\\/", 1, true))
  end)

  it("is the same for the same program", function()
    local function run(client)
      client.calls:count { status = "completed" }
      return select(2, client.calls:get "CA00000000000000000000000000000000")
    end
    server:post("/_/seed", { Calls = 3, Status = "completed" })
    record(run)
    local first = read(path)
    record(run)
    assert.equal(first, read(path))
  end)

  it("replays pages", function()
    server:post("/_/seed", { Calls = 5, Status = "completed" })
    local function sids(client)
      local found = {}
      for call in client.calls:iter { page_size = 2, to = "+15558675310" } do found[#found + 1] = call.sid end
      for call in client.calls:iter { page_size = 2 } do found[#found + 1] = call.sid end
      return table.concat(found, " ")
    end
    local recorded = record(sids)
    assert.is_true(#recorded > 5 * 34)
    assert.equal(recorded, replay(sids))
  end)

  it("replays errors and retries", function()
    server:post("/_/fault", { Method = "GET", Status = 503, Body = '{"code":20503,"message":"busy","status":503}' })
    local function run(client)
      local page = client.calls:list()
      local _, _, err = client.calls:get "CA00000000000000000000000000000000"
      return #page .. " " .. err.code .. " " .. err.status
    end
    assert.equal("0 20404 404", record(run, nil, { max_retry_wait = 0.001 }))
    assert.equal(2, select(2, read(path):gsub('Calls.json"}', "")))
    assert.equal("0 20404 404", replay(run))
  end)

  it("replays failures of the network", function()
    local function run(client)
      local _, _, err = client.calls:make(CALL)
      return err.kind .. " " .. err.sent
    end
    assert.equal("network no", record(run, nil, { base_url = "http://127.0.0.1:1", retries = 0 }))
    assert.equal("network no", replay(run, { retries = 0 }))
    assert.is_nil(read(path):find("127.0.0.1", 1, true))
    server:post("/_/fault", { Method = "POST", Close = "instead" })
    assert.equal("network maybe", record(run))
    assert.equal("network maybe", replay(run))
  end)

  it("replays equal requests in their order, and no more often", function()
    local recording = testing.record(path)
    local client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url, trace = recording.trace }
    local sid = assert(client.calls:make(CALL)).sid
    local statuses = { client.calls:get(sid).status }
    server:post("/_/clock", { Seconds = 60 })
    statuses[2] = client.calls:get(sid).status
    assert(recording:save())
    assert.are_not.equal(statuses[1], statuses[2])
    local fake = testing.replay(path)
    client = fake:client()
    sid = client.calls:make(CALL).sid
    assert.same(statuses, { client.calls:get(sid).status, client.calls:get(sid).status })
    assert.matches("it came more often than expected:\n  GET ", (support.misuse(client.calls.get, client.calls, sid)), 1, true)
  end)

  it("shows the nearest recorded request, and its line", function()
    record(life_of_a_call)
    local fake = testing.replay(path)
    local problem = support.misuse(function() fake:client().calls:make { to = "+15558675999", from = "+15017122661", url = "http://foo.com/" } end)
    assert.matches(path .. ":2), expected once, asked never", problem, 1, true)
    assert.matches("To: expected +10000005310, got +10000005999", problem, 1, true)
    assert.matches("3 expected requests did not come", (support.misuse(fake.verify, fake)), 1, true)
  end)

  it("may have further rules", function()
    record(life_of_a_call)
    local fake = testing.replay(path)
    fake:on { "POST", "Messages", params = { to = "+15558675310" } }
    assert(fake:client().messages:create { to = "+15558675310", from = "+1", body = "x" })
  end)

  it("keeps the texts that the program allows, also for the replay", function()
    local function create(client) return assert(client.verify.v2.services:create { friendly_name = "Shop" }).friendly_name end
    assert.equal("Shop", record(create, { keep = { "friendly_name" } }))
    assert.equal("Shop", replay(create))
    local fake = testing.replay(path)
    assert.matches("FriendlyName: expected Shop, got Bar",
      (support.misuse(function() fake:client().verify.v2.services:create { friendly_name = "Bar" } end)), 1, true)
  end)

  it("does not have calls that were cancelled", function()
    local recording = testing.record(path)
    local canceller = twilio.canceller()
    canceller:cancel()
    local client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url, trace = recording.trace }
    assert.is_nil(client.calls:get(testing.sid("CA", 1), nil, { cancel = canceller }))
    assert.equal(0, recording:save())
    assert.same({}, testing.replay(path):requests())
  end)

  it("of something that cannot be replayed raises when it is saved", function()
    local recording = testing.record(path)
    local client = twilio.client {
      account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url, trace = recording.trace, max_response = 5,
    }
    assert.equal("too_large", select(3, client.calls:list()).kind)
    assert.matches("the recording is incomplete: a GET ended with the kind 'too_large'", (support.misuse(recording.save, recording)), 1, true)
  end)

  it("that cannot be written is an error of the kind file", function()
    local _, message, err = testing.record("/nonexistent/x.jsonl"):save()
    assert.equal("file", err.kind)
    assert.matches("^cannot write /nonexistent/x.jsonl: ", message)
  end)

  it("that cannot be read raises", function()
    assert.matches("cannot read the recording: /nonexistent/x", (support.misuse(testing.replay, "/nonexistent/x")), 1, true)
    for text, problem in pairs {
      ["{}\n"] = "is no recording of twilio.testing", [""] = "is no recording", ["no JSON"] = "is no recording",
      ['{"format":"twilio.testing","version":2}'] = "has the version 2, and this library reads version 1: record it again",
      ['{"format":"twilio.testing","version":1}\nxx'] = ":2: no JSON object",
      ['{"format":"twilio.testing","version":1}\n{}'] = ":2: no request",
      ['{"format":"twilio.testing","version":1}\n{"request":{"method":"GET","path":"/","params":{}}}'] = ":2: neither a response nor a failure",
    } do
      write(path, text)
      assert.matches(problem, (support.misuse(testing.replay, path)), 1, true)
    end
  end)

  it("checks its arguments", function()
    assert.matches("must be a string, got nil", (support.misuse(testing.record)), 1, true)
    assert.matches("must be a string, got table", (support.misuse(testing.replay, {})), 1, true)
    assert.matches("has no 'kep' (did you mean 'keep'?)", (support.misuse(testing.record, path, { kep = {} })), 1, true)
    assert.matches("keep is an array of names", (support.misuse(testing.record, path, { keep = "url" })), 1, true)
    assert.matches("keep is an array of names", (support.misuse(testing.record, path, { keep = { 1 } })), 1, true)
    assert.matches("call 'save' on a recording", (support.misuse(testing.record(path).save)), 1, true)
    assert.matches("a recording has no 'sav'", (support.misuse(function() return testing.record(path).sav end)), 1, true)
  end)
end)
