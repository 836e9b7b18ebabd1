-- Numbers, percent-encoding and parameter names in requests.

local core = require "twilio.core"
local support = require "spec.support.client"
local shell = require "spec.support.shell"

describe("numbers", function()
  it("are written without an exponent and without a fraction of zero", function()
    local expected = {
      { 0, "0" }, { -0.0, "0" }, { 1, "1" }, { -1, "-1" }, { 60.0, "60" }, { 0.1, "0.1" }, { -0.5, "-0.5" }, { 1.25, "1.25" },
      { 1e15, "1000000000000000" }, { 1e21, "1000000000000000000000" }, { -1e22, "-10000000000000000000000" },
      { 1e23, "100000000000000000000000" }, { 1e-7, "0.0000001" }, { 1.5e-10, "0.00000000015" }, { 123456.789, "123456.789" },
      { 0.30000000000000004, "0.30000000000000004" }, { 1 / 3, "0.3333333333333333" }, { 100.5, "100.5" },
      { 2 ^ 53, "9007199254740992" }, { 2 ^ 60, "1152921504606846976" }, { -(2 ^ 62), "-4611686018427387904" },
    }
    for _, pair in ipairs(expected) do assert.equal(pair[2], core.number(pair[1])) end
  end)

  if math.type then
    it("are exact if they are integers", function()
      assert.equal("9223372036854775807", core.number(math.maxinteger))
      assert.equal("-9223372036854775808", core.number(math.mininteger))
      assert.equal("9007199254740993", core.number(math.tointeger(2 ^ 53) + 1))
    end)
  end

  it("read back as the same number", function()
    local seed = 12345
    local function random()
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed / 2147483648
    end
    for exponent = -320, 308, 4 do
      local value = (random() + 0.1) * 10 ^ exponent
      local text = core.number(value)
      assert.truthy(text:match "^%d+%.?%d*$" and not text:match "%.0*$", text)
      assert.equal(value, tonumber(text))
    end
    assert.equal(1.7976931348623157e308, tonumber(core.number(1.7976931348623157e308)))
    assert.equal(5e-324, tonumber(core.number(-5e-324):sub(2)))
  end)

  it("are converted to nil if they are not finite", function()
    assert.is_nil(core.number(1 / 0))
    assert.is_nil(core.number(-1 / 0))
    assert.is_nil(core.number(0 / 0))
  end)

  -- A locale with a decimal comma must have no effect, in this process or in a child process.
  it("do not depend on the locale", function()
    local directory = shell.directory()
    finally(function() shell.run("rm -r " .. shell.quote(directory)) end)
    local made = shell.run("localedef -i de_DE -f UTF-8 " .. shell.quote(directory .. "/de_DE.UTF-8"))
    if not made then return pending "no de_DE locale, and none can be made: localedef or its sources are missing" end
    local output = support.run([[
      assert(os.setlocale "de_DE.UTF-8", "the locale was not accepted")
      assert(os.setlocale(nil, "numeric") == "de_DE.UTF-8", "numbers are not of that locale")
      local number = require "twilio.core".number
      print(number(0.1), number(1e-7), number(1234567.25), number(1e300):len())
    ]], { LOCPATH = directory, ASAN_OPTIONS = "detect_leaks=0" }) -- GNU libc leaks a few bytes for LOCPATH
    assert.equal("0.1\t0.0000001\t1234567.25\t301\n", output)
  end)
end)

describe("percent-encoding", function()
  local function encoded(text)
    return (text:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
  end

  it("keeps exactly the unreserved characters of RFC 3986", function()
    for byte = 0, 255 do
      local character = string.char(byte)
      local request = support.sent(function(client) client:request { path = "/x", form = { ["a" .. character] = character .. "z" } } end)
      assert.equal("a" .. encoded(character) .. "=" .. encoded(character) .. "z", request.body)
    end
  end)

  it("encodes texts of several characters", function()
    for _, text in ipairs { "", "a b&c=d", "100 %", "Grüße", "a\0b", ("x y"):rep(5000), "%41" } do
      local request = support.sent(function(client) client.messages:create { to = "1", body = text } end)
      assert.equal("Body=" .. encoded(text) .. "&To=1", request.body)
    end
  end)
end)

describe("names", function()
  local function name_of(place, parameters)
    local request = support.sent(function(client) place(client):list(parameters) end)
    return request.url:match "%?(.*)$"
  end

  it("are the snake_case of the wire name, or the wire name", function()
    local lists = {
      { "calls", "parent_call_sid", "ParentCallSid" }, { "calls", "ParentCallSid", "ParentCallSid" },
      { "calls", "to", "To" }, { "calls", "from_", "From" }, { "calls", "from", "From" },
      { "calls", "start_time_before", "StartTime%3C" }, { "calls", "start_time_less_than", "StartTime%3C" },
      { "calls", "start_time_after", "StartTime%3E" }, { "calls", "start_time_greater_than", "StartTime%3E" },
      { "calls", "StartTime<", "StartTime%3C" }, { "calls", "end_time_after", "EndTime%3E" }, { "calls", "EndTime>", "EndTime%3E" },
      { "calls", "before", "StartTime%3C" }, { "calls", "after", "StartTime%3E" }, { "calls", "started_before", "StartTime%3C" },
      { "calls", "ended_after", "EndTime%3E" }, { "messages", "date_sent_before", "DateSent%3C" },
      { "conferences", "date_created_greater_than", "DateCreated%3E" },
    }
    for _, case in ipairs(lists) do
      assert.equal(case[3] .. "=v", name_of(function(client) return client[case[1]] end, { [case[2]] = "v" }))
    end
  end)

  it("handle acronyms, digits, dots and dashes", function()
    local cases = {
      { function(client, p) client.messaging.v1.services("MG1").us_app_to_person:create(p) end,
        { "BrandRegistrationSid", "Description", "MessageFlow", "MessageSamples", "UsAppToPersonUsecase", "HasEmbeddedLinks",
          "HasEmbeddedPhone" },
        { brand_registration_sid = 1, description = 1, message_flow = 1, message_samples = 1, us_app_to_person_usecase = 1,
          has_embedded_links = 1, has_embedded_phone = 1 } },
      { function(client, p) client.messaging.v1.brand_registrations:create(p) end,
        { "A2PProfileBundleSid", "CustomerProfileBundleSid" }, { a2p_profile_bundle_sid = 1, customer_profile_bundle_sid = 1 } },
      { function(client, p) client.calls("CA1").streams:create(p) end,
        { "Parameter1.Name", "Parameter99.Value", "Url" }, { parameter1_name = 1, parameter99_value = 1, url = 1 } },
    }
    for _, case in ipairs(cases) do
      local request = support.sent(function(client) case[1](client, case[3]) end)
      local names = {}
      for name in request.body:gmatch "([^&=]+)=" do names[#names + 1] = name end
      table.sort(names)
      table.sort(case[2])
      assert.same(case[2], names)
    end
  end)

  it("are refused if they only resemble a parameter", function()
    local client = support.client()
    for _, name in ipairs { "start_time_befor", "starttime<", "start__time", "Start_Time", "to__", "_to", "startTime", "from__" } do
      assert.truthy(support.misuse(function() client.calls:list { [name] = "v" } end):find("unknown parameter '" .. name .. "'", 1, true))
    end
  end)
end)
