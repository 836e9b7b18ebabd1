-- Redirects of GET requests over real HTTP: followed within the origin, three at most, and nowhere else.

local servers = require "spec.support.servers"
local support = require "spec.support.client"

local SID = "CA0123456789abcdef0123456789abcdef"

describe("a redirect", function()
  local main, other

  setup(function() main, other = servers.fault {}, servers.fault {} end)
  teardown(function()
    main:stop()
    other:stop()
  end)
  before_each(function()
    main:post("/_/reset", {})
    other:post("/_/reset", {})
  end)

  local function encode(text)
    return (text:gsub("[^%w]", function(c) return ("%%%02X"):format(c:byte()) end))
  end

  local function client(behaviour, options)
    local all = { account_sid = "AC1", auth_token = "token", base_url = main.url .. "/" .. behaviour, retries = 0 }
    for name, value in pairs(options or {}) do all[name] = value end
    return require "twilio".client(all)
  end

  -- Returns a behaviour that redirects every request to the URL, or to each of the URLs in turn.
  local function redirect(status, ...)
    local target = (...)
    if select("#", ...) > 1 then target = main.url .. "/" .. redirect(status, select(2, ...)) end
    return ("redirect/%d/%s"):format(status, encode(target))
  end

  local function targets(server)
    local list = {}
    for i, request in ipairs((server or main):get "/_/log") do list[i] = request.method .. " " .. request.target end
    return list
  end

  -- Checks that the call fails without a further request. Returns message and err.
  local function check_unfollowed(call, status)
    local result, message, err = call()
    assert.is_nil(result)
    assert.same({ "untrusted", status or 302, "yes", 1 }, { err.kind, err.status, err.sent, err.attempts })
    assert.equal(1, #main:get "/_/log" + #other:get "/_/log")
    assert.matches("a redirect, which is not followed", message, 1, true)
    return message, err
  end

  it("of a fetch to the same origin is followed, with status 301, 302, 307 and 308", function()
    for _, status in ipairs { 301, 302, 307, 308 } do
      main:post("/_/reset", {})
      local call, message = client(redirect(status, main.url .. "/ok/merged?a=1#part")).calls:get(SID)
      assert(call, message)
      assert.same({ SID, 200, 2 }, { call.sid, call:meta().status, call:meta().attempts })
      local log = main:get "/_/log"
      assert.equal("/ok/merged?a=1", log[2].target)
      assert.equal("GET", log[2].method)
      assert.matches("^Basic ", log[2].headers.authorization)
      assert.equal(log[1].headers.authorization, log[2].headers.authorization)
    end
  end)

  it("is not followed with any other status", function()
    for _, status in ipairs { 300, 303, 305, 306, 399 } do
      main:post("/_/reset", {})
      check_unfollowed(function() return client(redirect(status, main.url .. "/ok")).calls:get(SID) end, status)
    end
  end)

  it("of a list and of a raw GET is followed", function()
    assert.equal(200, assert(client(redirect(302, main.url .. "/say/200/{}")):request { path = "/x" }).status)
    local page = assert(client(redirect(302, main.url .. "/say/200/" .. encode '{"calls":[{"sid":"CA1"}]}')).calls:list())
    assert.equal("CA1", page[1].sid)
    local sids = {}
    for call in client(redirect(307, main.url .. "/say/200/" .. encode '{"calls":[{"sid":"CA1"},{"sid":"CA2"}]}')).calls:iter() do
      sids[#sids + 1] = call.sid
    end
    assert.same({ "CA1", "CA2" }, sids)
  end)

  it("is relative to the URL of its request", function()
    local path = "/2010-04-01/Accounts/AC1/Calls/"
    for location, target in pairs {
      ["/ok/there"] = "/ok/there", ["?done"] = path .. SID .. ".json?done", ["done.json"] = path .. "done.json",
      ["done/more?x=/y"] = path .. "done/more?x=/y", ["done#part"] = path .. "done", ["/ok"] = "/ok", ["/ok/a b"] = "/ok/a%20b",
    } do
      main:post("/_/reset", {})
      local behaviour = "redirect_once/302/" .. encode(location)
      local call, message = client(behaviour).calls:get(SID)
      assert(call, location .. ": " .. tostring(message))
      if target:sub(1, #path) == path then target = "/" .. behaviour .. target end
      assert.equal("GET " .. target, targets()[2])
    end
  end)

  it("may name the same origin in upper case, and with the port", function()
    local port = main.url:match ":(%d+)$"
    assert(client(redirect(302, "HTTP://127.0.0.1:" .. port .. "/ok")).calls:get(SID))
  end)

  it("is followed three times, and a fourth one is untrusted", function()
    local url = main.url .. "/ok"
    local hop = main.url .. "/"
    local function chain(n)
      local target = url
      for _ = 1, n - 1 do target = hop .. redirect(302, target) end
      return redirect(302, target)
    end
    assert.equal(4, assert(client(chain(3)).calls:get(SID)):meta().attempts)
    assert.equal(4, #targets())
    main:post("/_/reset", {})
    local call, message, err = client(chain(4)).calls:get(SID)
    assert.is_nil(call)
    assert.same({ "untrusted", 302, 4, url }, { err.kind, err.status, err.attempts, err.location })
    assert.matches("302, a redirect, which is not followed: more than 3 redirects", message, 1, true)
    assert.equal(4, #targets())
  end)

  it("that leads to itself ends", function()
    local _, message, err = client(redirect(301, "?again")).calls:get(SID)
    assert.equal("untrusted", err.kind)
    assert.matches("more than 3 redirects", message, 1, true)
    assert.equal(4, #targets())
  end)

  it("to another port, scheme or host is not followed", function()
    local port = main.url:match ":(%d+)$"
    for _, location in ipairs {
      other.url .. "/ok", "https://127.0.0.1:" .. port .. "/ok", "http://localhost:" .. port .. "/ok", "http://127.0.0.1/ok",
      "http://127.0.0.1." .. ":" .. port .. "/ok", "//127.0.0.1:" .. port .. "/ok", "/\\127.0.0.1:" .. port .. "/ok",
      "ftp://127.0.0.1:" .. port .. "/ok", "file:///etc/passwd", "http:ok", "http:///ok", "http://[::1]:" .. port .. "/ok",
      "http://127.0.0.1:" .. port .. "0/ok", "http://127.0.0.1:" .. port .. ":80/ok", "http://127.0.0.1:0" .. port .. "/ok",
      "http://evil.example\\@127.0.0.1:" .. port .. "/ok", "http://127.0.0.1:+" .. port .. "/ok",
    } do
      main:post("/_/reset", {})
      local message, err = check_unfollowed(function() return client(redirect(302, location)).calls:get(SID) end)
      assert.matches("which is not followed$", message)
      assert.equal(location, err.location)
    end
    assert.same({}, targets(other))
  end)

  it("with credentials in its URL is not followed", function()
    local port = main.url:match ":(%d+)$"
    for _, user in ipairs { "user:secret@", "user@", "@", "127.0.0.1@" } do
      main:post("/_/reset", {})
      check_unfollowed(function() return client(redirect(302, ("http://%s127.0.0.1:%s/ok"):format(user, port))).calls:get(SID) end)
    end
  end)

  it("with a path that a server may read as another one is not followed", function()
    for location, why in pairs {
      ["/ok/../secret"] = "it has a segment '..'", ["/ok/..;/secret"] = "it has a segment '..'", ["/ok/%2e%2e/secret"] = "it has a segment '..'",
      ["../ok"] = "it has a segment '..'", ["/ok\\..\\secret"] = "it has a backslash in its path", ["ok/.."] = "it has a segment '..'",
      ["/ok%2f..%2fsecret"] = "it has a segment '..'",
    } do
      for _, before in ipairs { "", main.url } do
        if before == "" or location:sub(1, 1) == "/" then
          main:post("/_/reset", {})
          local message = check_unfollowed(function() return client(redirect(302, before .. location)).calls:get(SID) end)
          assert.matches("which is not followed: " .. why, message, 1, true)
        end
      end
    end
  end)

  it("without a Location is not followed", function()
    check_unfollowed(function() return client("say/302/").calls:get(SID) end)
  end)

  it("of anything but a GET is not followed", function()
    local url = main.url .. "/ok"
    for _, call in ipairs {
      function(c) return c.calls:create { to = "+1", from = "+2", url = "http://x" } end,
      function(c) return c.calls:update(SID, { status = "completed" }) end,
      function(c) return c.calls:delete(SID) end,
      function(c) return c:request { method = "POST", path = "/x", form = { A = "b" } } end,
      function(c) return c:request { method = "PUT", path = "/x", json = {} } end,
    } do
      for _, status in ipairs { 302, 307, 308 } do
        main:post("/_/reset", {})
        local _, err = check_unfollowed(function() return call(client(redirect(status, url))) end, status)
        assert.equal(url, err.location)
      end
    end
  end)

  it("with a documented record in its body is not followed, and returns the record", function()
    local body = '{"redirect_to":"https://elsewhere.example/file"}'
    for _, location in ipairs { "https://elsewhere.example/file", "https://api.twilio.com/file", "/file" } do
      local requests = 0
      local c = support.client(nil, function()
        requests = requests + 1
        return { status = 307, headers = { location = location }, body = body }
      end)
      assert.equal("https://elsewhere.example/file", assert(c.calls:get(SID)).redirect_to)
      assert.equal(1, requests)
    end
  end)

  it("to another record returns that record, whose methods use its own identifier", function()
    local old, new = "SM" .. ("0"):rep(32), "SM" .. ("1"):rep(32)
    local c, requests = support.client(nil, function(request)
      if request.url:find(old, 1, true) then return { status = 301, headers = { location = "./" .. new .. ".json" }, body = "" } end
      return { status = 200, body = ('{"sid":"%s"}'):format(new) }
    end)
    local message, problem = c.messages:get(old)
    assert.equal(new, assert(message, problem).sid)
    assert(message:update { body = "" })
    assert.equal(support.account_url .. "/Messages/" .. new .. ".json", requests[3].url)
    assert.equal("POST", requests[3].method)
  end)

  it("is followed through the option `transport`, with the same headers", function()
    local c, requests = support.client(nil, function(request)
      if request.url:find("new", 1, true) then return { status = 200, body = "{}" } end
      return { status = 308, headers = { Location = "https://API.twilio.com:443/new" }, body = "" }
    end)
    assert(c.calls:get(SID))
    assert.equal("https://api.twilio.com/new", requests[2].url)
    assert.same(requests[1].headers, requests[2].headers)
  end)

  it("shows the final URL in errors and logs, and each hop in the log", function()
    local lines = {}
    local c = client(redirect(302, main.url .. "/say/404/" .. encode '{"code":20404,"message":"gone"}'), {
      log = function(_, text) lines[#lines + 1] = text end,
    })
    local _, message, err = c.calls:get(SID)
    assert.equal("api", err.kind)
    assert.equal(main.url .. "/say/404/" .. encode '{"code":20404,"message":"gone"}', err.url)
    assert.matches("^GET /say/404/", message)
    assert.equal(2, #lines)
    assert.matches("^GET /2010%-04%-01/Accounts/AC1/Calls/CA.*: 302 %(", lines[1])
    assert.matches("^GET /say/404/.*404, error 20404: gone", lines[2])
  end)

  it("does not count as a retry, and retries are counted over all hops", function()
    local c = client(redirect(302, main.url .. "/plan/ok,html_502,html_502,ok"), { retries = 2, max_retry_wait = 0.001 })
    assert.equal(4, assert(c.calls:get(SID)):meta().attempts)
    main:post("/_/reset", {})
    c = client(redirect(302, main.url .. "/html_502"), { retries = 2, max_retry_wait = 0.001 })
    assert.equal(4, select(3, c.calls:get(SID)).attempts)
    assert.equal(4, #targets())
  end)

  it("ends at the deadline of the call, also if a later hop takes too long", function()
    local began = os.time()
    local _, _, err = client(redirect(302, main.url .. "/stall"), { deadline = 0.3, timeout = 60 }).calls:get(SID)
    assert.same({ "timeout", 2 }, { err.kind, err.attempts })
    assert.is_true(os.time() - began < 30)
  end)

  it("counts the bytes of all hops against max_response", function()
    -- A redirect with a body of `size` bytes, and a response of about 70 bytes.
    local function get(size, most)
      local hops = 0
      local c = support.client({ max_response = most }, function()
        hops = hops + 1
        if hops == 1 then return { status = 302, headers = { location = "/x" }, body = ("x"):rep(size) } end
        return { status = 200, body = '{"sid":"' .. ("s"):rep(90) .. '"}' } -- 100 bytes
      end)
      return c.calls:get "CA1"
    end
    assert(get(900, 1000))
    local _, message, err = get(901, 1000)
    assert.equal("too_large", err.kind)
    assert.matches("larger than max_response, 1000 bytes", message, 1, true)
    assert.equal("too_large", select(3, get(1000, 1000)).kind)
  end)
end)
