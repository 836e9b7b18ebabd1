-- The canonical form of signed requests. spec/contract/jwt compares whole signatures with those of other libraries.
local core = require "twilio.core"
local probe = require "spec.support.probe"
local shell = require "spec.support.shell"

local PROBE, FLAGS = "spec/support/signed_text_probe.c", "-fsanitize=address,undefined"

-- Returns the lines of the canonical request, and its hash.
local function canonical(method, url, authorization, body)
  local quoted = {}
  for i, text in ipairs { method, url, authorization or "-", body or "-" } do quoted[i] = shell.quote(text) end
  local output, lines = probe(PROBE, FLAGS, table.concat(quoted, " ")), {}
  for line in output:gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
  return lines, table.remove(lines)
end

local function path(text) return canonical("GET", "https://h" .. text)[2] end
local function query(text) return canonical("GET", "https://h/p?" .. text)[3] end
local function host(text) return canonical("GET", "https://" .. text .. "/p")[4] end

describe("the canonical request", function()
  it("has the hashes of Twilio's documentation", function()
    local _, hash = canonical("GET", "https://api.twilio.com/Messages?PageSize=5&Limit=10", "foobar", "foobar")
    assert.equal("4dc9b67bed579647914587b0e22a1c65c1641d8674797cd82de65e766cce5f80", hash)
    _, hash = canonical("POST", "https://api.twilio.com/Messages", "foobar", "testbody")
    assert.equal("bd792c967c20d546c738b94068f5f72758a10d26c12979677501e1eefe58c65a", hash)
  end)

  it("has seven parts, one per line, and an empty line after the headers", function()
    assert.same({
      "POST", "/a", "b=c", "authorization:Basic x", "host:h", "", "authorization;host",
      "c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2",
    }, (canonical("POST", "https://h/a?b=c", "Basic x", "foobar")))
  end)

  it("has no hash of a body that is missing or empty", function()
    local lines, hash = canonical("GET", "https://h/a", "x")
    assert.equal("", lines[8])
    local _, other = canonical("POST", "https://h/a", "x", "")
    local _, same = canonical("POST", "https://h/a", "x", "-")
    assert.equal(same, other)
    assert.not_equal(hash, other)
  end)

  it("signs only the header Host if there is no Authorization", function()
    assert.same({ "GET", "/a", "", "host:h", "", "host", "" }, (canonical("GET", "https://h/a")))
  end)

  it("decodes and encodes each segment of the path", function()
    assert.equal("/start%20%2A~%2Bend", path "/start%20*%7E+end")
    assert.equal("/v1/Workspaces/test%28%29%2B%C3%A4/Workers", path "/v1/Workspaces/test()+%C3%A4/Workers")
    assert.equal("/%C3%A4%2F%00%25%25zz%25", path "/%c3%a4%2f%00%25%zz%")
    assert.equal("/a-b_c.d~e", path "/a-b_c.d~e")
  end)

  it("resolves the segments '.' and '..', and removes empty ones", function()
    assert.equal("/", path "")
    assert.equal("/", path "/")
    assert.equal("/a/c", path "/a/./b/../c")
    assert.equal("/a/", path "/a/b/..")
    assert.equal("/a/", path "/a/.")
    assert.equal("/b", path "/../../b")
    assert.equal("/a/b/", path "//a///b/")
    assert.equal("/...", path "/...")
  end)

  it("sorts the pairs of the query in their encoded form", function()
    assert.equal("query%20Param1=a%2A~%2F%3Db&queryParam2=Hello%20World&queryParam3=1%3D1",
      query "queryParam2=Hello+World&queryParam3=1%3D1&query+Param1=a*%7E%2F%3Db")
    assert.equal("a=1&a=10&a=2&b", query "b&a=2&a=10&a=1")
    assert.equal("", query "")
    assert.equal("a=~~%7", query "a=%7e%7E%7")
  end)

  it("has the host without a default port", function()
    assert.equal("host:api.twilio.com", host "api.twilio.com:443")
    assert.equal("host:api.twilio.com", host "api.twilio.com:80")
    assert.equal("host:127.0.0.1:8080", host "127.0.0.1:8080")
    assert.equal("host:h", host "user:word@h")
    assert.equal("host:[::1]:8443", host "[::1]:8443")
  end)

  it("accepts queries of many pairs, and long paths", function()
    local pairs_of_query, sorted = {}, {}
    for i = 1, 2000 do
      pairs_of_query[i] = ("p%d=%d"):format(i * 7919 % 2000, i)
      sorted[i] = pairs_of_query[i]
    end
    table.sort(sorted)
    assert.equal(table.concat(sorted, "&"), query(table.concat(pairs_of_query, "&")))
    assert.equal(("/%2A"):rep(5000), path(("/*"):rep(5000)))
  end)

  it("reports that memory is exhausted", function()
    assert.equal("ok after several failed allocations\n", probe(PROBE, FLAGS, "failing"))
  end)
end)

describe("base64url in C", function()
  it("agrees with core.base64url", function()
    for _, length in ipairs { 0, 1, 2, 3, 4, 20 } do
      local text = ("o?>~/ü"):rep(4):sub(1, length)
      local encoded = core.base64url(text)
      assert.equal(("%d %s\n"):format(#encoded, encoded), probe(PROBE, FLAGS, "base64url " .. shell.quote(text)))
    end
  end)
end)
