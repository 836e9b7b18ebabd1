describe("twilio.luv", function()
  it("is the wait function of twilio.hosts.luv", function()
    if not require "spec.support.luv" then return pending "luv is not installed" end
    assert.equal(require "twilio.hosts.luv", require "twilio.luv")
  end)
end)
