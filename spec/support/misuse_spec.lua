-- Misuse raises a string that begins with the caller's file and line.

local twilio = require "twilio"
local support = require "spec.support.client"

-- Returns the position of its caller as Lua writes it.
local function here()
  local caller = debug.getinfo(2, "Sl")
  return caller.short_src .. ":" .. caller.currentline .. ":"
end

local load_text = loadstring or load

describe("the position in a misuse error", function()
  local client, record, at

  before_each(function()
    client = support.client()
    record = assert(client.calls:get "CA1")
  end)

  local cases = {
    { "a verb of a resource", function() at = here() client.calls:make {} end },
    { "a verb with a SID", function() at = here() client.calls:update("CA1", { nope = 1 }) end },
    { "a verb of the table", function() at = here() client.calls:route("CA1") end },
    { "list", function() at = here() client.calls:list { nope = 1 } end },
    { "count", function() at = here() client.calls:count { nope = 1 } end },
    { "iter", function() at = here() client.calls:iter { nope = 1 } end },
    { "the head of a loop", function() at = here() for _ in client.calls:iter { limit = "x" } do error "begun" end end },
    { "options", function() at = here() client.calls:get("CA1", nil, { timout = 1 }) end },
    { "an unknown name on the client", function() at = here() return client.cals.x end },
    { "an unknown name on a resource", function() at = here() return client.calls.maek end },
    { "a name that is none", function() at = here() return client.calls[1] end },
    { "a SID in a call", function() at = here() client.calls("") end },
    { "too many SIDs", function() at = here() client.calls("CA1", "CA2") end },
    { "assignment to a resource", function() at = here() client.calls.x = 1 end },
    { "a verb of a record", function() at = here() record:update { nope = 1 } end },
    { "a record's sub-resource", function() at = here() record.recordings:list { nope = 1 } end },
    { "an unknown field of a record", function() at = here() return record.statsu end },
    { "an unknown name on the module", function() at = here() return twilio.clinet end },
    { "a method of a record", function() at = here() record:time(1) end },
    { "a method of a record without its record", function() at = here() record.json() end },
    { "assignment to a record", function() at = here() record.status = "x" end },
    { "making a client", function() at = here() twilio.client { nope = 1 } end },
    { "an account", function() at = here() client:account(1) end },
    { "a raw request", function() at = here() client:request { path = "x" } end },
    { "a value for JSON", function() at = here() client.sync.v1.services("IS1").documents:create { data = { f = print } } end },
    { "a closed client", function() client:close() at = here() client.calls:list() end },
    { "a closed client's record", function() client:close() at = here() record:refresh() end },
  }
  for _, case in ipairs(cases) do
    it("is the caller's line: " .. case[1], function()
      local _, position = support.misuse(case[2])
      assert.equal(at, position)
    end)
  end

  it("is the line that fetches the next page of a closed client", function()
    local answer = { status = 200, body = '{"calls":[{"sid":"CA1"}],"next_page_uri":"/2010-04-01/Accounts/AC1/Calls.json?Page=1"}' }
    local other = support.client(nil, answer)
    local page, walk = assert(other.calls:list()), other.calls:iter { prefetch = false }
    assert.equal("CA1", walk().sid)
    other:close()
    local text, position = support.misuse(function() at = here() page:next() end)
    assert.same({ "the client is closed", at }, { text, position })
    text, position = support.misuse(function() at = here() walk() end)
    assert.same({ "the client is closed", at }, { text, position })
  end)

  it("is found in coroutines", function()
    local thread = coroutine.create(function() at = here() client.calls:make {} end)
    local ok, message = coroutine.resume(thread)
    assert.is_false(ok)
    assert.equal(at .. " missing required parameters 'from', 'to'", message)
  end)

  it("is empty if no Lua function is on the stack", function()
    local thread = coroutine.create(client.calls.make)
    local ok, message = coroutine.resume(thread, client.calls, {})
    assert.same({ false, "missing required parameters 'from', 'to'" }, { ok, message })
  end)

  it("is the caller of pcall if a method is passed to pcall", function()
    local ok, message = pcall(client.calls.make, client.calls, {}) at = here()
    assert.same({ false, at .. " missing required parameters 'from', 'to'" }, { ok, message })
    ok, message = pcall(client.calls, "") at = here()
    assert.same({ false, at .. " a SID is empty" }, { ok, message })
  end)

  it("is an outer caller's if a tail call has removed the frame", function()
    local function tail() return client.calls:make {} end
    local ok, message = pcall(tail)
    assert.is_false(ok)
    assert.truthy(message:match "^[^:]+%.lua:%d+: missing required parameters 'from', 'to'$", message)
  end)

  it("names chunks that are not files", function()
    local chunk = assert(load_text("local client = ...\nclient.calls:make {}", "=script"))
    assert.same({ "missing required parameters 'from', 'to'", "script:2:" }, { support.misuse(chunk, client) })
  end)

  it("treats a file next to the library as the program's", function()
    local library = debug.getinfo(twilio.client, "S").source:gsub("%.lua$", "")
    local chunk = assert(load_text("local client = ...\nclient.calls:make {}", library .. "_helper.lua"))
    local _, position = support.misuse(chunk, client)
    assert.truthy(position:find "twilio_helper%.lua:2:$", position)
  end)
end)

describe("a suggestion", function()
  local client = support.client()

  local function message_of(f) return (support.misuse(f)) end

  it("is the nearest name", function()
    assert.equal("unknown parameter 'statuscallbak' (did you mean 'status_callback'?)",
      message_of(function() client.calls:make { statuscallbak = "x" } end))
    assert.equal("unknown parameter 'form' (did you mean 'from'?)", message_of(function() client.calls:make { form = "x" } end))
    assert.equal("unknown parameter 'StatusCallBack' (did you mean 'status_callback'?)",
      message_of(function() client.calls:make { StatusCallBack = "x" } end))
    assert.equal("unknown option 'log': it is an option of twilio.client, for all calls",
      message_of(function() client.calls:list({}, { log = print }) end))
    for _, name in ipairs { "cancel", "repeatable", "extra" } do
      assert.equal(("unknown option '%s': it is an option of a call, not of twilio.client"):format(name),
        message_of(function() twilio.client { [name] = true } end))
    end
    assert.equal("unknown option 'timout' (did you mean 'timeout'?)", message_of(function() client.calls:list({}, { timout = 1 }) end))
    assert.equal("the client has no 'cals' (did you mean 'calls'?)", message_of(function() return client.cals end))
    assert.equal("the client has no 'mesages' (did you mean 'messages'?)", message_of(function() return client.mesages end))
  end)

  it("says in which table an option belongs", function()
    for _, name in ipairs { "timeout", "cancel", "extra", "low_speed_time" } do
      assert.equal(("unknown parameter '%s': it is an option: pass options in the table after the parameters"):format(name),
        message_of(function() client.calls:get("CA1", { [name] = 1 }) end))
    end
    assert.equal("unknown parameter 'prefetch'", message_of(function() client.calls:get("CA1", { prefetch = true }) end))
  end)

  it("may be an alias or a verb", function()
    assert.equal("unknown parameter 'befor' (did you mean 'before'?)", message_of(function() client.calls:list { befor = "x" } end))
    assert.truthy(message_of(function() return client.calls.hangpu end):find("(did you mean 'hangup'?)", 1, true))
  end)

  it("is the verb for a common synonym", function()
    local account = ('api.v2010.accounts("%s").'):format(support.account_sid)
    local cases = {
      { function() client.messages:send {} end, account .. "messages has no 'send': use 'create'" },
      { function() client.calls:dial {} end, account .. "calls has no 'dial': use 'create'" },
      { function() client.calls:place {} end, account .. "calls has no 'place': use 'create'" },
      { function() client.calls:hang_up "CA1" end, account .. "calls has no 'hang_up': use 'hangup'" },
      { function() client.calls:redirect "CA1" end, account .. "calls has no 'redirect': use 'route'" },
      { function() client.calls:find {} end, account .. "calls has no 'find': use 'list'" },
      { function() client.calls:retrieve "CA1" end, account .. "calls has no 'retrieve': use 'fetch'" },
      { function() client.messages:remove "SM1" end, account .. "messages has no 'remove': use 'delete'" },
      { function() client.incoming_phone_numbers:buy {} end, account .. "incoming_phone_numbers has no 'buy': use 'create'" },
      { function() client.verify.services "VA1".verifications:send {} end,
        'verify.v2.services("VA1").verifications has no \'send\': use \'create\'' },
      { function() client.verify.services "VA1".verification_checks:check {} end,
        'verify.v2.services("VA1").verification_checks has no \'check\': use \'create\'' },
    }
    for _, case in ipairs(cases) do assert.equal(case[2], message_of(case[1])) end
    -- a balance can only be fetched
    assert.equal(account .. "balance has no 'send'", message_of(function() client.balance:send {} end))
  end)

  it("for an unknown filter lists the known filters", function()
    assert.equal("unknown parameter 'status': this list has the filters date_sent, date_sent_after, date_sent_before, from, to",
      message_of(function() client.messages:list { status = "sent" } end))
    assert.equal("unknown parameter 'bogus': this list has no filters",
      message_of(function() client.verify.services:iter { bogus = 1 } end))
    assert.equal("unknown parameter 'form' (did you mean 'from'?)", message_of(function() client.messages:count { form = "+1" } end))
  end)

  it("has the underscore of a name that is a reserved word of Lua", function()
    local account = ('api.v2010.accounts("%s").'):format(support.account_sid)
    local numbers = client.available_phone_numbers "US"
    assert.equal(account .. "available_phone_numbers(\"US\") has no 'locl' (did you mean 'local_'?)", message_of(function() return numbers.locl end))
    assert.equal(account .. "incoming_phone_numbers has no 'locla_' (did you mean 'local_'?)",
      message_of(function() return client.incoming_phone_numbers.locla_ end))
    assert.is_userdata(numbers.local_)
    assert.equal(account .. "available_phone_numbers(\"US\") has no 'mobil' (did you mean 'mobile'?)",
      message_of(function() return numbers.mobil end))
  end)

  it("is omitted if no name is near", function()
    assert.equal("unknown parameter 'completely_different'", message_of(function() client.calls:make { completely_different = 1 } end))
    assert.equal("unknown parameter 'xyz'", message_of(function() client.calls:make { xyz = 1 } end))
    assert.equal("unknown parameter ''", message_of(function() client.calls:make { [""] = 1 } end))
  end)

  it("accepts names of any length and content", function()
    for _, name in ipairs { ("x"):rep(63), ("x"):rep(64), ("x"):rep(10000), "%s%n%d", "to\0", "\255" } do
      assert.truthy(message_of(function() client.calls:make { [name] = 1 } end):find("unknown parameter", 1, true))
    end
  end)
end)
