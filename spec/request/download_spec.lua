-- The request of a download: its URL and its options.
local support = require "spec.support.client"

describe("the URL of a download", function()
  local function sink() end

  local function requested(url, options)
    local request = support.sent(function(client) assert(client:download(url, sink)) end, options)
    return request.url, request.headers.authorization
  end

  local function misuse(url)
    return (support.misuse(function() support.client():download(url, sink) end))
  end

  it("is on a host of Twilio, or a path of the product api, and gets the credentials", function()
    for url, expected in pairs {
      ["https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1.mp3?RequestedChannels=2"] =
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1.mp3?RequestedChannels=2",
      ["/2010-04-01/Accounts/AC1/Recordings/RE1.mp3"] = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1.mp3",
      ["https://mcs.us1.twilio.com/v1/Services/IS1/Media/ME1/Content"] = "https://mcs.us1.twilio.com/v1/Services/IS1/Media/ME1/Content",
    } do
      local url_sent, authorization = requested(url)
      assert.equal(expected, url_sent)
      assert.equal(support.authorization, authorization)
    end
  end)

  it("leads to the client's base_url", function()
    assert.equal("http://127.0.0.1:1/x", (requested("https://api.twilio.com/x", { base_url = "http://127.0.0.1:1" })))
  end)

  it("may be on another host, which gets no credentials", function()
    local url, authorization = requested "https://cdn.example/file?signature=1"
    assert.equal("https://cdn.example/file?signature=1", url)
    assert.is_nil(authorization)
    assert.is_nil(select(2, requested "https://api.twilio.com.example/x"))
  end)

  it("raises if it cannot be a URL of a file", function()
    assert.equal("the URL of a download must start with https:// and a host", misuse "http://cdn.example/x")
    assert.equal("the URL of a download must start with https:// and a host", misuse "https://user:secret@cdn.example/x")
    assert.equal("the URL of a download must start with https:// and a host", misuse "ftp://cdn.example/x")
    assert.equal("the URL of a download must be percent-encoded, without '#'", misuse "https://cdn.example/a b")
    assert.equal("the URL of a download must be percent-encoded, without '#'", misuse "")
    assert.equal("the URL of a download has a segment '..', by which it may lead elsewhere", misuse "/2010-04-01/../x")
    assert.matches("^the URL of the download has the region 'ie1' without its edge", misuse "https://api.ie1.twilio.com/x")
    assert.matches("^the URL of the download is neither on", misuse "x")
  end)

  it("must name the account of a client that account() made", function()
    local client = support.client()
    local other = client:account("AC" .. ("2"):rep(32))
    assert.matches("^the download is not for account AC", (support.misuse(function() other:download("/v1/x", sink) end)))
    assert(other:download("https://cdn.example/x", sink))
  end)

  it("asks for any type of content", function()
    assert.is_nil(support.sent(function(client) assert(client:download("/x", sink)) end).headers.accept)
  end)
end)
