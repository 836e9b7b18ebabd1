local file_error = require "twilio.file_error"

describe("an error of the kind file", function()
  it("names the file, the failed action, and the reason of the operating system", function()
    local nothing, message, err = file_error.new("write", "/tmp/calls.csv", "No space left on device", "yes")
    assert.is_nil(nothing)
    assert.equal("cannot write /tmp/calls.csv: No space left on device", message)
    assert.same({
      kind = "file", message = message, path = "/tmp/calls.csv", reason = "No space left on device", sent = "yes",
    }, err)
    assert.equal(message, tostring(err))
  end)

  it("names the sink or the source if the program passed a function", function()
    assert.equal("cannot write the sink: full", (select(2, file_error.new("write", nil, "full"))))
    assert.equal("cannot read the source: gone", (select(2, file_error.new("read", nil, "gone"))))
  end)

  it("has one line, whatever the path and the reason contain", function()
    assert.equal("cannot read a b: c d", (select(2, file_error.new("read", "a\nb", "c\rd"))))
  end)
end)
