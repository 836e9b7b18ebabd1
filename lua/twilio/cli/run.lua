--- Runs the verbs of resources, and writes the records. A job has:
--   resource     the resource of the client
--   verb, arguments   the verb's name and arguments
--   options      the last of the arguments: the table of the call's options
--   given        the options of twilio.cli.options
--   description  the description of the resource, see core.describe
--   is_list      whether the verb returns a list, such as search

local output = require "twilio.cli.output"
local stop = require "twilio.cli.stop"
local writer = require "twilio.cli.writer"

local unpack = table.unpack or unpack

local run = {}

local SHOWN_BY_DEFAULT = 50 -- records of a table

--- Writes the number of records of a list.
function run.count(job)
  job.options.limit = job.given.limit
  writer.with(job.given.file, function(out)
    out:write(("%d\n"):format(stop.check(job.resource:count(unpack(job.arguments)))))
  end)
end

-- ---- lists ----

-- Writes a list as csv. The library does this itself.
local function write_csv(job, out)
  local update, finish = require("twilio.cli.progress").new()
  if not job.given.file then update, finish = function() end, function() end end
  job.options.progress = update
  if job.given.columns then job.options.columns = require("twilio.cli.columns").given(job.given.columns, job.description) end
  local is_header = job.given["no-header"]
  local n, message, err = job.resource:csv(function(line)
    if is_header then is_header = false else out:write(line) end
    return true
  end, unpack(job.arguments))
  finish(n)
  if not n then stop.failure(message, err) end
end

-- Writes at most `most` records. If there are more, says so: otherwise the rest would be missed.
local function write_records(job, out, most)
  local it = job.resource:iter(unpack(job.arguments))
  local records = output.new(job.given, out, job.description, true)
  local update, finish = require("twilio.cli.progress").new()
  local done = 0
  local record
  while true do
    local message, err
    record, message, err = it:advance()
    if message then
      finish() -- the message begins on a line of its own
      stop.failure(message, err)
    end
    if not record then break end
    if done == most then break end
    records:record(record)
    done = done + 1
    if it:is_at_page_end() then
      records:page()
      out:flush()
      if job.given.file then update(done) end
    end
  end
  records:finish()
  if job.given.file then finish(done) end
  if done == 0 and out.columns then
    out:flush()
    io.stderr:write "twilio-lua: no records\n"
  end
  if record then
    it:close()
    out:flush()
    io.stderr:write "twilio-lua: there are more records: --limit NUMBER or --all\n"
  end
end

--- Writes the records of a list.
function run.list(job)
  writer.with(job.given.file, function(out)
    local format = output.format(job.given, out)
    local most = format == "table" and not job.given.limit and not job.given.all and SHOWN_BY_DEFAULT or math.huge
    job.options.limit = job.given.limit or (most < math.huge and most + 1 or nil)
    if format == "csv" then return write_csv(job, out) end
    write_records(job, out, most)
  end)
end

-- ---- single records ----

-- Describes the records of a verb that lists those of another resource, such as search.
local function description_of(page)
  return { name = "", fields = page[1] and require("twilio.cli.columns").of_record(page[1]) or {} }
end

-- Writes the result of a verb: a record, a page, or true.
local function write_result(job, out, result)
  if result == true then return end
  local is_page = type(result) == "table"
  local records = output.new(job.given, out, is_page and description_of(result) or job.description, is_page)
  for i, record in ipairs(is_page and result or { result }) do
    if i > (job.given.limit or math.huge) then break end
    records:record(record)
  end
  records:finish()
end

--- Calls any other verb. What cannot be written is found out before the request is sent, which may have
-- placed a call.
function run.one(job)
  writer.with(job.given.file, function(out)
    output.check(job.given, out, job.is_list and { name = "", fields = {} } or job.description)
    local result = stop.check(job.resource[job.verb](job.resource, unpack(job.arguments)))
    write_result(job, out, result)
  end)
end

return run
