-- examples/reminders: a program that may be killed at any moment and run again.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local ROWS, KILLS = 40, 50

describe("examples/reminders", function()
  local server, root, command

  setup(function() root = shell.directory() end)
  teardown(function() shell.must("rm -rf " .. root) end)
  before_each(function()
    server = servers.twilio { tick = 100 } -- a message is delivered within a second
    shell.must(("rm -f %s/journal"):format(root))
    local rows = { "id,name,phone,time" }
    for i = 1, ROWS do rows[#rows + 1] = ("A-%d,Name %d,+1555867%04d,Tuesday at %d"):format(i, i, i, i) end
    shell.write(root .. "/appointments.csv", table.concat(rows, "\r\n") .. "\r\n")
    command = ("env LUA_PATH=%s LUA_CPATH=%s TWILIO_FROM=+15017122661 TWILIO_ACCOUNT_SID=%s TWILIO_AUTH_TOKEN=%s TWILIO_BASE_URL=%s "
      .. "REMINDERS_SETTLE=0 REMINDERS_RATE=200 %s examples/reminders/send_reminders.lua %s/appointments.csv %s/journal"):format(
      shell.quote(package.path), shell.quote(package.cpath), server.account_sid, server.auth_token, server.url, shell.interpreter(), root, root)
  end)
  after_each(function() server:stop() end)

  -- Returns the numbers of messages by recipient.
  local function sent()
    local counts = {}
    local twilio = require "twilio"
    local client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    for sms in client.messages:iter() do counts[sms.to] = (counts[sms.to] or 0) + 1 end
    client:close()
    return counts
  end

  local function expected()
    local counts = {}
    for i = 1, ROWS do counts[("+1555867%04d"):format(i)] = 1 end
    return counts
  end

  it("sends each reminder once, and nothing when it is run again", function()
    assert.equal(("%6d  delivered\n"):format(ROWS), shell.must(command .. " 2>/dev/null"))
    assert.same(expected(), sent())
    assert.equal(("%6d  delivered\n"):format(ROWS), shell.must(command .. " 2>/dev/null"))
    assert.same(expected(), sent())
  end)

  it("reports recipients that Twilio refuses, and tries them again in the next run", function()
    shell.write(root .. "/appointments.csv", "id,name,phone,time\nA-1,Ada,nobody,Monday\nA-2,Grace,+15558670001,Monday\n")
    local ok, output = shell.run(command .. " 2>/dev/null")
    assert.is_falsy(ok)
    assert.equal("     1  delivered\n     1  21211     Invalid 'To' Phone Number\n", output)
    shell.run(command .. " 2>/dev/null")
    assert.same({ ["+15558670001"] = 1 }, sent())
    local refused = 0
    for _, request in ipairs(server:get "/_/log") do
      if request.method == "POST" and request.body:find "nobody" then refused = refused + 1 end
    end
    assert.equal(2, refused)
  end)

  it("killed " .. KILLS .. " times at random moments, sends each reminder once and leaves nobody out", function()
    math.randomseed(20261130)
    local ends = 0
    for _ = 1, KILLS do
      -- The shell kills the program after a random time. A request that it has sent may still arrive.
      local ok = shell.run(("timeout -s KILL %.3f %s >/dev/null 2>&1"):format(0.03 + math.random() * 0.3, command))
      if ok then ends = ends + 1 end
      server:get "/_/stats" -- the stand-in has carried out what it had received before
    end
    assert.is_true(ends < KILLS)
    assert.equal(("%6d  delivered\n"):format(ROWS), shell.must(command .. " 2>/dev/null"))
    assert.same(expected(), sent())
  end)

  it("finds the messages whose responses were lost", function()
    server:post("/_/fault", { Method = "POST", Path = "Messages", Close = "after", Cut = "0.3", Times = "5" })
    shell.run(command .. " 2>/dev/null")
    assert.equal(("%6d  delivered\n"):format(ROWS), shell.must(command .. " 2>/dev/null"))
    assert.same(expected(), sent())
  end)
end)
