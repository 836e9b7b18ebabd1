local multipart = require "twilio.simulator.multipart"

local MEDIA = "multipart/form-data; boundary=limit"

describe("a multipart body", function()
  it("has parts with names, types and binary data", function()
    local data = "\0\r\n--lim\r\n\255"
    local body = '--limit\r\nContent-Disposition: form-data; name="Path"\r\n\r\n/a b\r\n'
      .. '--limit\r\nContent-Disposition: form-data; name="Content"; filename="a.bin"\r\nContent-Type: audio/mpeg\r\n\r\n' .. data
      .. "\r\n--limit\r\ncontent-disposition: form-data; name=Empty\r\n\r\n\r\n--limit--\r\n"
    assert.same({
      { name = "Path", data = "/a b" }, { name = "Content", filename = "a.bin", content_type = "audio/mpeg", data = data },
      { name = "Empty", data = "" },
    }, multipart.read(MEDIA, body))
    assert.equal(3, #multipart.read('multipart/form-data; boundary="limit"', body))
  end)

  it("is refused if it is damaged", function()
    local part = '--limit\r\nContent-Disposition: form-data; name="Path"\r\n\r\n/a\r\n'
    assert.same({}, multipart.read(MEDIA, "--limit--\r\n"))
    assert.is_nil(multipart.read("multipart/form-data", part .. "--limit--"))
    assert.is_nil(multipart.read(MEDIA, part))
    assert.is_nil(multipart.read(MEDIA, "--limit\r\nnonsense\r\n--limit--"))
    assert.is_nil(multipart.read(MEDIA, "--limit\r\nContent-Type: text/plain\r\n\r\nx\r\n--limit--"))
  end)
end)
