--- Capability tokens of the old Client SDK and the old TaskRouter SDK.

local core = require "twilio.core"
core.keep(...)
local arguments = require "twilio.jwt.arguments"
local json = require "twilio.json"

local capabilities = {}

local fields, refuse, need = arguments.fields, arguments.refuse, arguments.need
local check_text, check_list, check_object = arguments.text, arguments.list, arguments.object
local sid_of = arguments.sid_of

-- ---- client capabilities ----

local function escape_scope(text)
  return (text:gsub("[^%w._~-]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- Returns the parameters as a form, sorted by name.
local function form_of_scope(parameters)
  local pairs_of_form = {}
  for name, value in pairs(parameters) do
    pairs_of_form[#pairs_of_form + 1] = escape_scope(name) .. "=" .. escape_scope(core.number(value) or tostring(value))
  end
  table.sort(pairs_of_form)
  return table.concat(pairs_of_form, "&")
end

-- Returns the parameters as the part "name=…&" of a scope, or "" if there are none.
local function scope_parameter(name, parameters)
  local text = parameters and form_of_scope(parameters) or ""
  return text == "" and "" or name .. "=" .. escape_scope(text) .. "&"
end

local OUTGOING = fields("'outgoing'", { application_sid = sid_of("AP", "a TwiML application"), params = arguments.filter }, "outgoing.")

local function check_outgoing(_, outgoing)
  arguments.table("outgoing", outgoing)
  arguments.check("outgoing", OUTGOING, outgoing)
  need("outgoing", outgoing, "application_sid")
end

--- The checks of client_capability.
capabilities.CLIENT = { ttl = arguments.ttl, incoming = check_text, outgoing = check_outgoing, events = arguments.filter }

--- Returns the claims of a client capability as JSON.
function capabilities.client(options, account_sid)
  local scopes, name = {}, options.incoming and "clientName=" .. escape_scope(options.incoming)
  if name then scopes[1] = "scope:client:incoming?" .. name end
  if options.outgoing then
    local text = scope_parameter("appParams", options.outgoing.params) .. "appSid=" .. escape_scope(options.outgoing.application_sid)
    scopes[#scopes + 1] = "scope:client:outgoing?" .. text .. (name and "&" .. name or "")
  end
  if options.events then
    scopes[#scopes + 1] = "scope:stream:subscribe?" .. scope_parameter("params", options.events) .. "path=%2F2010-04-01%2FEvents"
  end
  if #scopes == 0 then refuse "a client capability needs incoming, outgoing or events" end
  return json.encode { iss = account_sid, exp = arguments.expiry(options), scope = table.concat(scopes, " ") }
end

-- ---- TaskRouter capabilities ----

local POLICY = fields("a policy", {
  url = check_text, method = check_text, allow = arguments.boolean, query_filter = check_object, post_filter = check_object,
}, "policy.")

local function check_policies(_, policies)
  check_list("policies", policies)
  for i, policy in ipairs(policies) do
    local what = ("policies[%d]"):format(i)
    check_object(what, policy)
    arguments.check(what, POLICY, policy)
    need(what, policy, "url", "method")
  end
end

local WORKSPACES = "https://taskrouter.twilio.com/v1/Workspaces/"
local EVENTS = "https://event-bridge.twilio.com/v1/wschannels/"

local function policy(method, url, post_filter)
  return { url = url, method = method, allow = true, query_filter = {}, post_filter = post_filter or {} }
end

-- Wraps a function of ALLOWED that needs a worker.
local function of_worker(add_policies)
  return function(add_policy, url, workspace, worker)
    if not worker then refuse "update_activities and update_reservations in allow need a worker_sid" end
    add_policies(add_policy, url, workspace)
  end
end

-- The values of `allow`. Each function adds the policies of its value.
local ALLOWED = fields("'allow'", {
  fetch_subresources = function(add_policy, url) add_policy("GET", url .. "/**") end,
  update = function(add_policy, url) add_policy("POST", url) end,
  update_subresources = function(add_policy, url) add_policy("POST", url .. "/**") end,
  delete = function(add_policy, url) add_policy("DELETE", url) end,
  delete_subresources = function(add_policy, url) add_policy("DELETE", url .. "/**") end,
  update_activities = of_worker(function(add_policy, url) add_policy("POST", url, { ActivitySid = { required = true } }) end),
  update_reservations = of_worker(function(add_policy, url, workspace)
    add_policy("POST", workspace .. "/Tasks/**")
    add_policy("POST", url .. "/Reservations/**")
  end),
})

local function check_allow(_, allow)
  check_list("allow", allow)
  for _, name in ipairs(allow) do
    check_text("an element of allow", name)
    local _ = ALLOWED[name] -- raises for an unknown name
  end
end

--- The checks of task_router_capability.
capabilities.TASK_ROUTER = {
  ttl = arguments.ttl,
  workspace_sid = sid_of("WS", "a workspace"),
  worker_sid = sid_of("WK", "a worker"),
  task_queue_sid = sid_of("WQ", "a task queue"),
  allow = check_allow,
  policies = check_policies,
}

local function policies_of(options, account_sid, channel)
  local workspace = WORKSPACES .. options.workspace_sid
  local url = options.worker_sid and workspace .. "/Workers/" .. channel
    or options.task_queue_sid and workspace .. "/TaskQueues/" .. channel or workspace
  local events = EVENTS .. account_sid .. "/" .. channel
  local policies = { policy("GET", events), policy("POST", events), policy("GET", url) }
  local function add_policy(...) policies[#policies + 1] = policy(...) end
  if options.worker_sid then
    add_policy("GET", workspace .. "/Activities")
    add_policy("GET", workspace .. "/Tasks/**")
    add_policy("GET", url .. "/Reservations/**")
  end
  for _, name in ipairs(options.allow or {}) do ALLOWED[name](add_policy, url, workspace, options.worker_sid) end
  for _, own in ipairs(options.policies or {}) do
    policies[#policies + 1] = {
      url = own.url, method = own.method, allow = own.allow ~= false,
      query_filter = own.query_filter or {}, post_filter = own.post_filter or {},
    }
  end
  return policies
end

--- Returns the claims of a TaskRouter capability as JSON.
function capabilities.task_router(options, account_sid)
  need("a TaskRouter capability", options, "workspace_sid")
  if options.worker_sid and options.task_queue_sid then refuse "a TaskRouter capability is for a worker or a task queue, not for both" end
  local channel = options.worker_sid or options.task_queue_sid or options.workspace_sid
  return json.encode {
    iss = account_sid,
    exp = arguments.expiry(options),
    version = "v1",
    friendly_name = channel,
    account_sid = account_sid,
    channel = channel,
    workspace_sid = options.workspace_sid,
    worker_sid = options.worker_sid,
    taskqueue_sid = options.task_queue_sid,
    policies = policies_of(options, account_sid, channel),
  }
end

return capabilities
