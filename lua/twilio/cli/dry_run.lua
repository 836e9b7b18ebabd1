--- --dry-run: shows the request with masked values, and sends nothing.

local core = require "twilio.core"
local mask = require "twilio.mask"
local writer = require "twilio.cli.writer"

local unpack = table.unpack or unpack

local dry_run = {}

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- Writes each field of a form on a line.
local function show_form(form)
  for field in form:gmatch "[^&]+" do
    local name, value = field:match "^([^=]*)=(.*)$"
    writer.line(("  %s=%s"):format(decode(name or field), decode(value or "")))
  end
end

--- Writes the method, the URL, the query and the body of a request that was not sent.
function dry_run.show(request)
  local exported = request:export()
  local fields = request:summary(mask.body(request))
  writer.line(("%s %s%s"):format(fields.method, exported.url:match "^%a+://[^/?]*", fields.path))
  local query = exported.url:match "%?(.*)$"
  if query then show_form(mask.form(request, query)) end
  if not fields.body then return end
  if fields.body:find "^%s*[%[{]" then writer.line(require("twilio.cli.output.json").format(fields.body, "  ")) else show_form(fields.body) end
end

--- Shows the first request of a verb.
function dry_run.verb(resource, verb, arguments, limit)
  if verb == "list" or verb == "count" then
    verb = verb == "list" and "iter" or verb
    arguments[#arguments].limit = limit
    local outer, params = core.fan(resource, unpack(arguments))
    if outer then resource, arguments = outer, { params } end
  end
  dry_run.show((core.request(resource, verb, unpack(arguments))))
end

return dry_run
