-- The files that tools/twiml.lua writes, compared with the module.
package.path = "./tools/?.lua;" .. package.path

local annotations = require "spec.support.annotations"
local elements = require "twilio.twiml_elements"
local shell = require "spec.support.shell"
local sources = require "sources"
local twilio = require "twilio"

local KINDS = { "voice", "messaging", "fax" }

local all = annotations.new()
annotations.read(all, sources.read_file "types/twilio/twiml.lua", "types/twilio/twiml.lua")
local page = sources.read_file "doc/reference/twiml.md"

-- The attributes class of a method: the type of its argument `attributes`.
local function attributes_of(method)
  for _, arg in ipairs(method.args) do
    if arg.name == "attributes" then return arg.type[1].name end
  end
end

-- Calls visit(node, class, method) for each method of each class, with a strict document.
local function walk(visit)
  local seen = {}
  local function step(node, class)
    if seen[class.name] then return end
    seen[class.name] = true
    for _, name in ipairs(class.order) do
      local method = class.fields[name].type
      local child = visit(node, name, method)
      step(child, all.classes[method.returns[1].name])
    end
  end
  for _, kind in ipairs(KINDS) do step(twilio.twiml[kind] { strict = true }, all.classes["twilio.twiml." .. kind .. ".Response"]) end
  return seen
end

describe("the types of TwiML", function()
  it("have every element, attribute and method of the module", function()
    local attributes = {}
    local seen = walk(function(node, name, method)
      local made = node[name](node)
      assert.equal("self", method.args[1].name)
      local takes_text = method.args[2].name == "text"
      assert.equal(takes_text, (pcall(made.text, made, "x")))
      local class = all.classes[attributes_of(method)]
      for _, attribute in ipairs(class and class.order or {}) do
        node[name](node, nil, { [attribute] = "x" }) -- raises in a strict document for an unknown name
        attributes[class.name .. "." .. attribute] = true
      end
      return made
    end)
    local classes, expected, count, found = 0, 0, 0, 0
    for _ in pairs(seen) do classes = classes + 1 end
    for _ in pairs(attributes) do found = found + 1 end
    for _, facts in pairs(elements) do
      for _, fact in pairs(facts) do
        expected = expected + 1
        for _ in (fact.attributes or ""):gmatch "%S+" do count = count + 1 end
      end
    end
    assert.equal(expected, classes)
    assert.equal(count, found)
  end)

  it("have the methods of all nodes", function()
    local node = twilio.twiml.voice()
    for _, name in ipairs(all.classes["twilio.twiml.Node"].order) do assert.is_not_nil(node[name], name) end
    for _, name in ipairs(all.classes["twilio.twiml"].order) do assert.is_function(twilio.twiml[name], name) end
    for name in pairs(twilio.twiml) do assert.is_truthy(all.classes["twilio.twiml"].fields[name], name) end
  end)

  it("have no child with the name of a method of all nodes", function()
    for _, class in pairs(all.classes) do
      for _, name in ipairs(class.order) do
        local is_child = class.name:find "^twilio%.twiml%.%l+%.%w+$" ~= nil
        assert.is_false(is_child and all.classes["twilio.twiml.Node"].fields[name] ~= nil, class.name .. "." .. name)
      end
    end
  end)
end)

describe("the reference of TwiML", function()
  it("has a section for each element with its attributes", function()
    local sections = 0
    for _ in page:gmatch "\n### " do sections = sections + 1 end
    local count = 0
    for _, facts in pairs(elements) do
      for _ in pairs(facts) do count = count + 1 end
    end
    assert.equal(count, sections)
    local dial = page:match "\n### Voice: `<Dial>`\n(.-)\n### "
    assert.matches("- Method: `dial(text, attributes, f)` of [`<Response>`](#voice-response)", dial, 1, true)
    assert.matches("`hangup_on_star`", dial, 1, true)
    assert.matches("[`whats_app`](#voice-whatsapp)", dial, 1, true)
    assert.matches("`for_` for `for`", page, 1, true)
    assert.matches("`xml_lang` for `xml:lang`", page, 1, true)
    assert.matches("Function: `twilio.twiml.fax(options)`", page, 1, true)
  end)
end)

describe("tools/twiml.lua", function()
  local SOURCE = [[{ "VoiceResponse": {
    "Response": { "attributes": [], "element": "Response", "has_text": false, "kind": "root", "nested": ["Say", "OtherHold"], "parents": [] },
    "Say": { "attributes": ["voice", "xml:lang"], "element": "Say", "has_text": true, "kind": "verb", "nested": [], "parents": ["Response"] },
    "OtherHold": { "attributes": ["maxTime"], "element": "Hold", "has_text": false, "kind": "verb", "nested": [], "parents": ["Response"] } },
    "FaxResponse": { "Response": ROOT }, "MessagingResponse": { "Response": ROOT } }]]
  SOURCE = SOURCE:gsub("ROOT", '{ "attributes": [], "element": "Response", "has_text": false, "kind": "root", "nested": [], "parents": [] }')

  -- Runs the generator. Returns the directory with its output, or nil and its message.
  local function generate(source)
    local root = shell.directory()
    finally(function() shell.must("rm -rf " .. root) end)
    shell.must(("mkdir -p %s/lua/twilio %s/types/twilio %s/doc/reference"):format(root, root, root))
    sources.write_file(root .. "/twiml.json", source)
    local output = shell.must(("%s tools/twiml.lua %s/twiml.json %s 2>&1 || true"):format(shell.interpreter(), root, root))
    if output ~= "" then return nil, output end
    return root
  end

  it("writes the table, the types and the reference", function()
    local root = assert(generate(SOURCE))
    local text = sources.read_file(root .. "/lua/twilio/twiml_elements.lua")
    assert.matches('\n    ["OtherHold"] = { element = "Hold", attributes = "maxTime" },\n', text, 1, true)
    assert.matches('\n    ["Response"] = { children = "Say OtherHold" },\n', text, 1, true)
    assert.matches('\n    ["Say"] = { text = true, mixed = true, attributes = "voice xml:lang" },\n', text, 1, true)
    local types = sources.read_file(root .. "/types/twilio/twiml.lua")
    assert.matches("\n---@field hold fun(self: twilio.twiml.voice.Response, attributes?: twilio.twiml.voice.OtherHold.Attributes|", types, 1, true)
    assert.matches("\n---@field max_time? twilio.TwimlValue\n", types, 1, true)
    assert.matches("\n### Voice: `<Hold>` in `<Response>`\n", sources.read_file(root .. "/doc/reference/twiml.md"), 1, true)
  end)

  it("refuses a source that it does not understand", function()
    local faults = {
      { '"verb"', '"verbose"', "VoiceResponse%.%w+: unknown kind verbose" },
      { '"Say", "OtherHold"', '"Sai"', "VoiceResponse.Response: unknown child Sai" },
      { '"maxTime"', '"max time"', "VoiceResponse.OtherHold: malformed name of an attribute: max time" },
      { '"has_text": true', '"has_txt": true', "VoiceResponse.Say: unknown key has_txt" },
      { '"FaxResponse"', '"Fax"', "unknown kind of document Fax" },
    }
    for _, row in ipairs(faults) do
      local root, message = generate((SOURCE:gsub(row[1], row[2], 1)))
      assert.is_nil(root)
      assert.matches("^twiml: .*" .. row[3], message)
    end
    assert.matches("^twiml: ", select(2, generate "{"))
  end)
end)
