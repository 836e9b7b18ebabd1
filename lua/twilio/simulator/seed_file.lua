--- The file of --seed-file: a JSON object with arrays of records, which are created at the start through the API.
--
--   { "accounts": [{ "friendly_name": "Shop" }], "keys": [{ "sid": "SK…", "secret": "…" }],
--     "numbers": [{ "phone_number": "+1…", "voice_url": "…" }], "applications": [{ "voice_url": "…" }],
--     "messages": [{ "to": "+1…", "from": "+1…", "body": "…" }], "services": [{ "friendly_name": "Shop" }] }
--
-- The names are those of the API's parameters, in snake case.
local basexx = require "basexx"
local cjson = require "cjson"
local http = require "twilio.simulator.http"

local seed_file = {}

-- The order in which the kinds are created, and their paths. {} is the SID of the account.
local KINDS = {
  { "accounts", "/2010-04-01/Accounts.json" }, { "applications", "/2010-04-01/Accounts/{}/Applications.json" },
  { "numbers", "/2010-04-01/Accounts/{}/IncomingPhoneNumbers.json" }, { "messages", "/2010-04-01/Accounts/{}/Messages.json" },
  { "services", "/verify/v2/Services" },
}

local function form_text(record)
  local parts = {}
  for name, value in pairs(record) do
    local wire = name:gsub("^%l", string.upper):gsub("_(%l)", string.upper)
    parts[#parts + 1] = wire .. "=" .. http.encode(tostring(value))
  end
  return table.concat(parts, "&")
end

local function create(world, path, record)
  local options = world.options
  local text = form_text(record)
  local answer = world.service:answer {
    method = "POST", target = path, path = path, query = "", concurrent = 1, body = text, headers = {
      authorization = "Basic " .. basexx.to_base64(options.account .. ":" .. options.token),
      ["content-type"] = "application/x-www-form-urlencoded",
    },
  }
  if answer.status >= 300 then error("the seed file: " .. text .. ": " .. answer.body, 0) end
end

local function read(path)
  local file, problem = io.open(path, "rb")
  if not file then error("the seed file: " .. problem, 0) end
  local text = file:read "*a"
  file:close()
  local fine, object = pcall(cjson.decode, text)
  if not fine or type(object) ~= "table" then error("the seed file " .. path .. " is no JSON object: " .. tostring(object), 0) end
  return object
end

--- Creates the records of a file. Raises an error for a file or record that is wrong.
function seed_file.load(world, path)
  local object, known = read(path), { keys = true }
  for _, kind in ipairs(KINDS) do known[kind[1]] = true end
  for name in pairs(object) do
    if not known[name] then error("the seed file: unknown kind '" .. name .. "'", 0) end
  end
  for _, kind in ipairs(KINDS) do
    local target = kind[2]:gsub("{}", world.options.account)
    for _, record in ipairs(object[kind[1]] or {}) do create(world, target, record) end
  end
  for _, key in ipairs(object.keys or {}) do
    if not key.sid or not key.secret then error("the seed file: a key needs sid and secret", 0) end
    world.service:admit(key.sid, key.secret, world.service.store.accounts[world.options.account])
  end
end

return seed_file
