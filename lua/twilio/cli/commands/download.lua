--- twilio-lua download: saves a recording, or any file of Twilio.

local commands = require "twilio.cli.commands"
local stop = require "twilio.cli.stop"

local download = {}

download.usage = { "download RE… [--format mp3|wav] [--channels 1|2] [--file PATH]", "download URL --file PATH" }
download.text = {
  "Saves a recording, or the file of a URL or path of Twilio. Without --file, a recording is saved as",
  "RE….wav in the current directory. --file - writes to the standard output.",
}
download.options = {
  { name = "format", value = "mp3|wav", text = "of a recording; by the ending of --file, otherwise wav", values = { "mp3", "wav" } },
  { name = "channels", value = "1|2", text = "of a recording", values = { "1", "2" } },
  { name = "max-size", value = "BYTES", text = "the largest file", is_whole = true },
}

download.takes = { "file", "client" }

-- Returns the format of a recording: the option, or the ending of the file.
local function format_of(own, path)
  local ending = path and path:lower():match "%.(%w+)$"
  if ending ~= "mp3" and ending ~= "wav" then ending = nil end
  if own.format and ending and own.format ~= ending then
    commands.usage("download", ("--format %s contradicts the ending of --file %s"):format(own.format, path))
  end
  return own.format or ending or "wav"
end

-- Returns the path of a recording's file below the account of the client.
local function recording_path(client, sid, own, format)
  local query = own.channels and "?RequestedChannels=" .. own.channels or ""
  return ("/2010-04-01/Accounts/%s/Recordings/%s.%s%s"):format(client.account_sid, sid, format, query)
end

-- Returns a function that passes the bytes to the standard output.
local function to_output()
  local out = require("twilio.cli.writer").new()
  return function(bytes)
    out:write(bytes)
    return true
  end, function() out:finish() end
end

function download.run(words, own, given)
  local what = words[1]
  if not what then commands.usage("download", "takes the SID of a recording or a URL") end
  if words[2] then commands.usage("download", ("takes one recording or URL, and --file %s for the path"):format(words[2])) end
  local is_recording = what:find "^RE%x+$" and #what == 34
  if not is_recording and not what:find "^https?://." and not what:find "^/." then
    commands.usage("download",
      ("'%s' is neither the SID of a recording, RE and 32 hexadecimal digits, nor a URL, nor a path that begins with /"):format(what))
  end
  if not is_recording and (own.format or own.channels) then commands.usage("download", "--format and --channels are for the SID of a recording") end
  if not is_recording and not given.file then commands.usage("download", "a URL needs --file PATH") end
  local client = require("twilio.cli.connect").client(given)
  local format = format_of(own, given.file)
  local url = is_recording and recording_path(client, what, own, format) or what
  local path = given.file or what .. "." .. format
  local sink, finish = path, function() end
  if path == "-" then sink, finish = to_output() end
  local update, end_line = require("twilio.cli.progress").new("bytes")
  local result, message, err = client:download(url, sink, { progress = update, max_size = own["max-size"] })
  end_line(result and result.size)
  stop.check(result, message, err)
  finish()
  if not given.file then io.stderr:write(("twilio-lua: wrote %s\n"):format(path)) end
end

return download
