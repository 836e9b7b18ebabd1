-- Sinks: what a download asks for after a broken connection, and which responses it accepts.
local downloads = require "spec.support.downloads"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

local SIZE = 300000

describe("a download", function()
  local server, directory, client
  setup(function() server, directory = servers.fault {}, shell.directory() end)
  teardown(function()
    server:stop()
    shell.run("rm -rf " .. directory)
  end)
  before_each(function()
    server:post("/_/reset", {})
    client = downloads.client(server)
  end)

  -- Returns result, message and err of a download to a file, whose content is compared.
  local function to_file(query, options)
    local path = directory .. "/file"
    os.remove(path)
    local result, message, err = client:download(("/file/%d?%s"):format(SIZE, query), path, options)
    if result then assert(downloads.content(SIZE) == downloads.read(path), "other bytes") end
    if not result then assert.same({}, downloads.files(directory)) end
    return result, message, err
  end

  -- The same for a function.
  local function to_function(query, options)
    local chunks = {}
    local result, message, err = client:download(("/file/%d?%s"):format(SIZE, query), function(chunk) chunks[#chunks + 1] = chunk end, options)
    local bytes = table.concat(chunks)
    assert(downloads.content(SIZE):sub(1, #bytes) == bytes, "other bytes")
    if result then assert.equal(SIZE, #bytes) end
    return result, message, err
  end

  local function both(f)
    for _, to in ipairs { to_file, to_function } do
      server:post("/_/reset", {})
      f(to)
    end
  end

  it("asks for the rest of the file after a broken connection, with If-Range", function()
    both(function(to)
      local result = assert(to "breaks=2&cut=70000")
      assert.same({ SIZE, 206, 3, "audio/x-wav", '"first"' }, { result.size, result.status, result.attempts, result.content_type, result.etag })
      local asked = {}
      for i, request in ipairs(server:get "/_/log") do
        asked[i] = { request.headers.range or "-", request.headers["if-range"] or "-", request.headers["accept-encoding"] }
      end
      assert.same({ { "-", "-", "identity" }, { "bytes=70000-", '"first"', "identity" }, { "bytes=140000-", '"first"', "identity" } }, asked)
    end)
  end)

  it("resumes by Last-Modified if there is no strong ETag", function()
    for _, tag in ipairs { "none", "weak" } do
      both(function(to) assert.equal(206, assert(to("date=1&breaks=2&cut=70000&tag=" .. tag)).status) end)
      assert.equal("Wed, 21 Oct 2015 07:28:00 GMT", server:get("/_/log")[2].headers["if-range"])
    end
  end)

  it("starts a file anew if nothing identifies it, and ends with a function that has bytes already", function()
    for _, tag in ipairs { "none", "weak" } do
      local result = assert(to_file("breaks=2&cut=70000&tag=" .. tag))
      assert.same({ 200, 3 }, { result.status, result.attempts })
      local _, _, err = to_function("breaks=1&id=2&cut=70000&tag=" .. tag)
      assert.same({ "network", 1, "yes" }, { err.kind, err.attempts, err.sent })
    end
  end)

  it("skips the bytes that it has if the server sends the whole file again", function()
    both(function(to) assert.same(200, assert(to "breaks=2&cut=70000&again=whole").status) end)
  end)

  it("is an error if the file has changed, is longer, or the answer is another part", function()
    local changed = "the file has changed at the server since the download began: start the download again"
    for kind, expected in pairs {
      new_whole = changed, new_part = changed, new_length = changed,
      other_part = "it has another part of the file than the one that was asked for",
      no_range = "its header Content-Range is missing or malformed",
    } do
      both(function(to)
        local result, message, err = to("breaks=1&cut=70000&again=" .. kind)
        assert.is_nil(result)
        assert.same({ "decode", 2 }, { err.kind, err.attempts })
        assert.matches(expected, message, 1, true)
      end)
    end
  end)

  -- Answers of the option `transport`: the first one breaks after 3 of 6 bytes.
  local function rest_of(second, first)
    local answers = { first or { status = 200, headers = { ETag = '"1"', ["Content-Length"] = "6" }, body = "abc" }, second }
    local n, text = 0, ""
    local own = support.client({ retries = 1, max_retry_wait = 0.001 }, function()
      n = n + 1
      return answers[n]
    end)
    local result, message, err = own:download("/x", function(chunk) text = text .. chunk end)
    return result and text, message, err
  end

  it("is an error if the header Content-Range of the rest is malformed", function()
    for _, range in ipairs {
      "", "bytes", "lines 3-5/6", "bytes x-5/6", "bytes -5/6", "bytes 3", "bytes 3-", "bytes 3-x/6", "bytes 3/6", "bytes 3-2/6", "bytes 3-5",
      "bytes 3-5;6",
      "bytes 3-5/", "bytes 3-5/x", "bytes 3-5/6x", "bytes 3-6/6", "bytes 3-5/123456789012345678901", "bytes */6", "bytes */*", "bytes *",
    } do
      local result, message, err = rest_of { status = 206, headers = { ["Content-Range"] = range }, body = "def" }
      assert.is_nil(result, range)
      assert.equal("decode", err.kind)
      assert.matches("its header Content-Range is missing or malformed", message, 1, true)
    end
  end)

  it("accepts the rest of a file without a total, without an ETag, or with another total only if it is the same", function()
    assert.equal("abcdef", rest_of { status = 206, headers = { ["Content-Range"] = "Bytes 3-5/*" }, body = "def" })
    assert.equal("abcdef", rest_of({ status = 206, headers = { ["Content-Range"] = "bytes 3-5/6" }, body = "def" },
      { status = 200, headers = { ["Last-Modified"] = "x", ["Content-Length"] = "6" }, body = "abc" }))
    for _, headers in ipairs {
      { ["Content-Range"] = "bytes 3-6/7" },
      { ETag = '"2"', ["Content-Range"] = "bytes 3-5/6" }, { ETag = '"11"', ["Content-Range"] = "bytes 3-5/6" },
    } do
      local result, message = rest_of { status = 206, headers = headers, body = "def" }
      assert.is_nil(result)
      assert.matches("the file has changed at the server", message, 1, true)
    end
  end)

  it("ignores a Content-Length that is no number, and an empty Content-Encoding", function()
    for _, length in ipairs { "x", "6x", "" } do
      assert.equal("abcdef", rest_of(nil, { status = 200, headers = { ["Content-Length"] = length, ["Content-Encoding"] = "" }, body = "abcdef" }))
    end
    assert.equal("decode", select(3, rest_of(nil, { status = 200, headers = { ["Content-Encoding"] = "deflated" }, body = "x" })).kind)
  end)

  it("has changed if the rest has a validator of another kind, or the whole file another length", function()
    assert.equal("abcdef", rest_of({ status = 206, headers = { ETag = '"1"', ["Content-Range"] = "bytes 3-5/6" }, body = "def" },
      { status = 200, headers = { ["Last-Modified"] = "x", ["Content-Length"] = "6" }, body = "abc" }))
    local result, message = rest_of { status = 200, headers = { ETag = '"1"', ["Content-Length"] = "7" }, body = "abcdefg" }
    assert.is_nil(result)
    assert.matches("the file has changed at the server", message, 1, true)
  end)

  it("may be empty", function() assert.equal("", rest_of(nil, { status = 200, body = "" })) end)

  it("is not complete after a status 416 with another length", function()
    local function broken() return { status = 200, headers = { ETag = '"1"', ["Content-Length"] = "6" }, body = "abc" } end
    for _, range in ipairs { "bytes */6", "bytes */2", "bytes */x", "bytes 3-5/6" } do
      local result, message = rest_of({ status = 416, headers = { ["Content-Range"] = range }, body = "" }, broken())
      assert.is_nil(result, range)
      assert.matches("the file has changed at the server", message, 1, true)
    end
  end)

  it("goes on until it has all bytes if the server sends less than it was asked for", function()
    both(function(to) assert.equal(SIZE, assert(to "breaks=1&cut=70000&again=half").size) end)
  end)

  it("retries a status 503, and then goes on where it was", function()
    both(function(to)
      assert.same(3, assert(to "breaks=1&cut=70000&again=error").attempts)
      assert.equal("bytes=70000-", server:get("/_/log")[3].headers.range)
    end)
  end)

  it("learns from a status 416 that a file of unknown length is complete", function()
    both(function(to)
      local result = assert(to("length=chunked&breaks=1&cut=" .. SIZE))
      assert.same({ 416, 2 }, { result.status, result.attempts })
    end)
  end)

  it("may have chunks, or no length at all", function()
    both(function(to)
      assert(to "length=chunked")
      assert(to "length=close")
    end)
  end)

  it("counts only retries without progress", function()
    both(function(to) assert.equal(11, assert(to("breaks=10&cut=20000", { retries = 1 })).attempts) end)
    both(function(to)
      local _, _, err = to("breaks=10&cut=0", { retries = 1 })
      assert.same({ "network", 2 }, { err.kind, err.attempts })
    end)
    -- each attempt starts anew, so none but the first makes progress
    local _, _, err = to_file("tag=none&breaks=10&cut=20000", { retries = 1 })
    assert.same({ "network", 2 }, { err.kind, err.attempts })
  end)

  it("refuses a file with a Content-Encoding, whose bytes a range does not count", function()
    both(function(to)
      local _, message, err = to "encoding=gzip"
      assert.equal("decode", err.kind)
      assert.matches("the file has a Content-Encoding, although it was asked for without", message, 1, true)
    end)
    both(function(to) assert(to "encoding=identity") end)
  end)

  it("refuses a file that is larger than max_size, before or while it arrives", function()
    for _, length in ipairs { "known", "chunked" } do
      both(function(to)
        local _, message, err = to("length=" .. length, { max_size = SIZE - 1 })
        assert.same({ "too_large", 1, "yes" }, { err.kind, err.attempts, err.sent })
        assert.matches("200, but the file is larger than max_size, 299999 bytes", message, 1, true)
        assert(to("id=2&length=" .. length, { max_size = SIZE }))
      end)
    end
  end)

  it("is not limited by max_response", function()
    client = downloads.client(server, { max_response = 1000 })
    both(function(to) assert(to "") end)
  end)

  it("fails if an unasked part of the file comes, or a status without a file", function()
    os.remove(directory .. "/file")
    local head = "wire/keep/HTTP%2F1.1%20206%20X%0D%0AContent-Range%3A%20bytes%200-1%2F2%0D%0AContent-Length%3A%202%0D%0A%0D%0Aab"
    local _, message, err = client:download("/" .. head, directory .. "/file")
    assert.equal("decode", err.kind)
    assert.matches("the answer is a part of the file, although the whole file was asked for", message, 1, true)
    _, message, err = client:download("/no_content", directory .. "/file")
    assert.equal("decode", err.kind)
    assert.matches("204, but the answer has no file", message, 1, true)
    assert.same({}, downloads.files(directory))
  end)
end)
