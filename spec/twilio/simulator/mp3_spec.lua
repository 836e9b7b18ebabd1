local shell = require "spec.support.shell"

-- Returns what mp3.make returns when only the programs of a folder can be found.
local function make(path)
  return shell.must(("PATH=%s %s -e 'package.path = \"lua/?.lua\" print(require(\"twilio.simulator.mp3\").make \"wave\")'"):format(
    path, shell.must("command -v " .. shell.interpreter()):gsub("\n", "")))
end

describe("mp3", function()
  local folder
  setup(function() folder = shell.directory() end)
  teardown(function() shell.must("rm -rf " .. folder) end)

  it("is made by lame or ffmpeg, from a file with the WAV", function()
    shell.write(folder .. "/lame", "#!/bin/sh\n[ \"$1 $3\" = '--quiet -' ] && read text <\"$2\"; printf 'lame of %s' \"$text\"\n")
    shell.must("chmod +x " .. folder .. "/lame")
    assert.equal("lame of wave\n", make(folder))
    shell.must(("mv %s/lame %s/ffmpeg"):format(folder, folder))
    shell.write(folder .. "/ffmpeg", "#!/bin/sh\nread text <\"$4\"; printf 'ffmpeg of %s' \"$text\"\n")
    assert.equal("ffmpeg of wave\n", make(folder))
  end)

  it("is not made without both", function()
    assert.equal("nil\n", make "/nonexistent")
  end)
end)
