--- Finds the operation that words such as `verify v2 services VA… verifications create` name.
--
-- Words are read from left to right. At each resource, a word is a verb, the name of a resource
-- below it, or a SID. A word that begins with = is a SID in any case, without this character.

local core = require "twilio.core"
local stop = require "twilio.cli.stop"

local unpack = table.unpack or unpack

local resolve = {}

-- The verbs of twilio-lua, in the order of the help, and the kind of their operations.
local VERBS = {
  { "list", "list" }, { "count", "list" }, { "create", "create" }, { "make", "create" }, { "fetch", "fetch" }, { "get", "fetch" },
  { "update", "update" }, { "patch", "patch" }, { "delete", "delete" },
}

local KINDS = {}
for _, verb in ipairs(VERBS) do KINDS[verb[1]] = verb[2] end

-- The verbs that are only other names of a verb.
local SAME = { make = true, get = true }

-- Fields of a target:
--   path       the arguments of core.describe
--   steps      an array of { name = } or { sids = {…} }: how to reach the resource from a client
--   words      the words as they were typed, for messages
--   resource   the description of the resource
--   typed      the number of SIDs that were typed before the verb
--   taken      the number of these SIDs that belong to the last resource
--   verb       the name of the verb, or false
--   candidates an array of { operation =, verb = }: the operations that the verb may mean
--   arguments  the words after the verb
--   flags      the boolean option directly before such a word, by the word's place
local Target = {}
Target.__index = Target

function resolve.new()
  return setmetatable({
    path = {}, steps = {}, words = {}, resource = core.describe(), typed = 0, taken = 0, verb = false, candidates = {}, arguments = {},
    flags = {},
  }, Target)
end

--- Returns a name as it is typed: phone-numbers for phone_numbers.
function resolve.spelling(name) return (name:gsub("_", "-")) end

-- ---- verbs ----

local function operations_of(resource, kind)
  local found = {}
  for _, operation in ipairs(resource.operations) do
    if operation.kind == kind then found[#found + 1] = { operation = operation } end
  end
  return found
end

-- A list that the library combines from other lists. It has no path of its own.
local function combined(resource)
  return {
    operation = {
      kind = "list", path = ("/{}"):rep(resource.given), parameters = {}, aliases = {}, is_open = false, is_combined = true,
    },
  }
end

-- Returns the operations that a verb of the resource may mean. The array is empty if the resource does
-- not have the verb.
local function candidates_of(resource, name)
  for _, verb in ipairs(resource.verbs) do
    if verb.name == name then return { { operation = verb.operation, verb = verb } } end
  end
  local kind = KINDS[name]
  local found = kind and operations_of(resource, kind) or {}
  if kind == "list" and resource.lists[1] and not found[1] then found[1] = combined(resource) end
  for _, candidate in ipairs(found) do candidate.lists = kind == "list" and resource.lists or {} end
  return found
end

--- Returns the names of the verbs that a resource has, without other names of the same verb.
function resolve.verbs(resource)
  local names = {}
  for _, verb in ipairs(VERBS) do
    if not SAME[verb[1]] and candidates_of(resource, verb[1])[1] then names[#names + 1] = verb[1] end
  end
  for _, verb in ipairs(resource.verbs) do names[#names + 1] = verb.name end
  return names
end

--- Returns the operations of a verb: an array of { operation =, verb = }.
resolve.candidates = candidates_of

-- ---- words ----

local function has_child(resource, name)
  for _, child in ipairs(resource.children) do
    if child.name == name then return true end
  end
  return false
end

local function enter(self, name)
  self.path[#self.path + 1] = name
  self.steps[#self.steps + 1] = { name = name }
  self.resource, self.taken = core.describe(unpack(self.path)), 0
end

local function take_sid(self, sid)
  if self.taken == 0 then
    self.path[#self.path + 1] = true
    self.steps[#self.steps + 1] = { sids = {} }
    self.resource = core.describe(unpack(self.path))
  end
  local sids = self.steps[#self.steps].sids
  sids[#sids + 1] = sid
  self.typed, self.taken = self.typed + 1, self.taken + 1
end

--- Returns what was typed so far, such as "verify services VA…"; "twilio-lua" at the beginning.
function Target:shown()
  return self.words[1] and table.concat(self.words, " ") or "twilio-lua"
end

-- Words of shells, with the verbs that are meant. core.describe knows those of everyday language.
local HABITS = { ls = "list", rm = "delete", cat = "fetch", view = "fetch", describe = "fetch", info = "fetch" }

-- Returns the verb or resource that a misspelt word means, or nil. `path` leads to the resource.
local function meant_by(path, resource, word)
  local name = word:gsub("-", "_"):lower()
  local habit = HABITS[name]
  if habit and candidates_of(resource, habit)[1] then return habit end
  if candidates_of(resource, name)[1] then return name end
  path = { unpack(path) }
  path[#path + 1] = name
  local found, meant = core.describe(unpack(path))
  return found and name or meant
end

-- Raises for a word that the resource does not have.
local function unknown(self, word)
  if word == "" then
    stop.usage(("%s: a word after it is empty"):format(self:shown()), "is a variable of the shell not set?")
  end
  self:check_misspelt()
  local meant = meant_by(self.path, self.resource, word)
  if not self.words[1] and word:find "^%u%u%x+$" and #word == 34 then
    stop.usage(("a SID follows the name of its resource, got '%s'"):format(word), "twilio-lua calls CA… fetch")
  end
  local names = not meant and self.path[1] == nil and require("twilio.cli.commands").names
  meant = meant or names and core.nearest(word, names)
  stop.usage(("%s has no '%s'%s"):format(self:shown(), word, meant and (" (did you mean '%s'?)"):format(resolve.spelling(meant)) or ""),
    ("twilio-lua%s --help"):format(self.words[1] and " " .. self:shown() or ""))
end

--- Takes a word. Raises for one that has no meaning at its place. For `flag`, see twilio.cli.arguments.
function Target:word(word, flag)
  local name, forced = word:gsub("-", "_"), word:match "^=(.+)$"
  if self.verb then
    self.arguments[#self.arguments + 1] = forced or word
    self.flags[#self.arguments] = flag
    return
  end
  local found = forced and {} or candidates_of(self.resource, name)
  if found[1] then
    self.verb, self.candidates = name, found
  elseif not forced and has_child(self.resource, name) then
    enter(self, name)
  elseif self.taken < self.resource.arity and word ~= "" then
    take_sid(self, forced or word)
  else
    unknown(self, word)
  end
  self.words[#self.words + 1] = word
end

-- ---- the operation ----

--- Raises if the last word was taken for a SID, but is a misspelt verb or resource, or a word of everyday
-- language such as `send`.
function Target:check_misspelt()
  local last = self.words[#self.words]
  if self.taken == 0 or last:find "^%u%u%x+$" or last:find "^=" then return end
  local path = { unpack(self.path, 1, #self.path - 1) }
  local resource = core.describe(unpack(path))
  local before = table.concat(self.words, " ", 1, #self.words - 1)
  local meant = meant_by(path, resource, last)
  if meant then stop.usage(("%s has no '%s' (did you mean '%s'?)"):format(before, last, resolve.spelling(meant))) end
  -- A verb that other resources have is no SID.
  if KINDS[last] then stop.usage(("%s has no verb '%s'"):format(before, last), "one of " .. table.concat(resolve.verbs(resource), ", ")) end
end

--- Raises unless a verb was typed.
function Target:need_verb()
  if self.verb then return end
  self:check_misspelt()
  local verbs, shown = resolve.verbs(self.resource), self:shown()
  local hint = verbs[2] and "one of " .. table.concat(verbs, ", ") or ("twilio-lua %s %s"):format(shown, verbs[1] or "--help")
  stop.usage(("%s: which %s?"):format(shown, verbs[1] and "verb" or "resource"), hint)
end

-- The number of SIDs that an operation needs after the verb. It is negative if too many were typed.
local function sids_after(self, candidate)
  local _, in_path = candidate.operation.path:gsub("{", "")
  return in_path - self.resource.given - self.typed
end

-- The fewest SIDs that an operation of the resource still needs: 0 of `phone_numbers local`.
local function fewest_sids(self)
  local fewest = self.resource.operations[1] and math.huge or 0
  for _, operation in ipairs(self.resource.operations) do fewest = math.min(fewest, sids_after(self, { operation = operation })) end
  return fewest
end

--- Returns the words that were typed, with SID where one was left out before the last resource; and an
-- array of the numbers of these SIDs in the path. The SIDs may follow the verb too, but `create SID`
-- looks like the SID of the new record.
function Target:completed()
  local shown, numbers, path, number = {}, {}, {}, self.resource.given
  local fewest = fewest_sids(self)
  for i, step in ipairs(self.steps) do
    path[i] = step.name or true
    for _ = 1, step.sids and #step.sids or 1 do shown[#shown + 1] = self.words[#shown - #numbers + 1] end
    if step.sids then number = number + #step.sids end
    if step.name and (self.steps[i + 1] or {}).name then
      for _ = 1, math.min(core.describe(unpack(path)).arity, fewest - #numbers) do
        number = number + 1
        shown[#shown + 1], numbers[#numbers + 1] = "SID", number
      end
    end
  end
  shown[#shown + 1] = self.verb and self.words[#self.words] or nil
  return table.concat(shown, " "), numbers
end

-- Returns the names of the parameters that a verb takes as words, required and optional ones.
local function positional_of(verb)
  local names, required = {}, 0
  for word in (verb and verb.positional or ""):gmatch "%S+" do
    names[#names + 1] = word:match "^[^=]+"
    if not word:find "=" then required = #names end
  end
  return names, required
end

-- Returns the words that an operation takes after the verb, with the SIDs that were left out before it.
local function all_words_after(self, candidate)
  local shown, number = {}, 0
  for name in candidate.operation.path:gmatch "{(.-)}" do
    number = number + 1
    if number > self.resource.given + self.typed then shown[#shown + 1] = name:find "Sid$" and "SID" or name:upper() end
  end
  local names, required = positional_of(candidate.verb)
  for i, name in ipairs(names) do shown[#shown + 1] = i > required and "[" .. name:upper() .. "]" or name:upper() end
  return shown
end

--- Returns the words after the verb as the usage shows them: { "SID", "URL", "[METHOD]" }. Those of
-- Target:completed are not among them.
function Target:words_after(candidate)
  local _, before = self:completed()
  return { unpack(all_words_after(self, candidate), #before + 1) }
end

--- Whether an operation may follow the SIDs that were typed: a list does not follow the SID of a record.
function Target:accepts(candidate)
  return candidate.operation.is_combined or sids_after(self, candidate) >= 0
end

local function fits(self, candidate)
  local n = #self.arguments
  if candidate.operation.is_combined then return n <= 1 end
  local names, required = positional_of(candidate.verb)
  local sids = sids_after(self, candidate)
  return sids >= 0 and n >= sids + required and n <= sids + #names
end

-- Returns "the SID of the service" if the parameter of this number in the path is {ServiceSid}.
local function owner_of(path, number)
  local name = path:match(("{.-}.-"):rep(number - 1) .. "{(.-)}")
  local owner = name:match "^(.+)Sid$"
  return owner and "the SID of the " .. owner:gsub("(%l)(%u)", "%1 %2"):lower() or name:upper()
end

-- Says what is wrong with the words after the verb, which fit no candidate.
local function misfit(self)
  local n, most = #self.arguments, 0
  for _, candidate in ipairs(self.candidates) do most = math.max(most, #all_words_after(self, candidate)) end
  local flag = self.flags[most + 1]
  if flag then return ("%s takes true or false, got '%s'"):format(flag, self.arguments[most + 1]) end
  if n > most then return ("unexpected '%s'"):format(table.concat(self.arguments, " ", most + 1)) end
  local missing, candidate = {}, self.candidates[1]
  local _, before = self:completed()
  for i, name in ipairs(all_words_after(self, candidate)) do
    if i > n and not name:find "^%[" then missing[#missing + 1] = before[i] and owner_of(candidate.operation.path, before[i]) or name end
  end
  return "missing " .. table.concat(missing, ", ")
end

--- Returns the usages of the verb as one text; nil if no operation of the verb may follow the SIDs.
function Target:usage()
  local usage = {}
  for _, candidate in ipairs(self.candidates) do
    if self:accepts(candidate) then
      usage[#usage + 1] = ("twilio-lua %s"):format(table.concat({ (self:completed()), unpack(self:words_after(candidate)) }, " "))
    end
  end
  return usage[1] and "usage: " .. table.concat(usage, ", or ")
end

--- Returns the candidate that the words after the verb select. Raises if none does.
function Target:select()
  self:need_verb()
  for _, candidate in ipairs(self.candidates) do
    if fits(self, candidate) then return candidate end
  end
  local usage = self:usage()
  if not usage then stop.usage(("%s belongs to the list, not to one record: omit the SID"):format(self:shown())) end
  local assignment = self.arguments[#self.arguments]
  local is_assignment = assignment and assignment:find "^%a[%w_-]*="
  stop.usage(("%s: %s"):format(self:shown(), misfit(self)), is_assignment and "a parameter is written --" .. assignment or usage)
end

--- Returns the resource of a client that the words name.
function Target:reach(client)
  local resource = client
  for _, step in ipairs(self.steps) do
    if step.name then resource = resource[step.name] else resource = resource(unpack(step.sids)) end
  end
  return resource
end

return resolve
