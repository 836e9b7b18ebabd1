-- What client:download returns, with responses of the option `transport`.
local support = require "spec.support.client"

describe("the result of a download", function()
  local function download(response, options)
    local text = ""
    local client = support.client(nil, response)
    local result, message, err = client:download("/x.mp3", function(chunk) text = text .. chunk end, options)
    return result, message, err, text
  end

  it("has the size, the status, the type, the ETag and all headers", function()
    local result, _, _, text = download { status = 200, headers = { ["Content-Type"] = "audio/mpeg", ETag = '"1"', X = "y" }, body = "hello" }
    assert.same({
      size = 5, status = 200, attempts = 1, content_type = "audio/mpeg", etag = '"1"',
      headers = { ["content-type"] = "audio/mpeg", etag = '"1"', x = "y" },
    }, result)
    assert.equal("hello", text)
  end)

  it("is a failure of the kind `network` if bytes are missing", function()
    local _, message, err, text = download { status = 200, headers = { ["Content-Length"] = "6" }, body = "hello" }
    assert.same({ "network", 200, "hello" }, { err.kind, err.status, text })
    assert.matches("200, but ", message, 1, true)
  end)

  it("is a failure of the kind `decode` if there are too many bytes", function()
    assert.equal("decode", select(3, download { status = 200, headers = { ["Content-Length"] = "4" }, body = "hello" }).kind)
  end)

  it("is a failure of the kind `too_large` beyond max_size", function()
    local _, message, err, text = download({ status = 200, body = "hello" }, { max_size = 4 })
    assert.same({ "too_large", "" }, { err.kind, text })
    assert.equal("GET /x.mp3: 200, but the file is larger than max_size, 4 bytes", message)
  end)

  it("is Twilio's error for another status, whose body is not the file", function()
    local _, message, err, text = download { status = 404, body = '{"code":20404,"message":"gone"}' }
    assert.same({ "api", 404, 20404, "" }, { err.kind, err.status, err.code, text })
    assert.equal("GET /x.mp3: 404, error 20404: gone", message)
    for _, status in ipairs { 201, 202, 204 } do
      assert.equal("decode", select(3, download { status = status, body = "" }).kind)
    end
    assert.equal("api", select(3, download { status = 304, body = "" }).kind)
    assert.equal("api", select(3, download { status = 416, body = "" }).kind)
  end)

  it("is the transport's failure if there is no response", function()
    local _, message, err = download(function() return nil, "no route" end)
    assert.equal("network", err.kind)
    assert.equal("GET /x.mp3: no route", message)
  end)
end)
