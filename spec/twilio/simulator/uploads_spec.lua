-- Uploads by the library itself, whose multipart bodies have files.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local twilio = require "twilio"

describe("an upload", function()
  local server, client, file, service

  setup(function()
    server = servers.twilio {}
    client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url .. "/{product}" }
    file = os.tmpname()
  end)

  teardown(function()
    os.remove(file)
    assert.equal("", server:stop())
  end)

  before_each(function()
    server:post "/_/reset"
    service = assert(client.serverless.v1.services:create { unique_name = "shop", friendly_name = "Shop" })
  end)

  local function upload(kind, sid, parts)
    local path = ("/v1/Services/%s/%s/%s/Versions"):format(service.sid, kind, sid)
    return client:request { product = "serverless-upload", path = path, multipart = parts }
  end

  local function parts_of(more)
    local parts = {
      { name = "Path", data = "/greeting.mp3" }, { name = "Visibility", data = "public" },
      { name = "Content", path = file, filename = "greeting.mp3", content_type = "audio/mpeg" },
    }
    for index, part in pairs(more or {}) do parts[index] = part or nil end
    return parts
  end

  it("of an asset makes a version of its size, which is listed", function()
    local content = ("\0\r\n--\255"):rep(100000)
    shell.write(file, content)
    local asset = assert(client.serverless.v1.services(service.sid).assets:create { friendly_name = "Greeting" })
    local response = assert(upload("Assets", asset.sid, parts_of()))
    assert.equal(201, response.status)
    local version = response.json
    assert.matches("^ZN%x+$", version.sid)
    assert.same({ "/greeting.mp3", "public", asset.sid, service.sid, server.account_sid }, {
      version.path, version.visibility, version.asset_sid, version.service_sid, version.account_sid,
    })
    local uploads = server:get "/_/uploads"
    assert.same({ version.sid, #content, "greeting.mp3", "audio/mpeg" }, {
      uploads[1].sid, uploads[1].size, uploads[1].filename, uploads[1].content_type,
    })
    local versions = client.serverless.v1.services(service.sid).assets(asset.sid).asset_versions
    assert.equal(version.sid, versions:list()[1].sid)
    assert.equal("/greeting.mp3", versions(version.sid):fetch().path)
  end)

  it("of a function has its content", function()
    local made = assert(client.serverless.v1.services(service.sid).functions:create { friendly_name = "Hello" })
    local source = "exports.handler = () => {};\n"
    local response = assert(upload("Functions", made.sid, parts_of {
      { name = "Path", data = "/hello" }, [3] = { name = "Content", data = source, filename = "hello.js", content_type = "application/javascript" },
    }))
    local version = client.serverless.v1.services(service.sid).functions(made.sid).function_versions(response.json.sid)
    assert.equal("/hello", version:fetch().path)
    assert.equal(source, version.function_version_content:fetch().content)
  end)

  it("is refused with wrong parts, and for a parent that does not exist", function()
    local asset = assert(client.serverless.v1.services(service.sid).assets:create { friendly_name = "Greeting" })
    for message, parts in pairs {
      ["Missing required parameter Content"] = parts_of { [3] = false },
      ["Unknown parameter 'Visiblity'. Did you mean 'Visibility'?"] = parts_of { [2] = { name = "Visiblity", data = "public" } },
      ["Invalid value 'all' of the parameter 'Visibility'"] = parts_of { [2] = { name = "Visibility", data = "all" } },
      ["Invalid value 'x' of the parameter 'Path'"] = parts_of { { name = "Path", data = "x" } },
    } do
      local _, text, err = upload("Assets", asset.sid, parts)
      assert.same({ 400, 20001 }, { err.status, err.code })
      assert.matches(message, text, 1, true)
    end
    local _, _, err = upload("Assets", "ZH" .. ("0"):rep(32), parts_of())
    assert.equal(404, err.status)
    assert.equal("[]", servers.curl({ url = server.url .. "/_/uploads" }).body)
  end)

  it("to another resource is refused", function()
    local _, _, err = client:request { path = "/2010-04-01/Accounts/" .. server.account_sid .. "/Calls.json", multipart = parts_of() }
    assert.same({ 415, 20415 }, { err.status, err.code })
  end)
end)
