-- Rules: their arguments, and the requests that they match.
local support = require "spec.support.client"
local testing = require "twilio.testing"
local twilio = require "twilio"

-- Whether a call that creates a message matches the params of a rule.
local function accepts(params, message, exact)
  local fake = testing.new()
  fake:on("POST", "Messages", { status = "queued" })
  fake:on { "POST", "Messages", params = params, exact = exact, reply = { status = "failed" } }
  local all = { to = "+15558675310", from = "+15017122661", body = "Ahoy" }
  for name, value in pairs(message or {}) do all[name] = value end
  return fake:client().messages:create(all).status == "failed"
end

describe("the params of a rule", function()
  it("are some of the request's, in either spelling", function()
    assert.is_true(accepts {})
    assert.is_true(accepts { to = "+15558675310" })
    assert.is_true(accepts { To = "+15558675310", Body = "Ahoy" })
    assert.is_false(accepts { to = "+15558675311" })
    assert.is_false(accepts { media_url = "http://foo.com/" })
    assert.is_false(accepts { NewAtTwilio = "1" })
  end)

  it("are refused if they are misspelt, because the rule would never match", function()
    local function refused(method, path, params)
      return (support.misuse(function() testing.new():expect { method, path, params = params } end))
    end
    assert.equal("api_v2010.UpdateCall has no parameter 'statsu' (did you mean 'status'?)", refused("POST", "Calls/*", { statsu = "completed" }))
    assert.equal("api_v2010.UpdateCall has no parameter 'Statsu' (did you mean 'Status'?)", refused("POST", "Calls/*", { Statsu = "completed" }))
    for _, name in ipairs { "status", "Status" } do
      assert.equal(("the parameter '%s' has no value 'complated' (did you mean 'completed'?)"):format(name),
        refused("POST", "Calls/*", { [name] = "complated" }))
    end
    assert.equal("the parameter 'status' has no value 'in_progress' (did you mean 'in-progress'?)",
      refused("GET", "Calls", { status = "in_progress" }))
    testing.new():expect { "GET", "Calls", params = { status = "new-at-twilio", to = "completed", PageSize = 3 } }
  end)

  it("are all of the request's with exact", function()
    assert.is_true(accepts({ to = "+15558675310", from = "+15017122661", body = "Ahoy" }, nil, true))
    assert.is_false(accepts({ to = "+15558675310", from = "+15017122661" }, nil, true))
  end)

  it("are exact for lists, whatever pages the library asks for", function()
    local fake = testing.new()
    fake:expect { "GET", "Calls", exact = true, params = { status = "busy" }, reply = fake:list { {}, {} } }
    assert.equal(2, fake:client().calls:count { status = "busy" })
  end)

  it("may be functions, any and absent", function()
    assert.is_true(accepts { to = function(to) return to:find "^%+1555" end })
    assert.is_false(accepts { to = function() return nil end })
    assert.is_false(accepts { media_url = function() return true end })
    assert.is_true(accepts { to = testing.any, media_url = testing.absent })
    assert.is_false(accepts { media_url = testing.any })
    assert.is_false(accepts { to = testing.absent })
    assert.is_true(accepts(function(params) return params.to == "+15558675310" and params.Body == "Ahoy" end))
    assert.is_false(accepts(function(params) return params.to == "x" end))
  end)

  it("are compared as they are sent", function()
    assert.is_true(accepts({ validity_period = 60 }, { validity_period = 60 }))
    assert.is_true(accepts({ validity_period = "60" }, { validity_period = 60 }))
    assert.is_true(accepts({ smart_encoded = true }, { smart_encoded = true }))
    assert.is_false(accepts({ smart_encoded = false }, { smart_encoded = true }))
    assert.is_true(accepts({ media_url = { "http://a.b/", "http://c.d/" } }, { media_url = { "http://a.b/", "http://c.d/" } }))
    assert.is_false(accepts({ media_url = { "http://a.b/" } }, { media_url = { "http://a.b/", "http://c.d/" } }))
    assert.is_true(accepts({ media_url = { "http://a.b/" } }, { media_url = "http://a.b/" }))
    assert.is_true(accepts({ send_at = 1764489600 }, { send_at = 1764489600 }))
    assert.is_false(accepts({ send_at = 1764489601 }, { send_at = 1764489600 }))
  end)

  it("compare JSON by its values", function()
    assert.is_true(accepts({ content_variables = { ["1"] = "Ann" } }, { content_variables = '{"1": "Ann"}' }))
    assert.is_false(accepts({ content_variables = { ["1"] = "Bob" } }, { content_variables = '{"1": "Ann"}' }))
    assert.is_false(accepts({ content_variables = { ["1"] = "Ann" } }, { content_variables = '{"1": "Ann", "2": ""}' }))
    assert.is_false(accepts({ content_variables = { ["1"] = "Ann" } }, { content_variables = "no JSON" }))
  end)

  it("may be a TwiML document", function()
    local function document(text)
      local response = twilio.twiml.voice()
      response:say(text)
      return response
    end
    local fake = testing.new()
    fake:expect { "POST", "Calls", params = { twiml = document "Ahoy" } }
    assert(fake:client().calls:make { to = "+1", from = "+2", twiml = document "Ahoy" })
    assert.has_error(function() fake:client().calls:make { to = "+1", from = "+2", twiml = document "Bye" } end)
  end)

  it("are the fields of a JSON body", function()
    local fake = testing.new()
    fake:expect { "POST", "content/v1/Content", params = { friendly_name = "a", types = { ["twilio/text"] = { body = "Ahoy" } } } }
    assert(fake:client().content.v1.contents:create { friendly_name = "a", language = "en", types = { ["twilio/text"] = { body = "Ahoy" } } })
    fake:verify()
  end)
end)

describe("the arguments of a rule", function()
  local function raised(...)
    local fake = testing.new()
    local arguments, n = { ... }, select("#", ...)
    return (support.misuse(function() fake:expect((table.unpack or unpack)(arguments, 1, n)) end)) -- luacheck: ignore
  end

  it("are checked", function()
    assert.matches("got a nil as the method", raised(), 1, true)
    assert.matches("got a nil as the path", raised "GET", 1, true)
    assert.matches("in capitals: GET", raised("get", "Calls"), 1, true)
    assert.matches("HTTP has no 'POTS' (did you mean 'POST'?)", raised("POTS", "Calls"), 1, true)
    assert.matches("too many arguments", raised("GET", "Calls", {}, {}), 1, true)
    assert.matches("too many arguments after the table", raised({ "GET", "Calls" }, {}), 1, true)
    assert.matches("has no 'param' (did you mean 'params'?)", raised { "GET", "Calls", param = {} }, 1, true)
    assert.matches("the rule has its path twice", raised { "GET", "Calls", path = "Calls" }, 1, true)
    assert.matches("the table of a rule has no 4", raised { "GET", "Calls", {}, {} }, 1, true)
    assert.matches("params must be a table or a function, got string", raised { "GET", "Calls", params = "to" }, 1, true)
    assert.matches("CreateMessage has no parameter 'too' (did you mean 'to'?)", raised { "POST", "Messages", params = { too = "+1" } }, 1, true)
    assert.matches("ListCall has no parameter 'start_time_afer' (did you mean 'start_time_after'?)",
      raised { "GET", "Calls", params = { start_time_afer = "" } }, 1, true)
    assert.matches("the params of a rule have names", raised { "POST", "Messages", params = { "to" } }, 1, true)
    assert.matches("exact needs a table of params", raised { "GET", "Calls", exact = true }, 1, true)
    assert.matches("has 2 replies for more requests", raised { "GET", "Calls", { {}, {} }, times = 3 }, 1, true)
    for _, times in ipairs { "2", -1, 1.5, { 2, 1 }, { 1 }, true } do
      assert.matches("times is a whole number, or", raised { "GET", "Calls", times = times }, 1, true)
    end
  end)

  it("raise at the line of the program", function()
    local fake = testing.new()
    local _, position = support.misuse(function() fake:on("GET", "Cals") end)
    assert.matches("rule_spec%.lua:%d+:$", position)
  end)
end)
