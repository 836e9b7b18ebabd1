local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

describe("the files of the simulator's page", function()
  local server

  setup(function() server = servers.twilio() end)
  teardown(function() assert.equal("", server:stop()) end)

  local function get(path, method)
    return servers.curl { method = method, url = server.url .. path }
  end

  it("have their types, are not cached, and forbid inline scripts and other hosts", function()
    local types = { html = "text/html; charset=utf-8", css = "text/css; charset=utf-8", js = "text/javascript; charset=utf-8" }
    for _, name in ipairs(shell.lines(shell.must "ls lua/twilio/simulator/page")) do
      local answer = get(name == "index.html" and "/" or "/_/page/" .. name)
      assert.equal(200, answer.status, name)
      assert.equal(types[name:match "%.(%l+)$"], answer.headers["content-type"])
      assert.equal("no-store", answer.headers["cache-control"])
      assert.equal("nosniff", answer.headers["x-content-type-options"])
      local policy = answer.headers["content-security-policy"]
      assert.matches("default%-src 'none'; script%-src 'self';", policy)
      assert.is_nil(policy:find("unsafe", 1, true))
      assert.is_nil(policy:find("http", 1, true))
    end
  end)

  it("name no other host, and turn no text into HTML", function()
    for _, path in ipairs(shell.lines(shell.must "ls lua/twilio/simulator/page/*")) do
      local file = assert(io.open(path))
      local text = file:read("*a"):gsub("http://www%.w3%.org/2000/svg", ""):gsub("https://www%.twilio%.com/docs/errors/", "")
      file:close()
      text = text:gsub("http://localhost:3000/", "")
      assert.is_nil(text:find "https?://", path)
      for _, name in ipairs { "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", " onclick=" } do
        assert.is_nil(text:find(name, 1, true), path .. " has " .. name)
      end
    end
  end)

  it("are only those of the folder", function()
    for _, path in ipairs { "/_/page/../page.lua", "/_/page/page.lua", "/_/page/none.js", "/_/page/%2e%2e/page.lua", "/_/page/", "/_/page/.js" } do
      assert.equal(404, get(path).status, path)
    end
  end)

  it("are no requests to the API", function()
    local before = server:get "/_/stats".requests
    get "/"
    assert.matches("^HTTP/1.1 200 OK", shell.must("curl -s --noproxy '*' --head " .. server.url .. "/"))
    assert.equal(before, server:get "/_/stats".requests)
    assert.equal(401, get("/", "POST").status) -- a request to the API, without credentials
  end)
end)
