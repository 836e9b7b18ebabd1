--- Writes records in the format that the options select.
--
-- A format is a module twilio.cli.output.<name> with new(context), which returns an object:
--   :record(record)  writes a record
--   :page()          is called after the last record of each page
--   :finish()        writes what follows the last record
-- Its context: writer, columns (names, or false for the format's default), resource (see
-- core.describe), is_list, has_header.

local columns = require "twilio.cli.columns"
local stop = require "twilio.cli.stop"

local output = {}

-- The format, and the module that writes it.
local MODULES = { table = "table", json = "json", jsonl = "json", csv = "lines", tsv = "lines" }

-- Endings that say nothing about the format.
local PLAIN = { txt = true, tab = true, log = true, out = true }

-- Returns the format that the ending of a file selects, or nil if it selects none. Raises for the ending
-- of a format that this program does not write, such as xlsx.
local function format_of(path, has_option)
  local ending = path:lower():match "[^/]%.(%a%w*)$"
  if ending ~= "table" and MODULES[ending or ""] then return ending end
  if not ending or PLAIN[ending] or has_option then return nil end
  stop.usage(("the ending of --file %s selects no format"):format(path), "endings are .csv, .tsv, .json and .jsonl; with --output any ending will do")
end

--- Returns the format. --output names it, or the ending of --file. The default is a table on a terminal,
-- and tsv otherwise.
function output.format(given, writer)
  local of_file = given.file and format_of(given.file, given.output ~= nil)
  local is_json = of_file == "json" and given.output == "jsonl"
  if of_file and given.output and of_file ~= given.output and not is_json then
    stop.usage(("--output %s contradicts the ending of --file %s"):format(given.output, given.file))
  end
  return given.output or of_file or (writer.columns and "table" or "tsv")
end

local Nothing = {}
Nothing.__index = Nothing
function Nothing.record() end
Nothing.page, Nothing.finish = Nothing.record, Nothing.record

--- Raises for options that output.new would refuse, so that nothing is sent before.
function output.check(given, writer, resource)
  output.format(given, writer)
  if given.columns then columns.given(given.columns, resource) end
end

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
