-- Finding header lines without Lua.
local support = require "spec.support.client"

describe("a header of a download's response", function()
  local function download(headers)
    return (support.client(nil, { status = 200, headers = headers, body = "abc" }):download("/x", function() end))
  end

  it("is found in upper or lower case, without the blanks around its value", function()
    local result = download { ["ETAG"] = ' \t"1"\t ', ["content-TYPE"] = "audio/mpeg" }
    assert.same({ '"1"', "audio/mpeg" }, { result.etag, result.content_type })
  end)

  it("is not one whose name only begins or ends with the wanted name", function()
    local result = download { ["X-ETag"] = "1", ["ETag-X"] = "2", ["Content-Types"] = "3" }
    assert.same({}, { result.etag, result.content_type })
  end)
end)
