-- Journals: entries survive a crash, and two processes cannot use one journal.
local shell = require "spec.support.shell"
local support = require "spec.support.client"
local twilio = require "twilio"

describe("a journal", function()
  local root, path
  setup(function()
    root = shell.directory()
    path = root .. "/journal"
  end)
  teardown(function() shell.must("rm -rf " .. root) end)
  before_each(function() os.remove(path) end)

  local function content()
    local file = assert(io.open(path, "rb"))
    local text = file:read "*a"
    file:close()
    return text
  end

  local function write(text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
  end

  it("returns the last value of each key, also after it was opened again", function()
    local journal = assert(twilio.journal.open(path))
    assert.is_nil(journal:get "a")
    assert.is_true(journal:put("a", { state = "sending", at = 5 }))
    assert.is_true(journal:put("b\n\"é", { list = twilio.array {}, nothing = twilio.null }))
    assert.is_true(journal:put("a", { state = "sent" }))
    assert.same({ state = "sent" }, journal:get "a")
    journal:close()
    journal = assert(twilio.journal.open(path))
    assert.same({ state = "sent" }, journal:get "a")
    local keys = {}
    for key, value in journal:each() do keys[#keys + 1] = key .. type(value) end
    assert.same({ "atable", "b\n\"étable" }, keys)
    assert.equal("twilio.journal of 2 entries: " .. path, tostring(journal))
    assert.is_true(journal:put("c", {}))
    journal:close()
    assert.equal(4, select(2, content():gsub("\n", "")))
  end)

  it("has an entry on the disk when put returns", function()
    local program = ([[
      local journal = assert(require "twilio".journal.open(%q))
      assert(journal:put("a", { n = 1 }))
      io.popen("kill -9 $PPID"):read "*a"
    ]]):format(path)
    pcall(support.run, program)
    local journal = assert(twilio.journal.open(path))
    assert.same({ n = 1 }, journal:get "a")
    journal:close()
  end)

  it("cuts off the incomplete line of a process that was killed", function()
    local line = '{"key":"a","value":{"n":1}}\n'
    for length = 0, #line - 1 do
      write(line .. line:gsub("a", "b"):sub(1, length))
      local journal = assert(twilio.journal.open(path))
      assert.same({ n = 1 }, journal:get "a")
      assert.is_nil(journal:get "b")
      assert.is_true(journal:put("c", { n = 3 }))
      journal:close()
      assert.equal(line .. line:gsub("a", "c", 1):gsub("vclue", "value"):gsub("1", "3"), content())
    end
  end)

  it("returns an error of the kind file for a file that is no journal, and leaves the file as it is", function()
    for _, text in ipairs { "name,phone\n", '{"key":"a","value":{}}\n[]\n', '{"key":1,"value":{}}\n', '{"key":"a","value":1}\nx' } do
      write(text)
      local journal, message, err = twilio.journal.open(path)
      assert.is_nil(journal)
      assert.matches("^cannot read " .. path .. ": line %d is no entry of a journal$", message)
      assert.equal("file", err.kind)
      assert.equal(text, content())
    end
  end)

  it("is in use until it is closed", function()
    local journal = assert(twilio.journal.open(path))
    local _, message, err = twilio.journal.open(path)
    assert.matches("it is in use, by this process or another", message, 1, true)
    assert.equal("file", err.kind)
    journal:close()
    journal:close()
    assert(twilio.journal.open(path)):close()
  end)

  it("returns an error of the kind file if the path cannot be opened or written", function()
    local _, message, err = twilio.journal.open(root .. "/none/journal")
    assert.equal("cannot write " .. root .. "/none/journal: No such file or directory", message)
    assert.equal("file", err.kind)
    local program = ([[
      local journal = assert(require "twilio".journal.open(%q))
      print(select(2, journal:put("a", { text = ("x"):rep(5000) })))
      print(pcall(journal.put, journal, "b", {}))
    ]]):format(path)
    shell.write(root .. "/full.lua", program)
    local printed = shell.must(("ulimit -f 1; trap '' XFSZ; %s %s/full.lua"):format(shell.interpreter_here(), root))
    assert.matches("^cannot write " .. path .. ": File too large\t?[^\n]*\nfalse\t[^\n]*the journal is closed", printed)
    assert(twilio.journal.open(path)):close() -- the incomplete line is cut off
    assert.equal("", content())
  end)

  it("raises for wrong arguments and unknown names", function()
    local journal = assert(twilio.journal.open(path))
    assert.equal("twilio.journal.open takes a path, got nil", (support.misuse(function() twilio.journal.open() end)))
    assert.equal("the key of an entry is a string, got number", (support.misuse(function() journal:put(1, {}) end)))
    assert.equal("the value of an entry is a table, got string", (support.misuse(function() journal:put("a", "b") end)))
    assert.equal("a journal has no 'gte' (did you mean 'get'?)", (support.misuse(function() journal.gte() end)))
    assert.equal("call 'get' on a journal, with ':'", (support.misuse(function() journal.get("a") end)))
    journal:close()
    assert.equal("the journal is closed", (support.misuse(function() journal:get "a" end)))
  end)
end)
