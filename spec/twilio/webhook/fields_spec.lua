-- The generated lists of the fields of webhooks. spec/tools/webhooks_spec.lua tests the generator.
local documented = require "twilio.testing.webhook_fields"
local lists = require "twilio.webhook.fields"

local function names_of(list)
  local names, sorted = {}, {}
  for name in list:gmatch "%S+" do
    names[name], sorted[#sorted + 1] = true, name
  end
  return names, sorted
end

describe("twilio.webhook.fields", function()
  it("has each name in one of the lists harmless and personal, sorted", function()
    local harmless, personal = names_of(lists.harmless), names_of(lists.personal)
    for name in pairs(harmless) do assert.is_nil(personal[name], name) end
    for _, list in pairs(lists) do
      local _, names = names_of(list)
      for i = 1, #names do
        assert.matches("^[%w_.]+%*?$", names[i])
        assert.is_true(i == 1 or names[i - 1] < names[i], names[i])
      end
    end
  end)

  it("has all fields of each webhook", function()
    local harmless, personal = names_of(lists.harmless), names_of(lists.personal)
    for webhook, description in pairs(documented) do
      for name in description.fields:gmatch "([%w_.*]+)%??=" do
        assert.is_true(harmless[name] or personal[name], webhook .. " " .. name)
      end
    end
  end)

  it("has as JSON the fields of forms with this type, and no others", function()
    local json, seen = names_of(lists.json), {}
    for _, description in pairs(documented) do
      for name in description.fields:gmatch "([%w_.*]+)%??=json%f[%W]" do seen[name] = true end
    end
    assert.same(seen, json)
  end)

  it("masks what tells about persons", function()
    local personal = names_of(lists.personal)
    for _, name in ipairs { "From", "To", "Body", "SpeechResult", "Digits", "RecordingUrl", "CallerName", "FromZip", "MediaUrl*" } do
      assert.is_true(personal[name], name)
    end
  end)
end)
