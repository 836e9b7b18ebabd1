-- Checks that a misspelt child or verb of every resource raises with the correct name, and that tostring
-- returns the name of the resource.
local calls = require "calls"
local requests = require "requests"
local tree = require "tree"

local names = {}

local function misspelt(name) return name:sub(1, 2) .. "q" .. name:sub(3) end

-- Returns the message of place[name] with a misspelt name.
local function check_name(place, name, complain)
  local wrong = misspelt(name)
  local ok, message = pcall(function() return place[wrong] end)
  local due = ("has no '%s' (did you mean '%s'?)"):format(wrong, requests.suggested(name))
  if ok then complain(("%s has a %s"):format(tostring(place), wrong)) end
  if not ok and not message:find(due, 1, true) then complain(("%s instead of: %s"):format(message, due)) end
end

-- Returns distinct simple segments.
local function segments_of(operation)
  local segments = {}
  -- SIDs as Twilio has them: shorter names of participants and members would be masked.
  for i in ipairs(operation.path_names) do
    local sid = ("CA%032x"):format(i)
    segments[i] = { sid, sid }
  end
  return segments
end

local function printed(accessor, segments)
  local text, used, i = "", 0, 1
  while accessor[i] do
    if not tree.is_argument(accessor[i]) then
      text, i = text .. (i > 1 and "." or "") .. accessor[i], i + 1
    else
      local args = {}
      while tree.is_argument(accessor[i]) do
        if accessor[i] ~= ":" then
          used = used + 1
          args[#args + 1] = ("%q"):format(segments[used][1])
        end
        i = i + 1
      end
      if args[1] then text = text .. "(" .. table.concat(args, ", ") .. ")" end
    end
  end
  return "twilio.resource " .. text
end

local function check_printed(place, due, complain)
  if tostring(place) ~= due then complain(("%s instead of %s"):format(tostring(place), due)) end
end

-- Resources below the client's own account are printed without the account.
local function check_shortcut(client, operation, complain)
  local accessor = operation.accessor
  if accessor[1] ~= "api" or #accessor < 5 then return end
  local name = accessor[5]
  check_name(client, name, complain)
  check_name(client.api, name, complain)
  if not client.api.account[name] then complain("client.api.account has no " .. name) end
  local due = ('twilio.resource api.v2010.accounts("%s").%s'):format(requests.account_sid, name)
  check_printed(client.api[name], due, complain)
end

local KINDS = { "list", "create", "fetch", "update", "delete", "patch" }

-- The only list that no document has: the transcriptions of the recordings of a call.
local FAN = "api v2010 accounts calls transcriptions"

-- Checks that a resource has exactly the kinds of its operations.
local function check_kinds(place, operation, complain, context)
  local names_alone = tree.names(operation.accessor)
  for _, kind in ipairs(KINDS) do
    local due = context.kinds[names_alone .. " " .. kind] or names_alone == FAN and kind == "list" or false
    local has = pcall(function() return place[kind] end)
    if has ~= due then complain(("%s %s %s"):format(tostring(place), has and "has a" or "has no", kind)) end
  end
end

--- context: kinds, a set of "verify v2 services fetch" and so on.
function names.check(operation, complain, context)
  local client = calls.simple_client(operation)
  local place, segments, used = client, segments_of(operation), 0
  local accessor = operation.accessor
  for i, step in ipairs(accessor) do
    if not tree.is_argument(step) then
      check_name(place, step, complain)
      local steps = { step }
      while tree.is_argument(accessor[i + #steps]) do steps[#steps + 1] = accessor[i + #steps] end
      place = calls.walk(place, steps, segments, false, used)
      used = used + tree.count(steps, 2, #steps)
    end
  end
  if not tree.is_argument(accessor[3]) then check_name(client[accessor[1]], accessor[3], complain) end -- without the version
  check_name(place, operation.kind, complain)
  check_kinds(place, operation, complain, context)
  check_printed(place, printed(accessor, segments), complain)
  check_shortcut(client, operation, complain)
end

return names
