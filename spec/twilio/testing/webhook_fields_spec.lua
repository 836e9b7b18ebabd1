-- The generated list of the webhooks that have forms. spec/tools/webhooks_spec.lua tests the generator.
local documented = require "twilio.testing.webhook_fields"
local lists = require "twilio.webhook.fields"

local TYPES = {}
for name in ("string enum address int float decimal bool url json object list ip jwt iso8601 rfc2822 epoch epoch_ms yymmddhhmm sid"):gmatch "%S+" do
  TYPES[name] = true
end

local known = {}
for _, list in ipairs { lists.harmless, lists.personal } do
  for name in list:gmatch "%S+" do known[name] = true end
end

describe("twilio.testing.webhook_fields", function()
  it("has fields with a name that the library knows and a type, each once", function()
    local count = 0
    for webhook, description in pairs(documented) do
      local seen = {}
      for word in description.fields:gmatch "%S+" do
        local name, kind = word:match "^([%w_.]+%*?)%??=([%w_]+)$"
        assert.is_string(name, webhook .. " " .. word)
        assert.is_true(known[name], webhook .. " " .. name)
        assert.is_true(TYPES[kind] or kind:find "^sid_%u%u" ~= nil, webhook .. " " .. word)
        assert.is_nil(seen[name], webhook .. " " .. name)
        seen[name], count = kind, count + 1
      end
      for name, values in pairs(description.values) do
        assert.equal("enum", seen[name], webhook .. " " .. name)
        local distinct = {}
        for value in values:gmatch "%S+" do
          assert.is_nil(distinct[value], webhook .. " " .. name .. " " .. value)
          distinct[value] = true
        end
      end
    end
    assert.is_true(count > 350)
  end)

  it("has the values of each enum", function()
    for webhook, description in pairs(documented) do
      for name in description.fields:gmatch "([%w_.]+)%??=enum" do assert.is_string(description.values[name], webhook .. " " .. name) end
    end
    assert.equal("accepted scheduled queued sending sent delivered undelivered failed read canceled\n",
      documented["messaging.status"].values.MessageStatus)
  end)

  it("extends webhooks that do not extend others", function()
    for webhook, description in pairs(documented) do
      local above = description.extends
      if above then assert.is_nil(assert(documented[above], webhook).extends, webhook) end
    end
    assert.equal("voice.request", documented["voice.gather"].extends)
  end)
end)
