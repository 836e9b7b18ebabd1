-- tools/webhooks.lua: what it writes, and what it refuses.
local shell = require "spec.support.shell"

local LIST = [[{ "webhooks": {
  "b.request": { "doc": "https://x/b ; https://x/c", "method": "POST", "content_type": "application/x-www-form-urlencoded",
    "fields": [
    { "name": "CallSid", "type": "sid_CA", "personal": false },
    { "name": "From", "type": "address", "personal": true, "optional": true },
    { "name": "For", "type": "enum", "values": [ "a", "b" ], "personal": false, "deprecated": true },
    { "name": "Extra*", "type": "string", "personal": false },
    { "name": "Attributes", "type": "json", "personal": true } ] },
  "a.status": { "doc": "https://x/a", "method": "GET", "content_type": "application/json", "extends": "b.request", "certainty": "inferred",
    "fields": [
    { "name": "From", "type": "string", "personal": false },
    { "name": "account_sid", "type": "sid_SM_MM", "personal": false },
    { "name": "details", "type": "json", "personal": false } ] }
} }]]

local root

-- Runs the generator. Returns whether it succeeded, and its output.
local function generate(list)
  shell.write(root .. "/list.json", list)
  return shell.run(("%s tools/webhooks.lua %s/list.json %s"):format(shell.interpreter(), root, root))
end

local function read(path)
  local file = assert(io.open(root .. "/" .. path))
  local text = file:read "*a"
  file:close()
  return text
end

describe("tools/webhooks.lua", function()
  before_each(function() root = shell.directory() end)
  after_each(function() shell.run("rm -rf " .. root) end)

  it("groups the names of fields by what the library does with the fields", function()
    assert.is_true((generate(LIST)))
    local lists = assert((loadstring or load)(read "lua/twilio/webhook/fields.lua"))()
    assert.equal("CallSid Extra* For account_sid details\n", lists.harmless)
    assert.equal("Attributes From\n", lists.personal)
    assert.equal("Attributes\n", lists.json)
  end)

  it("writes the fields and values of the webhooks that have forms, for twilio.testing", function()
    assert.is_true((generate(LIST)))
    local webhooks = assert((loadstring or load)(read "lua/twilio/testing/webhook_fields.lua"))()
    assert.same({
      ["b.request"] = { fields = "CallSid=sid_CA From?=address For=enum Extra*=string Attributes=json\n", values = { For = "a b\n" } },
    }, webhooks)
  end)

  it("writes a class for each webhook, with both names of each field", function()
    assert.is_true((generate(LIST)))
    local types = read "types/twilio/webhook_events.lua"
    for _, line in ipairs {
      "---@class twilio.webhook.BRequest: twilio.webhook.Event", "---@class twilio.webhook.AStatus: twilio.webhook.BRequest",
      "---@field call_sid string", "---@field CallSid string", "---@field from? string", '---@field ["for"] "a"|"b"|string',
      '---@field For "a"|"b"|string', "---@field attributes table|string", "---@field account_sid string",
      "---@alias twilio.WebhookEvent twilio.webhook.AStatus|twilio.webhook.BRequest",
    } do
      assert.is_truthy(types:find("\n" .. line .. "\n", 1, true), line)
    end
    assert.is_nil(types:find "Extra")
  end)

  it("writes a section for each webhook", function()
    assert.is_true((generate(LIST)))
    local page = read "doc/reference/webhook-events.md"
    for _, line in ipairs {
      "The 2 webhooks that Twilio sends, with 8 fields.", "| [a.status](#astatus) | 3 and those of b.request |", "## b.request",
      "- [Twilio's page](https://x/b)", "| `call_sid` | `CallSid` | SID, CA… |  |",
      "| `from` | `From` | phone number or address | optional, personal |",
      "| `for` | `For` | `a`, `b` | deprecated |", "| `account_sid` | `account_sid` | SID, SM or MM… |  |",
      "- The fields of [b.request](#brequest) are sent too.",
    } do
      assert.is_truthy(page:find(line, 1, true), line)
    end
  end)

  it("refuses what it does not understand, and writes nothing", function()
    for change, message in pairs {
      ['"type": "address"'] = "unknown type place", ['"personal": true, "optional"'] = "From has no key 'personal'",
      ['"name": "CallSid"'] = "b.request has a field without a name", ['"extends": "b.request"'] = "a.status extends an unknown webhook",
    } do
      local with = { ['"type": "address"'] = '"type": "place"', ['"personal": true, "optional"'] = '"optional"',
        ['"name": "CallSid"'] = '"name": "Call Sid"', ['"extends": "b.request"'] = '"extends": "c"' }
      local at, last = LIST:find(change, 1, true)
      local ok, output = generate(LIST:sub(1, at - 1) .. with[change] .. LIST:sub(last + 1))
      assert.is_false(ok)
      assert.matches(message, output, 1, true)
      assert.is_false((shell.run("test -e " .. root .. "/lua")))
    end
    assert.is_false((generate "{"))
  end)

  it("writes exactly the committed files", function()
    local list = "../shared/api/webhooks.json"
    if not shell.run("test -f " .. list) then return pending("no " .. list) end
    shell.must(("%s tools/webhooks.lua %s %s"):format(shell.interpreter(), list, root))
    for _, path in ipairs { "lua/twilio/webhook/fields.lua", "types/twilio/webhook_events.lua", "doc/reference/webhook-events.md" } do
      assert.is_true((shell.run(("cmp %s %s/%s"):format(path, root, path))), path)
    end
  end)
end)
