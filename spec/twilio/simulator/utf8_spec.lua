local core = require "twilio.core"
local utf8 = require "twilio.simulator.utf8"

describe("UTF-8 without the core", function()
  it("is judged as by the core", function()
    local texts = {
      "", "plain", "ä€😀", "a\128", "\192\128", "\193\191x", "\224\159\191", "\237\160\128", "\240\143\191\191", "\244\144\128\128",
      "\245\128\128\128",
      "ok\195", "ok\226\130", "\239\191\191", "\244\143\191\191", "\237\159\191\238\128\128", "x\255",
    }
    for first = 128, 255 do
      for second = 0, 255, 17 do texts[#texts + 1] = "a" .. string.char(first, second) .. "\128\128" end
    end
    for _, text in ipairs(texts) do assert.equal((core.invalid_utf8(text)), utf8.invalid(text), text) end
  end)
end)
