--- twilio-lua request: sends any request with the client's credentials.

local commands = require "twilio.cli.commands"
local parameters = require "twilio.cli.parameters"
local stop = require "twilio.cli.stop"

local request = {}

request.usage = { "request METHOD PATH|URL [--form NAME=VALUE] …" }
request.text = {
  "Sends a request that no resource has, with the credentials of the client.",
  "The path begins with the version, as in /2010-04-01/Accounts.json.",
}
request.options = {
  { name = "product", value = "NAME", text = "whose host is used, such as verify; api by default" },
  { name = "query", value = "NAME=VALUE", text = "a field of the query", repeats = true },
  { name = "form", value = "NAME=VALUE", text = "a field of the body", repeats = true },
  { name = "json", value = "TEXT", text = "the body, as JSON" },
  { name = "json-file", value = "PATH", text = "a file with the body; - is the standard input" },
  { name = "header", value = "NAME: VALUE", text = "a header", repeats = true },
  { name = "include", short = "i", text = "write status and headers before the body" },
}

local METHODS = { GET = true, POST = true, PUT = true, PATCH = true, DELETE = true }

-- Returns a table of fields, or nil. A name that is given several times has an array of values.
local function fields_of(list, pattern, what)
  if not list then return nil end
  local fields = {}
  for _, text in ipairs(list) do
    local name, value = text:match(pattern)
    if not name then stop.usage(("%s, got '%s'"):format(what, text)) end
    local before = fields[name]
    if before == nil then
      fields[name] = value
    else
      fields[name] = type(before) == "table" and before or { before }
      table.insert(fields[name], value)
    end
  end
  return fields
end

local function json_of(own)
  if own["json-file"] then return parameters.json(parameters.read_file(own["json-file"]), own["json-file"]) end
  if own.json then return parameters.json(own.json, "the value of --json") end
end

local function write_response(own, given, response)
  local out = require("twilio.cli.writer").new(given.file)
  if own.include then
    out:write(("HTTP %d\n"):format(response.status))
    local names = {}
    for name in pairs(response.headers) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do out:write(("%s: %s\n"):format(name, tostring(response.headers[name]))) end
    out:write "\n"
  end
  local body = response.body or ""
  local is_json = response.json ~= nil and given.output ~= "none"
  if is_json and out.columns then body = require("twilio.cli.output.json").format(body, "  ") end
  if given.output ~= "none" and body ~= "" then out:write(body .. (body:find "\n$" and "" or is_json and "\n" or "")) end
  out:finish()
end

function request.run(words, own, given)
  local method, path = words[1], words[2]
  if not path or words[3] then commands.usage("request", "takes a method and a path") end
  method = method:upper()
  if not METHODS[method] then commands.usage("request", ("'%s' is not a method: GET, POST, PUT, PATCH or DELETE"):format(words[1])) end
  local is_url = path:find "^https?://"
  local client = require("twilio.cli.connect").client(given)
  local wanted = {
    method = method, url = is_url and path or nil, path = not is_url and path or nil, product = own.product,
    query = fields_of(own.query, "^([^=]+)=(.*)$", "--query takes NAME=VALUE"),
    form = fields_of(own.form, "^([^=]+)=(.*)$", "--form takes NAME=VALUE"), json = json_of(own),
    headers = fields_of(own.header, "^([^:]+):%s*(.*)$", "--header takes 'NAME: VALUE'"),
  }
  if given["dry-run"] then return require("twilio.cli.dry_run").show((require("twilio.core").raw(client, wanted))) end
  write_response(own, given, stop.check(client:request(wanted)))
end

return request
