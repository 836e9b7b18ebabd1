local cjson = require "cjson"
local servers = require "spec.support.servers"

local server

local function ask(path, request)
  request = request or {}
  request.url = server.url .. path
  return servers.curl(request)
end

-- Returns curl's message for a behaviour that sends no response.
local function complaint(path, request)
  local answer, problem = ask(path, request)
  assert.is_nil(answer)
  return problem
end

-- Returns the output of a shell command. `%s` in the command is replaced by the server's URL.
local function output_of(command)
  local pipe = assert(io.popen((command:gsub("%%s", server.url))))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

-- Starts a request with curl, and passes its output, as a file, to `look`. Then kills curl, which
-- may still wait.
local function while_waiting(path, look)
  local pipe = assert(io.popen("echo $$; exec env -u LD_PRELOAD curl -sN -i --noproxy '*' --ignore-content-length '" .. server.url .. path .. "'"))
  local pid = pipe:read("*l")
  look(pipe)
  os.execute("kill " .. pid)
  local rest = pipe:read("*a")
  pipe:close()
  return rest
end

-- Reads the headers of a response. Returns its Content-Length.
local function read_head(pipe)
  local length
  repeat
    local line = pipe:read("*l")
    length = tonumber(line:match("^Content%-Length: (%d+)")) or length
  until line == "\r"
  return length
end

describe("the fault server", function()
  setup(function() server = servers.fault() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post("/_/reset") end)

  it("can send a correct response", function()
    local answer = ask("/ok/2010-04-01/Accounts.json")
    assert.equal(200, answer.status)
    assert.equal("application/json", answer.headers["content-type"])
    assert.equal("queued", cjson.decode(answer.body).status)
  end)

  it("logs requests and counts connections", function()
    ask("/ok/a?b=c", { method = "POST", body = "d=e", headers = { "X-Test: f" } })
    output_of("env -u LD_PRELOAD curl -s --noproxy '*' %s/ok/1 %s/ok/2")
    local log = server:get("/_/log")
    assert.equal(3, #log)
    assert.same({ "POST", "/ok/a?b=c", "d=e", "f" }, { log[1].method, log[1].target, log[1].body, log[1].headers["x-test"] })
    assert.same({ 1, 2, 2 }, { log[1].connection, log[2].connection, log[3].connection })
    assert.same({ connections = 2, requests = 3 }, server:get("/_/stats"))
    server:post("/_/reset")
    assert.same({ connections = 0, requests = 0 }, server:get("/_/stats"))
    assert.equal("[]", ask("/_/log").body)
  end)

  it("reads chunked bodies, and bodies after 100 Continue", function()
    ask("/ok", { method = "POST", body = "a=b", headers = { "Transfer-Encoding: chunked" } })
    ask("/ok", { method = "POST", body = "a=b", headers = { "Expect: 100-continue" } })
    local log = server:get("/_/log")
    assert.same({ "a=b", "a=b" }, { log[1].body, log[2].body })
  end)

  it("responds 404 to unknown behaviours and control paths", function()
    assert.equal(404, ask("/nonsense/2010-04-01").status)
    assert.equal(404, ask("/_/nonsense").status)
  end)

  it("reads the request, and closes the connection without a response", function()
    assert.matches("Empty reply", complaint("/close_before_answer", { method = "POST", body = "a=b" }))
    assert.equal("a=b", server:get("/_/log")[1].body)
  end)

  it("closes a connection at its second request", function()
    local codes = output_of(
      "env -u LD_PRELOAD curl -sS --noproxy '*' -d a=b -o /dev/null -o /dev/null -w '%{http_code} ' %s/close_reused %s/close_reused 2>&1"
    )
    local log = server:get("/_/log")
    assert.matches("^200 ", codes)
    assert.same({ 1, 1 }, { log[1].connection, log[2].connection })
    assert.equal("a=b", log[2].body)
  end)

  it("resets connections", function()
    assert.matches("reset by peer", complaint("/reset", { method = "POST", body = "a=b" }))
    assert.matches("reset by peer", complaint("/reset"))
    assert.same({ "POST", "/reset" }, { server:get("/_/log")[1].method, server:get("/_/log")[1].target })
  end)

  it("sends responses without a body", function()
    local empty, nothing = ask("/empty"), ask("/no_content")
    assert.same({ 200, "0", "" }, { empty.status, empty.headers["content-length"], empty.body })
    assert.same({ 204, nil, "" }, { nothing.status, nothing.headers["content-length"], nothing.body })
  end)

  it("sends incomplete bodies, and bodies that are too long", function()
    local broken = ask("/truncated_json")
    assert.equal(#broken.body, tonumber(broken.headers["content-length"]))
    assert.is_false(pcall(cjson.decode, broken.body))
    assert.matches("transfer closed with %d+ bytes remaining", complaint("/truncated_body"))
    while_waiting("/long_body", function(pipe)
      local length = read_head(pipe)
      assert.equal(2 * length, #pipe:read(2 * length))
    end)
  end)

  it("sends deeply nested JSON", function()
    local body = ask("/deep").body
    assert.equal(10000, select(2, body:gsub("%[", "")))
    assert.equal(10000, select(2, body:gsub("%]", "")))
    assert.equal(("["):rep(10 * 1024 * 1024), ask("/brackets").body)
  end)

  it("sends 100 MB, with and without a Content-Length", function()
    local size = 100 * 1024 * 1024 + #'{"text":""}'
    for _, name in ipairs { "huge", "huge_length" } do
      assert.equal(tostring(size), output_of("env -u LD_PRELOAD curl -s --noproxy '*' -o /dev/null -w '%{size_download}' %s/" .. name))
    end
    assert.matches("chunked", output_of("env -u LD_PRELOAD curl -s --noproxy '*' -i %s/huge | head -c 100"))
    assert.equal(200, ask("/ok").status)
  end)

  it("sends HTML pages, as proxies do", function()
    local bad, good = ask("/html_502"), ask("/html_200")
    assert.same({ 502, "text/html" }, { bad.status, bad.headers["content-type"] })
    assert.same({ 200, "text/html" }, { good.status, good.headers["content-type"] })
    assert.matches("^<html>", good.body)
  end)

  it("redirects to another host", function()
    local answer = ask("/redirect_302")
    assert.same({ 302, "http://evil.example/elsewhere" }, { answer.status, answer.headers.location })
    answer = ask("/redirect_307_json")
    assert.same({ 307, "http://evil.example/elsewhere" }, { answer.status, cjson.decode(answer.body).redirect_to })
  end)

  it("stalls until the client closes the connection", function()
    local rest = while_waiting("/stall", function()
      repeat until #server:get("/_/log") == 1
    end)
    assert.equal("", rest)
    rest = while_waiting("/stall_body", function(pipe)
      local length = read_head(pipe)
      assert.equal("{", pipe:read(math.floor(length / 2)):sub(1, 1))
    end)
    assert.equal("", rest)
    assert.equal(200, ask("/ok").status)
  end)

  it("sends bytes that are not HTTP/1.1", function()
    assert.matches("HTTP/0.9", complaint("/garbage"))
    assert.matches("HTTP/0.9", complaint("/http09"))
    assert.matches("^{", output_of("env -u LD_PRELOAD curl -s --noproxy '*' --http0.9 %s/http09"))
  end)

  it("sends a response byte by byte", function()
    assert.equal("queued", cjson.decode(ask("/slow").body).status)
  end)

  it("sends the status and the body that the path contains", function()
    local answer = ask("/say/418/%7B%22a%22%3A1%2C%22b%22%3A%22%2F%22%7D/2010-04-01/Accounts.json?x=y")
    assert.equal(418, answer.status)
    assert.same({ a = 1, b = "/" }, cjson.decode(answer.body))
    assert.equal("", ask("/say/200").body)
    assert.equal(204, ask("/say/204/x").status)
    assert.equal(400, ask("/say/what").status)
  end)

  it("sends errors in other formats", function()
    local problem = ask("/problem")
    assert.equal("application/problem+json", problem.headers["content-type"])
    local decoded = cjson.decode(problem.body)
    assert.same({ 400, 400, 20001 }, { problem.status, decoded.status, decoded.code })
    assert.is_string(decoded.type)
    assert.is_string(decoded.title)
    local camel = cjson.decode(ask("/error_camel").body)
    assert.same({ code = 20001, message = "Invalid parameter", httpStatusCode = 400, params = { "to" } }, camel)
  end)

  it("sends pages with links to other hosts", function()
    assert.matches("^http://evil%.example/", cjson.decode(ask("/foreign_next").body).next_page_uri)
    assert.matches("^http://evil%.example/", cjson.decode(ask("/foreign_next_meta").body).meta.next_page_url)
  end)

  it("sends the bytes that the path contains", function()
    local answer = ask "/wire/close/HTTP%2F1.1%20299%20So%0D%0AContent-Length%3A%202%0D%0A%0D%0A%7B%7D/2010-04-01"
    assert.same({ 299, "{}" }, { answer.status, answer.body })
    assert.equal(400, ask("/wire").status)
    assert.matches("Nul byte in header", complaint "/wire/close/HTTP%2F1.1%20200%20OK%0D%0AX%3A%00%0D%0A%0D%0A")
    -- /early responds before the request was read, so the log has no headers.
    server:post "/_/reset"
    ask("/early/close/HTTP%2F1.1%20400%20No%0D%0AContent-Length%3A%200%0D%0A%0D%0A", { method = "POST", body = ("x"):rep(100000) })
    assert.is_nil(server:get("/_/log")[1].headers)
  end)

  it("repeats interim responses, headers, trailers and body", function()
    assert.equal("queued", cjson.decode(ask("/interim/103/1000").body).status)
    local head = output_of "env -u LD_PRELOAD curl -s -i --noproxy '*' %s/headers/100/50"
    assert.equal(100, select(2, head:gsub("X%-Header: x+\r\n", "")))
    assert.equal(3, select(2, ask("/trailers/3").body:gsub("X%-Trailer: x+\r\n", ""))) -- curl prints trailers after the body
    for _, how in ipairs { "length", "chunked", "close" } do
      assert.equal("10000000", output_of("env -u LD_PRELOAD curl -s --noproxy '*' %s/endless/" .. how .. " | head -c 10000000 | wc -c"):match "%d+")
    end
  end)

  it("compresses 100 MB to less than 1 MB", function()
    assert.is_true(tonumber(ask("/gzip_bomb").headers["content-length"]) < 1000000)
    local size = output_of "env -u LD_PRELOAD curl -s --noproxy '*' %s/gzip_bomb | gzip -dc 2>/dev/null | wc -c"
    assert.is_true(tonumber(size) > 100e6)
  end)

  it("sends five pages, with a fault at the third", function()
    local base = "/pages/once/say/500/2010-04-01/Accounts/AC1/Calls.json"
    local page, n = cjson.decode(ask(base).body), 0
    assert.equal("CA1", page.calls[1].sid)
    assert.equal("/2010-04-01/Accounts/AC1/Calls.json?PageSize=3&Page=1", page.next_page_uri)
    for number = 2, 4 do
      local answer = ask(base .. "?PageSize=3&Page=" .. number)
      if answer.status == 500 then
        n = n + 1
        answer = ask(base .. "?PageSize=3&Page=" .. number)
      end
      page = cjson.decode(answer.body)
      assert.equal("CA" .. 3 * number + 1, page.calls[1].sid)
    end
    assert.equal(1, n)
    assert.equal(cjson.null, page.next_page_uri)
  end)

  it("returns and empties its log, and closes all connections", function()
    ask "/ok/1"
    assert.equal("/ok/1", server:post("/_/take")[1].target)
    assert.equal("[]", ask("/_/log").body)
    while_waiting("/stall", function()
      repeat until #server:get "/_/log" == 1
      server:post "/_/take"
    end)
  end)

  it("waits for several requests, or for POST /_/release, before it responds", function()
    local both = [[(curl -sf %s/gather/2 >/dev/null && echo -n "ok " & curl -sf %s/gather/2 >/dev/null && echo -n "ok "; wait)]]
    assert.equal("ok ok ", output_of(both))
    local pipe = assert(io.popen("curl -s " .. server.url .. "/hold/CA12.json"))
    repeat until server:get("/_/held").held == 1
    server:post "/_/release"
    assert.equal("CA12", cjson.decode(pipe:read "*a").sid)
    pipe:close()
    assert.equal(0, server:get("/_/held").held)
  end)

  describe("with TLS", function()
    local LATE = "timed? ?out" -- curl's messages: "Operation timed out", "SSL connection timeout"
    local secure

    setup(function() secure = servers.fault { tls = true } end)
    teardown(function() assert.equal("", secure:stop()) end)

    -- Sends a request to a TLS port. Returns the HTTP version, the status and curl's error message.
    local function meet(port, options, path)
      local command = "env -u LD_PRELOAD curl -s -o /dev/null --noproxy '*' -w '%{http_version} %{http_code} %{errormsg}' --cacert "
      return (output_of(command .. secure.authority .. (" %s '%s%s'"):format(options or "", secure:secure_url(port), path or "/ok/1")))
    end

    it("supports TLS 1.0 to 1.3", function()
      assert.equal("1.1 200 ", meet "good")
      assert.equal("1.1 200 ", meet("tls12", "--tlsv1.2 --tls-max 1.2"))
      assert.equal("1.1 200 ", meet("tls13", "--tlsv1.3"))
      assert.equal("1.1 200 ", meet("tls10", "--tlsv1.0 --tls-max 1.0 --ciphers ALL:@SECLEVEL=0"))
      assert.equal("1.1 200 ", meet("tls11", "--tlsv1.1 --tls-max 1.1 --ciphers ALL:@SECLEVEL=0"))
      assert.matches("protocol version", meet("tls10", "--tlsv1.2"))
      local seen = secure:post "/_/handshakes"
      assert.same({ 1, 1 }, { seen.good.tried, seen.good.done })
      assert.is_true(seen.good.bytes > 50)
      assert.same({ 2, 1 }, { seen.tls10.tried, seen.tls10.done })
    end)

    it("counts resumed sessions", function()
      secure:post "/_/handshakes"
      local url = secure:secure_url "tls12" .. "/close_idle"
      output_of(("env -u LD_PRELOAD curl -s --noproxy '*' --cacert %s %s %s %s"):format(secure.authority, url, url, url))
      meet "tls12"
      local seen = secure:post "/_/handshakes"
      assert.same({ 4, 4, 2 }, { seen.tls12.tried, seen.tls12.done, seen.tls12.resumed })
    end)

    it("has certificates with one fault each", function()
      local wrong = {
        self_signed = "self%-signed", unknown_ca = "unable to get local issuer", expired = "has expired", not_yet = "not yet valid",
        wrong_name = "no alternative certificate subject name", wildcard = "no alternative certificate subject name",
      }
      for port, what in pairs(wrong) do
        assert.matches("^0 000 .*" .. what, meet(port))
        assert.equal("1.1 200 ", meet(port, "--insecure"))
      end
    end)

    it("has ports with faults in the handshake", function()
      assert.matches("wrong version number", meet "plain")
      assert.matches("alert handshake failure", meet "alert")
      assert.matches("reset by peer", meet "cut")
      assert.matches("^0 000 .", meet "cut_clean")
      assert.matches(LATE, meet("silence", "-m 0.1"))
    end)

    it("supports HTTP/2, with and without faults", function()
      secure:post "/_/reset"
      assert.equal("2 200 ", meet("h2", "-d a=b"))
      local request = secure:get("/_/log")[1]
      assert.same({ "POST", "a=b", "h2" }, { request.method, request.body, request.port })
      assert.matches("INTERNAL_ERROR", meet("h2", nil, "/rst/2"))
      assert.matches("^2 200 .*INTERNAL_ERROR", meet("h2", nil, "/rst_mid/2"))
      assert.equal("2 200 ", meet("h2", nil, "/goaway_after"))
      assert.matches("^0 000 .", meet("h2", nil, "/goaway_lost"))
      assert.equal("2 200 ", meet("h2", nil, "/interim/103/10"))
      assert.equal("2 404 ", meet("h2", nil, "/nonsense"))
      assert.matches(LATE, meet("h2", "-m 0.1", "/stall"))
    end)
  end)
end)
