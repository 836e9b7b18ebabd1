-- twilio.explain: what Twilio's error codes mean.
local new_host = require "spec.support.host"
local nginx = require "spec.support.nginx"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA00000000000000000000000000000001"

-- Returns the message and the error table of a call that Twilio answers with this body.
local function fail(body, options)
  local client = support.client(options, { status = 400, body = body })
  local _, message, err = client.calls:get(SID)
  return message, err
end

describe("twilio.explain", function()
  it("returns title, product, level and address of a code", function()
    assert.same({
      code = 21211, title = "Invalid 'To' Phone Number", product = "Miscellaneous", level = "error",
      url = "https://www.twilio.com/docs/api/errors/21211",
    }, twilio.explain(21211))
    assert.equal("warning", twilio.explain(13221).level)
    assert.is_nil(twilio.explain(10005).level)
    assert.equal("Programmable Voice", twilio.explain(10005).product)
    assert.equal("21211", tostring(twilio.explain(21211).code))
  end)

  it("takes a number, digits, and the table of a failed call", function()
    local wanted = twilio.explain(20404)
    assert.is_string(wanted.title)
    assert.same(wanted, twilio.explain "20404")
    assert.same(wanted, twilio.explain(20404.0))
    assert.equal(tostring(wanted.code), tostring(twilio.explain(40808 / 2).code))
    local _, err = fail '{"code":20404,"message":"gone"}'
    assert.same(wanted, twilio.explain(err))
    _, err = fail '{"code":"20404","message":"gone"}'
    assert.same(wanted, twilio.explain(err))
  end)

  it("returns nil for an unknown code, and for a failure without a code", function()
    for _, code in ipairs { 0, 1, 99, 21299, 213, 99999, 123456, 1e9, 1e15, -21211, 2^53, "0", "999999999999999999999" } do
      assert.is_nil(twilio.explain(code), tostring(code))
    end
    assert.is_nil(twilio.explain(nil))
    local _, err = fail "{}"
    assert.is_nil(twilio.explain(err))
    for _, code in ipairs { '"E17"', "1.5", "{}", "[]", "true", '""', "123456789012345678901234567890" } do
      _, err = fail('{"code":' .. code .. "}")
      assert.is_nil(twilio.explain(err), code)
    end
  end)

  it("raises for a value that is not a code", function()
    local function raised(...)
      local message, position = support.misuse(twilio.explain, ...)
      return message, position
    end
    local wanted = "twilio.explain takes an error code or the table of a failed call, got "
    assert.equal(wanted .. "nothing", (raised()))
    assert.equal(wanted .. "table", (raised {}))
    assert.equal(wanted .. "table", (raised { code = 21211 }))
    assert.equal(wanted .. "boolean", (raised(true)))
    assert.equal(wanted .. "userdata", (raised(twilio.null)))
    assert.equal(wanted .. "1.5", (raised(1.5)))
    assert.matches("got %-?nan", (raised(0 / 0)))
    assert.matches("got inf", (raised(math.huge)))
    for _, text in ipairs { "", "E17", " 21211", "21211\n", "-1", "0x52db", "2e4", "secret" } do
      assert.equal(wanted .. "a string with characters other than digits", (raised(text)))
    end
    local _, position = support.misuse(function() twilio.explain {} end)
    assert.matches("explain_spec.lua", position, 1, true)
  end)

  it("is loaded with its codes at the first use, not with the module", function()
    local printed = support.run [[
      local twilio = require "twilio"
      local function loaded() return tostring(package.loaded["twilio.explain"] ~= nil) .. tostring(package.loaded["twilio.error_codes"] ~= nil) end
      io.write(loaded(), " ")
      twilio.explain(20404)
      io.write(loaded())
    ]]
    assert.equal("falsefalse truetrue", printed)
  end)

  it("knows every code of its list, and no code between them", function()
    local text, known = require "twilio.error_codes".text, 0
    local codes, first = {}, nil
    for line in text:gmatch "[^\n]+" do
      if line:find "^=%d+$" then
        first = line:sub(2) * 100
      else
        local last, letter, title = line:match "^(%d%d)(%a)[!?]?(.+)$"
        local entry = twilio.explain(first + last)
        assert.equal(title, entry.title)
        assert.equal(require "twilio.error_codes".products[letter], entry.product)
        codes[first + last] = true
        known = known + 1
      end
    end
    assert.is_true(known > 2400)
    for code in pairs(codes) do
      for _, near in ipairs { code - 1, code + 1, code - 100, code + 100, code * 10, math.floor(code / 10) } do
        if not codes[near] and twilio.explain(near) then error(near .. " is not in the list") end
      end
    end
  end)
end)

describe("an error with a code but without a message", function()
  it("has the title as its message", function()
    for _, body in ipairs {
      '{"code":21211}', '{"code":"21211"}', '{"code":21211,"message":null}', '{"code":21211,"message":""}', '{"code":21211,"message":{"a":1}}',
      '{"error":{"code":21211}}',
    } do
      local message, err = fail(body)
      assert.matches(": 400, error 21211: Invalid 'To' Phone Number", message, 1, true)
      assert.equal("Invalid 'To' Phone Number", err.message)
      assert.equal(message, tostring(err))
    end
  end)

  it("has Twilio's own text as its message if another field has one", function()
    local _, err = fail '{"code":21211,"message":"","detail":"The number is too short"}'
    assert.equal("The number is too short", err.message)
    _, err = fail '{"code":21211,"message":"Twilio has spoken"}'
    assert.equal("Twilio has spoken", err.message)
  end)

  it("has no title for an unknown code, or one of another type", function()
    for _, code in ipairs { "1", '"E17"', "true", "[21211]", '{"a":1}', "1.5", "1e300", '"' .. ("9"):rep(5000) .. '"' } do
      local message, err = fail('{"code":' .. code .. "}")
      assert.is_string(message)
      assert.matches("^400", err.message)
    end
  end)

  it("is the same in a list, an iterator and the log", function()
    local seen
    local client = support.client({ log = function(_, message, fields) seen = message .. "|" .. fields.message end },
      { status = 400, body = '{"code":21211}' })
    local _, _, err = client.calls:list()
    assert.equal("Invalid 'To' Phone Number", err.message)
    assert.matches("400, error 21211: Invalid 'To' Phone Number", seen, 1, true)
    assert.matches("|Invalid 'To' Phone Number$", seen)
    local it = client.calls:iter()
    local ok, message = pcall(it)
    assert.is_false(ok)
    assert.matches("error 21211: Invalid 'To' Phone Number", message, 1, true)
    assert.equal("Invalid 'To' Phone Number", it.error.message)
  end)

  it("is returned if the list of codes cannot be loaded", function()
    local printed = support.run [[
      local twilio = require "twilio"
      package.loaded["twilio.error_codes"] = nil
      package.preload["twilio.error_codes"] = function() error "no such file" end
      local client = twilio.client {
        account_sid = "AC1", auth_token = "t", transport = function() return { status = 400, body = '{"code":21211}' } end,
      }
      local call, message, err = client.calls:get "CA1"
      print(call, message:match ": (.*)$", err.code, err.message)
    ]]
    assert.equal("nil\t400, error 21211\t21211\t400, error 21211\n", printed)
  end)

  it("is the same in a coroutine", function()
    local message = coroutine.wrap(function() return (fail '{"code":21211}') end)()
    assert.matches("Invalid 'To' Phone Number", message, 1, true)
  end)

  it("is the same in threads with small stacks, each with a Lua state for each script", function()
    local host = new_host()
    finally(function() host:remove() end)
    host:write("script.lua", [[
      local twilio = require "twilio"
      local function transport() return { status = 400, body = '{"code":21211}' } end
      local client = twilio.client { account_sid = "AC1", auth_token = "t", transport = transport }
      local call, message, err = client.calls:get "CA1"
      assert(not call and message:find("Invalid 'To' Phone Number", 1, true), message)
      assert(twilio.explain(err).code == 21211)
      host.meet()
    ]])
    local said = host:run("script.lua", { threads = 4, runs = 5 })
    assert.equal(0, said.failures[1], said.output)
  end)

  if nginx.problem() then
    it("is the same in nginx", function() pending(nginx.problem()) end)
  else
    it("is the same in nginx", function()
      local server = nginx.start {
        http = [[init_by_lua_block {
          client = require("twilio").client {
            account_sid = "AC1", auth_token = "t", transport = function() return { status = 400, body = '{"code":21211}' } end,
          }
        }]],
        server = [[location = /call { content_by_lua_block { ngx.say((select(2, client.calls:get "CA1"))) } }]],
      }
      finally(function() server:stop() end)
      assert.matches("error 21211: Invalid 'To' Phone Number", (server:get "/call"), 1, true)
    end)
  end
end)

describe("the list of codes", function()
  it("is at most 110 KB when installed", function()
    local file = assert(io.open("lua/twilio/error_codes.lua", "rb"))
    local size = file:seek "end"
    file:close()
    assert.is_true(size <= 110 * 1000, size .. " bytes")
  end)
end)
