local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

-- Runs a program with the interpreter of the simulator, which has cqueues. Returns its output.
local function run(program)
  local name = os.tmpname()
  shell.write(name, 'package.path = "lua/?.lua;" .. package.path\n' .. program)
  finally(function() os.remove(name) end)
  return shell.must(servers.interpreter .. " " .. name)
end

describe("a protected call of the simulator", function()
  it("returns results and errors as pcall does, and lets cqueues suspend it on every Lua", function()
    assert.equal("true\t1\tnil\t3\nfalse\tboom\ntrue\tslept\n", run [[
      local cqueues, tasks = require "cqueues", require "twilio.simulator.tasks"
      local queue = cqueues.new()
      queue:wrap(function()
        print(tasks.call(function(...) return ... end, 1, nil, 3))
        print(tasks.call(function() error("boom", 0) end))
        print(tasks.call(function() cqueues.sleep(0.001) return "slept" end))
      end)
      assert(queue:loop())
    ]])
  end)
end)

describe("tasks of the simulator", function()
  it("run beside others, are waited for, and report their errors", function()
    assert.equal("settled\t2\nsettled again\t2\n", run [[
      local cqueues, tasks = require "cqueues", require "twilio.simulator.tasks"
      local queue, done = cqueues.new(), 0
      local all = tasks.new(queue)
      io.stderr = { write = function() done = done + 1 end }
      queue:wrap(function()
        all:run(function() cqueues.sleep(0.002) done = done + 1 end)
        all:run(function() error "no" end)
        all:settle()
        print("settled", done)
        all:settle()
        print("settled again", done)
      end)
      assert(queue:loop())
    ]])
  end)
end)
