-- Uploads over real HTTP: files are sent as they are, with constant memory.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"
local twilio = require "twilio"

describe("an upload", function()
  local server, client, directory, path

  setup(function() server = servers.fault {} end)
  teardown(function() server:stop() end)
  before_each(function()
    server:post("/_/reset", {})
    directory = shell.directory()
    path = directory .. "/greeting.mp3"
    client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = server.url, max_retry_wait = 0.01 }
  end)
  after_each(function() shell.must("rm -rf " .. directory) end)

  local function last() return server:get("/_/log")[#server:get "/_/log"] end

  -- Returns the parts of a multipart body: arrays of headers and content.
  local function parts_of(request)
    local boundary = request.headers["content-type"]:match "^multipart/form%-data; boundary=(.*)$"
    local parts = {}
    for part in request.body:gmatch("\r\n(.-)\r\n%-%-" .. boundary:gsub("%W", "%%%0")) do
      local head, content = part:match "^(.-)\r\n\r\n(.*)$"
      parts[#parts + 1] = { head, content }
    end
    return parts
  end

  it("sends parts from files and strings, with names, file names and types", function()
    shell.write(path, "a\0b\r\n--c")
    assert.equal(200, assert(client:request {
      path = "/ok", multipart = {
        { name = "Path", data = "/greeting.mp3" },
        { name = "Content", path = path, content_type = "audio/mpeg" },
        { name = "Other", path = path, filename = "other.bin" },
        { name = "Empty", data = "" },
        { name = "Text", data = "x", filename = "x.txt", content_type = "text/plain" },
      },
    }).status)
    local request = last()
    assert.equal("POST", request.method)
    assert.is_nil(request.headers.expect)
    local parts = parts_of({ headers = request.headers, body = "\r\n" .. request.body:gsub("^%-%-[^\r]*\r\n", "") })
    assert.equal('Content-Disposition: form-data; name="Path"', parts[1][1])
    assert.equal("/greeting.mp3", parts[1][2])
    assert.equal('Content-Disposition: form-data; name="Content"; filename="greeting.mp3"\r\nContent-Type: audio/mpeg', parts[2][1])
    assert.equal("a\0b\r\n--c", parts[2][2])
    assert.matches('name="Other"; filename="other.bin"', parts[3][1], 1, true)
    assert.equal("", parts[4][2])
    assert.equal('Content-Disposition: form-data; name="Text"; filename="x.txt"\r\nContent-Type: text/plain', parts[5][1])
  end)

  it("sends a string or a file as the body, with any method that has one", function()
    shell.write(path, "a\0b")
    for _, method in ipairs { "POST", "PUT", "PATCH" } do
      for _, body in ipairs { "a\0b", { path = path } } do
        assert(client:request { method = method, path = "/ok", body = body, content_type = "audio/mpeg" })
        local request = last()
        assert.same({ method, "audio/mpeg", "3", "a\0b" },
          { request.method, request.headers["content-type"], request.headers["content-length"], request.body })
      end
    end
    shell.write(path, "")
    assert(client:request { path = "/ok", body = { path = path }, content_type = "audio/mpeg" })
    assert.same({ "0", "" }, { last().headers["content-length"], last().body })
  end)

  it("fails with the kind `file` if a file cannot be read, and sends nothing", function()
    for target, reason in pairs { [directory .. "/none"] = "No such file or directory", [directory] = "Is a directory" } do
      for _, request in ipairs {
        { path = "/ok", body = { path = target }, content_type = "audio/mpeg" }, { path = "/ok", multipart = { { name = "a", path = target } } },
      } do
        local result, message, err = client:request(request)
        assert.is_nil(result)
        assert.same({ "file", "no", target, reason, 1 }, { err.kind, err.sent, err.path, err.reason, err.attempts })
        assert.equal(("POST /ok: cannot read %s: %s"):format(target, reason), message)
      end
    end
    assert.same({}, server:get "/_/log")
  end)

  it("reads the files again for each attempt", function()
    shell.write(path, ("x"):rep(100000))
    local result = assert(client:request({ path = "/plan/html_502,close_before_answer,ok", multipart = { { name = "a", path = path } } },
      { repeatable = true }))
    assert.equal(200, result.status)
    local log = server:get "/_/log"
    assert.equal(3, #log)
    for _, request in ipairs(log) do assert.matches(("x"):rep(1000), request.body, 1, true) end
    assert.equal(#log[1].body, #log[3].body)
  end)

  it("does not change what the next request sends", function()
    shell.write(path, "abc")
    assert(client:request { path = "/ok", multipart = { { name = "a", path = path } } })
    assert(client:request { path = "/ok", form = { A = "b" } })
    assert.same({ "application/x-www-form-urlencoded", "A=b" }, { last().headers["content-type"], last().body })
  end)

  it("shows no content in the log", function()
    local seen
    client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = server.url, log = function(_, _, fields) seen = fields end }
    assert(client:request { path = "/ok", body = "A=secret", content_type = "text/plain" })
    assert.equal(200, seen.status)
    assert.is_nil(seen.body)
  end)

  it("needs less than 2 MB of memory for a file of 50 MB", function()
    shell.must(("head -c 50000000 /dev/zero >%s"):format(path))
    local output = support.run(([[
      local client = require("twilio").client { account_sid = "AC1", auth_token = "t", base_url = %q }
      local function memory(name) return tonumber(io.open("/proc/self/status"):read("*a"):match(name .. ":%%s*(%%d+)")) end
      assert(client:request { path = "/ok", body = "x", content_type = "text/plain" })
      local before = memory "VmRSS"
      local peaks = io.open("/proc/self/clear_refs", "w")
      peaks:write "5"
      peaks:close()
      for _, request in ipairs { { body = { path = %q }, content_type = "audio/mpeg" }, { multipart = { { name = "a", path = %q } } } } do
        request.path = "/ok"
        print(assert(client:request(request, { timeout = 60 })).status)
      end
      print(memory "VmHWM" - before)]]):format(server.url, path, path))
    local more = output:match "^200%s+200%s+(%-?%d+)\n$"
    assert(more, output)
    if not os.getenv "LD_PRELOAD" then assert(tonumber(more) < 2048, more .. " KB") end
  end)
end)
