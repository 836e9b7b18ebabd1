-- The file of --state. The simulator is killed, not stopped, so nothing can be written at its end.
require "spec.support.without_http"
local cjson = require "cjson"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local state = require "twilio.simulator.state"
local store = require "twilio.simulator.store"
local twilio = require "twilio"

local START = 1300000000
local HEADER = '{"format":"twilio-simulator state","version":1}\n'

describe("the state file", function()
  local folder, file, server

  local function start(options)
    local wanted = { state = file, now = START }
    for name, value in pairs(options or {}) do wanted[name] = value end
    server = servers.twilio(wanted)
    return server
  end

  local function client(options)
    options = options or { account_sid = server.account_sid, auth_token = server.auth_token }
    options.base_url = server.url .. "/{product}"
    return twilio.client(options)
  end

  local function kill()
    server:kill()
    server = nil
  end

  local function content() return shell.must("cat " .. file) end

  before_each(function()
    folder = shell.directory()
    file = folder .. "/state"
  end)

  after_each(function()
    if server then server:stop() end
    server = nil
    shell.must("rm -rf " .. folder)
  end)

  it("has the records of a program after a kill", function()
    start()
    local account = client()
    local message = assert(account.messages:create { to = "+15558675310", from = "+15017122661", body = "Grüße\n\"you\"" })
    local number = assert(account.incoming_phone_numbers:create { phone_number = "+15550001111", voice_url = "http://localhost/voice" })
    local service = assert(account.verify.v2.services:create { friendly_name = "Shop" })
    assert(account.verify.v2.services(service.sid).verifications:create { to = "+15551112222", channel = "sms" })
    local sub_account = assert(account.accounts:create { friendly_name = "Branch" })
    local queue = assert(account.queues:create { friendly_name = "Support" })
    kill()
    start()
    account = client()
    assert.equal("Grüße\n\"you\"", account.messages(message.sid):fetch().body)
    assert.equal("http://localhost/voice", account.incoming_phone_numbers(number.sid):fetch().voice_url)
    assert.equal("123456", server:get("/_/verifications?To=%2B15551112222")[1].code)
    assert.equal("Support", account.queues(queue.sid):fetch().friendly_name)
    local branch = client { account_sid = sub_account.sid, auth_token = sub_account.auth_token }
    assert.equal("Branch", branch.accounts(sub_account.sid):fetch().friendly_name)
    local other = assert(account.messages:create { to = "+15558675310", from = "+15017122661", body = "Again" })
    assert.not_equal(message.sid, other.sid)
    assert.same({ other.sid, message.sid }, { account.messages:list()[1].sid, account.messages:list()[2].sid })
  end)

  it("has the settings: keys, apps, tokens, faults, times and the clock", function()
    start()
    server:post("/_/key", { Sid = "SK1", Secret = "hush" })
    server:post("/_/clock", { Seconds = 7, Ringing = 5 })
    server:post("/_/fault", { Path = "/Queues", Status = 418, Times = 2 })
    local oauth = { client_id = server.client_id, client_secret = server.client_secret, account_sid = server.account_sid }
    assert.truthy(client(oauth).calls:list())
    kill()
    start()
    assert.equal(START + 7, server:get("/_/state").now)
    local keyed = client { account_sid = server.account_sid, api_key = "SK1", api_secret = "hush" }
    assert.truthy(keyed.calls:list())
    local _, _, err = keyed.queues:list()
    assert.equal(418, err.status)
    local call = keyed.calls:make { to = "+15558675310", from = "+15017122661", twiml = "<Response/>" }
    server:post("/_/clock", { Seconds = 4 })
    assert.equal("queued", call:refresh().status)
  end)

  it("keeps what was removed removed", function()
    start()
    local number = client().incoming_phone_numbers:list()[1]
    assert(number:delete())
    kill()
    start()
    assert.equal(2, #client().incoming_phone_numbers:list())
    local _, _, err = client().incoming_phone_numbers(number.sid):fetch()
    assert.equal(404, err.status)
  end)

  it("loses only a line that a kill has cut, and says so", function()
    start()
    local message = client().messages:create { to = "+15558675310", from = "+15017122661", body = "Hello" }
    kill()
    local whole = content()
    local last = whole:match "\n([^\n]*)\n$"
    for cut = 1, #last, math.ceil(#last / 3) do
      shell.write(file, whole .. last:sub(1, cut))
      start()
      assert.equal("Hello", client().messages(message.sid):fetch().body)
      local complaints = server:stop()
      server = nil
      if cut < #last then
        assert.equal(("twilio-simulator: the state file %s: dropped the last line, which is incomplete (%d bytes)\n"):format(file, cut), complaints)
      end
      assert.equal(HEADER, content():sub(1, #HEADER))
    end
  end)

  it("is refused if it is no state file, and stays as it was", function()
    for text, message in pairs {
      ["A letter\n"] = "is no state file", ['{"format":"twilio-simulator state","version":2}\n'] = "is no state file",
      [HEADER .. "nonsense\n[]\n"] = "line 2 is damaged",
    } do
      shell.write(file, text)
      local fine, output = shell.run("bin/twilio-simulator --port 0 --state " .. file)
      assert.is_false(fine)
      assert.matches("twilio-simulator: the state file " .. file .. ": " .. message, output, 1, true)
      assert.equal(text, content())
    end
    shell.write(file .. ".new", "A letter\n")
    os.remove(file)
    local fine, output = shell.run("bin/twilio-simulator --port 0 --state " .. file)
    assert.is_false(fine)
    assert.matches("state.new exists and is no state file", output, 1, true)
    assert.equal("A letter\n", shell.must("cat " .. file .. ".new"))
  end)

  it("is refused if it cannot be written, or another simulator uses it", function()
    local fine, output = shell.run("bin/twilio-simulator --port 0 --state " .. folder .. "/none/state")
    assert.is_false(fine)
    assert.matches("cannot be written", output, 1, true)
    start()
    fine, output = shell.run("bin/twilio-simulator --port 0 --state " .. file)
    assert.is_false(fine)
    assert.matches("another simulator uses it", output, 1, true)
  end)

  it("is begun anew by a reset, with the records of the seed file", function()
    shell.write(folder .. "/seed.json", '{"messages":[{"to":"+15558675310","from":"+15017122661","body":"Seeded"}]}')
    start { ["seed-file"] = folder .. "/seed.json" }
    client().messages:create { to = "+15558675310", from = "+15017122661", body = "Hello" }
    kill()
    start { ["seed-file"] = folder .. "/seed.json" }
    assert.equal(2, #client().messages:list())
    server:post "/_/reset"
    kill()
    start { ["seed-file"] = folder .. "/seed.json" }
    assert.equal("Seeded", client().messages:list()[1].body)
    assert.equal(1, #client().messages:list())
  end)

  it("has one line for each request that changes something", function()
    start()
    local _, before = content():gsub("\n", "")
    client().messages:list()
    client().messages:create { to = "+15558675310", from = "+15017122661", body = "Hello" }
    local _, after = content():gsub("\n", "")
    assert.equal(before + 1, after)
    for line in content():sub(#HEADER + 1):gmatch "[^\n]+" do assert.is_table(cjson.decode(line)) end
  end)
end)

describe("the writer of a state file", function()
  local path, file, world, call

  local function size() return #shell.must("cat " .. path) end

  before_each(function()
    path = os.tmpname()
    file = state.open(path)
    file:forget()
    local records = store.new(START, "", file)
    world = {
      service = { store = records, callers = {}, tokens = {}, apps = {}, answered = 0 }, faults = {}, options = {},
      chaos = { rate = 0, seed = 0, set = function() end }, events = { last = 0, since = function() return {} end },
    }
    call = { sid = "CA1", account_sid = "AC1", status = "completed" }
    records:collection("AC1", "calls"):add(call)
    assert(file:write_all(world))
  end)

  after_each(function()
    file.lock:close()
    os.remove(path)
  end)

  it("writes the file anew when it has grown", function()
    local body = ("x"):rep(100000)
    local largest = 0
    for index = 1, 60 do
      world.service.store:collection("AC1", "calls"):get("CA1").body = body .. index
      file:save(world)
      largest = math.max(largest, size())
    end
    assert.is_true(largest > 4000000)
    assert.is_true(size() < 2500000)
    assert.matches('"body":"x+60"', shell.must("tail -c 150000 " .. path))
  end)

  it("goes on without a file that cannot be written, and writes all of it later", function()
    local complaints, stderr = {}, io.stderr
    io.stderr = { write = function(_, ...) complaints[#complaints + 1] = table.concat { ... } end } -- luacheck: ignore 122
    local real = file.file
    file.file = { write = function() return nil, "No space left on device" end, close = function() real:close() end }
    world.service.store:collection("AC1", "calls"):get("CA1").body = "lost?"
    file:save(world)
    io.stderr = stderr -- luacheck: ignore 122
    assert.same({ "twilio-simulator: the state file " .. path .. " cannot be written: No space left on device\n" }, complaints)
    assert.is_nil(shell.must("cat " .. path):find("lost?", 1, true))
    file:save(world)
    assert.matches("lost?", shell.must("cat " .. path), 1, true)
  end)

  it("replaces what a kill has left of a new file", function()
    shell.write(path .. ".new", HEADER:sub(1, 9))
    assert.is_true(file:write_all(world))
    assert.is_nil(io.open(path .. ".new"))
  end)

  it("writes nothing if nothing has changed", function()
    local before = size()
    world.service.store:collection("AC1", "calls"):get "CA1"
    file:save(world)
    assert.equal(before, size())
  end)
end)
