--- The options of the program: their names, their values and the text of --help.
local options = {}

-- { name, value or false for a flag, text, default }
local ROWS = {
  { "port", "N", "listens on this port of 127.0.0.1; 0 is any free port (8080)" },
  { "tick", "SECONDS", "moves the clock by SECONDS per real second (1)" },
  { "stepped", false, "the clock stands still until POST /_/clock moves it" },
  { "now", "EPOCH", "the time at which the clock starts (the time of day)" },
  { "auth", "SID:TOKEN", "the credentials of the account; 'any' accepts all, and makes their accounts" },
  { "seed-file", "FILE", "makes accounts, keys, numbers, messages and services from a JSON file" },
  { "state", "FILE", "keeps the records in FILE, and finds them again at the next start" },
  { "webhook-base", "URL", "sends the webhooks for other machines to this server, as a tunnel does" },
  { "anywhere", false, "sends webhooks to other machines too" },
  { "log", "FILE", "writes one line for each request and webhook; - is standard error" },
  { "seed", "TEXT", "another text makes other SIDs" },
  { "tls", "FILE", "uses HTTPS, and writes the certificate to FILE" },
  { "ready", "FILE", "writes the port to FILE when it listens" },
  { "until-eof", false, "ends at the end of standard input, and prints only the port; the clock stands still" },
  { "keep", "N", "keeps the last N requests for GET /_/log (10000)" },
  { "account", "SID", "the SID of the account" }, { "token", "TOKEN", "its auth token" },
  { "client", "ID", "the client ID of an OAuth app" }, { "secret", "SECRET", "its secret" },
  { "help", false, "prints this text" },
}

options.KNOWN = {}
for _, row in ipairs(ROWS) do options.KNOWN[row[1]] = row[2] and true or "flag" end
options.KNOWN.stay = "flag" -- what the program always does now, unless --until-eof is given

options.DEFAULTS = {
  account = "AC" .. ("0123456789abcdef"):rep(2), token = ("fedcba9876543210"):rep(2), seed = "", keep = "10000",
  client = "OQ" .. ("0123456789abcdef"):rep(2), secret = "secret of the OAuth app",
}

--- Returns the text of --help.
function options.help()
  local lines = { "usage: twilio-simulator [OPTIONS]", "", "Twilio on this machine, for developing and testing programs.", "" }
  for _, row in ipairs(ROWS) do
    lines[#lines + 1] = ("  %-22s %s"):format("--" .. row[1] .. (row[2] and " " .. row[2] or ""), row[3])
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "doc/simulator.md describes the control interface, the magic numbers and the files."
  return table.concat(lines, "\n") .. "\n"
end

--- Checks the options and completes them.
-- @return the options; or nil and a message
function options.complete(given)
  local tests = rawget(given, "until-eof")
  if given.auth and given.auth ~= "any" then
    local account, token = given.auth:match "^(AC%x+):(.+)$"
    if not account or #account ~= 34 then return nil, "--auth is SID:TOKEN, with a SID of AC and 32 hexadecimal digits, or any" end
    given.account, given.token = account, token
  end
  for _, name in ipairs { "port", "tick", "now", "keep" } do
    if rawget(given, name) and not tonumber(given[name]) then return nil, "--" .. name .. " is no number" end
  end
  local base = given["webhook-base"]
  if base and not base:match "^https?://[^/]" then return nil, "--webhook-base is no URL such as http://localhost:3000: " .. base end
  if given.tick and given.stepped then return nil, "--tick and --stepped exclude each other" end
  if not given.tick and not given.stepped and not tests then given.tick = "1" end
  given.port = rawget(given, "port") or (tests and "0" or "8080")
  return given
end

return options
