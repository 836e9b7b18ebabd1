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

request.takes = { "output", "file", "dry-run", "client" }
request.formats = { "json", "none" }

local METHODS = { "GET", "POST", "PUT", "PATCH", "DELETE" }

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

-- Raises for several bodies, and for a body of a method that has none.
local function check_body(method, own)
  local given = {}
  for _, name in ipairs { "form", "json", "json-file" } do
    if own[name] then given[#given + 1] = "--" .. name end
  end
  if given[2] then commands.usage("request", ("takes %s or %s, not both"):format(given[1], given[2])) end
  if given[1] and method == "GET" then commands.usage("request", ("a GET has no body: use --query in place of %s"):format(given[1])) end
end

-- Raises for the name of a product that is near to a known one. Credentials must not be sent to another host.
local function check_product(name, path)
  local names = {}
  for _, child in ipairs(require("twilio.core").describe().children) do
    if not child.via then names[#names + 1] = child.name:gsub("_", "-") end
  end
  name = name:gsub("_", "-")
  for _, known in ipairs(names) do
    if name == known then return end
  end
  local meant = require("twilio.core").nearest(name, names)
  stop.usage(("there is no product '%s'%s"):format(name, meant and (" (did you mean '%s'?)"):format(meant) or ""),
    ("a product that this version does not know: twilio-lua request METHOD https://%s.twilio.com%s"):format(name, path))
end

local function json_of(own)
  if own["json-file"] then return parameters.json(parameters.read_file(own["json-file"]), own["json-file"]) end
  if own.json then return parameters.json(own.json, "the value of --json") end
end

local function write_response(own, given, out, response)
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
end

function request.run(words, own, given)
  local method, path = words[1], words[2]
  if not path or words[3] then commands.usage("request", "takes a method and a path") end
  method = commands.action("request", method:upper(), METHODS)
  local is_url = path:find "^https?://"
  if not is_url and not path:find "^/" then commands.usage("request", ("a path begins with /, got '%s'"):format(path)) end
  check_body(method, own)
  if own.product then check_product(own.product, path) end
  local client = require("twilio.cli.connect").client(given)
  local wanted = {
    method = method, url = is_url and path or nil, path = not is_url and path or nil, product = own.product,
    query = fields_of(own.query, "^([^=]+)=(.*)$", "--query takes NAME=VALUE"),
    form = fields_of(own.form, "^([^=]+)=(.*)$", "--form takes NAME=VALUE"), json = json_of(own),
    headers = fields_of(own.header, "^([^:]+):%s*(.*)$", "--header takes 'NAME: VALUE'"),
  }
  if given["dry-run"] then return require("twilio.cli.dry_run").show((require("twilio.core").raw(client, wanted))) end
  require("twilio.cli.writer").with(given.file, function(out) write_response(own, given, out, stop.check(client:request(wanted))) end)
end

return request
