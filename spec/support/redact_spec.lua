-- Phone numbers and addresses in a value or a text are masked.
local core = require "twilio.core"

describe("a value", function()
  it("that is a phone number keeps its last four digits, a short one two", function()
    local expected = {
      ["+15558675310"] = "+*******5310",
      ["15558675310"] = "*******5310",
      ["+1 (555) 867-5310"] = "+* (***) ***-5310",
      ["555-867-5310"] = "***-***-5310",
      ["(555) 867.5310"] = "(***) ***.5310",
      ["+4412345"] = "+*****45",
      ["whatsapp:+15558675310"] = "whatsapp:+*******5310",
      ["sms:15558675310"] = "sms:*******5310",
      ["tel%3A%2B15558675310"] = "tel%3A%2B*******5310",
      ["%2B15558675310"] = "%2B*******5310",
      ["4111111111111111"] = "************1111",
    }
    for value, masked in pairs(expected) do
      assert.equal(masked, core.mask(value))
      assert.equal(masked, core.mask(value, true))
    end
  end)

  it("that is none stays as it is", function()
    for _, value in ipairs {
      "", "+", "+1", "+123456", "123456", "true", "CA00000000000000000000000000000001", "2009-07-06", "http://foo.com/call.xml?a=1+2",
      "client:alice", "2010-07-06T20:30:00Z", "x123456789", "100.5", "\0\1\2", ("a"):rep(100000), "%2", "%2B", "+.....", "abc:", ":",
    } do
      assert.equal(value, core.mask(value))
    end
  end)

  it("has numbers with a + within it masked", function()
    assert.equal("http://foo.com/?to=%2B*******5310&x=1", core.mask "http://foo.com/?to=%2B15558675310&x=1")
    assert.equal("<Dial>+*******5310</Dial><Dial>+* *** *** 5311</Dial>", core.mask "<Dial>+15558675310</Dial><Dial>+1 555 867 5311</Dial>")
    assert.equal("\0+*******5310\0", core.mask "\0+15558675310\0")
    assert.equal("++*******5310", core.mask "++15558675310")
  end)

  it("has whole numbers without a + within it masked", function()
    assert.equal("number *******5310, or *******5310.", core.mask "number 15108675310, or 15108675310.")
    assert.equal("to=*******5310&x", core.mask "to=15108675310&x")
    assert.equal("x*******5310 y, ******7531x, ************2345", core.mask "x15108675310 y, 1510867531x, 0123456789012345")
    for _, text in ipairs {
      "about 123456789 bytes", "SID CA12345678901234567890123456789012, please", "192.168.100.200 port 4000", "2026-11-18 20:30:00",
    } do
      assert.equal(text, core.mask(text))
    end
  end)

  it("has numbers masked as people write them, without a + too", function()
    local expected = {
      ["+1_555_867_5310"] = "+*_***_***_5310",
      ["x15558675310"] = "x*******5310",
      ["call (555) 867-5310."] = "call (***) ***-5310.",
      ["1-555-867-5310 and 555.867.5310, 555 867 5310!"] = "1-***-***-5310 and ***.***.5310, *** *** 5310!",
      ["555_867_5310x 555-867-53101 CA12345678901234567890123456789012x"] = "555_867_5310x 555-867-53101 CA****************************9012x",
    }
    for text, masked in pairs(expected) do assert.equal(masked, core.mask(text)) end
  end)

  it("loses who stands before an @ within it", function()
    assert.equal("write to ***@example.com, now", core.mask "write to alice@example.com, now")
    assert.equal("'***%40example.com' <***@b>", core.mask "'alice%40example.com' <a@b>")
    assert.equal("@ @x x @", core.mask "@ @x x @")
  end)

  it("loses who stands before an @", function()
    assert.equal("***@example.com", core.mask "sip:alice@example.com")
    assert.equal("***@example.com", core.mask "alice@example.com")
    assert.equal("***%40example.com", core.mask "alice%40example.com")
    assert.equal("***@host/x", core.mask "https://user:p@ss@host/x")
    assert.equal("alice @ work", core.mask "alice @ work")
  end)

  it("that is personal is hidden whole", function()
    for _, value in ipairs { "Alice", "alice@example.com", "", "12", "x +15558675310" } do assert.equal("***", core.mask(value, true)) end
  end)
end)
