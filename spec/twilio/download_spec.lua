-- client:download over real HTTP: sinks, progress, failures of files, and waiting in every host.
local downloads = require "spec.support.downloads"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"
local twilio = require "twilio"

local SIZE = 300000
local FILE = "/file/" .. SIZE
local PUC_5_1 = _VERSION == "Lua 5.1" and not jit

describe("client:download", function()
  local server, directory, path, client

  setup(function() server = servers.fault {} end)
  teardown(function() server:stop() end)
  before_each(function()
    server:post("/_/reset", {})
    directory = shell.directory()
    path = directory .. "/recording.wav"
    client = downloads.client(server)
  end)
  after_each(function() shell.must("rm -rf " .. directory) end)

  local function keep_old() shell.write(path, "the old file") end

  -- Checks that the old file is as it was, and that no temporary file stays.
  local function check_old()
    assert.equal("the old file", downloads.read(path))
    assert.same({ "recording.wav" }, downloads.files(directory))
  end

  -- ---- files ----

  it("writes a file, and returns its size, path, type and headers", function()
    local result = assert(client:download(FILE, path))
    assert.equal("audio/x-wav", result.headers["content-type"])
    result.headers = nil
    assert.same({ size = SIZE, path = path, status = 200, attempts = 1, content_type = "audio/x-wav", etag = '"first"' }, result)
    assert(downloads.content(SIZE) == downloads.read(path))
    assert.same({ "recording.wav" }, downloads.files(directory))
  end)

  it("writes an empty file", function()
    assert.equal(0, assert(client:download("/file/0", path)).size)
    assert.equal("", downloads.read(path))
  end)

  it("keeps an existing file until the new one is complete", function()
    keep_old()
    local seen
    assert(client:download(FILE, path, { progress = function(done) seen = seen or (done < SIZE and downloads.read(path)) end }))
    assert(seen == nil or seen == false or seen == "the old file")
    assert.equal(SIZE, #downloads.read(path))
  end)

  it("keeps an existing file if the download fails, and leaves no temporary file", function()
    keep_old()
    for behaviour, kind in pairs { ["/say/404/%7B%22code%22%3A20404%7D"] = "api", ["/html_502"] = "api", ["/close_before_answer"] = "network",
      ["/truncated_body"] = "network", ["/redirect_302"] = "untrusted" } do
      local result, message, err = client:download(behaviour, path, { retries = 0 })
      assert.is_nil(result)
      assert.equal(kind, err.kind, behaviour)
      assert.is_string(message)
      check_old()
    end
  end)

  it("does not give the body of an error to the sink", function()
    local _, message, err = client:download("/say/404/%7B%22code%22%3A20404%2C%22message%22%3A%22gone%22%7D", function() error "called" end)
    assert.same({ "api", 404, 20404 }, { err.kind, err.status, err.code })
    assert.matches("404, error 20404: gone", message, 1, true)
    _, _, err = client:download("/html_502", function() error "called" end, { retries = 0 })
    assert.same({ "api", 502 }, { err.kind, err.status })
  end)

  it("reports a directory that does not exist or cannot be written, before anything is sent", function()
    local result, message, err = client:download(FILE, directory .. "/none/file")
    assert.is_nil(result)
    assert.same({ "file", "no", directory .. "/none/file", "No such file or directory" }, { err.kind, err.sent, err.path, err.reason })
    assert.equal("cannot write " .. directory .. "/none/file: No such file or directory", message)
    assert.equal(message, tostring(err))
    assert.equal("file", select(3, client:download(FILE, directory)).kind)
    assert.same({}, server:get "/_/log")
  end)

  -- A write past the limit of a file's size fails like a write over a quota.
  it("reports a full quota, and leaves no temporary file", function()
    keep_old()
    local output = support.run(([[
      local client = require("twilio").client { account_sid = "AC1", auth_token = "t", base_url = %q }
      local result, message, err = client:download(%q, %q)
      print(result, message, err.kind, err.sent, err.attempts, err.reason)]]):format(server.url, FILE, path), nil,
      "sh -c " .. shell.quote [[trap '' XFSZ; ulimit -f 16; exec "$0" "$1"]] .. " ")
    assert.equal(("nil\tcannot write %s: File too large\tfile\tyes\t1\tFile too large\n"):format(path), output)
    check_old()
  end)

  it("reports a full disk, and leaves no temporary file", function()
    if not shell.run("mount -t tmpfs -o size=128k none " .. directory) then return pending "cannot mount" end
    keep_old()
    local ok, problem = pcall(function()
      local result, message, err = client:download(FILE, path)
      assert.is_nil(result)
      assert.equal(("cannot write %s: No space left on device"):format(path), message)
      assert.same({ "file", "yes" }, { err.kind, err.sent })
      check_old()
    end)
    shell.must("umount " .. directory)
    assert(ok, problem)
  end)

  -- ---- functions ----

  it("passes every byte to a function once, in order", function()
    local chunks = {}
    local result = assert(client:download(FILE .. "?breaks=3&cut=70000", function(chunk) chunks[#chunks + 1] = chunk end))
    assert.is_nil(result.path)
    assert(downloads.content(SIZE) == table.concat(chunks))
  end)

  it("keeps few bytes in memory while the function is slow", function()
    local most, size = 0, 5000000
    local result = assert(client:download("/file/" .. size, function(chunk)
      most = math.max(most, #chunk)
      client.calls:get "CA1" -- steps the engine while the download waits
    end, { retries = 0 }))
    assert.equal(size, result.size)
    assert(most <= 150000, most)
  end)

  it("ends when the function returns false, or nil and a message", function()
    local result, message, err = client:download(FILE, function() return false end)
    assert.is_nil(result)
    assert.equal("cancelled", err.kind)
    assert.matches("the sink returned false", message, 1, true)
    result, message, err = client:download(FILE, function() return nil, "the tape is full" end)
    assert.is_nil(result)
    assert.same({ "file", "the tape is full", "yes" }, { err.kind, err.reason, err.sent })
    assert.equal("cannot write the sink: the tape is full", message)
    assert(client.calls:get "CA1" == nil) -- the client still works
  end)

  it("lets an error of the function through, and cancels the transfer", function()
    local problem = {}
    local ok, raised = pcall(client.download, client, "/endless/length", function() error(problem) end)
    assert.is_false(ok)
    assert.equal(problem, raised)
    local sink = function() return true end
    assert(client:download(FILE, sink))
  end)

  it("removes the temporary file if `progress` raises", function()
    keep_old()
    local ok, raised = pcall(client.download, client, FILE, path, { progress = function() error("boom", 0) end })
    assert.same({ false, "boom" }, { ok, raised })
    check_old()
  end)

  -- ---- progress ----

  it("calls `progress` with growing numbers, and with the total at the end", function()
    local seen = {}
    assert(client:download(FILE .. "?breaks=2&cut=100000", path, { progress = function(done, total) seen[#seen + 1] = { done, total } end }))
    assert.same({ SIZE, SIZE }, seen[#seen])
    for i = 2, #seen do assert(seen[i][1] > seen[i - 1][1]) end
    seen = {}
    assert(client:download(FILE .. "?length=chunked", path, { progress = function(done, total) seen[#seen + 1] = { done, total } end }))
    assert.same({ SIZE }, seen[#seen])
  end)

  -- ---- time ----

  it("is ended by `timeout` only while no byte arrives", function()
    local result = assert(client:download(FILE .. "?breaks=1&cut=100000&by=stall", path, { timeout = 0.2 }))
    assert.equal(2, result.attempts)
    local _, message, err = client:download("/stall", path, { timeout = 0.2, retries = 1 })
    assert.same({ "timeout", 2 }, { err.kind, err.attempts })
    assert.matches("no byte arrived within 0.2 seconds (option timeout)", message, 1, true)
    _, _, err = client:download("/stall", function() end, { timeout = 0.2, retries = 0 })
    assert.same({ "timeout", 1 }, { err.kind, err.attempts })
  end)

  it("does not count the time that the function takes as time without a byte", function()
    assert(client:download("/file/1000000", function() shell.run "sleep 0.1" end, { timeout = 0.05, retries = 0 }))
  end)

  it("is ended by `deadline`", function()
    local _, message, err = client:download("/endless/length", path, { deadline = 0.3 })
    assert.equal("timeout", err.kind)
    assert.matches("option deadline", message, 1, true)
    assert.same({}, downloads.files(directory))
  end)

  it("obeys the options cancel and ready", function()
    local canceller = twilio.canceller()
    local _, _, err = client:download("/endless/chunked", function() canceller:cancel() end, { cancel = canceller })
    assert.equal("cancelled", err.kind)
    local n = 0
    _, _, err = client:download("/endless/chunked", function() n = n + 1 end, { ready = function() return n < 3 end })
    assert.equal("cancelled", err.kind)
  end)

  it("asks ready while the server is faster than the function", function()
    for _, seconds in ipairs { 0.001, 0.003, 0.01 } do
      local n = 0
      local _, message = client:download("/endless/chunked", function()
        n = n + 1
        local over = os.clock() + seconds
        repeat until os.clock() > over -- meanwhile the server fills the socket again
        return n < 500
      end, { ready = function() return n < 3 end })
      assert.matches("the function 'ready' returned false", message, 1, true)
      assert(n <= 3 + 64, n .. " chunks")
    end
  end)

  it("is cancelled by client:close()", function()
    local _, _, err = client:download("/endless/chunked", function() client:close() end)
    assert.equal("cancelled", err.kind)
  end)

  -- ---- hosts ----

  it("lets the other workers of twilio.map go on", function()
    local order = {}
    local results, failures = twilio.map({ "slow", "quick" }, 2, function(item)
      if item == "slow" then
        return assert(client:download(FILE .. "?breaks=1&cut=100000&by=stall", function() end, { timeout = 0.5 })), table.insert(order, item)
      end
      client.calls:get "CA1"
      table.insert(order, item)
      return true
    end)
    assert.is_nil(failures)
    assert.equal(SIZE, results[1].size)
    assert.same({ "quick", "slow" }, order)
  end)

  it("may suspend in the function and in `progress`", function()
    local thread = coroutine.wrap(function()
      local n = 0
      assert(client:download(FILE, function(chunk)
        n = n + #chunk
        coroutine.yield "in the sink"
      end))
      return n
    end)
    local got
    repeat got = thread() until got ~= "in the sink"
    assert.equal(SIZE, got)
  end)

  it("works with the option `wait`", function()
    local waits = 0
    local function wait(engine, seconds)
      waits = waits + 1
      engine:poll(seconds)
    end
    local chunks = {}
    -- The second attempt must be waited for, however fast the server is.
    assert(client:download(FILE .. "?breaks=1&cut=100000", function(chunk) chunks[#chunks + 1] = chunk end, { wait = wait }))
    assert(downloads.content(SIZE) == table.concat(chunks))
    assert(waits > 0)
  end)

  it("passes a response of the option `transport` on, and resumes with it", function()
    local asked = {}
    local answers = {
      { status = 200, headers = { ETag = '"1"', ["Content-Length"] = "6" }, body = "abc" },
      { status = 206, headers = { ETag = '"1"', ["Content-Range"] = "bytes 3-5/6" }, body = "def" },
    }
    client = support.client({ retries = 1, max_retry_wait = 0.001 }, function(request)
      asked[#asked + 1] = request.headers
      return answers[#asked]
    end)
    local text = ""
    assert.equal(6, assert(client:download("/x", function(chunk) text = text .. chunk end)).size)
    assert.equal("abcdef", text)
    assert.same({ "identity", nil }, { asked[1]["accept-encoding"], asked[1].range })
    assert.same({ "bytes=3-", '"1"' }, { asked[2].range, asked[2]["if-range"] })
  end)

  -- ---- logs ----

  it("writes a log line for each attempt", function()
    local lines = {}
    client = downloads.client(server, { log = function(level, message) lines[#lines + 1] = level .. " " .. message end })
    assert(client:download(FILE .. "?breaks=1&cut=1000&id=secret", path))
    assert.equal(2, #lines)
    assert.matches("^info GET /file/300000: transfer closed with 299000 bytes remaining to read %(.* s, again in .* s%)$", lines[1])
    assert.matches("^info GET /file/300000: 206 %(.* s%)$", lines[2])
  end)

  -- ---- memory ----

  it("needs less than 2 MB of memory for 200 MB, and survives ten broken connections", function()
    if PUC_5_1 and os.getenv "LD_PRELOAD" then return pending "sanitizers need memory" end
    local size = 200 * 1000 * 1000
    local output = support.run(([[
      local client = require("twilio").client { account_sid = "AC1", auth_token = "t", base_url = %q, max_retry_wait = 0.01 }
      local function memory(name)
        return tonumber(io.open("/proc/self/status"):read("*a"):match(name .. ":%%s*(%%d+)"))
      end
      assert(client:download("/file/100000", %q))
      local before = memory "VmRSS"
      local peaks = io.open("/proc/self/clear_refs", "w")
      peaks:write "5"
      peaks:close()
      local result, message = client:download("/file/%d?breaks=10&cut=17000000", %q)
      print(result and result.size or message, result and result.attempts, memory "VmHWM" - before)]]):format(server.url, path, size, path))
    local got, attempts, more = output:match "^(%d+)%s+(%d+)%s+(%-?%d+)\n$"
    assert(got, output)
    assert.same({ size, 11 }, { tonumber(got), tonumber(attempts) })
    if not output:find "san" and not os.getenv "LD_PRELOAD" then assert(tonumber(more) < 2048, more .. " KB") end
    -- The file is compared with the fault server's own response to an unbroken request.
    assert.equal("", shell.must(("curl -s -u AC1:t %s/file/%d | cmp - %s"):format(server.url, size, path)))
  end)

  -- ---- misuse ----

  it("raises for wrong arguments, before anything is sent", function()
    local function raised(...)
      local arguments, n = { ... }, select("#", ...)
      return (support.misuse(function() client:download((table.unpack or unpack)(arguments, 1, n)) end))
    end
    assert.equal("download takes the path of a file, or a function, got nil", raised(FILE))
    assert.equal("download takes the path of a file, or a function, got an impossible path", raised(FILE, ""))
    assert.equal("download takes a URL, got table", raised({}, path))
    assert.equal("the options must be a table, got number", raised(FILE, path, 1))
    assert.equal("unknown option 'progres' (did you mean 'progress'?)", raised(FILE, path, { progres = print }))
    assert.equal("option 'progress' must be a function, got true", raised(FILE, path, { progress = true }))
    assert.equal("option 'max_size' must be a whole number of bytes, at least 1, got 0.5", raised(FILE, path, { max_size = 0.5 }))
    for _, value in ipairs { 1.5, 2 ^ 54, "x", true } do
      assert.matches("^option 'max_size' must be a whole number", raised(FILE, path, { max_size = value }))
    end
    assert.equal("too many arguments to 'download'", raised(FILE, path, {}, 1))
    assert.same({}, downloads.files(directory))
    assert.same({}, server:get "/_/log")
  end)
end)
