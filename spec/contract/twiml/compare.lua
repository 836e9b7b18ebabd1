-- Compares the documents of twilio.twiml with those of Twilio's libraries:
--   lua5.4 spec/contract/twiml/compare.lua cases            prints the cases as JSON
--   lua5.4 spec/contract/twiml/compare.lua node RESULT      compares the result of official.js
--   lua5.4 spec/contract/twiml/compare.lua python RESULT    compares the result of official.py
-- Prints each difference, and last "N passed, N failed".
package.path = "spec/contract/twiml/?.lua;" .. package.path

local cases = require "cases"
local cjson = require "cjson"
local elements = require "twilio.twiml_elements"
local twiml = require("twilio").twiml

-- Faults of the libraries, by library and variant: their documents are not compared.
local FAULTS = {
  python = {
    lists = "prints a list as ['first', 'second']",
    ["white space"] = "leaves a carriage return as it is, which a parser reads as a line feed",
  },
  node = {},
}

-- Names in the type definitions of node that Twilio's documentation spells otherwise.
local MISSPELT = {
  ConversationRelay = {
    backgroundnoisereduction = "backgroundNoiseReduction", deepgramsmartformat = "deepgramSmartFormat",
    ignorebackchannel = "ignoreBackchannel", speechtimeout = "speechTimeout",
  },
}

-- Elements that the type definitions of node call otherwise.
local OTHER_NAMES = { SipUri = "Uri" }

local passed, failed = 0, 0
local left_out, missing = {}, {} -- from reasons to numbers of documents; the elements that a library lacks

local function check(ok, format, ...)
  if ok then
    passed = passed + 1
    return
  end
  failed = failed + 1
  print("DIFFERENT " .. format:format(...))
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function leave_out(why) left_out[why] = (left_out[why] or 0) + 1 end

local function path_of(case)
  local names = {}
  for i, step in ipairs(case.path) do names[i] = step.element end
  return table.concat(names, " > ")
end

local function print_cases()
  local list = {}
  for i, case in ipairs(cases.list()) do
    for _, step in ipairs(case.path) do setmetatable(step.attributes, cjson.array_mt) end
    list[i] = cjson.encode { kind = case.kind, path = case.path, document = tostring(case.root) }
  end
  print("[" .. table.concat(list, ",\n"):gsub('"attributes":{}', '"attributes":[]') .. "]")
end

-- Variants whose documents of node must be equal byte by byte. In the others node writes some characters
-- otherwise.
local EXACT = { names = true, ["true"] = true, ["false"] = true, numbers = true, ["no attributes"] = true, ["no text"] = true }

local function compare_document(library, case, text, canonical, ours)
  if text == cjson.null then
    missing[path_of(case)] = true
    return
  end
  if text == false then return leave_out(library .. " demands a text") end
  local fault = FAULTS[library][case.variant]
  if fault then return leave_out(library .. " " .. fault) end
  local what = ("%s: %s with %s"):format(library, path_of(case), case.variant)
  local root, message = twiml.parse(text, case.kind)
  check(root, "%s: %s", what, tostring(message))
  if not root then return end
  if library == "node" and EXACT[case.variant] then
    check(text == tostring(case.root), "%s\n  ours:   %s\n  theirs: %s", what, tostring(case.root), text)
  end
  check(canonical == ours, "%s, as Python reads them\n  ours:   %s\n  theirs: %s", what, tostring(ours), tostring(canonical))
  check(twiml.parse(tostring(case.root), case.kind) == case.root, "%s: the parser reads %s otherwise", what, tostring(case.root))
  if case.variant == "lists" and text:find 'hints="first second"' then
    -- node joins hints with a space, although a hint may be a phrase.
    root = assert(twiml.parse(text:gsub('hints="first second"', 'hints="first,second"'), case.kind))
  end
  check(root == case.root, "%s\n  ours:   %s\n  theirs: %s", what, tostring(case.root), text)
end

-- Checks that the table has all attributes of the type definitions.
local function compare_attributes(attributes)
  for kind, interfaces in pairs(attributes) do
    for name, names in pairs(interfaces) do
      local element = name:gsub("^Ssml", "")
      local key = element ~= name and element:gsub("(%l)(%u)", "%1-%2"):lower() or OTHER_NAMES[name] or name
      local fact = elements[kind][key]
      check(fact, "node has an element %s of %s", key, kind)
      for _, attribute in ipairs(fact and names or {}) do
        local wanted = MISSPELT[key] and MISSPELT[key][attribute] or attribute
        check((" " .. (fact.attributes or "") .. " "):find(" " .. wanted .. " ", 1, true), "node has an attribute %s of %s", attribute, key)
      end
    end
  end
end

local function compare(library, path)
  local file = assert(io.open(path))
  local result = cjson.decode(file:read "*a")
  file:close()
  local list = cases.list()
  local documents, read = result.documents, {}
  if library == "python" then
    documents = {}
    for i, one in ipairs(result) do documents[i], read[i] = one.document, one end
  end
  check(#documents == #list, "%s wrote %d documents, not %d", library, #documents, #list)
  for i, case in ipairs(list) do compare_document(library, case, documents[i], (read[i] or {}).canonical, (read[i] or {}).ours) end
  if library == "node" then compare_attributes(result.attributes) end
  for _, why in ipairs(sorted_keys(left_out)) do print(("not compared: %d documents, because %s"):format(left_out[why], why)) end
  for _, element in ipairs(sorted_keys(missing)) do print(("not compared: %s has no %s"):format(library, element)) end
  print(("%d passed, %d failed"):format(passed, failed))
  os.exit(failed == 0 and passed > 0)
end

if arg[1] == "cases" then print_cases() else compare(arg[1], arg[2]) end
