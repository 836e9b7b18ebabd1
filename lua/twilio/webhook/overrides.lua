--- Adds connection overrides to the URL of a webhook: how long Twilio waits, and when it tries
-- again. The overrides are the fragment of the URL, such as "#rc=2&rp=all".

local core = require "twilio.core"
core.keep(...)

local overrides = {}

-- ---- values ----

local function whole_number(least, most)
  return function(name, value)
    if type(value) ~= "number" or value % 1 ~= 0 or value < least or value > most then
      core.misuse(("%s must be a whole number from %d to %d"):format(name, least, most))
    end
    return ("%d"):format(value)
  end
end

local POLICIES = { ["4xx"] = true, ["5xx"] = true, ct = true, rt = true, all = true }

local function list_of_words(what, is_word)
  return function(name, value)
    local list = type(value) == "table" and value or { value }
    if #list == 0 then core.misuse(name .. " must not be empty") end
    for _, word in ipairs(list) do
      if type(word) ~= "string" or not is_word(word) then core.misuse(("%s must be %s, or an array of them"):format(name, what)) end
    end
    return table.concat(list, ",")
  end
end

local function yes_or_no(name, value)
  if type(value) ~= "boolean" then core.misuse(name .. " must be true or false") end
  return value and "y" or "n"
end

-- The long names and Twilio's names, in the order in which they are written. Times are milliseconds.
local ROWS = {
  { "connect_timeout", "ct", whole_number(100, 10000) },
  { "read_timeout", "rt", whole_number(100, 15000) },
  { "total_timeout", "tt", whole_number(1, 15000) },
  { "retries", "rc", whole_number(0, 5) },
  { "retry_on", "rp", list_of_words("4xx, 5xx, ct, rt or all", function(word) return POLICIES[word] end) },
  { "sni", "sni", yes_or_no },
  { "edges", "e", list_of_words("the name of an edge", function(word) return word:find "^[a-z0-9-]+$" end) },
}

local NAMES = setmetatable({}, { __index = core.index "the table of twilio.webhook.url" })
for _, row in ipairs(ROWS) do NAMES[row[1]], NAMES[row[2]] = row, row end

--- twilio.webhook.url(url, options): returns the URL with connection overrides. ROWS has the options.
-- Raises for an unknown option, a value out of its range, and a URL that has a fragment.
function overrides.url(url, options)
  if type(url) ~= "string" then core.misuse("twilio.webhook.url takes a URL, got " .. type(url)) end
  if type(options) ~= "table" then core.misuse "twilio.webhook.url takes a table of overrides" end
  if url:find("#", 1, true) then core.misuse "the URL has a fragment already" end
  local given, out = {}, {}
  for name, value in pairs(options) do
    local row = NAMES[name]
    if not row then core.misuse "the names of overrides are strings" end
    if given[row] ~= nil then core.misuse(("%s and %s are the same override"):format(row[1], row[2])) end
    given[row] = { name, value }
  end
  for _, row in ipairs(ROWS) do
    if given[row] then out[#out + 1] = row[2] .. "=" .. row[3](given[row][1], given[row][2]) end
  end
  if #out == 0 then return url end
  return url .. "#" .. table.concat(out, "&")
end

return overrides
