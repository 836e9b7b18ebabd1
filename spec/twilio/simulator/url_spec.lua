local url = require "twilio.simulator.url"

describe("URLs in the simulator", function()
  it("are resolved if they are relative", function()
    local base = "http://h:1/a/b/c?q#f"
    for text, expected in pairs {
      ["http://x/y"] = "http://x/y", ["//x/y"] = "http://x/y", ["/y?z"] = "http://h:1/y?z", y = "http://h:1/a/b/y", ["../y"] = "http://h:1/a/y",
      ["../../../y"] = "http://h:1/y", ["./"] = "http://h:1/a/b/", ["?z"] = "http://h:1/a/b/c?z", [""] = "http://h:1/a/b/c?q",
      ["y?u=../z"] = "http://h:1/a/b/y?u=../z",
    } do
      assert.equal(expected, url.resolve(base, text))
    end
    assert.is_nil(url.resolve(nil, "/y"))
    assert.is_nil(url.resolve("no URL", "/y"))
  end)

  it("are split into their parts", function()
    local parts = url.split "https://joe:pa@ss@Example.com:8443/a/b?c=d#e"
    assert.same({ "https", "Example.com", 8443, "Example.com:8443", "joe:pa@ss", "/a/b?c=d" },
      { parts.scheme, parts.host, parts.port, parts.authority, parts.user, parts.target })
    parts = url.split "HTTP://[::1]?x"
    assert.same({ "http", "::1", 80, "[::1]", "/?x" }, { parts.scheme, parts.host, parts.port, parts.authority, parts.target })
    for _, text in ipairs { "ftp://h/", "http:///p", "/p", "" } do assert.is_nil(url.split(text)) end
  end)
end)
