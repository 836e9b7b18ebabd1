-- Reads the committed types/ as a language server does, and compares them with the compiled module.
-- The specs try every accessor and method of the types on a client with a transport function.
package.path = "./tools/?.lua;" .. package.path

local annotations = require "spec.support.annotations"
local dump = require "dump"
local names = require "names"
local shell = require "spec.support.shell"
local sources = require "sources"
local twilio = require "twilio"

local SID = "SID0"
local OPERATIONS, OWN = 1628, 16
local BUILTIN = {}
for name in ("any boolean function integer lightuserdata nil number osdate string table self"):gmatch "%a+" do BUILTIN[name] = true end

local all, text_of, files = annotations.new(), {}, {}
for _, path in ipairs(shell.lines(shell.must "find types -type f")) do
  files[#files + 1] = path
  text_of[path] = sources.read_file(path)
  annotations.read(all, text_of[path], path)
end

local function class(name) return all.classes[name] or error("no class " .. name, 2) end

local function sorted(list)
  table.sort(list)
  return list
end

describe("the types", function()
  it("have a file for the module and for each product, none too large for an editor", function()
    assert.equal("types/twilio.lua", files[1])
    for _, path in ipairs(files) do
      assert.is_true(path == files[1] or path:find "^types/twilio/[%w_]+%.lua$" ~= nil, path)
      assert.is_true(#text_of[path] < 500 * 1000, path)
      assert.equal(path == files[1] and "twilio" or "_", all.meta[path])
    end
  end)

  it("are valid Lua", function()
    for _, path in ipairs(files) do assert.is_truthy(loadfile(path)) end
  end)

  it("use no undefined type", function()
    local function check(t, where)
      annotations.each_name(t, function(name)
        if not BUILTIN[name] and name ~= "T" and not all.classes[name] and not all.aliases[name] then error(where .. " names " .. name, 0) end
      end)
    end
    for name, one in pairs(all.classes) do
      for field, what in pairs(one.fields) do check(what.type, name .. "." .. field) end
      for _, call in ipairs(one.calls) do check(call, name) end
      for _, parent in ipairs(one.parents) do assert.is_truthy(all.classes[parent], parent) end
    end
    for name, alias in pairs(all.aliases) do check(alias, name) end
    for _, other in ipairs(all.others) do check(other, "types/twilio.lua") end
  end)

  -- LuaLS marks an unknown name in a table constructor only if the class has this last field. It marks a dot in place
  -- of a colon only if `self` has a type.
  it("end each class of parameters and options with a `[string]` field, so that LuaLS marks unknown names", function()
    local ended = 0
    for name, one in pairs(all.classes) do
      local last = one.order[#one.order]
      if one.exact or name:find "Params$" then
        assert.equal("[string]", last, name)
        assert.equal(one.exact and "twilio.NoSuchName" or "any", one.fields[last].type.name, name)
        assert.equal(one.exact or nil, one.fields[last].type.nullable, name)
        ended = ended + 1
      else
        assert.is_nil(one.fields["[string]"], name)
      end
    end
    assert.is_true(ended > 1000)
  end)

  it("give each method the class of its object", function()
    local methods = 0
    for name, one in pairs(all.classes) do
      for field, what in pairs(one.fields) do
        local self = what.type.kind == "fun" and what.type.args[1]
        if self and self.name == "self" then
          methods = methods + 1
          assert.equal(name, self.type and self.type.name, name .. "." .. field)
        end
      end
    end
    assert.is_true(methods > 5000)
  end)

  it("define no unused class", function()
    local used = {}
    local function use(name)
      if used[name] or BUILTIN[name] or name == "T" then return end
      used[name] = true
      local one = all.classes[name]
      if not one then return annotations.each_name(all.aliases[name], use) end
      for _, field in pairs(one.fields) do annotations.each_name(field.type, use) end
      for _, call in ipairs(one.calls) do annotations.each_name(call, use) end
      for _, parent in ipairs(one.parents) do use(parent) end
    end
    use "twilio"
    for _, other in ipairs(all.others) do annotations.each_name(other, use) end
    for _, field in pairs(class("twilio").fields) do annotations.each_name(field.type, use) end
    local left = {}
    for name in pairs(all.classes) do
      if not used[name] then left[#left + 1] = name end
    end
    assert.same({}, sorted(left))
  end)
end)

describe(".luarc.json", function()
  it("leaves out tools/, whose types_module.lua would define the classes a second time", function()
    local settings = sources.read_json ".luarc.json"
    local ignored = {}
    for _, directory in ipairs(settings["workspace.ignoreDir"]) do ignored[directory] = true end
    assert.is_true(ignored.tools)
    assert.is_true(ignored.build)
    assert.is_nil(ignored.types)
  end)
end)

describe("the reader of types that the other specs use", function()
  local function read(text)
    local some = annotations.new()
    annotations.read(some, text, "x")
    return some
  end

  it("rejects what language servers reject", function()
    for _, text in ipairs {
      "---@class twilio.a\n---@field x stri&ng", "---@class twilio.a\n---@field x string|", "---@class twilio.a\n---@field x fun(a: string",
      "---@class twilio.a\n---@field x (string", "---@class twilio.a\n---@field x string\n---@field x string", "---@field x string",
      "---@class twilio.a\n\n---@class twilio.a", "---@clas twilio.a", "---@class twilio.a\n---@field x fun(): (string)|table",
      "---@class (exakt) twilio.a", "---@class twilio.a\n---@field 5x string", "---@class twilio.a\n---@field private? string",
      "---@class twilio.a\n---@field x table<string, any",
    } do
      assert.is_false((pcall(read, text)), text)
    end
  end)

  it("parses types", function()
    local some = read '---@class (exact) twilio.a: twilio.b\n---@field x? ("a b"|string)[]|string which is this: "x"\n---@field ["end"] twilio.c?'
    local one = some.classes["twilio.a"]
    assert.is_true(one.exact)
    assert.same({ "twilio.b" }, one.parents)
    assert.is_true(one.fields.x.optional)
    assert.equal("array", one.fields.x.type[1].kind)
    assert.equal('"a b"', one.fields.x.type[1].of[1].text)
    assert.is_true(one.fields["end"].type.nullable)
  end)
end)

-- Returns the names that a C source file lists.
local function listed_in(pattern, array)
  local found, seen = {}, {}
  for _, path in ipairs(shell.lines(shell.must("ls " .. pattern))) do
    for list in sources.read_file(path):gmatch(array .. "%[%] = (%b{})") do
      for name in list:gmatch '"([%w_]+)"' do
        if not seen[name] then found[#found + 1] = name end
        seen[name] = true
      end
    end
  end
  assert(#found > 0, array)
  return sorted(found)
end

-- The first column of the table of options.
local function options_in(path)
  local found = {}
  local rows = sources.read_file(path):match "%f[%w]options%[%] = (%b{})"
  for name in rows:gmatch '{"([%w_]+)"' do found[#found + 1] = name end
  assert(#found > 0, path)
  return sorted(found)
end

local function own_fields(...)
  local found, seen = {}, {}
  for _, name in ipairs { ... } do
    for _, field in ipairs(class(name).order) do
      if not seen[field] and field ~= "[string]" then found[#found + 1] = field end
      seen[field] = true
    end
  end
  return sorted(found)
end

describe("the types of the module", function()
  it("have the fields of the module", function()
    local wanted, found = {}, own_fields "twilio"
    -- a part of the module appears when it is first read
    for _, name in ipairs { "csv", "journal", "jwt", "relay", "stream", "testing", "twiml", "webhook" } do assert.is_table(twilio[name]) end
    for name in pairs(twilio) do wanted[#wanted + 1] = name end
    for name in text_of["types/twilio.lua"]:gmatch "\nfunction twilio%.([%w_]+)" do found[#found + 1] = name end
    assert.same(sorted(wanted), sorted(found))
    for name, field in pairs(class("twilio").fields) do
      if field.type.kind == "literal" then assert.equal(('"%s"'):format(twilio[name]), field.type.text) end
    end
  end)

  it("have the fields of twilio.csv", function()
    local wanted = {}
    for name in pairs(twilio.csv) do wanted[#wanted + 1] = name end
    assert.same(sorted(wanted), own_fields "twilio.Csv")
  end)

  it("have the fields of twilio.testing, and the methods of fakes and recordings", function()
    local testing, wanted = twilio.testing, {}
    for name in pairs(testing) do wanted[#wanted + 1] = name end
    assert.same(sorted(wanted), sorted(own_fields "twilio.Testing"))
    for class_name, object in pairs { ["twilio.Fake"] = testing.new(), ["twilio.Recording"] = testing.record "x" } do
      for _, name in ipairs(own_fields(class_name)) do assert.is_not_nil(object[name], class_name .. " " .. name) end
    end
  end)

  it("have the fields of twilio.webhook", function()
    local wanted = {}
    for name in pairs(twilio.webhook) do wanted[#wanted + 1] = name end
    assert.same(sorted(wanted), sorted(own_fields "twilio.Webhook"))
  end)

  it("have all options, and the fields of raw requests", function()
    assert.same(options_in "src/client/options.c",
      own_fields("twilio.ClientOptions", "twilio.RequestOptions", "twilio.CallOptions", "twilio.ListOptions", "twilio.CsvOptions",
        "twilio.WaitOptions", "twilio.SleepOptions", "twilio.MapOptions"))
    assert.same(listed_in("src/request/raw_request.c", "raw_request_names"), own_fields "twilio.RawRequest")
  end)

  it("have the documented options and error kinds", function()
    local page, errors = sources.read_file "doc/api.md", sources.read_file "doc/errors.md"
    local function names_in(text)
      local found = {}
      for name in text:gmatch "`([%l_]+)`" do found[#found + 1] = name end
      return found
    end
    local of_scope = {}
    local options = page:match "\n## Options\n(.-)\n## "
    for cell, scopes in options:gmatch "\n| (`[^|]+) | (%l[^|]-) |" do
      for scope in scopes:gmatch "%l+" do
        of_scope[scope] = of_scope[scope] or {}
        for _, name in ipairs(names_in(cell)) do table.insert(of_scope[scope], name) end
      end
    end
    assert.same(own_fields "twilio.ClientOptions", sorted(of_scope.client))
    assert.same(own_fields("twilio.RequestOptions", "twilio.CallOptions"), sorted(of_scope.call))
    assert.same(own_fields "twilio.ListOptions", sorted(of_scope.list))
    assert.same(own_fields "twilio.CsvOptions", sorted(of_scope.csv))
    local function options_of(heading)
      local found = {}
      local section = page:match("\n## " .. heading .. "\n(.-)\n## "):match "\n| option | default | meaning |\n|[-|]+\n(.-)\n\n"
      for name in section:gmatch "| `([%l_]+)` |[^\n]+" do found[#found + 1] = name end
      return sorted(found)
    end
    assert.same(own_fields "twilio.WaitOptions", options_of "Waiting for a status")
    assert.same(own_fields "twilio.SleepOptions", options_of "`twilio.sleep`")
    assert.same(own_fields "twilio.MapOptions", options_of "`twilio.map` and `twilio.all`")
    local kinds = {}
    for kind in sources.read_file("types/twilio.lua"):match('field kind ([^\n]+)'):gmatch '"([%l_]+)"' do kinds[#kinds + 1] = kind end
    assert.same(sorted(kinds), sorted(names_in(errors:match "The list is closed: a `kind` (is one of .-)%.")))
  end)

  it("have each option in the classes that accept it", function()
    local some = twilio.client { account_sid = "AC1", auth_token = "x", transport = function() return nil, "that is enough" end }
    local function check(classes, take)
      for _, name in ipairs(own_fields((unpack or table.unpack)(classes))) do -- luacheck: compat
        local _, why = pcall(take, { [name] = coroutine.create(function() end) }) -- no option has this type
        assert.is_nil(tostring(why):find "unknown", name)
      end
      assert.matches("unknown option 'nothing'", select(2, pcall(take, { nothing = 1 })))
    end
    check({ "twilio.ClientOptions" }, twilio.client)
    check({ "twilio.RequestOptions" }, function(options) some:request({ path = "/" }, options) end)
    check({ "twilio.RequestOptions", "twilio.CallOptions" }, function(options) some.calls:get("CA1", nil, options) end)
    check({ "twilio.RequestOptions", "twilio.CallOptions", "twilio.ListOptions" }, function(options) some.calls:list(nil, options) end)
    check({ "twilio.RequestOptions", "twilio.CallOptions", "twilio.ListOptions", "twilio.CsvOptions" },
      function(options) some.calls:csv(print, nil, options) end)
    check({ "twilio.MapOptions" }, function(options) twilio.map({}, options, print) end)
    check({ "twilio.SleepOptions" }, function(options) twilio.sleep(0, options) end)
    local answered = twilio.client { account_sid = "AC1", auth_token = "x", transport = function() return { status = 200, body = "{}" } end }
    local call = assert(answered.calls:get "CA1")
    check({ "twilio.RequestOptions", "twilio.WaitOptions" }, function(options) call:wait_for("busy", options) end)
  end)

  it("have the fields of tokens and grants", function()
    local jwt, client = twilio.jwt, twilio.client { account_sid = "AC1", auth_token = "t", api_key = "SK1", api_secret = "s" }
    local function check(take, ...)
      local listed = own_fields(...)
      assert.is_true(#listed > 0)
      for _, name in ipairs(listed) do
        local _, why = pcall(take, { [name] = coroutine.create(function() end) }) -- no field has this type
        assert.is_nil(tostring(why):find(" has no '", 1, true), name)
      end
      assert.matches(" has no 'nothing'", select(2, pcall(take, { nothing = 1 })))
    end
    check(jwt.access_token, "twilio.AccessToken", "twilio.AccessTokenOptions")
    check(client.jwt.access_token, "twilio.AccessTokenOptions")
    check(jwt.client_capability, "twilio.ClientCapability", "twilio.ClientCapabilityOptions")
    check(client.jwt.client_capability, "twilio.ClientCapabilityOptions")
    check(jwt.task_router_capability, "twilio.TaskRouterCapability", "twilio.TaskRouterCapabilityOptions")
    check(client.jwt.task_router_capability, "twilio.TaskRouterCapabilityOptions")
    check(function(options) jwt.verify("x", "s", options) end, "twilio.VerifyOptions")
    check(function(grants) client.jwt.access_token { grants = grants } end, "twilio.Grants")
    for name, field in pairs(class("twilio.Grants").fields) do
      if name ~= "playback" and name ~= "[string]" then
        check(function(grant) client.jwt.access_token { grants = { [name] = grant } } end, field.type.name)
      end
    end
    check(function(outgoing) client.jwt.client_capability { outgoing = outgoing } end, "twilio.OutgoingScope")
    check(function(policy) client.jwt.task_router_capability { workspace_sid = "WS1", policies = { policy } } end, "twilio.Policy")
    for name in pairs(class("twilio.Jwt").fields) do assert.is_function(jwt[name]) end
    for name in pairs(class("twilio.ClientJwt").fields) do assert.is_function(client.jwt[name]) end
    assert.same(listed_in("src/client/client_validation.c", "field_names"), own_fields "twilio.ClientValidation")
  end)

  it("have the methods of clients and records", function()
    local core = require "twilio.core"
    for name in pairs(core.client_methods) do assert.is_truthy(class("twilio.Client").fields[name], name) end
    for name in pairs(core.record_methods) do
      if type(core.record_methods[name]) == "function" and name ~= "refresh" then assert.is_truthy(class("twilio.Record").fields[name], name) end
    end
  end)

  it("have the functions of twilio.stream and twilio.relay, and the fields of their messages", function()
    for _, name in ipairs { "stream", "relay" } do
      local functions, fields = {}, {}
      for field in pairs(twilio[name]) do functions[#functions + 1] = field end
      assert.same(sorted(functions), own_fields("twilio." .. name))
      local source = sources.read_file("lua/twilio/" .. name .. ".lua"):match "%-%- %-%-%-%- from Twilio(.-)%-%- %-%-%-%- to Twilio"
      for field in source:gmatch '([%l_]+) = "%l+!?"' do fields[field] = true end
      local found, class_name = {}, name == "stream" and "twilio.StreamMessage" or "twilio.RelayMessage"
      for _, field in ipairs(own_fields(class_name, "twilio.MediaFormat")) do found[field] = true end
      for field in pairs(fields) do assert.is_true(found[field], field) end
    end
  end)

  it("have the fields of errors", function()
    local wanted = {}
    for name in sources.read_file("doc/errors.md"):match("## Fields(.-)\n## "):gmatch "\n| ([^|]+) |" do
      for field in name:gmatch "`([%w_]+)`" do wanted[#wanted + 1] = field end
    end
    assert.same(sorted(wanted), own_fields "twilio.Error")
  end)
end)

-- ---- the walk ----

local last, answer

local client = twilio.client {
  account_sid = SID, bearer_token = "secret", base_url = "http://127.0.0.1/{product}", retries = 0,
  transport = function(request)
    last = request
    if not answer then return nil, "that is enough" end
    return { status = 200, headers = {}, body = answer }
  end,
}

local function accessor_name(value) return (tostring(value):gsub("^twilio%.resource ", ""):gsub("%b()", "")) end

local function dummy(t)
  if t.kind == "union" then return dummy(t[1]) end
  if t.kind == "literal" then return (t.text:gsub('"', "")) end
  if t.kind == "array" then return { dummy(t.of) } end
  if t.kind == "generic" then return { a = "b" } end
  if t.name == "string" then return SID end
  if t.name == "integer" or t.name == "number" then return 1 end
  if t.name == "boolean" then return true end
  if t.name == "table" then return { a = 1 } end
  if t.name == "twilio.twiml.Document" then return twilio.twiml.voice() end
  return dummy(all.aliases[t.name] or error("no value for a " .. tostring(t.name)))
end

-- Returns a table with the required fields of a parameter class, without the field `without`.
local function required_of(params, without)
  local out = {}
  for name, field in pairs(params.fields) do
    if not field.optional and name ~= "[string]" and name ~= without then out[name] = dummy(field.type) end
  end
  return out
end

-- Appends a value for each alternative of a type, but only one for all literals.
local function add_values(out, t)
  if t.kind == "union" then
    local has_literal = false
    for _, one in ipairs(t) do
      if one.kind ~= "literal" or not has_literal then add_values(out, one) end
      has_literal = has_literal or one.kind == "literal"
    end
  elseif all.aliases[t.name] then
    add_values(out, all.aliases[t.name])
  elseif t.name == "lightuserdata" then
    out[#out + 1] = twilio.null
  elseif t.name == "twilio.Integer" then
    out[#out + 1] = twilio.integer "123456789012345678901"
  elseif t.name == "osdate" or t.name == "twilio.DateTable" then
    out[#out + 1] = { year = 2026, month = 1, day = 31 }
  else
    out[#out + 1] = dummy(t)
  end
end

local function values_of(t)
  local out = {}
  add_values(out, t)
  return out
end

local walk = { visited = {}, accessors = {}, requests = {}, params = {}, records = {} }

-- Returns the request of a method as "POST api/2010-04-01/…", or nil and the error.
local function ask(value, name, fun, params)
  local args, n = {}, 0
  for i = 2, #fun.args do
    local arg = fun.args[i]
    n = n + 1
    if arg.name == "params" then args[n] = params or nil
    elseif name == "page" and arg.name == "url" then args[n] = "http://127.0.0.1/api/page"
    elseif arg.name == "sink" then args[n] = function() end
    elseif name == "csv" and arg.name == "options" then args[n] = { columns = { { "record", tostring } } } -- also if no field is documented
    elseif arg.name ~= "options" then args[n] = dummy(arg.type)
    end
  end
  last = nil
  local ok, result = pcall(function() return value[name](value, (unpack or table.unpack)(args, 1, n)) end) -- luacheck: compat
  if ok and not last and (name == "iter" or name == "stream") then pcall(result) end
  if not last then return nil, result end
  return last.method .. " " .. last.url:match "^http://127.0.0.1/([^?]*)", result
end

local function params_class(fun)
  for _, arg in ipairs(fun.args) do
    if arg.name == "params" then return class(arg.type.name), arg.optional end
  end
end

-- Checks that other names are accepted only if the class says so.
local function try_other_name(value, name, fun, params)
  local given = required_of(params)
  given.no_such_name = "x"
  local got, why = ask(value, name, fun, given)
  if params.exact then
    assert.matches("no_such_name", not got and tostring(why) or "accepted by " .. params.name)
  elseif not got then
    error(("another name of %s: %s"):format(params.name, tostring(why)), 0)
  end
end

-- Checks that each parameter is accepted with a value of each of its types, and that no required parameter can be
-- omitted.
local function try_params(value, name, fun, params, request)
  try_other_name(value, name, fun, params)
  for field, what in pairs(params.fields) do
    for _, one in ipairs(field == "[string]" and {} or values_of(what.type)) do
      local given = required_of(params)
      given[field] = one
      local got, why = ask(value, name, fun, given)
      if not got then error(("%s of %s, with a %s: %s"):format(field, params.name, type(one), tostring(why)), 0) end
      if what.optional and got ~= request then walk.requests[got] = walk.requests[got] or {} end -- a reroute
    end
    if not what.optional and field ~= "[string]" then
      assert.is_nil((ask(value, name, fun, required_of(params, field))), field .. " of " .. params.name .. " is not required")
    end
  end
end

local try_record

local function try_method(value, class_name, name, fun)
  assert.equal("self", fun.args[1].name)
  local params, optional = params_class(fun)
  local request, why = ask(value, name, fun, params and required_of(params))
  if not request then error(("%s:%s makes no request: %s"):format(class_name, name, tostring(why)), 0) end
  walk.requests[request] = walk.requests[request] or params or {}
  if params then
    assert.equal(optional, next(required_of(params)) == nil)
    if not walk.params[params.name] then
      walk.params[params.name] = true
      walk.requests[request] = params
      try_params(value, name, fun, params, request)
    end
  end
  local result = fun.returns[1]
  if result.kind == "name" and result.name:find "%.Record$" then try_record(value, name, fun, class(result.name)) end
  if name == "iter" then -- over the records of a page
    local page = class(class(class_name).fields.list.type.returns[1].name)
    assert.same(page.fields["[integer]"].type.name, class(result.name).calls[1].returns[1].name)
  end
end

local visit

local function is_other_name(found, wanted)
  return walk.other_names[found] == wanted
end

local function try_accessor(value, where, wanted)
  local found, name = accessor_name(value), wanted:gsub("^twilio%.", ""):gsub("%.Item%d*", "")
  if found ~= name and not is_other_name(found, name) then error(("%s is %s, not %s"):format(where, found, name), 0) end
  walk.accessors[found] = true
  visit(value, class(wanted))
end

local function try_fields(value, one, plain)
  for _, name in ipairs(one.order) do
    local t = one.fields[name].type
    if t.kind == "fun" then
      assert.equal("function", type(value[name]), one.name .. "." .. name)
      try_method(value, one.name, name, t)
    elseif t.kind == "name" and t.name:find "^twilio%.[%l%d_]" then
      try_accessor(value[name], one.name .. "." .. name, t.name)
    else
      plain(name)
    end
  end
end

-- Checks that a returned record has the fields, methods and accessors of its class.
function try_record(value, name, fun, one)
  if walk.records[one.name] then return end
  walk.records[one.name] = true
  local fields = {}
  for _, field in ipairs(one.order) do
    local t = one.fields[field].type
    local is_accessor = t.kind == "name" and t.name:find "^twilio%.%l"
    if t.kind ~= "fun" and not is_accessor and field ~= "formats" then
      fields[#fields + 1] = ('"%s":"%s"'):format(field:gsub("^end_$", "end"), SID)
    end
  end
  -- The SIDs of the path, even if the documents do not have them in the response. Of two fields the
  -- second one takes precedence.
  answer = '{"id":"SID0","media_url":"SID0"' .. (#fields > 0 and "," or "") .. table.concat(fields, ",") .. "}"
  local params = params_class(fun)
  local _, record = ask(value, name, fun, params and required_of(params))
  answer = nil
  assert.equal("userdata", type(record), one.name)
  try_fields(record, one, function(field)
    if field == "formats" then return assert.equal(SID .. ".mp3", record.formats.mp3) end
    assert.equal(SID, record[field], one.name .. "." .. field)
  end)
end

function visit(value, one)
  if walk.visited[one.name] then return end
  walk.visited[one.name] = true
  try_fields(value, one, function(name) error("what is " .. one.name .. "." .. name, 0) end)
  for _, call in ipairs(one.calls) do
    local sids = {}
    for i, arg in ipairs(call.args) do
      assert.equal("string", arg.type.name)
      sids[i] = SID
    end
    try_accessor(value((unpack or table.unpack)(sids)), one.name .. "()", call.returns[1].name) -- luacheck: compat
  end
end

describe("the types and the module", function()
  if not shell.has "cc" then
    it("are compared only if there is a C compiler", function() pending "no cc" end)
    return
  end

  local t
  setup(function()
    t, walk.other_names = dump.read ".", {}
    for i = 1, #t.nodes do
      local node = t.nodes[i]
      if node.called ~= i then walk.other_names[node.full] = t.nodes[node.called].full end
    end
    for _, name in ipairs(class("twilio.Client").order) do
      local what = class("twilio.Client").fields[name].type
      if what.kind == "name" and what.name:find "^twilio%.%l" then try_accessor(client[name], "client." .. name, what.name) end
    end
  end)

  local function request_of(op)
    return ("%s %s%s"):format(op.method, op.host, (op.path:gsub("{[^}]*}", SID)))
  end

  it("agree on every operation", function()
    local reached, missing = 0, {}
    for i = 0, #t.ops do
      if walk.requests[request_of(t.ops[i])] then reached = reached + 1 else missing[#missing + 1] = request_of(t.ops[i]) end
    end
    assert.same({}, missing)
    assert.equal(OPERATIONS + OWN, reached)
  end)

  it("agree on every parameter, and on the required ones", function()
    for i = 0, #t.ops do
      local op = t.ops[i]
      local fields = walk.requests[request_of(op)].fields or {}
      for _, param in ipairs(op.params) do
        for j, name in ipairs(names.spellings(param.name)) do
          local field = fields[name]
          if not field then error(request_of(op) .. " has no " .. name, 0) end
          assert.equal(param.required and j == 1, not field.optional)
          assert.equal(param.name .. (param.required and j == 1 and ", required" or ""), field.note)
        end
      end
    end
  end)

  it("agree on the tree: every node is reached by its names", function()
    local missing = {}
    for i = 1, #t.nodes do
      local node = t.nodes[i]
      if not walk.accessors[node.full] and not node.own_account then missing[#missing + 1] = node.full end
    end
    assert.same({}, missing)
  end)

  it("agree on the children of every accessor", function()
    local function check(one, node)
      for j = node.first_child, node.first_child + node.n_children - 1 do
        local child = t.nodes[j]
        if not annotations.field(all, one, child.name) then return child.full end
      end
    end
    local missing = {}
    for i = 1, #t.nodes do
      local node = t.nodes[i]
      local name = "twilio." .. t.nodes[node.called].full
      local first, item = all.classes["twilio." .. node.full] or all.classes[name], all.classes[name .. ".Item"]
      if check(first, node) and not (item and not check(item, node)) then
        -- some belong to the list, others to a record
        for j = node.first_child, node.first_child + node.n_children - 1 do
          local child = t.nodes[j].name
          if not (first.fields[child] or item and item.fields[child]) then missing[#missing + 1] = t.nodes[j].full end
        end
      end
    end
    assert.same({}, missing)
  end)

  it("agree on reroutes", function()
    assert.is_truthy(class("twilio.api.v2010.accounts.notifications.ListParams").fields.call)
    assert.is_truthy(class("twilio.api.v2010.accounts.transcriptions.ListParams").fields.call)
    assert.is_truthy(class("twilio.api.v2010.accounts.calls.transcriptions").fields.iter)
  end)
end)

-- Follows a chain of names to a class. "()" is a call with SIDs. ":" is a method, which gives the
-- class of its parameters.
local function follow(chain)
  local at = class "twilio.Client"
  for step in chain:gmatch ":?[%w_]+%(?%)?" do
    local name, called = step:match "^:?([%w_]+)(%(?%)?)$"
    local t = at.fields[name].type
    at = t.kind == "fun" and params_class(t) or class(t.name)
    if called == "()" then at = class(at.calls[#at.calls].returns[1].name) end
  end
  return at
end

describe("an editor", function()
  it("completes and checks the parameters of a verification", function()
    local params = follow "verify.v2.services().verifications:create"
    assert.is_true(params.exact)
    assert.is_false(params.fields.channel.optional)
    assert.is_nil(params.fields.chanel)
    assert.equal(params, follow "verify.services().verifications:make")
  end)

  it("finds the resources of the account by their short and long names", function()
    assert.equal(follow "calls", follow "api.v2010.accounts().calls")
    assert.equal(follow "calls", follow "api.account.calls")
    assert.equal(follow "caller_ids", follow "outgoing_caller_ids")
    assert.equal(follow "accounts()", follow "api.accounts()")
  end)

  it("offers the documented values, and accepts others", function()
    local status = follow("calls:list").fields.status.type
    assert.equal('"queued"', status[1].text)
    assert.equal("twilio.Text", status[#status].name)
  end)

  it("offers the values of the record's field for a parameter without documented values", function()
    local channel = follow("verify.v2.services().verifications:create").fields.channel
    assert.equal('"sms"', channel.type[1].text)
    assert.equal("twilio.Text", channel.type[#channel.type].name)
    assert.equal("Channel, required", channel.note)
  end)

  it("accepts numbers and booleans where they are sent as text, but not in a JSON body", function()
    assert.equal("twilio.Text", follow("messages:create").fields.body.type.name)
    assert.equal("twilio.Number", follow("calls:list").fields.page_size.type.name)
    assert.equal("twilio.Boolean", follow("calls:make").fields.record.type.name)
    local content = follow "content.v1.contents:create"
    assert.equal("string", content.fields.friendly_name.type.name)
  end)

  it("completes records, their verbs and their subresources", function()
    local call = class "twilio.api.v2010.accounts.calls.Record"
    assert.is_false(call.fields.sid.optional)
    assert.is_true(call.fields.price.optional)
    assert.equal("fun", call.fields.hangup.type.kind)
    assert.equal("twilio.api.v2010.accounts.calls.recordings", call.fields.recordings.type.name)
    assert.is_nil(call.fields.create)
    assert.is_nil(call.fields.list)
  end)

  it("completes reserved words of Lua with an underscore", function()
    assert.is_truthy(class("twilio.api.v2010.accounts.available_phone_numbers.Item").fields["local_"])
    assert.is_truthy(class("twilio.wireless.v1.sims.data_sessions.Record").fields["end_"])
  end)
end)
