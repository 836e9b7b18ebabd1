--- Writes records in the format that the options select.
--
-- A format is a module twilio.cli.output.<name> with new(context), which returns an object:
--   :record(record)  writes a record
--   :page()          is called after the last record of each page
--   :finish()        writes what follows the last record
-- Its context: writer, columns (names, or false for the format's default), resource (see
-- core.describe), is_list, has_header.

local columns = require "twilio.cli.columns"
local options = require "twilio.cli.options"
local stop = require "twilio.cli.stop"

local output = {}

local MODULES = { table = "table", json = "json", jsonl = "json", csv = "lines", tsv = "lines" }

local function check(format)
  for _, known in ipairs(options.find(options.all, "output").values) do
    if known == format then return format end
  end
  stop.usage(("there is no output format '%s'"):format(format), "table, json, jsonl, csv, tsv, none")
end

--- Returns the format. --output names it, or the ending of --file. The default is a table on a terminal,
-- and tsv otherwise.
function output.format(given, writer)
  if given.output then return check(given.output) end
  local ending = given.file and given.file:match "%.(%w+)$"
  if ending and MODULES[ending] then return ending end
  return writer.columns and "table" or "tsv"
end

local Nothing = {}
Nothing.__index = Nothing
function Nothing.record() end
Nothing.page, Nothing.finish = Nothing.record, Nothing.record

--- Returns the object that writes the records.
function output.new(given, writer, resource, is_list)
  local format = output.format(given, writer)
  if format == "none" then return setmetatable({}, Nothing) end
  return require("twilio.cli.output." .. MODULES[format]).new {
    format = format, writer = writer, resource = resource, is_list = is_list, has_header = not given["no-header"],
    columns = given.columns and columns.given(given.columns, resource) or false,
  }
end

return output
