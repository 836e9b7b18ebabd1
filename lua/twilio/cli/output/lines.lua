--- Records as lines with separators: tsv, and csv of a single record. csv.write writes lists as csv.

local columns = require "twilio.cli.columns"

local lines = {}

local ESCAPES = { ["\\"] = "\\\\", ["\t"] = "\\t", ["\n"] = "\\n", ["\r"] = "\\r" }

local FORMATS = {
  tsv = { separator = "\t", ending = "\n", cell = function(text) return (text:gsub("[\\\t\r\n]", ESCAPES)) end },
  csv = {
    separator = ",", ending = "\r\n",
    cell = function(text) return text:find '[,"\r\n]' and '"' .. text:gsub('"', '""') .. '"' or text end,
  },
}

local Lines = {}
Lines.__index = Lines

function lines.new(context)
  local names = context.columns or (context.format == "tsv" and columns.usual or function(resource) return resource.fields end)(context.resource)
  return setmetatable({
    writer = context.writer, form = FORMATS[context.format], columns = names, needs_header = context.has_header,
  }, Lines)
end

local function write(self, cells)
  for i, cell in ipairs(cells) do cells[i] = self.form.cell(cell) end
  self.writer:write(table.concat(cells, self.form.separator) .. self.form.ending)
end

-- The fields of records that Twilio does not document are those of the first record.
local function start(self, record)
  if not self.columns[1] then self.columns = columns.of_record(record) end
  if self.needs_header then write(self, { (table.unpack or unpack)(self.columns) }) end
  self.needs_header, self.is_started = false, true
end

function Lines:record(record)
  if not self.is_started then start(self, record) end
  local cells = {}
  for i, name in ipairs(self.columns) do cells[i] = columns.text(record, name) or "" end
  write(self, cells)
end

function Lines.page() end

function Lines:finish()
  if not self.is_started and self.columns[1] then start(self) end
end

return lines
