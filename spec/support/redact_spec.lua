-- core.mask masks phone numbers and the names of addresses, in single values and within text.
local core = require "twilio.core"

describe("the masking of personal data", function()
  it("shows the last four digits of a phone number, and two digits of a short number", function()
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

  it("does not change values without phone numbers and addresses", function()
    for _, value in ipairs {
      "", "+", "+1", "+123456", "123456", "true", "CA00000000000000000000000000000001", "2009-07-06", "http://foo.com/call.xml?a=1+2",
      "client:alice", "2010-07-06T20:30:00Z", "x123456789", "100.5", "\0\1\2", ("a"):rep(100000), "%2", "%2B", "+.....", "abc:", ":",
      "(", "(555", "(555)", "(555) ", "555-867-5310x", "1234-56-78",
    } do
      assert.equal(value, core.mask(value))
    end
  end)

  it("finds numbers with a + within text", function()
    assert.equal("http://foo.com/?to=%2B*******5310&x=1", core.mask "http://foo.com/?to=%2B15558675310&x=1")
    assert.equal("<Dial>+*******5310</Dial><Dial>+* *** *** 5311</Dial>", core.mask "<Dial>+15558675310</Dial><Dial>+1 555 867 5311</Dial>")
    assert.equal("\0+*******5310\0", core.mask "\0+15558675310\0")
    assert.equal("++*******5310", core.mask "++15558675310")
  end)

  it("finds numbers of ten or more digits without a + within text", function()
    assert.equal("number *******5310, or *******5310.", core.mask "number 15108675310, or 15108675310.")
    assert.equal("to=*******5310&x", core.mask "to=15108675310&x")
    assert.equal("x*******5310 y, ******7531x, ************2345", core.mask "x15108675310 y, 1510867531x, 0123456789012345")
    for _, text in ipairs {
      "about 123456789 bytes", "SID CA12345678901234567890123456789012, please", "192.168.100.200 port 4000", "2026-11-18 20:30:00",
    } do
      assert.equal(text, core.mask(text))
    end
  end)

  it("finds numbers with separators within text", function()
    local expected = {
      ["+1_555_867_5310"] = "+*_***_***_5310",
      ["x15558675310"] = "x*******5310",
      ["call (555) 867-5310."] = "call (***) ***-5310.",
      ["1-555-867-5310 and 555.867.5310, 555 867 5310!"] = "1-***-***-5310 and ***.***.5310, *** *** 5310!",
      ["555_867_5310x 555-867-53101 CA12345678901234567890123456789012x"] = "555_867_5310x 555-867-53101 CA****************************9012x",
    }
    for text, masked in pairs(expected) do assert.equal(masked, core.mask(text)) end
  end)

  it("replaces the name before an @ within text", function()
    assert.equal("write to ***@example.com, now", core.mask "write to alice@example.com, now")
    assert.equal("'***%40example.com' <***@b>", core.mask "'alice%40example.com' <a@b>")
    assert.equal("@ @x x @", core.mask "@ @x x @")
  end)

  it("replaces the name before an @ of an address", function()
    assert.equal("***@example.com", core.mask "sip:alice@example.com")
    assert.equal("***@example.com", core.mask "alice@example.com")
    assert.equal("***%40example.com", core.mask "alice%40example.com")
    assert.equal("***@host/x", core.mask "https://user:p@ss@host/x")
    assert.equal("alice @ work", core.mask "alice @ work")
  end)

  it("replaces a personal value that is not a phone number", function()
    for _, value in ipairs { "Alice", "alice@example.com", "", "12", "x +15558675310" } do assert.equal("***", core.mask(value, true)) end
  end)
end)
