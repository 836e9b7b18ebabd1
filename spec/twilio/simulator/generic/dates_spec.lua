local dates = require "twilio.simulator.generic.dates"

describe("dates.text", function()
  it("writes each format", function()
    assert.equal("2026-11-30T08:30:05Z", dates.text("date_time", 1796027405))
    assert.equal("Mon, 30 Nov 2026 08:30:05 +0000", dates.text("rfc2822", 1796027405))
    assert.equal("2026-11-30", dates.text("date", 1796027405))
  end)
end)

describe("dates.parse", function()
  it("reads what text writes", function()
    assert.equal(1796027405, dates.parse "2026-11-30T08:30:05Z")
    assert.equal(1796027405, dates.parse "Mon, 30 Nov 2026 08:30:05 +0000")
    assert.equal(1795996800, dates.parse "2026-11-30")
  end)

  it("reads leap days, fractions and times without seconds", function()
    assert.equal("2024-02-29", dates.text("date", dates.parse "2024-02-29"))
    assert.equal(1796027405, dates.parse "2026-11-30T08:30:05.123Z")
    assert.equal(1796027400, dates.parse "2026-11-30T08:30Z")
  end)

  it("returns nil for other texts", function()
    for _, text in ipairs { "", "yesterday", "2026-11", "Mon, 30 Foo 2026 08:30:05 +0000", "2026-11-30X" } do assert.is_falsy(dates.parse(text)) end
  end)
end)

describe("dates.is_date", function()
  it("knows the kinds of types that are dates", function()
    assert.is_true(dates.is_date "date_time")
    assert.is_false(dates.is_date "string")
  end)
end)
