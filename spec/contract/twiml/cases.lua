-- The documents that the contract compares. Each of them has one element with all its attributes, below
-- the shortest chain of parents. There is one document for each parent of an element, and for each set of
-- values below.
local elements = require "twilio.twiml_elements"
local twiml = require("twilio").twiml

local cases = {}

local SPECIAL = "a & b < c > \"d\" 'e' \195\169 \226\130\172 \240\157\132\158 ]]>"

-- Values of all attributes, and the text, if the element takes one.
local VARIANTS = {
  { name = "names", value = function(name) return "value of " .. name end, text = "text" },
  { name = "true", value = true, text = "true" },
  { name = "false", value = false, text = "false" },
  { name = "numbers", value = 25, text = "25" },
  { name = "lists", value = { "first", "second" }, text = "text" },
  { name = "special characters", value = SPECIAL, text = SPECIAL },
  { name = "white space", value = " a\tb\nc\r\nd ", text = " a\tb\nc\r\nd " },
  { name = "no attributes", text = "text" },
  { name = "no text", value = "x" },
}

-- Returns the chains of keys from the root to each element, one for each parent.
local function chains_of(facts)
  local chains, waiting, seen = {}, { {} }, { Response = true }
  while waiting[1] do
    local chain = table.remove(waiting, 1)
    local last = chain[#chain] or "Response"
    for child in (facts[last].children or ""):gmatch "%S+" do
      local longer = {}
      for i, key in ipairs(chain) do longer[i] = key end
      longer[#longer + 1] = child
      chains[#chains + 1] = longer
      if not seen[child] then
        seen[child] = true
        waiting[#waiting + 1] = longer
      end
    end
  end
  return chains
end

local function make_case(kind, facts, chain, variant)
  local root = twiml[kind]()
  local node, path = root, {}
  for i, key in ipairs(chain) do
    local element, is_last = facts[key].element or key, i == #chain
    local attributes = {}
    path[i] = element
    for name in (is_last and variant.value ~= nil and facts[key].attributes or ""):gmatch "%S+" do
      local value = variant.value
      if type(value) == "function" then value = value(name) end
      attributes[#attributes + 1] = { name, value }
    end
    local given = {}
    for _, pair in ipairs(attributes) do given[pair[1]] = pair[2] end
    local text = is_last and facts[key].text and variant.text or nil
    node = node:child(element, text, given)
    path[i] = { element = element, text = text, attributes = attributes }
  end
  return { kind = kind, variant = variant.name, path = path, root = root }
end

-- Returns the list of cases. Fields of a case: kind, variant, path (from the root to the element: name,
-- text, and pairs of attributes), root (the document).
function cases.list()
  local list = {}
  for _, kind in ipairs { "voice", "messaging", "fax" } do
    for _, chain in ipairs(chains_of(elements[kind])) do
      for _, variant in ipairs(VARIANTS) do list[#list + 1] = make_case(kind, elements[kind], chain, variant) end
    end
  end
  return list
end

return cases
