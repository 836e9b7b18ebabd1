-- Iterators over all pages of a list: iter, stream, count.
local core = require "twilio.core"
local cqueues = require "cqueues"
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local PUC_5_1 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")
local UNDER_A_CHECKER = (os.getenv "LD_PRELOAD" or ""):find "asan" or (os.getenv "LD_PRELOAD" or ""):find "valgrind"
local MEMORY_IS_MEASURED = not UNDER_A_CHECKER and pcall(io.lines, "/proc/self/status")
local LIST = "/2010-04-01/Accounts/" .. support.account_sid .. "/Calls.json"
local IN_THE_LOOP_CLOSES = (loadstring or load) "local x <close> = nil" ~= nil

-- A transport that serves pages of calls CA1, CA2, … `links[n]` replaces the link of page n, and
-- `faults[n]` the response.
local function pages(sizes, links, faults)
  local first = {}
  for n, size in ipairs(sizes) do first[n + 1] = (first[n] or 1) + size end
  first[1] = 1
  return function(request)
    local n = tonumber(request.url:match "[?&]Page=(%d+)" or 0) + 1
    if faults and faults[n] then return faults[n](request) end
    local calls = {}
    for i = first[n], first[n + 1] - 1 do calls[#calls + 1] = ('{"sid":"CA%d"}'):format(i) end
    local link = sizes[n + 1] and ('"%s?Page=%d"'):format(LIST, n) or "null"
    if links and links[n] then link = links[n] end
    return { status = 200, body = ('{"calls":[%s],"next_page_uri":%s}'):format(table.concat(calls, ","), link) }
  end
end

local function paged(...)
  return support.client(nil, pages(...))
end

local function sids(...)
  local all = {}
  for call in ... do all[#all + 1] = call.sid end
  return table.concat(all, " ")
end

local function numbered(n)
  local all = {}
  for i = 1, n do all[i] = "CA" .. i end
  return table.concat(all, " ")
end

describe("iter", function()
  it("reads all pages", function()
    local client, requests = paged { 2, 2, 1 }
    assert.equal(numbered(5), sids(client.calls:iter()))
    assert.equal(3, #requests)
    assert.matches("PageSize=1000$", requests[1].url)
    assert.equal(numbered(5), sids(client.calls:stream { status = "completed" }))
  end)

  it("takes parameters and options after SIDs", function()
    local list = '/v2/Voice/Reports/PhoneNumbers/Inbound/rep_1'
    local function answer(request)
      local rest = request.url:find "Page=2" and "null" or ('"https://insights.twilio.com%s?Page=2"'):format(list)
      return { status = 200, body = ('{"reports":[{"id":"a"},{"id":"b"}],"meta":{"key":"reports","next_page_url":%s}}'):format(rest) }
    end
    local client, requests = support.client(nil, answer)
    local reports = client.insights.v2.inbound
    local function walked(...)
      local n = 0
      for _ in reports:iter(...) do n = n + 1 end
      return n
    end
    assert.equal(1, walked("rep_1", {}, { limit = 1 }))
    assert.equal(3, walked("rep_1", { limit = 3 }))
    assert.equal(4, walked("rep_1", nil, { prefetch = false }))
    assert.equal(4, walked "rep_1")
    assert.equal(3, reports:count("rep_1", {}, { limit = 3 }))
    assert.equal(2, reports:count("rep_1", { limit = 2 }))
    assert(reports:list("rep_1", {}, { limit = 1, extra = { New = "x" } }))
    assert.matches(list .. "?PageSize=1&New=x", requests[#requests].url, 1, true)
    reports:iter("rep_1", { page_size = 7 }, { extra = { New = "x" } })()
    assert.matches(list .. "?PageSize=7&New=x", requests[#requests].url, 1, true)
    for _, method in ipairs { "iter", "stream", "count", "list" } do
      local function call(...) return reports[method](reports, ...) end
      assert.matches("unknown option 'limti'", (support.misuse(call, "rep_1", {}, { limti = 1 })), 1, true)
      assert.matches("unknown parameter 'page_sise'", (support.misuse(call, "rep_1", { page_sise = 1 })), 1, true)
      assert.matches("too many arguments", (support.misuse(call, "rep_1", {}, {}, {})), 1, true)
    end
  end)

  it("reads lists without records, with one page and with empty pages", function()
    assert.equal("", sids(paged({ 0 }).calls:iter()))
    assert.equal("CA1", sids(paged({ 1 }).calls:iter()))
    local client, requests = paged { 0, 1, 0, 0, 2, 0 }
    assert.equal(numbered(3), sids(client.calls:iter()))
    assert.equal(6, #requests)
  end)

  it("stops at the limit and requests no page that it does not need", function()
    for limit, requested in pairs { [0] = 0, [1] = 1, [2] = 1, [3] = 2, [4] = 2, [5] = 3, [6] = 3, [1000000] = 3 } do
      for _, arguments in ipairs { { { limit = limit } }, { nil, { limit = limit } } } do
        local client, requests = paged { 2, 2, 1 }
        assert.equal(numbered(math.min(limit, 5)), sids(client.calls:iter(arguments[1], arguments[2])))
        assert.equal(requested, #requests)
      end
    end
    local client, requests = paged { 2, 2, 1 }
    sids(client.calls:iter { limit = 3 })
    assert.matches("PageSize=3$", requests[1].url)
  end)

  it("keeps returning nil after the end", function()
    local client, requests = paged { 1 }
    local it = client.calls:iter()
    assert.equal("CA1", it().sid)
    for _ = 1, 3 do assert.is_nil((it())) end
    assert.equal(1, #requests)
  end)

  it("returns one value per step", function()
    local it = paged({ 1 }).calls:iter()
    assert.equal(1, select("#", it()))
  end)

  it("has a tostring that names its resource", function()
    local client = paged { 1 }
    assert.matches("^twilio%.iterator .*calls$", tostring((client.calls:iter())))
  end)

  it("has the method close and the field error, and raises for other names", function()
    local walk = support.client().calls:iter()
    assert.is_nil(walk.error)
    assert.is_nil(walk.__pairs)
    local message, position = support.misuse(function() return walk.eror end)
    assert.equal("an iterator has no 'eror' (did you mean 'error'?)", message)
    assert.matches("iterator_spec.lua", position, 1, true)
    assert.equal("an iterator has no 'closse' (did you mean 'close'?)", (support.misuse(function() walk:closse() end)))
  end)

  it("can run twice on the same resource at the same time", function()
    local client = paged { 2, 2, 1 }
    local one, other, all = client.calls:iter(), client.calls:iter(), {}
    for _ = 1, 5 do
      all[#all + 1] = one().sid
      all[#all + 1] = other().sid
    end
    assert.equal("CA1 CA1 CA2 CA2 CA3 CA3 CA4 CA4 CA5 CA5", table.concat(all, " "))
    assert.is_nil((one()))
    assert.is_nil((other()))
  end)

  it("follows page tokens and the links in meta", function()
    local bodies = {
      '{"items":[{"id":"1"}],"meta":{"key":"items","next_token":"a/b c"}}',
      '{"items":[{"id":"2"}],"meta":{"key":"items","nextToken":"t2"}}',
      '{"items":[{"id":"3"}],"meta":{"key":"items","next_page_url":"https://verify.twilio.com/v2/Services?PageToken=t3"}}',
      '{"items":[{"id":"4"}],"meta":{"key":"items","next_page_url":"","next_token":null,"nextToken":""}}',
    }
    local n = 0
    local client, requests = support.client(nil, function()
      n = n + 1
      return { status = 200, body = bodies[n] }
    end)
    local ids = {}
    for record in client.verify.v2.services:iter { page_size = 1 } do ids[#ids + 1] = record.id end
    assert.same({ "1", "2", "3", "4" }, ids)
    local base = "https://verify.twilio.com/v2/Services?"
    assert.equal(base .. "PageSize=1&PageToken=a%2Fb%20c", requests[2].url)
    assert.equal(base .. "PageSize=1&PageToken=t2", requests[3].url)
    assert.equal(base .. "PageToken=t3", requests[4].url)
  end)
end)

describe("a failure of an iterator", function()
  local function failing()
    return { status = 503, body = '{"code":20503,"message":"Unavailable"}' }
  end

  it("raises a string with the loop's position, and stores the error table in `error`", function()
    local client, requests = paged({ 2, 2, 1 }, nil, { [2] = failing })
    local it, seen = client.calls:iter(), {}
    local ok, message = pcall(function()
      for call in it do seen[#seen + 1] = call.sid end
    end)
    assert.is_false(ok)
    assert.same({ "CA1", "CA2" }, seen)
    assert.matches("^[^\n]*iterator_spec%.lua:%d+: GET /2010.*: 503, error 20503: Unavailable$", message)
    assert.equal(20503, it.error.code)
    assert.equal("api", it.error.kind)
    -- The iterator never ends without an error.
    for _ = 1, 3 do assert.equal(message:match ": (GET.*)$", select(2, pcall(it)):match "(GET.*)$") end
    it:close()
    assert.is_false((pcall(it)))
    assert.equal(2, #requests)
  end)

  it("on the first page raises as well", function()
    local it = paged({ 1 }, nil, { failing }).calls:iter()
    assert.is_false((pcall(it)))
    assert.equal(503, it.error.status)
    assert.is_false((pcall(it)))
  end)

  it("is a link to another host, to which nothing is sent", function()
    for _, link in ipairs {
      '"https://evil.example/2010"', '"//evil.example/x"', '"http://api.twilio.com/x"', '"https://api.twilio.com.evil.example/x"',
      '"https://api.twilio.com@evil.example/"', "17", "true", "{}", '"x y"',
    } do
      local client, requests = paged({ 1, 1 }, { link })
      local it = client.calls:iter()
      assert.equal("CA1", it().sid)
      local ok, message = pcall(it)
      assert.is_false(ok, link)
      local said = link:find '^"' and "is not followed: it " or "the response has no usable link"
      assert.matches(said, message, 1, true)
      assert.equal("untrusted", it.error.kind)
      assert.equal("no", it.error.sent)
      assert.equal(0, it.error.attempts)
      assert.equal(1, #requests)
    end
  end)

  it("is a cycle of links", function()
    local function link(n) return ('"%s?Page=%d"'):format(LIST, n) end
    for _, links in ipairs { { [2] = link(1) }, { [3] = link(1) }, { [5] = link(0) }, { [5] = link(2) } } do
      local client, requests = paged({ 1, 1, 1, 1, 1, 1 }, links)
      local it, n = client.calls:iter(), 0
      local ok, message = pcall(function()
        for _ in it do n = n + 1 end
      end)
      assert.is_false(ok)
      assert.matches("form a cycle", message, 1, true)
      assert.equal("decode", it.error.kind)
      assert.is_true(#requests < 20)
      assert.is_nil((client.calls:count()))
    end
  end)

  it("is not an error that the transport or wait function raises: the next call goes on", function()
    local broken = true
    local client = paged({ 2, 1 }, nil, {
      [2] = function()
        if broken then error("the transport broke", 0) end
        return { status = 200, body = '{"calls":[{"sid":"CA3"}],"next_page_uri":null}' }
      end,
    })
    local it = client.calls:iter()
    assert.equal("CA1 CA2", it().sid .. " " .. it().sid)
    for _ = 1, 2 do assert.equal("the transport broke", select(2, pcall(it))) end
    broken = false
    assert.equal("CA3", it().sid)
    assert.is_nil((it()))
  end)

  it("is a closed client", function()
    local client = paged { 1, 1 }
    local it = client.calls:iter()
    it()
    client:close()
    for _ = 1, 2 do
      local message, position = support.misuse(function() return (it()) end)
      assert.matches("the client is closed", message, 1, true)
      assert.matches("iterator_spec.lua", position, 1, true)
    end
    client = paged { 1 }
    it = client.calls:iter()
    client:close()
    for _ = 1, 2 do assert.matches("the client is closed", (support.misuse(function() return (it()) end)), 1, true) end
  end)

  it("in the arguments raises in the line that calls iter", function()
    local client, requests = paged { 1 }
    assert.matches("unknown parameter 'statas'", (support.misuse(function() client.calls:iter { statas = "x" } end)), 1, true)
    assert.matches("'limit' must be", (support.misuse(function() client.calls:iter { limit = -1 } end)), 1, true)
    assert.matches("'prefetch' must be a boolean", (support.misuse(function() client.calls:iter({}, { prefetch = 1 }) end)), 1, true)
    assert.matches("'prefetch' is an option of iter and count", (support.misuse(function() client.calls:list { prefetch = true } end)), 1, true)
    assert.equal(0, #requests)
  end)
end)

describe("the deadline of an iterator", function()
  local DEADLINE = 0.2

  local function outlast()
    local over = core.now() + DEADLINE
    repeat until core.now() > over
  end

  -- An iterator over two pages of one call. The first request for the page `faulty` gets status
  -- 503, and is not retried once the deadline has passed.
  local function walk(faulty)
    local faults, serve = {}, pages { 1, 1 }
    faults[faulty] = function()
      faults[faulty] = nil
      return { status = 503, headers = { ["Retry-After"] = "0" }, body = "{}" }
    end
    local client = support.client({ retries = 1, deadline = DEADLINE }, function(request)
      local fault = faults[tonumber(request.url:match "[?&]Page=(%d+)" or 0) + 1]
      return fault and fault() or serve(request)
    end)
    return client.calls:iter({}, { prefetch = true })
  end

  it("starts with the first request", function()
    local it = walk(1)
    outlast()
    assert.equal("CA1", it().sid)
  end)

  it("starts again when the loop waits for a prefetched page", function()
    local it = walk(2)
    assert.equal("CA1", it().sid)
    outlast()
    assert.equal("CA2", it().sid)
  end)
end)

describe("an iterator that is closed", function()
  it("with a dot instead of a colon raises an error that shows the correct call", function()
    local client = paged { 1 }
    for _, it in ipairs { (client.calls:iter()), (client.transcriptions:iter { call = "CA1" }) } do
      for _, other in ipairs { false, {}, "x", client } do
        local message, position = support.misuse(function() it.close(other or nil) end)
        assert.equal("call 'close' on an iterator, with ':'", message)
        assert.matches("iterator_spec.lua", position, 1, true)
      end
      it:close()
    end
  end)

  it("during a coroutine's pause before a retry sends nothing more", function()
    local client, requests = support.client({ retries = 3, max_retry_wait = 600, wait = coroutine.yield }, function()
      return { status = 503, headers = { ["Retry-After"] = "600" }, body = "{}" }
    end)
    local it = client.calls:iter()
    local thread = coroutine.create(function() return it() end)
    assert(coroutine.resume(thread))
    it:close()
    assert.same({ true }, { coroutine.resume(thread) })
    assert.equal("dead", coroutine.status(thread))
    assert.equal(1, #requests)
  end)
end)

describe("count", function()
  it("adds up the records of all pages", function()
    local client, requests = paged { 2, 0, 2, 1 }
    assert.equal("5", tostring(client.calls:count()))
    assert.equal(4, #requests)
    assert.equal(0, (paged { 0 }).calls:count())
  end)

  it("takes the total that a page gives", function()
    for _, body in ipairs { '{"calls":[{}],"total":17,"next_page_uri":"/x"}', '{"calls":[{}],"meta":{"key":"calls","total":17}}' } do
      local client, requests = support.client(nil, { status = 200, body = body })
      assert.equal("17", tostring(client.calls:count()))
      assert.equal(5, client.calls:count { limit = 5 })
      assert.equal(2, #requests)
    end
    assert.equal(1, support.client(nil, { status = 200, body = '{"calls":[{}],"total":"17"}' }).calls:count())
  end)

  it("stops at the limit", function()
    for limit, requested in pairs { [0] = 0, [1] = 1, [2] = 1, [3] = 2, [5] = 3, [9] = 3 } do
      local client, requests = paged { 2, 2, 1 }
      assert.equal(math.min(limit, 5), client.calls:count { limit = limit })
      assert.equal(requested, #requests)
    end
  end)

  it("returns nil, message, err", function()
    local client = paged({ 1, 1 }, nil, { [2] = function() return { status = 500, body = "" } end })
    local nothing, message, err = client.calls:count()
    assert.is_nil(nothing)
    assert.matches("500, with an empty body", message, 1, true)
    assert.equal(500, err.status)
  end)
end)

describe("with a server", function()
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

  it("a loop that is left on page 1 does not request page 2", function()
    server:post("/_/seed", { Calls = 9 })
    for _ in client.calls:iter { page_size = 3 } do break end -- luacheck: ignore 512
    assert.equal(1, requested())
  end)

  it("prefetch requests one page early: from page 2 on, from page 1 on, or never", function()
    server:post("/_/seed", { Calls = 12 })
    -- Maps a number of records that were read to the number of requests that the server received.
    local expected = {
      default = { [1] = 1, [3] = 1, [4] = 3, [6] = 3, [7] = 4, [12] = 4 },
      [true] = { [1] = 2, [3] = 2, [4] = 3, [7] = 4, [12] = 4 },
      [false] = { [1] = 1, [3] = 1, [4] = 2, [6] = 2, [7] = 3, [10] = 4, [12] = 4 },
    }
    for prefetch, counts in pairs(expected) do
      server:post "/_/forget"
      local options = { page_size = 3 }
      if prefetch ~= "default" then options.prefetch = prefetch end
      local n = 0
      for _ in client.calls:iter(options) do
        n = n + 1
        if counts[n] then assert.equal(counts[n], requested(), tostring(prefetch) .. " after " .. n) end
      end
      assert.equal(12, n)
    end
  end)

  it("prefetch requests nothing after the limit", function()
    server:post("/_/seed", { Calls = 9 })
    local n = 0
    for _ in client.calls:iter({ page_size = 3 }, { limit = 6, prefetch = true }) do n = n + 1 end
    assert.equal(6, n)
    assert.equal(2, requested())
  end)

  local function flying(it)
    local engine = it.page:hooks().engine
    return engine:flying()
  end

  -- The server delays every page except the first.
  local function hold_back()
    server:post("/_/fault", { Path = "Calls", Skip = 1, Delay = 30, Times = 9 })
  end

  it("close cancels the request in flight", function()
    server:post("/_/seed", { Calls = 9 })
    hold_back()
    local it = client.calls:iter { page_size = 3, prefetch = true }
    it()
    local engine = it.page:hooks().engine
    assert.equal(1, engine:flying())
    it:close()
    it:close()
    assert.equal(0, engine:flying())
    assert.is_nil((it()))
  end)

  it("a prefetched page that times out while the loop's body runs is requested again, once", function()
    for held, expected in pairs { [1] = 4, [2] = 2 } do
      server:post "/_/reset"
      server:post("/_/seed", { Calls = 4 })
      server:post("/_/fault", { Path = "Calls", Skip = 1, Delay = 30, Times = held })
      local it, n = client.calls:iter({ page_size = 2, prefetch = true }, { timeout = 1 }), 0
      local ok = pcall(function()
        for _ in it do
          n = n + 1
          local engine = it.page:hooks().engine
          while engine:flying() > 0 do engine:poll(1) end -- the body of the loop takes longer than the timeout
        end
      end)
      assert.equal(expected, n)
      assert.equal(expected == 4, ok)
      assert.equal(not ok and "timeout" or nil, it.error and it.error.kind)
      assert.equal(3, requested())
    end
  end)

  it("a loop that is left closes its iterator on Lua 5.4", function()
    if not IN_THE_LOOP_CLOSES then return pending "to-be-closed variables came with Lua 5.4" end
    local walk
    local function enter(leave)
      for call in (function()
        local a, b, c, d = client.calls:iter { page_size = 3, prefetch = true }
        walk = a
        return a, b, c, d
      end)() do
        assert.is_string(call.sid)
        assert.equal(1, flying(walk))
        local engine = walk.page:hooks().engine
        if leave == "error" then error(engine) end
        if leave == "return" then return engine end
        if leave == "break" then break end
      end
    end
    for _, leave in ipairs { "break", "return", "error" } do
      server:post "/_/reset"
      server:post("/_/seed", { Calls = 9 })
      hold_back()
      local ok, result = pcall(enter, leave)
      assert.equal(leave ~= "error", ok, tostring(result))
      if not ok then assert.is_userdata(result) end
      assert.is_false(walk.page)
      assert.is_false(walk.next_request)
      assert.is_nil((walk()))
    end
  end)

  it("an abandoned iterator is collected, and its request in flight is cancelled", function()
    server:post("/_/seed", { Calls = 9 })
    hold_back()
    local function abandon()
      local it = client.calls:iter { page_size = 3, prefetch = true }
      it()
      assert.equal(1, flying(it))
      return it.page:hooks().engine
    end
    local engine = abandon()
    collectgarbage()
    collectgarbage()
    assert.equal(0, engine:flying())
  end)

  it("a failure of a prefetched page is raised when the loop reaches the page", function()
    server:post("/_/seed", { Calls = 9 })
    server:post("/_/fault", { Path = "Calls", Skip = 1, Status = 500, Body = "{}" })
    local it, n = client.calls:iter { page_size = 3, prefetch = true }, 0
    assert.is_false((pcall(function()
      for _ in it do n = n + 1 end
    end)))
    assert.equal(3, n)
    assert.equal(500, it.error.status)
  end)

  -- Tries every order of a transport's responses. Every third response is a failure that is
  -- retried.
  it("two coroutines that share an iterator with the option transport get every record once", function()
    for schedule = 0, 255 do
      local requests, seen = 0, {}
      local serve = pages { 3, 3 }
      local sharing = support.client({ retries = 20, max_retry_wait = 0.0001, wait = function() coroutine.yield() end }, function(request)
        requests = requests + 1
        local answer = requests % 3 == 1 and { status = 503, body = "{}" } or serve(request)
        coroutine.yield()
        return answer
      end)
      local it = sharing.calls:iter { prefetch = false }
      local function walk()
        local call = it()
        while call do
          seen[#seen + 1] = call.sid
          coroutine.yield()
          call = it()
        end
      end
      local threads, turn = { coroutine.create(walk), coroutine.create(walk) }, schedule
      while coroutine.status(threads[1]) ~= "dead" or coroutine.status(threads[2]) ~= "dead" do
        local thread = threads[turn % 2 + 1]
        turn = turn > 1 and math.floor(turn / 2) or schedule + 512 -- starts again, after a turn of each
        if coroutine.status(thread) ~= "dead" then assert(coroutine.resume(thread)) end
      end
      table.sort(seen)
      assert.equal(numbered(6), table.concat(seen, " "), "schedule " .. schedule)
    end
  end)

  it("all coroutines that share an iterator wake when a page was retried", function()
    server:post("/_/seed", { Calls = 6 })
    -- late enough that both wait for the second page, and for its second attempt
    server:post("/_/fault", { Path = "Calls", Skip = 1, Status = 503, Body = "{}", Header = "Retry-After: 0", Delay = 0.1 })
    server:post("/_/fault", { Path = "Calls", Skip = 1, Delay = 0.1 })
    local sharing = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    local it, loop, n = sharing.calls:iter { page_size = 2, prefetch = false }, cqueues.new(), 0
    for _ = 1, 2 do
      loop:wrap(function()
        while it() do n = n + 1 end
      end)
    end
    assert(loop:loop(10)) -- otherwise one coroutine would sleep for a minute
    assert.is_true(loop:empty())
    assert.equal(6, n)
    sharing:close()
  end)

  it("coroutines that share an iterator stop together at its limit", function()
    for limit = 1, 7 do
      local serve, n = pages { 5, 5 }, 0
      local sharing = support.client({ wait = function() coroutine.yield() end }, function(request)
        coroutine.yield()
        return serve(request)
      end)
      local it, threads = sharing.calls:iter({ page_size = 5 }, { limit = limit }), {}
      for i = 1, 3 do
        threads[i] = coroutine.create(function()
          while it() do
            n = n + 1
            coroutine.yield() -- lets the other coroutines wake first
          end
        end)
      end
      for _ = 1, 20 do
        for _, thread in ipairs(threads) do
          if coroutine.status(thread) ~= "dead" then assert(coroutine.resume(thread)) end
        end
      end
      assert.equal(limit, n)
      for _, thread in ipairs(threads) do assert.equal("dead", coroutine.status(thread)) end
    end
  end)

  it("a loop over 250 live calls hangs up each of them", function()
    server:post("/_/seed", { Calls = 250, Status = "in-progress" })
    local n = 0
    for call in client.calls:iter { status = twilio.IN_PROGRESS, page_size = 50 } do
      assert(call:hangup())
      n = n + 1
    end
    assert.equal(250, n)
    assert.equal(0, client.calls:count { status = twilio.IN_PROGRESS })
    assert.equal(250, client.calls:count { status = twilio.COMPLETED })
  end)

  it("two iterators and other requests run concurrently, in coroutines that a wait function suspends", function()
    local first = server:post("/_/seed", { Calls = 30 }).first
    server:post("/_/fault", { Path = "Calls", Delay = 0.01, Times = 100 })
    local engine_of
    local concurrent = twilio.client {
      account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url,
      wait = function(engine)
        engine_of = engine
        coroutine.yield()
      end,
    }
    local counts, threads = {}, {}
    local function thread(f)
      threads[#threads + 1] = coroutine.create(f)
    end
    for i = 1, 2 do
      thread(function()
        -- Lua 5.1 itself cannot suspend an iterator that a for loop calls
        local n, it = 0, concurrent.calls:iter { page_size = 4 }
        local call = it()
        while call do
          n = n + 1
          if n % 10 == 0 then assert(call:refresh()) end
          call = it()
        end
        counts[i] = n
      end)
    end
    if not PUC_5_1 then
      thread(function()
        local n = 0
        for _ in concurrent.calls:iter { page_size = 4 } do n = n + 1 end
        assert.equal(30, n)
      end)
    end
    thread(function() counts[3] = concurrent.calls:count { page_size = 7 } end)
    thread(function() counts[4] = assert(concurrent.calls:get(first)).sid end)
    thread(function() counts[5] = #assert(concurrent.calls:list { page_size = 8 }):next() end)
    local suspensions = 0
    repeat
      local alive = 0
      for _, t in ipairs(threads) do
        if coroutine.status(t) ~= "dead" then
          assert(coroutine.resume(t))
          alive = alive + 1
        end
      end
      suspensions = suspensions + 1
      if engine_of then engine_of:poll(0.01) end
    until alive == 0
    assert.same({ 30, 30, 30, first, 8 }, counts)
    assert.is_true(suspensions > 3)
    concurrent:close()
  end)
end)

describe("responses on the C heap", function()
  -- To Lua's collector a page of 1 MB on the C heap is a few hundred bytes. The transport returns
  -- the same string for all pages.
  local body = '{"calls":[{"sid":"CA1"}],"next_page_uri":"/2"}' .. (" "):rep(1000000)
  local client = twilio.client { account_sid = "AC1", auth_token = "x", transport = function() return { status = 200, body = body } end }

  local function resident()
    local file = assert(io.open "/proc/self/status")
    local text = file:read "*a"
    file:close()
    return tonumber(text:match "VmRSS:%s+(%d+)") / 1024
  end

  it("count for the garbage collector, so that abandoned iterators are collected early", function()
    if not MEMORY_IS_MEASURED then return pending "memory is measured through /proc, and not under its checkers" end
    local function abandon(times)
      for _ = 1, times do
        local it = client.calls:iter()
        it()
      end
    end
    collectgarbage()
    abandon(10)
    local before = resident()
    abandon(200)
    local grown = resident() - before
    assert.is_true(grown < 60, ("%.0f MB more"):format(grown))
  end)

  it("do not restart a garbage collector that the program has stopped", function()
    if not pcall(collectgarbage, "isrunning") then return pending "this Lua does not say whether its collector runs" end
    local dropped = setmetatable({ {} }, { __mode = "v" })
    collectgarbage "stop"
    for _ = 1, 20 do client.calls:iter()() end
    local running, kept = collectgarbage "isrunning", dropped[1]
    collectgarbage "restart"
    assert.is_false(running)
    assert.is_table(kept)
  end)
end)

describe("an iterator over a large list", function()
  it("yields each record once", function()
    local n = 0
    local client = support.client(nil, pages { 700, 64, 65, 1, 170 })
    for call in client.calls:iter() do
      n = n + 1
      assert.equal("CA" .. n, call.sid)
    end
    assert.equal(1000, n)
  end)
end)
