--- Masks secrets and personal data in recordings. A value is kept only if it is known to be
-- harmless.
--
-- Masking is a function of the value alone, and masking twice is masking once. A request that
-- repeats a masked value of an earlier answer is therefore found in the recording.

local core = require "twilio.core"
core.keep(...)
local api = require "twilio.simulator.generic.api"
local dates = require "twilio.simulator.generic.dates"
local descriptions = require "twilio.testing.request"
local explain = require("twilio.explain").explain
local json = require "twilio.json"
local logs = require "twilio.mask"
local values = require "twilio.simulator.generic.values"

local masking = {}

local HIDDEN = "***"

-- ---- account SIDs and phone numbers ----

local OWN = "AC00000000000000000000000000000001" -- the account of every fake, see fake.lua
local MARK = "AC00000000" -- a masked account SID begins with it

-- Returns the SID that replaces the SID of an account. `own` is the account of the client.
local function account(sid, own)
  if sid == own then return OWN end
  if sid:sub(1, #MARK) == MARK then return sid end
  return MARK .. core.sha256(sid):sub(1, 34 - #MARK)
end

local function mask_accounts(text, own)
  return (text:gsub("AC%x+", function(sid) return #sid == 34 and account(sid, own) or sid end))
end

-- Returns the digits of a phone number with only the last ones kept.
local function mask_digits(digits)
  local kept = #digits < 7 and 2 or 4
  return "1" .. ("0"):rep(#digits - kept - 1) .. digits:sub(-kept)
end

-- Returns a masked phone number; nil for another text. "whatsapp:" and the like may come before it.
local function mask_number(text)
  local prefix, digits = text:match "^(%a*:?%+)(%d%d%d%d+)$"
  if prefix then return prefix .. mask_digits(digits) end
  return text:find "^%d+$" and #text >= 7 and mask_digits(text) or nil
end

-- ---- values ----

-- Names of texts that say nothing about a person or a program, and that Twilio's documents do not
-- describe as enums.
local HARMLESS = {}
for name in ([[
  apiversion direction status price priceunit currency duration queuetime starttime endtime datesent isocountry countrycode
  numsegments nummedia messagestatus callstatus smsstatus lang language voice channel errorcode page pagesize
]]):gmatch "%w+" do HARMLESS[name] = true end

-- Names of the texts that lead to another page of a list. They are no secrets.
local PAGE_TOKENS = { pagetoken = true, nexttoken = true, previoustoken = true }

local METHODS = { GET = true, POST = true, PUT = true, PATCH = true, DELETE = true }

local PLAIN_KINDS = { enum = true, boolean = true, integer = true, number = true, date = true, date_time = true, rfc2822 = true }

local function fold(name) return (name:lower():gsub("%W", "")) end

-- A SID, or an identifier of a newer API: mem_store_ and 26 letters and digits.
local function is_sid(text)
  if text:find "^%u%u%x+$" then return #text == 34 end
  return text:find "^%l[%l_]*_%w+$" ~= nil and #text:match "%w+$" == 26
end

local MAX_LENGTH = 64 -- of a text that is kept

-- Whether the text is known to be harmless, as a value of its type or of its name.
local function is_harmless(folded, text, of)
  if METHODS[text] then return true end
  if #text > MAX_LENGTH then return false end
  if of and PLAIN_KINDS[of.kind] and values.convert(of, text) ~= nil then return true end
  if not HARMLESS[folded] or mask_number(text) then return false end
  return text:find "^%-?%w[%w_.:+-]*$" ~= nil or dates.parse(text) ~= nil
end

local mask_url

-- Returns the text as the recording has it. `of` is its type (see twilio.simulator.generic.api) or
-- nil.
local function mask_text(self, name, text, of)
  local folded = fold(name)
  if text == "" or self.kept[folded] or folded == "key" and text == self.list_key then return text end
  if PAGE_TOKENS[folded] and text:find "^[%w_.~=+/:%-]+$" then return mask_accounts(text, self.own) end
  if logs.is_secret(name) then return HIDDEN end
  if is_sid(text) then return mask_accounts(text, self.own) end
  if is_harmless(folded, text, of) then return text end
  return mask_number(text) or mask_url(self, text) or HIDDEN
end

local mask_value

-- Returns the name of a parameter or field. A name that is no identifier may be a person's.
local function mask_name(name)
  return type(name) == "string" and #name <= MAX_LENGTH and name:find "^%a[%w_.]*[<>]?$" and name or HIDDEN
end

-- Masks an object with names that are not Twilio's, such as the data of a Sync map. Only the links
-- to other resources are kept.
local function mask_map(self, object)
  local masked = {}
  for name, value in pairs(object) do masked[mask_name(name)] = type(value) == "string" and mask_url(self, value) or nil end
  return masked
end

local OPEN_KINDS = { any = true, map = true }

local function mask_object(self, object, of)
  if of and OPEN_KINDS[of.kind] then return mask_map(self, object) end
  local masked = {}
  for name in pairs(core.nulls(object) or {}) do masked[mask_name(name)] = core.null end
  for name, value in pairs(object) do masked[mask_name(name)] = mask_value(self, name, value, of and of.by_name and of.by_name[name]) end
  return masked
end

local function mask_array(self, name, array, of)
  local masked = {}
  if of and OPEN_KINDS[of.kind] then return json.array(masked) end
  for i, value in ipairs(array) do masked[i] = mask_value(self, name, value, of and of.items) end
  return json.array(masked)
end

-- Returns a decoded JSON value as the recording has it.
function mask_value(self, name, value, of)
  if type(value) == "string" then return mask_text(self, name, value, of) end
  if type(value) == "table" then
    if getmetatable(value) == core.array_mark then return mask_array(self, name, value, of) end
    return mask_object(self, value, of)
  end
  if value == core.null or type(value) == "boolean" or self.kept[fold(name)] then return value end
  local text = core.number(value)
  if logs.is_secret(name) or not text or #text >= 10 and not (of and PLAIN_KINDS[of.kind]) then return HIDDEN end
  return value
end

-- ---- paths ----

local decode = descriptions.decode

-- Escapes what a URL cannot have. A masked text stays readable.
local function escape(text) return (descriptions.escape(text):gsub("%%2A", "*"):gsub("%%2B", "+"):gsub("%%3A", ":")) end

local names_of_resources -- a set of all segments that Twilio's paths have, made for the first unknown path

local function is_resource(segment)
  if not names_of_resources then
    names_of_resources = {}
    for _, operation in ipairs(api.operations) do
      for _, name in ipairs(descriptions.segments(operation.path)) do names_of_resources[name] = true end
    end
  end
  return names_of_resources[segment]
end

-- Returns the set of the segments that are arguments of the path, such as SIDs and unique names;
-- nil for a path that no operation has.
local function arguments_of(product, path)
  local node, arguments = descriptions.find_node(product, path)
  if not node then return nil end
  local set = {}
  for _, argument in ipairs(arguments) do set[argument] = true end
  return set
end

--- Returns the path as the recording has it: the names of resources, SIDs, countries, and the last
-- digits of phone numbers. All other segments are hidden.
function masking.path(self, product, path)
  local arguments = arguments_of(product, path)
  return (path:gsub("[^/]+", function(segment)
    local plain, suffix = segment:match "^(.-)(%.json)$"
    local text = decode(plain or segment)
    if arguments and not arguments[text] or not arguments and (is_resource(text) or text:find "^v%d+$") then return segment end
    if text:find "^%u%u$" then return segment end
    local shown = is_sid(text) and mask_accounts(text, self.own) or mask_number(text) or HIDDEN
    return escape(shown) .. (suffix or "")
  end))
end

-- ---- parameters ----

local function type_of_param(operation, name)
  for _, param in ipairs(operation and operation.params or {}) do
    if param.name == name then return param.type end
  end
end

-- Returns the values of a parameter, which may occur several times or be JSON.
local function mask_param(self, name, value, of)
  if type(value) ~= "table" then return mask_value(self, name, value, of) end
  if getmetatable(value) == core.array_mark or value[1] ~= nil then return mask_array(self, name, value, of) end
  return mask_object(self, value, of)
end

--- Returns the parameters of a request (see request.lua) as the recording has them.
function masking.params(self, request)
  local operation, masked = descriptions.operation(request), {}
  for name, value in next, request.params do
    masked[mask_name(name)] = mask_param(self, name, value, type_of_param(operation, name))
  end
  return masked
end

-- ---- URLs ----

-- Returns a URL on twilio.com, or a path with a query on it, with its arguments and its query
-- masked; nil for another text.
function mask_url(self, text)
  local start, product, rest = text:match "^(https://([%w-]+)[%w.-]*%.twilio%.com)(/%S*)$"
  rest = rest or text:match "^/2010%-04%-01/%S*$" or text:match "^/v%d+/%S*$"
  if not rest then return nil end
  local path, query = rest:match "^([^?]*)%??(.*)$"
  local parts = {}
  for name, value in query:gmatch "([^&=]+)=?([^&]*)" do
    parts[#parts + 1] = name .. "=" .. escape(mask_text(self, decode(name), decode((value:gsub("+", " ")))))
  end
  local tail = #parts > 0 and "?" .. table.concat(parts, "&") or ""
  return (start or "") .. masking.path(self, product and (product:gsub("%-", "_")), path) .. tail
end

-- ---- bodies ----

-- Returns the body of an error, with the link to Twilio's page about it. Its message may repeat any
-- value of the request, so the title of its code replaces it.
local function mask_error(self, body)
  local masked = mask_object(self, body)
  masked.code, masked.more_info = body.code, (tostring(body.more_info):match "^https://www%.twilio%.com/docs/[%w/]+$")
  local known = type(body.code) == "number" and explain(body.code)
  if body.message and known then masked.message = known.title end
  return masked
end

--- Returns the body of an answer as the recording has it: a value for JSON, or a text; nil for no
-- body.
function masking.body(self, request, status, text)
  if not text or text == "" then return nil end
  local value = core.json_decode(text)
  if type(value) ~= "table" then return HIDDEN end
  if status >= 400 and getmetatable(value) ~= core.array_mark then return mask_error(self, value) end
  local operation = descriptions.operation(request)
  self.list_key = operation and operation.list_key
  return mask_value(self, "", value, operation and operation.answer)
end

-- ---- the account ----

-- Returns the text of a header in Base64 after "Basic ".
local function user_of(request)
  local code = (request.headers.authorization or ""):match "^Basic (%S+)$"
  local text = code and core.base64_decode(code)
  return text and text:match "^(AC%x+):"
end

--- Learns the account of the client from its first request.
function masking.learn(self, request)
  if self.own then return end
  self.own = user_of(request) or request.path:match "/Accounts/(AC%x+)"
end

--- Returns a masker. Its field `own` is the SID of the client's account. Its field `list_key` is
-- the name of the records in the list that is being masked.
-- @param keep an array of names of parameters and fields. Their texts are not masked
function masking.new(keep)
  local kept = {}
  for _, name in ipairs(keep or {}) do kept[fold(name)] = true end
  return { kept = kept }
end

return masking
