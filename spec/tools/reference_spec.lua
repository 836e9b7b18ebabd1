-- The committed reference: its completeness, links and examples. surface_spec.lua tests the generator.
package.path = "./tools/?.lua;" .. package.path

local dump = require "dump"
local names = require "names"
local shell = require "spec.support.shell"
local sources = require "sources"
local twilio = require "twilio"

local ROOT = "doc/reference/"

local pages, anchors = {}, {}
for _, path in ipairs(shell.lines(shell.must("ls " .. ROOT))) do pages[path] = sources.read_file(ROOT .. path) end

-- The anchors that GitHub gives to headings.
for path, text in pairs(pages) do
  anchors[path] = {}
  for heading in text:gmatch "\n#+ ([^\n]+)" do
    local anchor = heading:lower():gsub("[^%w_%- ]", ""):gsub(" ", "-")
    assert(not anchors[path][anchor], path .. " has two headings " .. heading)
    anchors[path][anchor] = true
  end
end

-- The pages of webhooks and of TwiML have no resources. Other generators write them.
local products = {}
for path, text in pairs(pages) do
  if path ~= "webhook-events.md" and path ~= "twiml.md" then products[path] = text end
end

describe("the reference", function()
  it("has an index that links to every page, and every page links to it", function()
    for path, text in pairs(pages) do
      if path ~= "README.md" then
        assert.is_truthy(pages["README.md"]:find("](" .. path .. ")", 1, true), path)
        assert.is_truthy(text:find("\n[All products](README.md)\n", 1, true), path)
      end
    end
  end)

  it("has no dead links", function()
    for path, text in pairs(pages) do
      for target, anchor in text:gmatch "%]%(([^)#]*)#?([^)]*)%)" do
        local page = target == "" and path or target
        if page:find "^https://" then
          assert.equal("webhook-events.md", path)
        elseif pages[page] then
          assert.is_true(anchor == "" or anchors[page][anchor], path .. ": " .. page .. "#" .. anchor)
        else
          local file = io.open(ROOT .. page)
          assert.is_truthy(file, path .. ": " .. page)
          file:close()
        end
      end
    end
  end)

  it("has tables with the same number of cells in every row", function()
    for path, text in pairs(pages) do
      local cells
      for line in text:gmatch "([^\n]*)\n" do
        if line:sub(1, 1) == "|" then
          local _, n = line:gsub("\\|", ""):gsub("|", "")
          cells = cells or n
          assert.equal(cells, n, path .. ": " .. line)
        else
          cells = nil
        end
      end
    end
  end)

  it("has pages small enough for GitHub to render", function()
    for path, text in pairs(pages) do assert.is_true(#text < 500 * 1000, path) end
  end)

  -- Runs an example and returns its requests. The library raises for an unknown resource, verb or parameter.
  local function run_example(code)
    local requests = {}
    local client = twilio.client {
      account_sid = "AC1", bearer_token = "secret", base_url = "https://api.twilio.com",
      transport = function(request)
        requests[#requests + 1] = request.method .. " " .. request.url:match "^https://[^/]+([^?]*)"
        return { status = 200, headers = {}, body = '{"sid":"X1","items":[],"meta":{"key":"items"}}' }
      end,
    }
    local example = assert((loadstring or load)("local client, print = ...\n" .. code))
    example(client, function() end)
    return requests
  end

  -- "GET /v1/Safes/{Sid}" in the section's table of methods matches the request "GET /v1/Safes/SA01".
  local function lists_request(section, request)
    for row in section:gmatch "| `(%u+ /[^`]+)`" do
      local pattern = row:gsub("%p", "%%%0"):gsub("%%{[^}]*}", "[^/]+")
      if request:find("^" .. pattern .. "$") then return true end
    end
    return false
  end

  it("has an example for each resource, which sends a request of that resource", function()
    for path, text in pairs(products) do
      for section in (text:gsub("\n## ", "\0") .. "\0"):gmatch "%z([^%z]*)" do
        local code = section:match "```lua\n(.-)```"
        local heading = path .. ": " .. (section:match "^[^\n]*")
        if section ~= "" then
          assert.is_truthy(code, heading)
          local ok, requests = pcall(run_example, code)
          assert.is_true(ok, heading .. ": " .. tostring(requests))
          assert.equal(1, #requests, heading)
          assert.is_true(lists_request(section, requests[1]), heading .. ": " .. requests[1])
        end
      end
    end
  end)

  it("has headings and links that are Lua expressions", function()
    for path, text in pairs(products) do
      for expression in text:gmatch "`(client[%w_.(), ]*)`" do
        assert.is_truthy((loadstring or load)("return " .. expression), path .. ": " .. expression)
      end
    end
  end)

  it("has every operation with its parameters", function()
    if not shell.has "cc" then return pending "no cc" end
    local t = dump.read "."
    local missing = {}
    for i = 0, #t.ops do
      local op = t.ops[i]
      local page = pages[op.host:gsub("-", "_") .. ".md"]
      if not page or not page:find(("`%s %s`"):format(op.method, op.path), 1, true) then missing[#missing + 1] = op.path end
      for _, param in ipairs(op.params) do
        local name = names.snake(param.name):gsub("%d+", function(digits) return tonumber(digits) > 1 and tonumber(digits) < 99 and "1" or nil end)
        if not page:find("`" .. name .. "`", 1, true) and not page:find("`" .. names.snake(param.name) .. "`", 1, true) then
          missing[#missing + 1] = op.path .. " " .. param.name
        end
      end
    end
    assert.same({}, missing)
  end)
end)
