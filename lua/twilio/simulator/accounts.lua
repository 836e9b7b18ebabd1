--- Accounts: the account of a client's credentials, and its sub-accounts.
local failure = require "twilio.simulator.failure"
local filters = require "twilio.simulator.filters"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local accounts = {}

local function path(account) return v2010.ROOT .. account.sid end

local links = {
  addresses = "/Addresses.json", applications = "/Applications.json", authorized_connect_apps = "/AuthorizedConnectApps.json",
  available_phone_numbers = "/AvailablePhoneNumbers.json", balance = "/Balance.json", calls = "/Calls.json",
  conferences = "/Conferences.json", connect_apps = "/ConnectApps.json", incoming_phone_numbers = "/IncomingPhoneNumbers.json",
  keys = "/Keys.json", messages = "/Messages.json", notifications = "/Notifications.json",
  outgoing_caller_ids = "/OutgoingCallerIds.json", queues = "/Queues.json", recordings = "/Recordings.json",
  short_codes = "/SMS/ShortCodes.json", signing_keys = "/SigningKeys.json", sip = "/SIP.json",
  transcriptions = "/Transcriptions.json", usage = "/Usage.json",
}

local write = render.object {
  "auth_token", v2010.date_created, v2010.date_updated, "friendly_name", "owner_account_sid", "sid", "status",
  { "subresource_uris", render.links(path, links) }, { "type", render.constant "Full" }, v2010.uri(path),
}

local tests = { FriendlyName = filters.equal "friendly_name", Status = filters.equal "status" }

--- Adds an account, and accepts its credentials from now on.
-- @param owner the parent account, nil for the first account
function accounts.add(service, sid, token, owner, name)
  local store = service.store
  local account = {
    sid = sid, auth_token = token, owner_account_sid = owner and owner.sid or sid, friendly_name = name, status = "active",
    date_created = store.now, date_updated = store.now,
  }
  store.accounts[sid] = account
  store:collection(sid, "accounts"):add(account)
  if owner then store:collection(owner.sid, "accounts"):add(account) end
  service:admit(sid, token, account)
  return account
end

local function create(context)
  local store = context.store
  local name = context.form.FriendlyName or "SubAccount Created at " .. os.date("!%Y-%m-%d %I:%M %p", store.now)
  if context.caller.owner_account_sid ~= context.caller.sid then failure.raise(401, 20003, "Authenticate") end
  return 201, write(accounts.add(context.service, store:sid("AC"), store:hex(), context.caller, name))
end

local function list(context)
  return v2010.list(context, context.store:collection(context.caller.sid, "accounts"), "accounts", write, tests)
end

local function fetch(context, sid)
  return 200, write(context.service:account(context, sid, true))
end

local STATUSES = { active = true, suspended = true, closed = true }

local function update(context, sid)
  local form = context.form
  local account = context.service:account(context, sid, true)
  if form.Status then
    if not STATUSES[form.Status] or account.status == "closed" then failure.raise(400, 20001, "Invalid Status: " .. form.Status) end
    if account == context.caller then failure.raise(400, 20001, "The status of the calling account cannot be changed") end
  end
  account.status = form.Status or account.status
  account.friendly_name = form.FriendlyName or account.friendly_name
  v2010.touch(account, context.store.now)
  return 200, write(account)
end

function accounts.routes(service)
  local all, one = "2010-04-01/Accounts.json", "2010-04-01/Accounts/{}.json"
  service:route("POST", all, create)
  service:route("GET", all, list)
  service:route("GET", one, fetch)
  service:route("POST", one, update)
end

return accounts
