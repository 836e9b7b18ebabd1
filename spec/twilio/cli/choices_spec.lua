local choices = require "twilio.cli.choices"
local core = require "twilio.core"
local stopped = require "spec.support.stopped"

describe("twilio.cli.choices", function()
  local MODULE = "twilio.simulator.generic.api"
  local operation = { host = "api", path = "/Calls.json", method = "POST" }

  it("has the values of enums, and of arrays of enums", function()
    local loaded, preload = package.loaded[MODULE], package.preload[MODULE]
    finally(function() package.loaded[MODULE], package.preload[MODULE] = loaded, preload end)
    package.loaded[MODULE] = nil
    package.preload[MODULE] = function()
      return {
        find = function(host, path)
          assert.same({ "api", "/Calls.json" }, { host, path })
          local enum = { kind = "enum", choices = { "GET", "POST" } }
          local events, phone = { kind = "array", items = enum }, { kind = "phone" }
          return {
            operations = {
              POST = { params = { { name = "Method", type = enum }, { name = "Events", type = events }, { name = "To", type = phone } } },
            },
          }
        end,
      }
    end
    assert.same({ Method = { "GET", "POST" }, Events = { "GET", "POST" } }, choices.of(operation))
    package.loaded[MODULE] = nil
    package.preload[MODULE] = function() error "broken" end
    assert.has_error(function() choices.of(operation) end)
  end)

  it("has nothing if the simulator is not installed", function()
    local loaded, path = package.loaded[MODULE], package.path
    finally(function() package.loaded[MODULE], package.path = loaded, path end)
    package.loaded[MODULE], package.path = nil, ""
    assert.same({}, choices.of(operation))
  end)

  describe("refuses", function()
    local list = core.describe("calls").operations[1]

    local function refused(params) return stopped(choices.check, list, params) end

    it("a filter that is near to a known value", function()
      local message, hint = refused { status = "inprogress" }
      assert.equal("--status has no value 'inprogress' (did you mean 'in-progress'?)", message)
      assert.equal("one of queued, ringing, in-progress, completed, busy, failed, no-answer, canceled; "
        .. "--extra Status=inprogress sends it unchecked", hint)
      assert.equal("--status has no value 'COMPLETED' (did you mean 'completed'?)", (refused { Status = "COMPLETED" }))
    end)

    it("no known value, none that is far from all, and nothing else", function()
      for _, params in ipairs { { status = "in-progress" }, { status = "paused" }, { to = "alice" }, { status = 1 }, {} } do
        choices.check(list, params)
      end
    end)
  end)

  it("does not load the values for filters that are no words, because that takes longer than the rest of the program", function()
    local loaded = package.loaded[MODULE]
    finally(function() package.loaded[MODULE] = loaded end)
    package.loaded[MODULE] = nil
    choices.check(core.describe("calls").operations[1], { to = "+15558675310", start_time_after = "2026-11-01", parent_call_sid = "CA1" })
    assert.is_nil(package.loaded[MODULE])
  end)
end)
