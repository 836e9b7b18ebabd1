local core = require "twilio.core"

describe("core.in_network", function()
  local function check(expected, network, ...)
    for _, address in ipairs { ... } do assert.equal(expected, core.in_network(address, network), address .. " in " .. network) end
  end

  it("compares the bits of the prefix", function()
    check(true, "10.0.0.0/8", "10.0.0.0", "10.255.255.255")
    check(false, "10.0.0.0/8", "11.0.0.0", "9.255.255.255")
    check(true, "192.168.4.0/22", "192.168.4.1", "192.168.7.255")
    check(false, "192.168.4.0/22", "192.168.8.0", "192.168.3.255")
    check(true, "0.0.0.0/0", "1.2.3.4")
    check(true, "1.2.3.4/32", "1.2.3.4")
    check(false, "1.2.3.4/31", "1.2.3.6")
    check(true, "fe80::/10", "fe80::1", "febf::1")
    check(false, "fe80::/10", "fec0::1", "::1")
    check(true, "::/0", "2001:db8::1")
  end)

  it("treats an address alone as a network of one address", function()
    check(true, "127.0.0.1", "127.0.0.1")
    check(false, "127.0.0.1", "127.0.0.2")
    check(true, "::1", "::1", "0:0:0:0:0:0:0:1")
  end)

  it("treats an IPv6 address that contains an IPv4 address as the IPv4 address", function()
    check(true, "10.0.0.0/8", "::ffff:10.1.2.3")
    check(true, "::ffff:10.1.2.3", "10.1.2.3")
    check(false, "::/0", "10.1.2.3")
    check(false, "0.0.0.0/0", "::1")
  end)

  it("returns false for a text that is not an address", function()
    check(false, "0.0.0.0/0", "", "unix:", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.4 ", ("1"):rep(1000), "1.2.3.256", "::ffff:1.2.3.4%eth0")
  end)

  it("returns nil for a text that is not a network", function()
    local wrong = { "", "x", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8x", "10/8", "1.2.3.4/0008" }
    wrong[#wrong + 1] = ("1"):rep(100) .. "/8"
    for _, network in ipairs(wrong) do
      assert.is_nil(core.in_network("10.0.0.1", network), network)
    end
  end)
end)
