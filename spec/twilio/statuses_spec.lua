-- The table of statuses: compared with the types, which have the statuses of Twilio's documents.
local annotations = require "spec.support.annotations"
local shell = require "spec.support.shell"
local statuses = require "twilio.statuses"

local types = annotations.new()
for _, path in ipairs(shell.lines(shell.must "find types -type f")) do
  local file = assert(io.open(path))
  annotations.read(types, file:read "*a", path)
  file:close()
end

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- Returns the set of texts in a type such as "queued"|"sent"|string.
local function texts_in(t)
  local set = {}
  local function add(one)
    if one.kind == "literal" then set[one.text:match '^"(.*)"$'] = true end
    for _, part in ipairs(one) do add(part) end
  end
  add(t)
  return set
end

describe("the statuses of a resource", function()
  it("are those of Twilio's documents, which list none for open ones", function()
    local checked = 0
    for _, path in ipairs(statuses.paths()) do
      local facts = statuses.of(path, {})
      local class = types.classes["twilio." .. path .. ".Record"]
      assert.is_truthy(class, path)
      assert.is_truthy(class.fields[facts.field], path)
      assert.same({ path, sorted(texts_in(class.fields[facts.field].type)) }, { path, sorted(facts.known or {}) })
      checked = checked + 1
    end
    assert.is_true(checked > 60)
  end)

  it("have terminal ones, and others", function()
    for _, path in ipairs(statuses.paths()) do
      local facts = statuses.of(path, {})
      assert.is_truthy(next(facts.terminal), path)
      local others = 0
      for status in pairs(facts.known or {}) do others = others + (facts.terminal[status] and 0 or 1) end
      assert.is_true(others > 0 or facts.known == nil, path)
      for status in pairs(facts.terminal) do assert.is_true(facts.known == nil or facts.known[status], path .. " " .. status) end
    end
  end)

  it("of a call are terminal if the call has ended", function()
    local facts = statuses.of("api.v2010.accounts.calls", {})
    assert.same({ "busy", "canceled", "completed", "failed", "no-answer" }, sorted(facts.terminal))
    assert.equal("status", facts.field)
  end)

  it("do not end the wait for a status that may follow", function()
    local path = "api.v2010.accounts.messages"
    assert.is_true(statuses.of(path, { sent = true }).terminal.delivered)
    assert.is_nil(statuses.of(path, { read = true }).terminal.delivered)
    assert.is_true(statuses.of(path, { read = true }).terminal.failed)
    assert.is_nil(statuses.of("api.v2010.accounts.recordings", { deleted = true }).terminal.completed)
    assert.is_true(statuses.of("api.v2010.accounts.transcriptions", { deleted = true }).terminal.completed)
  end)

  it("are unknown for other resources", function()
    assert.same({ field = "status", terminal = {} }, statuses.of("api.v2010.accounts.keys", {}))
  end)
end)
