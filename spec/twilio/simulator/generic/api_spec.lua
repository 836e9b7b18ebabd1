local api = require "twilio.simulator.generic.api"

local function filled(operation) return (operation.path:gsub("{(%w+)}", "x%1")) end

describe("api.operations", function()
  it("has the operations of all documents", function()
    local hosts = {}
    for _, operation in ipairs(api.operations) do hosts[operation.host] = true end
    assert.equal(1644, #api.operations)
    assert.is_true(hosts.api and hosts["flex-api"] and hosts.verify)
  end)

  it("has an operation's parameters, its body, who may send it, and its answer", function()
    local call = api.by_name["api_v2010.CreateCall"]
    assert.same({ "create", "POST", "form", 201 }, { call.kind, call.method, call.content, call.status })
    assert.equal("/2010-04-01/Accounts/{AccountSid}/Calls.json", call.path)
    assert.same({ "AccountSid", "path", "id", "AC", 32 }, {
      call.arguments[1].name, call.arguments[1].place, call.arguments[1].type.kind, call.arguments[1].type.prefixes[1], call.arguments[1].type.length,
    })
    local required = {}
    for _, param in ipairs(call.params) do
      if param.required then required[#required + 1] = param.name end
    end
    assert.same({ "From", "To" }, required)
    assert.equal("enum", call.answer.by_name.status.kind)
    assert.equal("queued", call.answer.by_name.status.choices[1])
    assert.is_true(call.answer.by_name.price.nullable)
    assert.equal("anybody", api.by_name["oauth_v2.CreateOauth2Token"].who)
    assert.equal("calls", api.by_name["api_v2010.ListCall"].list_key)
    assert.equal("array", api.by_name["api_v2010.ListCall"].answer.by_name.calls.kind)
  end)

  it("names the arguments of a path by the record's fields", function()
    assert.equal("alertConfigSid", api.by_name["monitor_v2.FetchAlarm"].arguments[1].name)
  end)
end)

describe("api.find", function()
  it("finds each operation by its own path", function()
    for _, operation in ipairs(api.operations) do
      local node, arguments = api.find(operation.host, filled(operation))
      assert.equal(operation, node.operations[operation.method])
      assert.equal(#operation.arguments, #arguments)
    end
  end)

  it("prefers names to parameters, and goes back if a name leads nowhere", function()
    local node, arguments = api.find("api", "/2010-04-01/Accounts/AC1/Messages/Feedback.json")
    assert.same({ "AC1", "Feedback" }, arguments)
    assert.equal("api_v2010.FetchMessage", node.operations.GET.name)
    node, arguments = api.find("api", "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers/Local.json")
    assert.same({ "AC1" }, arguments)
    assert.equal("api_v2010.ListIncomingPhoneNumberLocal", node.operations.GET.name)
    node, arguments = api.find("api", "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers/Local/AssignedAddOns.json")
    assert.same({ "AC1", "Local" }, arguments)
    assert.equal("api_v2010.ListIncomingPhoneNumberAssignedAddOn", node.operations.GET.name)
  end)

  it("decodes the arguments", function()
    local _, arguments = api.find("lookups", "/v2/PhoneNumbers/%2B15558675310")
    assert.same({ "+15558675310" }, arguments)
  end)

  it("needs .json where the documents have it, and only there", function()
    assert.is_nil(api.find("api", "/2010-04-01/Accounts/AC1/Calls"))
    assert.is_nil(api.find("verify", "/v2/Services.json"))
  end)

  it("finds nothing at other products", function()
    assert.is_nil(api.find("verify", "/2010-04-01/Accounts.json"))
    assert.is_nil(api.find("nobody", "/v2/Services"))
  end)
end)

describe("api.hosts_of", function()
  it("names the products that have a path", function()
    assert.same({ "verify" }, api.hosts_of "/v2/Services/VA1/Verifications/VE1")
    local several = table.concat(api.hosts_of "/v1/Services", " ")
    for _, host in ipairs { "chat", "messaging", "sync" } do assert.matches(host, several, 1, true) end
    assert.same({}, api.hosts_of "/v9/Nothing")
    assert.is_true(api.has_host "flex-api")
    assert.is_false(api.has_host "flex_api")
  end)
end)
