-- Redirects of downloads: followed to other hosts, without credentials, and only to https://.
local downloads = require "spec.support.downloads"
local servers = require "spec.support.servers"
local support = require "spec.support.client"

describe("a redirect of a download", function()
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

  local function redirect(target, status) return ("/redirect/%d/%s"):format(status or 307, encode(target)) end

  local function fetch(path, options, client)
    local chunks = {}
    local result, message, err = (client or downloads.client(main)):download(path, function(chunk) chunks[#chunks + 1] = chunk end, options)
    return result and table.concat(chunks), message, err
  end

  local function headers_of(server, n) return server:get("/_/log")[n or 1].headers end

  it("is followed within the host with credentials, also with status 303", function()
    for _, status in ipairs { 301, 302, 303, 307, 308 } do
      main:post("/_/reset", {})
      assert.equal("hello", fetch(redirect(main.url .. "/say/200/hello", status)))
      assert.matches("^Basic ", headers_of(main, 2).authorization)
    end
  end)

  it("is followed to another host without credentials", function()
    assert.equal("hello", fetch(redirect(other.url .. "/say/200/hello")))
    assert.matches("^Basic ", headers_of(main).authorization)
    local sent = headers_of(other)
    assert.is_nil(sent.authorization)
    assert.equal("identity", sent["accept-encoding"])
    -- and neither after a further redirect, even back to the first host
    assert.equal("hello", fetch(redirect(other.url .. redirect("/say/200/hello"))))
    assert.is_nil(headers_of(other, 3).authorization)
    main:post("/_/reset", {})
    assert.equal("hello", fetch(redirect(other.url .. redirect(main.url .. "/say/200/hello"))))
    assert.is_nil(headers_of(main, 2).authorization)
  end)

  it("is followed three times at most, with the target in err.location", function()
    local path = "/say/200/hello"
    for _ = 1, 3 do path = redirect(main.url .. path) end
    assert.equal("hello", fetch(path))
    local target = main.url .. path
    local result, message, err = fetch(redirect(target))
    assert.is_nil(result)
    assert.same({ "untrusted", 307, 4, main.url .. "/say/200/hello" }, { err.kind, err.status, err.attempts, err.location })
    assert.matches("more than 3 redirects", message, 1, true)
  end)

  it("is refused to http://, to another scheme, and with a password", function()
    local port = main.url:match ":(%d+)$"
    for location, why in pairs {
      ["http://evil.example/x"] = "its target is not https://", ["http://127.0.0.1.example/x"] = "its target is not https://",
      ["ftp://127.0.0.1/x"] = "its target is no http:// or https:// URL with a host alone", ["file:///etc/passwd"] = "its target is no http:",
      ["http://user:secret@127.0.0.1:" .. port .. "/ok"] = "its target is no http:", ["https://"] = "its target is no http:",
    } do
      main:post("/_/reset", {})
      local result, message, err = fetch(redirect(location))
      assert.is_nil(result, location)
      assert.same({ "untrusted", 307, location, 1 }, { err.kind, err.status, err.location, err.attempts })
      assert.matches(why, message, 1, true)
    end
  end)

  it("is refused from https:// to http:// on this machine", function()
    local secure = servers.fault { tls = true }
    local client = downloads.client(secure, { base_url = secure:secure_url "good", ca_file = secure.authority })
    local result, _, err = fetch(redirect(other.url .. "/ok"), nil, client)
    assert.is_nil(result)
    assert.equal("untrusted", err.kind)
    assert.same({}, other:get "/_/log")
    assert.equal("hello", fetch(redirect(secure:secure_url "good" .. "/say/200/hello"), nil, client))
    secure:stop()
  end)

  it("with a relative target, or one without a scheme, keeps the scheme and the host", function()
    assert.equal("hello", fetch(redirect("/say/200/hello")))
    assert.equal("hello", fetch(redirect("//" .. other.url:match "//(.*)" .. "/say/200/hello")))
    assert.is_nil(headers_of(other).authorization)
    assert.equal("a b", fetch(redirect(other.url .. "/say/200/a b#part")):gsub("%%20", " "), nil)
    assert.equal("/say/200/a%20b", other:get("/_/log")[2].target)
  end)

  it("without a path of its own means the same path, and a query or a host alone gets a slash", function()
    for location, target in pairs {
      ["#part"] = "https://api.twilio.com/a?b", ["?c"] = "https://api.twilio.com/a?c", ["https://api.twilio.com"] = "https://api.twilio.com/",
      ["https://api.twilio.com?c"] = "https://api.twilio.com/?c", ["c"] = "https://api.twilio.com/c",
    } do
      local client, requests = support.client(nil, function(request)
        if request.url:find("?b", 1, true) then return { status = 307, headers = { Location = location }, body = "" } end
        return { status = 200, body = "x" }
      end)
      client:download("/a?b", function() end)
      assert.equal(target, requests[2].url, location)
    end
  end)

  it("within the host is refused with a segment '..' or a backslash in its path", function()
    for location, why in pairs {
      ["/a/../b"] = "it has a segment '..'", ["https://api.twilio.com/a/%2e%2e/b"] = "it has a segment '..'",
      ["/a\\b"] = "it has a backslash in its path",
    } do
      local client, requests = support.client(nil, { status = 307, headers = { Location = location }, body = "" })
      local _, message, err = client:download("/a", function() end)
      assert.equal("untrusted", err.kind)
      assert.matches(why, message, 1, true)
      assert.equal(1, #requests)
    end
  end)

  it("with control characters is refused", function()
    for _, location in ipairs { "/x\ty", "https://cdn.example/\127" } do
      local client, requests = support.client(nil, { status = 307, headers = { Location = location }, body = "" })
      local result, message, err = client:download("/a", function() end)
      assert.is_nil(result)
      assert.equal("untrusted", err.kind)
      assert.matches("it contains control characters", message, 1, true)
      assert.equal(1, #requests)
    end
  end)

  it("starts again at the first URL after a broken connection, with credentials", function()
    local file = other.url .. "/file/300000?breaks=1&cut=100000"
    assert(downloads.content(300000) == fetch(redirect(file)))
    local first = main:get "/_/log"
    assert.equal(2, #first)
    for i = 1, 2 do assert.matches("^Basic ", first[i].headers.authorization) end
    assert.equal("bytes=100000-", headers_of(other, 2).range)
    assert.is_nil(headers_of(other, 2).authorization)
  end)

  it("to another host gets no signature of the option client_validation, and no access token", function()
    local keys = require "spec.support.signing_keys"
    local requests = {}
    local function transport(request)
      requests[#requests + 1] = request
      if #requests == 1 then return { status = 307, headers = { Location = "https://cdn.example/file?signature=1" }, body = "" } end
      return { status = 200, headers = {}, body = "hello" }
    end
    local client = require "twilio".client {
      account_sid = "AC1", api_key = "SK1", api_secret = "s", transport = transport,
      client_validation = { key = keys.rsa().private, credential_sid = "CR" .. ("0"):rep(32) },
    }
    assert.equal("hello", fetch("/2010-04-01/Accounts/AC1/Recordings/RE1.mp3", nil, client))
    assert.is_string(requests[1].headers["twilio-client-validation"])
    assert.equal("https://cdn.example/file?signature=1", requests[2].url)
    assert.same({ ["accept-encoding"] = "identity", ["user-agent"] = requests[1].headers["user-agent"] }, requests[2].headers)
    requests = {}
    client = require "twilio".client { account_sid = "AC1", bearer_token = "secret", transport = transport }
    assert.equal("hello", fetch("/x", nil, client))
    assert.is_nil(requests[2].headers.authorization)
  end)

  it("shows no query in messages and logs", function()
    local lines = {}
    local client = support.client({ log = function(_, text) lines[#lines + 1] = text end }, function(request)
      if request.url:find "cdn" then return { status = 403, body = "" } end
      return { status = 302, headers = { Location = "https://cdn.example/file?signature=secret" }, body = "" }
    end)
    local _, message, err = fetch("/x", nil, client)
    assert.same({ "api", 403 }, { err.kind, err.status })
    lines[#lines + 1] = message
    for _, line in ipairs(lines) do assert.is_nil(line:find "secret") end
  end)
end)
