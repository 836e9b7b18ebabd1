local command_line = require "spec.support.command_line"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local SID = "RE0123456789abcdef0123456789abcdef"

describe("twilio-lua download", function()
  local server, faults, run
  setup(function()
    server, faults = servers.twilio { now = 1300000000 }, servers.fault()
    run = command_line.new(server)
  end)
  teardown(function()
    run.stop()
    faults:stop()
    server:stop()
  end)

  local function download(...) return run.out { "--base-url", faults.url .. "/ok", "download", ... } end

  local function fails(code, message, ...) return run.fails(code, message, { "download", ... }) end

  it("saves a recording or a URL, and writes to the standard output", function()
    local path = run.home .. "/a.wav"
    local bytes = shell.must("curl -s " .. faults.url .. "/ok")
    assert.is_true(#bytes > 0)
    assert.equal("", download(SID, "--file", path, "--channels", "2"))
    assert.equal(bytes, shell.must("cat " .. path))
    assert.equal(bytes, download(SID, "--file", "-", "--format", "mp3"))
    assert.equal(bytes, download("/2010-04-01/x", "--file", "-"))
    local targets = {}
    for i, request in ipairs(faults:get "/_/log") do targets[i] = request.target end
    local recording = ("/ok/2010-04-01/Accounts/%s/Recordings/%s"):format(server.account_sid, SID)
    assert.same({ "/ok", recording .. ".wav?RequestedChannels=2", recording .. ".mp3", "/ok/2010-04-01/x" }, targets)
  end)

  it("keeps a file if there is no recording", function()
    local path = run.home .. "/kept.wav"
    shell.write(path, "kept")
    assert.equal("twilio-lua explain 20404", fails(4, "404", SID, "--file", path))
    assert.equal("kept", shell.must("cat " .. path))
  end)

  it("names a recording's file in the current directory", function()
    local command = run.command { "--base-url", faults.url .. "/ok", "download", SID, "--format", "mp3" }
    local root = shell.must "pwd":gsub("\n", "")
    command = command:gsub("%./", root .. "/"):gsub("bin/twilio%-lua", root .. "/bin/twilio-lua")
    assert.equal(("twilio-lua: wrote %s.mp3\n"):format(SID), shell.must(("cd %s && %s && test -s %s.mp3"):format(run.home, command, SID)))
  end)

  it("shows its progress on a terminal", function()
    local output = run.terminal(80, { "--base-url", faults.url .. "/ok", "download", SID, "--file", run.home .. "/b.wav" })
    assert.matches("\r[%d,]+ bytes  [%d,]+/s  %d+%.%d s\27%[K\n$", output)
  end)

  it("says what is wrong with its words and options", function()
    assert.equal("one of mp3, wav", fails(2, "--format has no value 'ogg'", SID, "--format", "ogg"))
    fails(2, "--channels has no value '3'", SID, "--channels", "3")
    fails(2, "--max-size takes a whole number", SID, "--max-size", "1M")
    fails(2, "--format mp3 contradicts the ending of --file a.wav", SID, "--format", "mp3", "--file", "a.wav")
    fails(2, "takes one recording or URL, and --file a.wav for the path", SID, "a.wav")
    fails(2, "takes the SID of a recording or a URL")
    fails(2, "a URL needs --file", "/2010-04-01/x")
    fails(2, "--format and --channels are for the SID of a recording", "/2010-04-01/x", "--format", "mp3", "--file", "x")
    for _, wrong in ipairs { "RE12", "recording.wav", SID .. "0" } do
      fails(2, ("'%s' is neither the SID of a recording, RE and 32 hexadecimal digits, nor a URL"):format(wrong), wrong)
    end
    fails(2, "download takes no --dry-run", SID, "--dry-run")
  end)
end)
