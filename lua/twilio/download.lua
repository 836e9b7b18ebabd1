--- client:download and record:save: stream a file of Twilio to the disk, or to a function.

local core = require "twilio.core"
core.keep(...)
local file_error = require "twilio.file_error"
local send = require "twilio.send"
local waiting = require "twilio.waiting"

local download = {}

-- The interval in seconds at which `progress` is called.
download.PROGRESS_INTERVAL = 0.1

-- The shortest sleep in seconds, after which the caller notices that the attempt has ended.
local MIN_SLEEP = 0.001

-- Fields of a download. An absent field is false.
--   request   the request, whose sink takes the bytes
--   path      the path of the file, if there is no function
--   file      the atomic file, if there is no function
--   sink      the program's function that takes the bytes
--   progress  the option
--   interval  the seconds until time_left must be called again
--   reported  the number of bytes at the last call of `progress`
--   due       when `progress` is called again, on core.now's clock
--   patience  the option timeout: the seconds for which no byte may arrive
--   attempt, arrived, since
--             the attempt, its number of bytes, and when the last of them was noticed
--   refusal   the message with which the sink has ended the download; true: it has returned false
local Download = {}
Download.__index = Download

-- Ends the transfer, and removes the temporary file unless it was committed.
function Download:close()
  self.request:give_up()
  self.request:finish()
  if self.file then self.file:abort() end
end

Download.__close = Download.close

-- Lua 5.1 cannot suspend a coroutine across a pcall.
local can_suspend_in_pcall = _VERSION ~= "Lua 5.1" or rawget(_G, "jit")

-- Calls a function of the program. If it raises, the transfer ends at once. On Lua 5.1, within a
-- coroutine, the garbage collector ends the transfer later.
local function guard_download(self, f, ...)
  if not can_suspend_in_pcall and core.can_suspend() then return f(...) end
  local ok, result, problem = pcall(f, ...)
  if ok then return result, problem end
  self:close()
  error(result, 0)
end

local function report_progress(self)
  local done, total = self.request:received()
  if done == self.reported then return end
  self.reported, self.due = done, core.now() + download.PROGRESS_INTERVAL
  guard_download(self, self.progress, done, total)
end

-- The largest number of chunks between two questions to `ready`, `cancel` and the deadline. Taking a chunk
-- lets libcurl read the next one, so a server that is faster than the sink always has a next chunk.
local MOST_CHUNKS = 64

-- Passes the bytes that have arrived to the sink, in at most `most` chunks. Returns whether there may be
-- more.
local function drain(self, most)
  local chunk = not self.refusal and self.sink and self.request:chunk()
  while chunk do
    local result, problem = guard_download(self, self.sink, chunk)
    if result == false or (result == nil and problem ~= nil) then
      self.refusal = problem == nil or tostring(problem)
      self.request:give_up()
      return
    end
    most = most - 1
    if most <= 0 then return true end
    chunk = self.request:chunk()
  end
  return false
end

-- Ends the attempt if no byte has arrived for too long. The time that the functions of the program
-- take does not count. Returns how many seconds are left.
local function watch_transfer(self, began)
  local request = self.request
  local now, attempt, arrived = core.now(), request:attempts(), request:received()
  if attempt ~= self.attempt or arrived ~= self.arrived then
    self.attempt, self.arrived, self.since = attempt, arrived, now
  else
    self.since = self.since + (now - began)
  end
  local left = self.since + self.patience - now
  if left <= 0 then request:expire() end
  return left
end

-- The function `time_left` of send.finish.
local function time_left(self)
  local began = core.now()
  local is_more = drain(self, MOST_CHUNKS)
  if self.progress and core.now() >= self.due then report_progress(self) end
  local left = math.min(watch_transfer(self, began), self.interval)
  return is_more and MIN_SLEEP or math.max(left, MIN_SLEEP)
end

-- ---- results ----

-- Returns nil, message, err for a failure of the file or the sink.
local function fail_file(self, reason)
  local request = self.request
  local _, _, failure = request:result()
  local _, message, err = file_error.new("write", self.path or nil, reason, failure and failure.sent or "yes")
  err.attempts, err.status = request:attempts(), failure and failure.status
  return nil, message, err
end

local function finish_download(self)
  drain(self, math.huge)
  local reason = self.request:write_error()
  if reason then return fail_file(self, reason) end
  if self.refusal == true then return self.request:fail("cancelled", "the sink returned false") end
  if self.refusal then return fail_file(self, self.refusal) end
  local result, message, err = self.request:result()
  if not result then return nil, message, err end
  if self.progress then report_progress(self) end
  if self.file then
    local committed
    committed, reason = self.file:commit()
    if not committed then return fail_file(self, reason) end
    result.path = self.path
  end
  return result
end

local function run_download(self)
  local hooks, _, _, ready = self.request:hooks()
  self.patience = self.request:patience()
  self.interval = math.min((ready or hooks.ready) and waiting.READY_INTERVAL or waiting.MAX_SLEEP,
    self.progress and download.PROGRESS_INTERVAL or waiting.MAX_SLEEP)
  send.start(self.request)
  send.finish(self.request, function() return time_left(self) end)
  return finish_download(self)
end

-- ---- the methods ----

local function check_sink(sink)
  if type(sink) == "function" then return end
  if type(sink) ~= "string" or sink == "" or sink:find("\0", 1, true) then
    core.misuse("download takes the path of a file, or a function, got " .. (type(sink) == "string" and "an impossible path" or type(sink)))
  end
end

--- client:download(url, path or function, options): fetches a file in parts.
--
-- `url` is a URL of Twilio, a path such as "/2010-04-01/…", or a URL of another host. No credentials are
-- sent to another host.
-- A file gets its name when it is complete. Until then an existing file stays as it is. Writing to a file
-- blocks. The function is called with each part of the file. It ends the download by returning
-- false, or nil and a message.
-- Options, in addition to those of all calls:
--   max_size  the largest file in bytes (none)
--   progress  progress(done, total), with numbers of bytes. `total` is nil if it is unknown.
-- The option `timeout` limits the seconds without a byte, and not the whole download.
-- Returns { size, path, status, content_type, etag, headers, attempts }; or nil, message, err.
-- Errors that a function of the program raises propagate.
function download.download(client, url, sink, options, ...)
  if select("#", ...) > 0 then core.misuse "too many arguments to 'download'" end
  check_sink(sink)
  local path = type(sink) == "string" and sink
  local file, reason
  if path then
    file, reason = core.atomic_file(path)
  end
  local made, request = pcall(core.download, client, url, options, file or nil)
  if not made then
    if file then file:abort() end
    error(request, 0)
  end
  if path and not file then return file_error.new("write", path, reason, "no") end
  local self = setmetatable({
    request = request, path = path, file = file or false, sink = not path and sink, progress = options and options.progress or false,
    due = 0, reported = 0, interval = 0, refusal = false, patience = 0, attempt = 0, arrived = 0, since = 0,
  }, Download)
  local result, message, err
  for _ in send.once, nil, nil, self do result, message, err = run_download(self) end -- see send.result
  self:close()
  if message then return nil, message, err end
  return result
end

-- ---- files of records ----

-- Returns the URL with the ending of the format and the number of channels.
local function with_format(url, sink, format, channels)
  if format == nil then format = type(sink) == "string" and sink:lower():match "%.mp3$" and "mp3" or "wav" end
  if format ~= "mp3" and format ~= "wav" then
    core.misuse("option 'format' must be \"mp3\" or \"wav\", got " .. (type(format) == "string" and '"' .. format .. '"' or type(format)))
  end
  if channels ~= nil and channels ~= 1 and channels ~= 2 then core.misuse "option 'channels' must be 1 or 2" end
  return url .. "." .. format .. (channels and ("?RequestedChannels=%d"):format(channels) or "")
end

--- record:save(path or function, options): fetches the file of a recording, of the media of a
-- message, or of a recording or composition of video.
--
-- Options of recordings, in addition to those of client:download:
--   format    "mp3" or "wav". The default is "mp3" for a path that ends in .mp3, otherwise "wav".
--   channels  2: both sides of the call as channels of their own; 1: mixed
-- Returns what client:download returns. Raises for a record without a file.
function download.save(record, sink, options, ...)
  local url, is_recording, client = core.media(record)
  if not url then core.misuse(("%s has no file to save"):format(tostring(record))) end
  if options ~= nil and type(options) ~= "table" then core.misuse("the options must be a table, got " .. type(options)) end
  local rest = {}
  for name, value in pairs(options or {}) do rest[name] = value end
  if is_recording then
    url = with_format(url, sink, rest.format, rest.channels)
    rest.format, rest.channels = nil, nil
  end
  return download.download(client, url, sink, rest, ...)
end

return download
