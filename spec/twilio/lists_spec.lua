-- Lists that combine other lists. The transcriptions of a call are the transcriptions of its
-- recordings.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

describe("a list of lists:", function()
  local server, client

  setup(function()
    server = servers.twilio { now = 1300000000 }
    client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url, retries = 0 }
  end)
  before_each(function()
    server:post("/_/reset")
  end)
  teardown(function()
    client:close()
    server:stop()
  end)

  local function requested()
    return #server:get "/_/log"
  end

  it("the transcriptions of a call are the transcriptions of its recordings", function()
    local seeded = server:post("/_/seed", { Calls = 2, Recordings = 3, Transcriptions = 2 })
    server:post "/_/forget"
    local all = {}
    for transcription in client.transcriptions:iter { call = seeded.first } do
      all[#all + 1] = transcription.sid
      assert.is_string(transcription.transcription_text)
    end
    assert.equal(6, #all)
    local again = {}
    local call = assert(client.calls:get(seeded.first))
    for transcription in call.transcriptions:iter() do again[#again + 1] = transcription.sid end
    assert.same(all, again)
    assert.equal(6, call.transcriptions:count())
    assert.equal(6, client.transcriptions:count { call = seeded.first })
    assert.equal(12, client.transcriptions:count())
    local page = assert(call.transcriptions:list())
    assert.equal(6, #page)
    assert.is_nil((page:next()))
    assert.is_nil((page:previous()))
    assert.is_true(page[1]:delete())
    assert.equal(5, call.transcriptions:count())
  end)

  it("the transcriptions of a call take the SID of the call before the tables", function()
    local seeded = server:post("/_/seed", { Calls = 1, Recordings = 3, Transcriptions = 2 })
    local n = 0
    for _ in client.calls.transcriptions:iter(seeded.first, {}, { limit = 3 }) do n = n + 1 end
    assert.equal(3, n)
    assert.equal(6, client.calls.transcriptions:count(seeded.first))
    assert.equal(4, client.calls.transcriptions:count(seeded.first, nil, { limit = 4 }))
    assert.equal(5, #assert(client.calls.transcriptions:list(seeded.first, { limit = 5 })))
    assert.equal("unknown parameter 'nmae': this list has no filters", (support.misuse(function()
      client.calls.transcriptions:iter(seeded.first, { nmae = "x" })
    end)))
    assert.equal("too many arguments to 'iter'", (support.misuse(function()
      client.calls.transcriptions:iter(seeded.first, {}, {}, {})
    end)))
    assert.matches("needs the SID of its parent", (support.misuse(function() client.calls.transcriptions:iter {} end)), 1, true)
  end)

  it("the transcriptions of a call stop at the limit", function()
    local seeded = server:post("/_/seed", { Calls = 1, Recordings = 3, Transcriptions = 2 })
    for limit, requests in pairs { [0] = 0, [1] = 2, [2] = 2, [3] = 3, [6] = 4, [7] = 4 } do
      server:post "/_/forget"
      local n = 0
      for _ in client.transcriptions:iter { call = seeded.first, limit = limit } do n = n + 1 end
      assert.equal(math.min(limit, 6), n)
      assert.equal(requests, requested(), "with a limit of " .. limit)
      assert.equal(math.min(limit, 6), client.transcriptions:count({ call = seeded.first }, { limit = limit }))
    end
    server:post "/_/forget"
    local it = client.transcriptions:iter({ call = seeded.first, limit = 3 }, { extra = { New = "x" } })
    assert.has_error(function() it() end) -- the simulator refuses the parameter
    local log = server:get "/_/log"
    assert.not_matches("New=", log[1].target, 1, true)
    assert.matches("PageSize=3&New=x", log[2].target, 1, true)
  end)

  it("a failure is raised by every further call", function()
    local seeded = server:post("/_/seed", { Calls = 1, Recordings = 3, Transcriptions = 2 })
    for _, path in ipairs { "Recordings%.json", "Recordings/RE%x+/Transcriptions%.json" } do
      server:post("/_/fault", { Path = path, Status = 500, Body = '{"message":"Down"}' })
      local it = client.transcriptions:iter { call = seeded.first }
      for _ = 1, 2 do
        local ok, message = pcall(function()
          for _ in it do assert.is_nil "a record" end
        end)
        assert.is_false(ok)
        assert.matches("lists_spec%.lua:%d+: GET /.*: 500: Down", message)
      end
      assert.equal(500, it.error.status)
      server:post("/_/fault", { Path = path, Status = 500, Body = '{"message":"Down"}' })
      local nothing, message, err = client.transcriptions:count { call = seeded.first }
      assert.is_nil(nothing)
      assert.matches("500: Down", message, 1, true)
      assert.equal(500, err.status)
      server:post("/_/fault", { Path = path, Status = 500, Body = '{"message":"Down"}' })
      assert.equal(500, select(3, client.transcriptions:list { call = seeded.first }).status)
    end
  end)

  it("an iterator has the method close and the field error, and raises for other names", function()
    local walk = support.client().calls("CA1").transcriptions:iter()
    assert.is_nil(walk.error)
    assert.equal("an iterator has no 'eror' (did you mean 'error'?)", (support.misuse(function() return walk.eror end)))
  end)

  it("the arguments are checked before any request is sent", function()
    for _, verb in ipairs { "iter", "count", "list" } do
      local message, position = support.misuse(function()
        return (client.transcriptions[verb](client.transcriptions, { call = "CA1", bogus = 1 }))
      end)
      assert.matches("unknown parameter 'bogus'", message, 1, true)
      assert.matches("lists_spec.lua", position, 1, true)
      assert.matches("'limit' must be", (support.misuse(function()
        return (client.transcriptions[verb](client.transcriptions, { call = "CA1", limit = "5" }))
      end)), 1, true)
    end
    assert.equal(0, requested())
  end)

  -- Iterates over recordings with two transcriptions each, in three coroutines. Their requests end
  -- in the order of the schedule. A request for a URL that contains `faulty` fails. Returns the
  -- SIDs in order, and each coroutine's error ("" for none).
  local function share(schedule, options, faulty)
    local seen, ends, threads = {}, {}, {}
    local sharing = support.client(nil, function(request)
      local recording = request.url:match "Recordings/RE(%d+)/Transcriptions"
      coroutine.yield()
      if faulty and request.url:find(faulty, 1, true) then return { status = 500, body = '{"message":"Down"}' } end
      if recording then return { status = 200, body = ('{"transcriptions":[{"sid":"TR%s1"},{"sid":"TR%s2"}]}'):format(recording, recording) } end
      return { status = 200, body = '{"recordings":[{"sid":"RE1"},{"sid":"RE2"},{"sid":"RE3"}]}' }
    end)
    local it = sharing.transcriptions:iter({ call = "CA1" }, options)
    for i = 1, 3 do
      threads[i] = coroutine.create(function()
        local text = it()
        while text do
          seen[#seen + 1] = text.sid
          coroutine.yield()
          text = it()
        end
        return ""
      end)
    end
    local turn, alive = schedule, 3
    while alive > 0 do
      local i = turn % 3 + 1
      turn = turn > 2 and math.floor(turn / 3) or schedule + 729 * 15 -- all have their turn
      if coroutine.status(threads[i]) ~= "dead" then
        local _, outcome = coroutine.resume(threads[i])
        if coroutine.status(threads[i]) == "dead" then ends[i], alive = outcome, alive - 1 end
      end
    end
    table.sort(seen)
    return table.concat(seen, " "), ends
  end

  it("coroutines that share an iterator get every record once", function()
    for schedule = 0, 728 do
      local seen, ends = share(schedule)
      assert.same({ "", "", "" }, ends)
      assert.equal("TR11 TR12 TR21 TR22 TR31 TR32", seen, "schedule " .. schedule)
    end
  end)

  it("coroutines that share an iterator stop together at its limit", function()
    for schedule = 0, 728, 7 do
      for limit, expected in pairs { [1] = 4, [3] = 14, [6] = 29 } do
        local seen = share(schedule, { limit = limit })
        assert.equal(expected, #seen, ("schedule %d with a limit of %d"):format(schedule, limit))
      end
    end
  end)

  it("a failure reaches all coroutines that share an iterator", function()
    for schedule = 0, 728, 7 do
      for _, faulty in ipairs { "/Recordings.json", "/RE1/", "/RE3/" } do
        local _, ends = share(schedule, nil, faulty)
        for i = 1, 3 do assert.matches("500: Down", ends[i], 1, true) end
      end
    end
  end)
end)
