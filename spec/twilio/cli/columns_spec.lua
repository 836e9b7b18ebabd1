local columns = require "twilio.cli.columns"
local core = require "twilio.core"
local stopped = require "spec.support.stopped"
local support = require "spec.support.client"

local function refused(...) return stopped(columns.given, ...) end

describe("twilio.cli.columns", function()
  it("has columns of its own for the resources that are listed most often", function()
    assert.same({ "sid", "status", "from", "to", "direction", "start_time", "duration" }, columns.usual(core.describe "calls"))
    assert.same({ "sid", "status", "from", "to", "body", "date_sent" }, columns.usual(core.describe "messages"))
    assert.same({ "phone_number", "friendly_name", "locality", "region", "iso_country" },
      columns.usual(core.describe("available_phone_numbers", true, "local")))
    assert.same({ "phone_number", "valid", "national_format", "country_code", "line_type_intelligence" },
      columns.usual(core.describe("lookups", "v2", "phone_numbers")))
    assert.same({ "sid", "phone_number", "friendly_name", "voice_url", "sms_url" }, columns.usual(core.describe "incoming_phone_numbers"))
  end)

  it("chooses at most seven usual fields of any other resource, which it has", function()
    local function visit(path)
      local resource = core.describe((table.unpack or unpack)(path))
      local known = {}
      for _, field in ipairs(resource.fields) do known[field] = true end
      local chosen = columns.usual(resource)
      assert.is_true(#chosen <= 7)
      assert.equal(resource.fields[1] ~= nil, chosen[1] ~= nil, table.concat(path, "."))
      for _, name in ipairs(chosen) do assert.is_true(known[name], name) end
      for _, child in ipairs(resource.children) do
        if not child.via then
          path[#path + 1] = child.name
          visit(path)
          path[#path] = nil
        end
      end
    end
    for _, product in ipairs { "verify", "conversations", "api" } do visit { product } end
    assert.same({ "sid", "unique_name", "date_created", "date_updated" }, columns.usual {
      name = "x", fields = { "account_sid", "date_created", "date_updated", "sid", "unique_name", "url" },
    })
  end)

  it("chooses the first fields of a resource without usual ones", function()
    assert.same({ "a", "b", "c", "d", "e", "f", "g" }, columns.usual { name = "x", fields = { "a", "b", "c", "d", "e", "f", "g", "h" } })
    assert.same({ "status", "a", "b" }, columns.usual { name = "x", fields = { "a", "b", "status" } }) -- one usual field comes first
    assert.same({}, columns.usual { name = "x", fields = {} })
  end)

  it("reads names with blanks, and with hyphens in place of underscores", function()
    assert.same({ "sid", "start_time", "to" }, columns.given("sid, start-time ,to", core.describe "calls"))
    assert.same({ "any-name", "b" }, columns.given("any-name,b", { name = "x", fields = {} })) -- of records that are not documented
  end)

  it("refuses a field that the records do not have", function()
    local message, hint = refused("sid,statu", core.describe "calls")
    assert.equal("a record of calls has no field 'statu' (did you mean 'status'?)", message)
    assert.matches("^fields: account_sid, answered_by, ", hint)
    assert.equal("a record of calls has no field 'zzz'", (refused("zzz", core.describe "calls")))
    for _, text in ipairs { "", ",", " , " } do assert.equal("--columns names no field", (refused(text, core.describe "calls"))) end
  end)

  it("has the texts and the names of the fields of a record, and of a string in place of one", function()
    local body = '{"sid":"CA1","duration":30,"price":null,"subresource_uris":{"a":[1]}}'
    local call = assert(support.client(nil, { status = 200, body = body }).calls:get "CA1")
    assert.same({ "CA1", "30", '{"a":[1]}' }, { columns.text(call, "sid"), columns.text(call, "duration"), columns.text(call, "subresource_uris") })
    assert.is_nil(columns.text(call, "price"))
    assert.equal("US1", columns.text("US1", "sid"))
    local names = columns.of_record(call)
    table.sort(names)
    assert.same({ "duration", "sid", "subresource_uris" }, names)
    assert.same({ "value" }, columns.of_record "US1")
  end)
end)
