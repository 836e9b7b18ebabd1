-- Properties of all userdata of the library.

local core = require "twilio.core"
local headers = require "spec.support.headers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

-- Creates userdata with the bytes of another one, as an uninitialised userdata may have.
local function load_foreign()
  local directory = shell.directory()
  shell.must(("${CC:-cc} -std=c99 -fPIC -shared %s -o %s/foreign.so spec/support/foreign.c"):format(headers.cflags(), directory))
  local open = assert(package.loadlib(directory .. "/foreign.so", "luaopen_foreign"))
  shell.must("rm -r " .. directory)
  return open()
end

describe("a userdata", function()
  local client, objects

  before_each(function()
    client = support.client()
    objects = {
      ["twilio.client"] = client,
      ["twilio.resource"] = client.calls,
      ["twilio.record"] = assert(client.calls:get "CA1"),
      ["twilio.request"] = (core.request(client.calls, "get", "CA1")),
      ["twilio.engine"] = core.request(client.calls, "get", "CA1"):hooks().engine,
    }
  end)

  it("has a locked metatable with its name", function()
    for name, object in pairs(objects) do
      assert.equal("userdata", type(object))
      assert.equal(name, getmetatable(object))
      assert.equal(name, debug.getmetatable(object).__name)
      assert.has_error(function() setmetatable(object, {}) end)
    end
  end)

  it("is recognised by its metatable only: methods refuse every other value", function()
    local methods = {
      ["twilio.client"] = { client.close, client.account, client.request },
      ["twilio.record"] = { objects["twilio.record"].json, objects["twilio.record"].to_table, objects["twilio.record"].time },
      ["twilio.request"] = { objects["twilio.request"].done, objects["twilio.request"].export, objects["twilio.request"].result },
      ["twilio.engine"] = { objects["twilio.engine"].step, objects["twilio.engine"].poll, objects["twilio.engine"].flying },
    }
    local others = { false, 1, "x", {}, print, io.stdout, core.null, coroutine.create(function() end) }
    for _, object in pairs(objects) do others[#others + 1] = object end
    for name, list in pairs(methods) do
      for _, method in ipairs(list) do
        assert.truthy(support.misuse(method):find(name, 1, true))
        for _, other in ipairs(others) do
          if other ~= objects[name] then
            assert.truthy(support.misuse(method, other):find(name .. " is expected", 1, true), name .. " and " .. tostring(other))
          end
        end
      end
    end
  end)

  it("is not confused with a userdata of another library that reuses its memory", function()
    local foreign = load_foreign()
    for name, object in pairs(objects) do
      local methods = debug.getmetatable(object).__index
      if type(methods) == "function" then methods = { methods } end
      for _, has_metatable in ipairs { true, false } do
        local other = foreign(object, has_metatable)
        local called = 0
        for _, method in pairs(methods) do
          if type(method) == "function" then
            called = called + 1
            assert.truthy(support.misuse(method, other, "calls"):find(name .. " is expected", 1, true), name)
          end
        end
        assert.is_true(called > 0)
        if name == "twilio.record" then assert.truthy(support.misuse(object.json, other):find("twilio.record is expected", 1, true)) end
      end
    end
  end)

  it("of another kind is refused: a client is not a resource", function()
    local index = debug.getmetatable(client).__index
    local resource_index = debug.getmetatable(client.calls).__index
    for _, value in ipairs { io.stdout, client.calls, core.null, {} } do
      assert.truthy(support.misuse(index, value, "calls"):find("twilio.client is expected", 1, true))
    end
    for _, value in ipairs { io.stdout, client, core.null, {} } do
      assert.truthy(support.misuse(resource_index, value, "calls"):find("twilio.resource is expected", 1, true))
    end
  end)

  it("is converted to a string without secrets", function()
    assert.equal("twilio.client " .. support.account_sid, tostring(client))
    assert.equal(('twilio.resource api.v2010.accounts("%s").calls'):format(support.account_sid), tostring(client.calls))
    assert.equal("Call XX1 queued", tostring(objects["twilio.record"]))
    for _, object in pairs(objects) do
      assert.is_nil(tostring(object):find(support.auth_token, 1, true))
      assert.is_nil(tostring(object):find(support.authorization, 1, true))
    end
  end)

  it("allows __gc to be called twice", function()
    for _, object in pairs(objects) do
      local collect = debug.getmetatable(object).__gc
      if collect and object ~= objects["twilio.engine"] then
        collect(object)
        collect(object)
      end
    end
    collectgarbage()
    collectgarbage()
  end)
end)
