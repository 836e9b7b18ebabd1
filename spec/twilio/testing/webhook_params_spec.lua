local documented = require "twilio.testing.webhook_fields"
local params = require "twilio.testing.webhook_params"
local support = require "spec.support.client"

local function refused(kind, given, custom)
  return (support.misuse(function() params.fields(kind, given or {}, custom or {}) end))
end

describe("the fields of a webhook for tests", function()
  it("have Twilio's names, also if the program writes snake_case", function()
    assert.same({ Digits = "1", CallSid = "CA1", MediaUrl0 = "a", MediaContentType0 = "b", SipHeader_x = "c" },
      params.fields(nil, { digits = "1", CallSid = "CA1", media_url0 = "a", MediaContentType0 = "b", sip_header_x = "c" }, {}))
  end)

  it("of a kind have values for tests, over which the program's win", function()
    local fields = params.fields("voice", { call_sid = "CA2", digits = "1" }, {})
    assert.same({ "CA2", "1", "ringing", "inbound", "+15558675310", "+15017122661", "2010-04-01" },
      { fields.CallSid, fields.Digits, fields.CallStatus, fields.Direction, fields.From, fields.To, fields.ApiVersion })
    fields = params.fields("message_status", {}, {})
    assert.same({ "SM00000000000000000000000000000001", "delivered", "+15017122661" }, { fields.MessageSid, fields.MessageStatus, fields.From })
  end)

  it("of each webhook with a form have values for its required fields", function()
    local seen = 0
    for name, webhook in pairs(documented) do
      local fields = params.fields(name, {}, {})
      for field, optional, kind in webhook.fields:gmatch "([%w_.*]+)(%??)=([%w_]+)" do
        if optional == "" and not field:find "*" and (kind ~= "enum" or webhook.values[field]:find "%S") then
          assert.is_string(fields[field], name .. " " .. field .. " " .. kind)
          seen = seen + 1
        end
      end
      -- What it makes is itself accepted.
      params.fields(name, fields, {})
    end
    assert.is_true(seen > 100)
    assert.equal("RE00000000000000000000000000000001", params.fields("recording.status", {}, {}).RecordingSid)
    assert.equal("conference-start", params.fields("conference.status", {}, {}).StatusCallbackEvent)
  end)

  it("are refused if the webhook does not have them", function()
    assert.equal("the webhook 'voice' has no field 'digitss' (did you mean 'digits'?)", refused("voice", { digitss = "1" }))
    assert.equal("the webhook 'voice' has no field 'CallSID' (did you mean 'CallSid'?)", refused("voice", { CallSID = "CA1" }))
    assert.equal("the webhook 'message' has no field 'digits': pass fields of your own in `custom`", refused("message", { digits = "1" }))
    assert.equal("a webhook has no field 'call_sdi' (did you mean 'call_sid'?)", refused(nil, { call_sdi = "CA1" }))
    assert.equal("the params of a webhook have names", refused("voice", { "x" }))
  end)

  it("are refused if they have a value that Twilio does not document", function()
    assert.equal("the field CallStatus has no value 'ringin' (did you mean 'ringing'?). To send it, pass it in `custom`",
      refused("voice", { call_status = "ringin" }))
    assert.equal("the field OptOutType has no value 'x', only STOP, START, HELP. To send it, pass it in `custom`",
      refused("message", { opt_out_type = "x" }))
    assert.equal("in-progress", params.fields("call_status", { call_status = "in-progress" }, {}).CallStatus)
  end)

  it("may have any name and value in custom, as parameters of <Parameter> and new values do", function()
    local fields = params.fields("voice", { call_status = "ringing" }, { my_order = "7", CallStatus = "melting" })
    assert.same({ "7", "melting" }, { fields.my_order, fields.CallStatus })
    assert.equal("the custom fields of a webhook have names", refused("voice", {}, { "x" }))
  end)

  it("have a kind, or the name of a webhook with a form", function()
    assert.equal("testing.webhook has no 'voise' (did you mean 'voice'?)", refused "voise")
    assert.equal("testing.webhook has no 'recording.statsu' (did you mean 'recording.status'?)", refused "recording.statsu")
    assert.matches("^testing.webhook has no 'verify.push': the kinds are amd.status, call_status, ", refused "verify.push") -- it has JSON
    assert.equal("the kind of a webhook is a name such as \"voice\", got number", refused(1))
  end)
end)
