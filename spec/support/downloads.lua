--- For specs of downloads: a client of the fault server, its files, and directories.
local shell = require "spec.support.shell"
local twilio = require "twilio"

local downloads = {}

local BLOCK = 64 * 1024

--- Returns the bytes of the fault server's file of this size.
function downloads.content(size)
  local blocks = {}
  for number = 0, math.floor((size - 1) / BLOCK) do
    local stamp = ("%015d\n"):format(number)
    blocks[#blocks + 1] = stamp .. ("0123456789abcdef"):rep(BLOCK / 16):sub(#stamp + 1)
  end
  return table.concat(blocks):sub(1, size)
end

--- Returns a client of the fault server. It waits at most a moment before a retry.
function downloads.client(server, options)
  local all = { account_sid = "AC1", auth_token = "token", base_url = server.url, max_retry_wait = 0.01 }
  for name, value in pairs(options or {}) do all[name] = value end
  return twilio.client(all)
end

function downloads.read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then file:close() end
  return text
end

--- Returns the names of the files in a directory, temporary files included.
function downloads.files(directory)
  return shell.lines(shell.must("ls -A " .. shell.quote(directory)))
end

return downloads
