-- Requests that no handler takes, and every operation of the table over HTTP.
local answer_check = require "spec.support.answer_check"
local api = require "twilio.simulator.generic.api"
local cjson = require "cjson"
local operation_records = require "spec.support.operation_records"
local operations = require "spec.support.operations"
local servers = require "spec.support.servers"

-- Operations whose handlers answer as Twilio does, and not as its documents say: patterns of the complaints.
-- spec/contract/simulator_allowed.lua has the reasons.
local DIFFERENT = {
  ["api_v2010.CreateCallRecording"] = "^201 instead of 200",
  ["api_v2010.FetchConference"] = "reason_conference_ended is null$", ["api_v2010.ListConference"] = "reason_conference_ended is null$",
  ["api_v2010.UpdateConference"] = "reason_conference_ended is null$", ["lookups_v2.FetchPhoneNumber"] = "^body%.[%l_]+ is null$",
}

describe("every operation of the table", function()
  -- Calls all operations of a new simulator. Returns the complaints, and how many operations have none.
  local function call_all(all)
    local server = servers.twilio {}
    local connection = operations.connect(server)
    local builder = operation_records.builder(connection.send, server.account_sid, connection.hooks)
    local problems, good = {}, 0
    for _, operation in ipairs(api.operations) do
      local arguments = builder:prepare(operation)
      local status, body, text = connection.send(operations.request(operation, arguments, operations.parameters(operation, all)))
      local allowed, left = DIFFERENT[operation.name], 0
      local is_redirect = operation.status >= 300 and connection.status() == operation.status -- client:request shows no body then
      for _, problem in ipairs(is_redirect and {} or answer_check.complaints(operation, status, body, text)) do
        if not (allowed and problem:find(allowed)) then
          problems[#problems + 1] = operation.name .. ": " .. problem
          left = left + 1
        end
      end
      if left == 0 then good = good + 1 end
    end
    assert.equal("", server:stop())
    return problems, good
  end

  it("answers with a status and a body that the documents allow, for the required parameters", function()
    local problems, good = call_all(false)
    assert.same({}, problems)
    assert.equal(1644, good)
  end)

  it("answers with a status and a body that the documents allow, for all parameters", function()
    local problems, good = call_all(true)
    assert.same({}, problems)
    assert.equal(1644, good)
  end)
end)

describe("the handler of a request", function()
  local server

  setup(function() server = servers.twilio {} end)
  teardown(function() assert.equal("", server:stop()) end)

  local function send(method, path, form)
    local answer = assert(servers.curl {
      url = server.url .. path, method = method, form = form, user = server.account_sid .. ":" .. server.auth_token,
    })
    return answer.status, answer.body ~= "" and cjson.decode(answer.body) or nil
  end

  it("is that of the product in the header Host", function()
    local answer = assert(servers.curl {
      url = server.url .. "/v1/Services", user = server.account_sid .. ":" .. server.auth_token, headers = { "Host: sync.dublin.ie1.twilio.com" },
    })
    assert.same({ 200, {} }, { answer.status, cjson.decode(answer.body).services })
  end)

  it("goes before the answer from the types", function()
    local status, body = send("POST", "/verify/v2/Services", { FriendlyName = "Shop", CodeLength = "3" })
    assert.same({ 400, 60200 }, { status, body.code })
  end)

  it("leaves the methods and paths that it lacks to the types", function()
    local _, service = send("POST", "/verify/v2/Services", { FriendlyName = "Shop" })
    local status, limit = send("POST", ("/verify/v2/Services/%s/RateLimits"):format(service.sid), { UniqueName = "per-user" })
    assert.same({ 201, service.sid, "per-user" }, { status, limit.service_sid, limit.unique_name })
    assert.equal(404, (send("POST", ("/verify/v2/Services/VA%s/RateLimits"):format(("0"):rep(32)), { UniqueName = "per-user" })))
  end)
end)
