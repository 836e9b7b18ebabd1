-- The fields body, content_type and multipart of client:request.
local support = require "spec.support.client"

describe("client:request with an upload", function()
  local function misuse(request)
    return (support.misuse(function() support.client():request(request) end))
  end

  it("raises for wrong parts", function()
    local function parts(value) return misuse { path = "/x", multipart = value } end
    assert.equal("'multipart' must be an array of parts { name=, path= or data=, … }", parts {})
    assert.equal("'multipart' must be an array of parts { name=, path= or data=, … }", parts "x")
    assert.equal("part 2 of 'multipart' must be a table, got string", parts { { name = "a", data = "b" }, "c" })
    assert.equal("part 1 of 'multipart' has no name", parts { { data = "b" } })
    assert.equal("part 1 of 'multipart' needs either path or data", parts { { name = "a" } })
    assert.equal("part 1 of 'multipart' needs either path or data", parts { { name = "a", data = "b", path = "c" } })
    assert.equal("'data' of an upload must be a string, got number", parts { { name = "a", data = 1 } })
    assert.equal("'name' of an upload must be a string, got number", parts { { name = 1, data = "b" } })
    assert.equal("'name' of an upload is empty or contains control characters", parts { { name = "", data = "x" } })
    assert.equal("the fields of a part are named, got a number as a name", parts { { name = "a", data = "b", "c" } })
    assert.equal("'name' of an upload is empty or contains control characters", parts { { name = "a\r\nb", data = "x" } })
    assert.equal("unknown field 'file_name' (did you mean 'filename'?)", parts { { name = "a", data = "x", file_name = "y" } })
  end)

  it("raises for a wrong body", function()
    assert.equal("'body' must be a string, or { path = … }, got number", misuse { path = "/x", body = 1, content_type = "a/b" })
    assert.equal("'body' has no path", misuse { path = "/x", body = {}, content_type = "a/b" })
    assert.equal("'body' needs content_type, such as \"audio/mpeg\"", misuse { path = "/x", body = "x" })
    assert.equal("'content_type' belongs to 'body'", misuse { path = "/x", content_type = "a/b" })
    assert.equal("'content_type' belongs to 'body'. Each part of 'multipart' has its own",
      misuse { path = "/x", content_type = "a/b", multipart = { { name = "a", data = "b" } } })
    assert.equal("'content_type' is empty or contains control characters", misuse { path = "/x", body = "x", content_type = "a\nb" })
  end)

  it("takes one kind of body", function()
    local parts = { { name = "a", data = "b" } }
    assert.equal("client:request takes body or multipart, not both", misuse { path = "/x", body = "x", content_type = "a/b", multipart = parts })
    assert.equal("client:request takes one of form, json, body and multipart", misuse { path = "/x", form = { A = 1 }, multipart = parts })
    assert.equal("client:request takes one of form, json, body and multipart", misuse { path = "/x", json = {}, body = "x", content_type = "a/b" })
    assert.equal("GET takes no form, json, body or multipart", misuse { path = "/x", method = "GET", multipart = parts })
  end)

  it("raises for a header Content-Type that does not fit the body", function()
    assert.equal("'form' is not sent as multipart/form-data: pass multipart instead",
      misuse { path = "/x", form = { A = 1 }, headers = { ["content-type"] = "multipart/form-data" } })
    assert.equal("'json' is not sent as Multipart/mixed: pass multipart instead",
      misuse { path = "/x", json = {}, headers = { ["Content-Type"] = "Multipart/mixed" } })
    assert.is_truthy(support.client():request { path = "/x", headers = { ["Content-Type"] = "multipart/mixed" } }) -- without a body
    assert.equal("the header Content-Type is set by multipart",
      misuse { path = "/x", multipart = { { name = "a", data = "b" } }, headers = { ["Content-Type"] = "multipart/form-data" } })
    assert.equal("the header Content-Type is set by content_type",
      misuse { path = "/x", body = "x", content_type = "a/b", headers = { ["Content-Type"] = "a/c" } })
  end)

  it("raises for files of a client that signs its requests, but signs a string", function()
    local validation = { key = require("spec.support.signing_keys").rsa().private, credential_sid = "CR" .. ("0"):rep(32) }
    local client = require "twilio".client {
      account_sid = "AC1", api_key = "SK1", api_secret = "s", client_validation = validation,
      transport = function() return { status = 200, body = "{}" } end,
    }
    for _, request in ipairs {
      { path = "/x", body = { path = "/y" }, content_type = "a/b" }, { path = "/x", multipart = { { name = "a", data = "b" } } },
    } do
      assert.matches("^a client with the option client_validation cannot upload files", (support.misuse(function() client:request(request) end)))
    end
    assert(client:request { path = "/x", body = "x", content_type = "a/b" })
  end)

  it("passes parts and paths to the option `transport`", function()
    local request = support.sent(function(client)
      local parts = { { name = "a", data = "b" }, { name = "c", path = "/d/e.txt", content_type = "text/plain" } }
      assert(client:request { path = "/x", multipart = parts })
    end)
    assert.same({ { name = "a", data = "b" }, { name = "c", path = "/d/e.txt", filename = "e.txt", content_type = "text/plain" } }, request.multipart)
    assert.is_nil(request.body)
    request = support.sent(function(client) assert(client:request { path = "/x", body = { path = "/d" }, content_type = "a/b" }) end)
    assert.same({ "/d", "a/b" }, { request.body_path, request.headers["content-type"] })
    request = support.sent(function(client) assert(client:request { path = "/x", body = "x", content_type = "a/b" }) end)
    assert.same({ "x", "a/b", "POST" }, { request.body, request.headers["content-type"], request.method })
  end)
end)
