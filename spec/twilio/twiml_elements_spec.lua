-- spec/tools/twiml_spec.lua compares the table with its source.
local elements = require "twilio.twiml_elements"

describe("the table of TwiML elements", function()
  it("has the three kinds of documents", function()
    local counts = {}
    for kind, facts in pairs(elements) do
      counts[kind] = 0
      for _ in pairs(facts) do counts[kind] = counts[kind] + 1 end
    end
    assert.same({ fax = 2, messaging = 5, voice = 60 }, counts)
  end)

  it("names only children that exist, and each of them once", function()
    for _, facts in pairs(elements) do
      for key, fact in pairs(facts) do
        local seen = {}
        for child in (fact.children or ""):gmatch "%S+" do
          assert.is_table(facts[child], key .. ": " .. child)
          local name = facts[child].element or child
          assert.is_nil(seen[name], key .. ": " .. name)
          seen[name] = true
        end
      end
    end
  end)

  it("has the names of attributes as Twilio documents them", function()
    local voice = elements.voice
    local function has(element, name) return (" " .. voice[element].attributes .. " "):find(" " .. name .. " ", 1, true) ~= nil end
    assert.is_true(has("ConversationRelay", "backgroundNoiseReduction"))
    assert.is_true(has("Dial", "hangupOnStar"))
    assert.is_true(has("lang", "xml:lang"))
    assert.is_true(has("say-as", "interpret-as"))
    assert.is_true(has("Prompt", "for"))
  end)
end)
