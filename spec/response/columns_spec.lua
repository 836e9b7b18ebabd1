local core = require "twilio.core"
local support = require "spec.support.client"

local unpack = table.unpack or unpack -- luacheck: ignore

local client = support.client()

local function misused(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return message
end

describe("core.columns", function()
  it("returns the documented fields in the order of their names", function()
    local names = core.columns(client.calls)
    local sorted = { unpack(names) }
    table.sort(sorted)
    assert.same(sorted, names)
    local found = {}
    for _, name in ipairs(names) do found[name] = true end
    for _, name in ipairs { "sid", "status", "price", "start_time", "subresource_uris" } do assert.is_true(found[name], name) end
  end)

  it("returns one column for a list of strings", function() assert.same({ "value" }, core.columns(client.memory.v1.stores)) end)

  it("raises for any other value than a resource", function()
    for _, value in ipairs { 1, "calls", {}, client } do assert.matches("a twilio.resource is expected", misused(core.columns, value), 1, true) end
  end)
end)

describe("core.check_column", function()
  it("accepts documented fields, and raises for other names with a near match", function()
    core.check_column(client.calls, "start_time")
    local message = misused(core.check_column, client.calls, "start_tme")
    assert.matches("has no field 'start_tme'", message, 1, true)
    assert.matches("start_time", message, 1, true)
    assert.matches("NUL byte", misused(core.check_column, client.calls, "sid\0"), 1, true)
    assert.matches("whose only column is 'value'", misused(core.check_column, client.memory.v1.stores, "sid"), 1, true)
  end)
end)

describe("core.column_text", function()
  it("returns texts unchanged, numbers with all digits and without exponent, and objects and arrays as their JSON text", function()
    local body = [[{"sid":"CA1","price":null,"a":1e3,"b":12345678901234567890.5,"c":-0.000001,"d":true,"e":[ 1, {"x":"\u00e9"} ],"f":"\u00e9\n"}]]
    local call = assert(support.client(nil, { status = 200, body = body }).calls:get "CA1")
    local texts = {}
    for _, name in ipairs { "sid", "a", "b", "c", "d", "e", "f" } do texts[#texts + 1] = core.column_text(call, name) end
    assert.same({ "CA1", "1000", "12345678901234567890.5", "-0.000001", "true", '[ 1, {"x":"\\u00e9"} ]', "é\n" }, texts)
    assert.is_nil(core.column_text(call, "price"))
    assert.is_nil(core.column_text(call, "absent"))
  end)
end)
