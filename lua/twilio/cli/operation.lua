--- The handler of the words and options of an operation, such as `calls list --status completed`.

local options = require "twilio.cli.options"
local parameters = require "twilio.cli.parameters"
local resolve = require "twilio.cli.resolve"
local stop = require "twilio.cli.stop"

local unpack = table.unpack or unpack

local operation = {}

-- Fields of a handler:
--   target   what the words name, see twilio.cli.resolve
--   given    the values of the options of twilio.cli.options
--   params   the parameters, by their names
--   own      the options of the operation, by their names; false before the verb
local Handler = {}
Handler.__index = Handler

--- Returns a handler. `given` has the options before the first word, and gets those after it.
function operation.new(given)
  return setmetatable({ target = resolve.new(), given = given, params = {}, own = false, list = {} }, Handler)
end

function Handler:word(word, flag)
  self.target:word(word, flag)
  if self.target.verb and not self.own then self.list, self.own = parameters.options(self.target.candidates) end
end

--- Returns the option with this name. After the verb, a parameter of Twilio's comes before an option
-- of this program that has the same name.
function Handler:find(name)
  return self.own and parameters.find(self.own, name) or options.find(options.all, name)
end

function Handler:set(option, value)
  if option.parameter then return parameters.add(self.params, option, value) end
  options.set(self.given, option, value)
end

function Handler:unknown(name, spelling)
  if not self.own then
    if self.target.words[1] then
      self.target:check_misspelt()
      if options.nearest(name, { options.all }) then options.unknown(name, spelling, { options.all }, self.target:shown()) end
      stop.usage(("unknown option %s before the verb: parameters follow the verb"):format(spelling),
        ("twilio-lua %s --help"):format(self.target:shown()))
    end
    options.unknown(name, spelling, { options.all })
  end
  local lists = { self.list, options.all }
  if name == "sid" then stop.usage(("%s: unknown option --sid: a SID is a word"):format(self.target:shown()), self.target:usage()) end
  local is_list = self.list[1] and self.target.candidates[1].operation.kind == "list"
  if is_list and not options.is_secret(name) and not options.nearest(name, lists) then
    local filters = {}
    for _, option in ipairs(self.list) do
      if not option.name:find "^page" then filters[#filters + 1] = "--" .. option.name end
    end
    stop.usage(("%s: unknown option %s"):format(self.target:shown(), spelling),
      filters[1] and "filters of this list: " .. table.concat(filters, ", ") or "this list has no filters")
  end
  options.unknown(name, spelling, lists, self.target:shown())
end

-- ---- running ----

-- Returns the parameters that --extra gives.
local function extra_of(given)
  local extra = {}
  for _, text in ipairs(given.extra or {}) do
    local name, value = text:match "^([^=]+)=(.*)$"
    if not name then stop.usage(("--extra takes NAME=VALUE, got '%s'"):format(text)) end
    extra[name] = value
  end
  return extra
end

-- Raises for a name in a JSON object that the operation has no parameter for.
local function check_name(self, candidate, name, what)
  if candidate.operation.is_open then return end
  local option = parameters.find(self.own, name)
  if option and not option.is_file then return end
  local meant = options.nearest(resolve.spelling(name), { self.list })
  stop.usage(("%s: unknown parameter '%s' in %s%s"):format(self.target:shown(), name, what,
    meant and (" (did you mean '%s'?)"):format(meant:gsub("-", "_")) or ""), ("twilio-lua %s --help"):format(self.target:shown()))
end

local function add_params(self, candidate, text, what)
  local object = parameters.json(text, what)
  if type(object) ~= "table" or #object > 0 then stop.usage(what .. " is not a JSON object") end
  for name, value in pairs(object) do
    check_name(self, candidate, name, what)
    if self.params[name] ~= nil then stop.usage(("the parameter '%s' is given twice"):format(name)) end
    self.params[name] = value
  end
end

local function check_required(self, candidate, extra)
  if candidate.verb and not candidate.verb.takes_parameters then return end
  local missing = parameters.missing(candidate.operation, self.params, extra)
  if missing[1] then
    stop.usage(("%s: missing %s"):format(self.target:shown(), table.concat(missing, ", ")), ("twilio-lua %s --help"):format(self.target:shown()))
  end
end

-- Returns the words after the verb and the tables that the verb's method takes.
local function arguments_of(self, candidate, call_options)
  local list = { unpack(self.target.arguments) }
  if not candidate.verb or candidate.verb.takes_parameters then list[#list + 1] = self.params end
  list[#list + 1] = call_options
  return list
end

-- The options that a single record, or the number of records, has no meaning for.
local OF_LISTS, NOT_OF_COUNTS = { "limit", "all" }, { "all", "columns", "no-header" }

local function check_output(self, candidate)
  local is_list = candidate.operation.kind == "list"
  local is_count = self.target.verb == "count"
  for _, name in ipairs(is_count and NOT_OF_COUNTS or is_list and {} or OF_LISTS) do
    if self.given[name] ~= nil then
      stop.usage(("%s takes no --%s%s"):format(self.target:shown(), name, is_count and "" or ": only lists do"))
    end
  end
end

-- Reads everything that needs no client. Returns the candidate and the options of the call.
local function prepare(self)
  local candidate = self.target:select()
  check_output(self, candidate)
  if self.given.params then add_params(self, candidate, self.given.params, "the value of --params") end
  if self.given["params-file"] then add_params(self, candidate, parameters.read_file(self.given["params-file"]), self.given["params-file"]) end
  if candidate.operation.kind == "list" then require("twilio.cli.choices").check(candidate.operation, self.params) end
  local extra = extra_of(self.given)
  check_required(self, candidate, extra)
  return candidate, { extra = next(extra) and extra or nil }
end

--- Sends the request, and writes what it returns.
function Handler:run()
  local candidate, call_options = prepare(self)
  local resource = self.target:reach(require("twilio.cli.connect").client(self.given))
  local arguments = arguments_of(self, candidate, call_options)
  if self.given["dry-run"] then return require("twilio.cli.dry_run").verb(resource, self.target.verb, arguments, self.given.limit) end
  local run = require "twilio.cli.run"
  local job = {
    resource = resource, verb = self.target.verb, arguments = arguments, options = call_options, given = self.given,
    description = self.target.resource, is_list = candidate.operation.kind == "list",
  }
  if self.target.verb == "count" then return run.count(job) end
  if self.target.verb == "list" then return run.list(job) end
  return run.one(job)
end

function Handler:help()
  require("twilio.cli.help").operation(self.target, self.list)
end

return operation
