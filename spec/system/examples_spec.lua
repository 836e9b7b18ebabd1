-- Runs the programs of examples/ as a user does: each in a separate process, with the Lua that runs
-- this spec.
local nginx = require "spec.support.nginx"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local webhooks = require "spec.support.webhooks"
local unpack = table.unpack or unpack -- luacheck: ignore

local function read_all(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

-- Programs inherit the paths of this spec. LUA_PATH is read only if the variable for one Lua
-- version is not set.
local UNSET = "LUA_INIT LUA_PATH_5_2 LUA_PATH_5_3 LUA_PATH_5_4 LUA_CPATH_5_2 LUA_CPATH_5_3 LUA_CPATH_5_4 "
  .. "TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN TWILIO_API_KEY TWILIO_API_SECRET TWILIO_REGION TWILIO_EDGE "
  .. "TWILIO_BASE_URL TWILIO_FROM TWILIO_CALL_URL"

local function environment(variables)
  local words = { "env" }
  for name in UNSET:gmatch "%S+" do words[#words + 1] = "-u " .. name end
  for name, value in pairs(variables) do words[#words + 1] = shell.quote(name .. "=" .. value) end
  words[#words + 1] = shell.quote("LUA_PATH=" .. package.path)
  words[#words + 1] = shell.quote("LUA_CPATH=" .. package.cpath)
  return table.concat(words, " ")
end

-- Returns a command line for examples/NAME.lua.
local function command_line(variables, name, ...)
  local command = { environment(variables), shell.interpreter(), "examples/" .. name .. ".lua" }
  for _, argument in ipairs { ... } do command[#command + 1] = shell.quote(argument) end
  return table.concat(command, " ")
end

local input = "" -- the standard input of the next programs

-- Runs examples/NAME.lua. Returns the exit status, the standard output and the standard error.
local function run(variables, name, ...)
  local errors = os.tmpname()
  local command = ("printf %%s %s | %s 2>%s; echo \"status $?\""):format(shell.quote(input), command_line(variables, name, ...), errors)
  local pipe = assert(io.popen(command))
  local output, status = pipe:read("*a"):match "^(.*)status (%d+)\n$"
  pipe:close()
  local complaints = read_all(errors)
  os.remove(errors)
  return tonumber(status), output, complaints
end

-- Returns whether this Lua has a module. Another process tries to load it.
local function has(name)
  return (shell.run(environment {} .. " " .. shell.interpreter() .. " -e " .. shell.quote(('require "%s"'):format(name))))
end

describe("examples/", function()
  local server, good, wrong

  setup(function() server = servers.twilio { now = 1300000000 } end)
  teardown(function() server:stop() end)

  before_each(function()
    server:post "/_/reset"
    input = ""
    good = { TWILIO_ACCOUNT_SID = server.account_sid, TWILIO_AUTH_TOKEN = server.auth_token, TWILIO_BASE_URL = server.url }
    wrong = { TWILIO_ACCOUNT_SID = server.account_sid, TWILIO_AUTH_TOKEN = "wrong", TWILIO_BASE_URL = server.url }
  end)

  local function sent(method)
    local bodies = {}
    for _, request in ipairs(server:get "/_/log") do
      if request.method == method then bodies[#bodies + 1] = request.body end
    end
    table.sort(bodies)
    return bodies
  end

  -- For every program: invalid credentials, missing credentials and wrong arguments.
  local function fails_well(name, arguments, mistaken)
    it("reports invalid credentials and exits with 1", function()
      local status, _, complaints = run(wrong, name, unpack(arguments))
      assert.equal(1, status)
      assert.matches("401, error 20003: Authenticate", complaints, 1, true)
      assert.is_nil(complaints:find("stack traceback", 1, true))
    end)

    it("reports missing credentials and exits with 1", function()
      local status, _, complaints = run({}, name, unpack(arguments))
      assert.equal(1, status)
      assert.matches("no credentials: ", complaints, 1, true)
    end)

    it("prints its usage, sends nothing and exits with 2", function()
      local status, output, complaints = run(good, name, unpack(mistaken))
      assert.equal(2, status)
      assert.equal("", output)
      assert.matches("^usage: examples/" .. name .. "%.lua ", complaints)
      assert.same({}, server:get "/_/log")
    end)
  end

  describe("demo.lua", function()
    it("runs to the end and exits with 0", function()
      local status, output, complaints = run({}, "demo")
      assert.equal("", complaints)
      assert.equal(0, status)
      assert.matches("\ndemo: ok\n$", output)
      for _, word in ipairs { "queued", "ringing", "in-progress", "redirected", "completed", "canceled", "error 20404" } do
        assert.matches(word, output, 1, true)
      end
    end)
  end)

  describe("webhooks.lua", function()
    local TOKEN, PUBLIC = webhooks.token, "https://example.com"

    -- Starts the program, calls f(port), ends the program, and returns its output.
    -- public: the argument PUBLIC_URL, or nil
    local function serving(public, f)
      local directory = shell.directory()
      local command = "exec " .. command_line({ TWILIO_AUTH_TOKEN = TOKEN }, "webhooks", "0", public)
      local pid = shell.must(("(%s) >%s/out 2>&1 & echo $!"):format(command, directory)):match "%d+"
      local port
      nginx.until_true(function()
        port = read_all(directory .. "/out"):match "port (%d+)"
        return port or not shell.run("kill -0 " .. pid)
      end)
      local ok, problem = pcall(f, port)
      shell.run("kill " .. pid)
      local output = read_all(directory .. "/out")
      shell.run("rm -rf " .. directory)
      if not ok then error(problem, 0) end
      return output
    end

    -- Sends a webhook. Returns the status and the body.
    local function send(port, path, fields, more, public)
      local signature = webhooks.sign((public or PUBLIC) .. path, fields)
      local body = fields and "--data-binary " .. shell.quote(webhooks.encode(fields)) or ""
      local output = shell.must(("curl --silent --max-time 30 --noproxy '*' -w '%%{http_code}' -H %s %s %s %s"):format(
        shell.quote("X-Twilio-Signature: " .. signature), body, more or "", shell.quote("http://127.0.0.1:" .. port .. path)))
      return tonumber(output:sub(-3)), output:sub(1, -4)
    end

    local run_server = has "http.server" and it or pending

    run_server("takes the URL from the header Host without PUBLIC_URL", function()
      serving(nil, function(port)
        assert.equal(200, (send(port, "/voice", { { "CallSid", "CA1" } }, nil, "http://127.0.0.1:" .. port)))
        assert.equal(403, (send(port, "/voice", { { "CallSid", "CA1" } }, nil, "http://other.example.com")))
      end)
    end)

    run_server("answers Twilio's requests, and refuses others", function()
      local output = serving(PUBLIC, function(port)
        local status, body = send(port, "/voice?a=b", { { "CallSid", "CA1" } })
        assert.equal(200, status)
        assert.matches("<Say>Hello</Say>", body, 1, true)
        assert.equal(200, (send(port, "/voice?CallSid=CA1")))
        local again = "-H 'I-Twilio-Idempotency-Token: t1'"
        for _ = 1, 2 do assert.equal(200, (send(port, "/sms", { { "MessageSid", "SM1" }, { "Body", "secret" } }, again))) end
        assert.equal(403, (send(port, "/voice", { { "CallSid", "CA1" } }, "-H 'X-Twilio-Signature: x'")))
        assert.equal(413, (send(port, "/voice", { { "Body", ("x"):rep(100000) } }, "-H 'Content-Length: 2000000' --max-time 5 -H 'Expect:'")))
      end)
      assert.equal(1, select(2, output:gsub("message SM1", "")))
      assert.is_nil(output:find("secret", 1, true))
      assert.is_nil(output:find("traceback", 1, true))
    end)

    run_server("reports a missing token and wrong arguments", function()
      local status, _, complaints = run({}, "webhooks", "0")
      assert.equal(1, status)
      assert.matches("no auth token: pass auth_token, or set TWILIO_AUTH_TOKEN", complaints, 1, true)
      assert.equal(1, (run({ TWILIO_AUTH_TOKEN = TOKEN }, "webhooks", "0", "example.com")))
      assert.equal(2, (run({ TWILIO_AUTH_TOKEN = TOKEN }, "webhooks", "port")))
    end)
  end)

  describe("testing/", function()
    it("has specs that pass without a server, and without credentials", function()
      local paths = "LUA_PATH=" .. shell.quote("examples/testing/?.lua;" .. package.path)
      local busted = shell.must("command -v busted"):match "%S+"
      local output = shell.must(("%s %s %s %s examples/testing"):format(environment {}, paths, shell.interpreter(), busted))
      assert.matches("\n8 successes / 0 failures / 0 errors / 0 pending", output, 1, true)
    end)
  end)

  describe("place_call.lua", function()
    it("places a call and prints its SID", function()
      local status, output, complaints = run(good, "place_call", "+15558675310", "+15017122661", "http://foo.com/call.xml")
      assert.equal("", complaints)
      assert.equal(0, status)
      assert.matches("^CA%x+\n$", output)
      assert.same({ "From=%2B15017122661&To=%2B15558675310&Url=http%3A%2F%2Ffoo.com%2Fcall.xml" }, sent "POST")
    end)

    it("reads FROM and URL from the environment", function()
      good.TWILIO_FROM, good.TWILIO_CALL_URL = "+15017122661", "http://foo.com/call.xml"
      assert.equal(0, (run(good, "place_call", "+15558675310")))
      assert.same({ "From=%2B15017122661&To=%2B15558675310&Url=http%3A%2F%2Ffoo.com%2Fcall.xml" }, sent "POST")
    end)

    it("reports the error for a call that Twilio rejects", function()
      local status, output, complaints = run(good, "place_call", "nobody", "+15017122661", "http://foo.com/call.xml")
      assert.equal(1, status)
      assert.equal("", output)
      assert.matches("400, error 21217: ", complaints, 1, true)
      assert.is_nil(complaints:find("may have been placed", 1, true))
    end)

    it("warns when the call may have been placed", function()
      server:post("/_/fault", { Method = "POST", Handle = "true", Close = "instead" })
      local status, _, complaints = run(good, "place_call", "+15558675310", "+15017122661", "http://foo.com/call.xml")
      assert.equal(1, status)
      assert.matches("The call may have been placed: check the list of calls", complaints, 1, true)
      assert.equal(1, #sent "POST")
    end)

    fails_well("place_call", { "+15558675310", "+15017122661", "http://foo.com/call.xml" }, { "+15558675310", "+15017122661" })
  end)

  describe("redirect_calls.lua", function()
    it("redirects the calls that were answered", function()
      server:post("/_/seed", { Calls = 60, Status = "in-progress" })
      server:post("/_/seed", { Calls = 1, Status = "ringing" })
      local status, output, complaints = run(good, "redirect_calls", "http://foo.com/new.xml")
      assert.equal("", complaints)
      assert.equal(0, status)
      assert.equal(60, #shell.lines(output))
      assert.equal(60, #sent "POST")
      assert.equal("Method=POST&Url=http%3A%2F%2Ffoo.com%2Fnew.xml", sent "POST"[1])
    end)

    it("hangs up every live call", function()
      local states = { "queued", "ringing", "in-progress", "completed" }
      for _, state in ipairs(states) do server:post("/_/seed", { Calls = 2, Status = state }) end
      local status, output, complaints = run(good, "redirect_calls", "hangup")
      assert.equal("", complaints)
      assert.equal(0, status)
      assert.equal(6, #shell.lines(output))
      local _, completed = output:gsub("completed", "")
      local _, canceled = output:gsub("canceled", "")
      assert.same({ 2, 4 }, { completed, canceled })
      assert.equal("", (select(2, run(good, "redirect_calls", "hangup"))))
    end)

    it("does not change the calls of other numbers", function()
      server:post("/_/seed", { Calls = 1, Status = "in-progress", To = "+15550001111" })
      server:post("/_/seed", { Calls = 1, Status = "in-progress", To = "+15550002222" })
      local _, output = run(good, "redirect_calls", "hangup", "to=+15550001111")
      assert.matches("^CA%x+\t%+15550001111\tcompleted\n$", output)
    end)

    it("goes on after a call that it could not change, and exits with 1", function()
      server:post("/_/seed", { Calls = 3, Status = "in-progress" })
      server:post("/_/fault", { Method = "POST", Status = 500, Body = '{"code":20500,"message":"oops","status":500}' })
      local status, output, complaints = run(good, "redirect_calls", "hangup")
      assert.equal(1, status)
      assert.equal(2, #shell.lines(output))
      assert.matches("500, error 20500: oops", complaints, 1, true)
    end)

    it("ignores a call that has ended meanwhile", function()
      server:post("/_/seed", { Calls = 2, Status = "in-progress" })
      server:post("/_/fault", { Method = "POST", Status = 400, Body = '{"code":21220,"message":"Call is not in-progress","status":400}' })
      local status, output, complaints = run(good, "redirect_calls", "hangup")
      assert.equal("", complaints)
      assert.equal(0, status)
      assert.equal(1, #shell.lines(output))
    end)

    fails_well("redirect_calls", { "hangup" }, { "hangup", "two=+15550001111" })
  end)

  describe("archive.lua", function()
    local root
    before_each(function() root = shell.directory() end)
    after_each(function() shell.must("rm -rf " .. root) end)

    local function names() return shell.lines(shell.must("ls -A " .. root)) end

    it("writes the calls and the recordings of a day, and fetches only what is missing when it is run again", function()
      server:post("/_/seed", { Calls = 2, Status = "completed", Recordings = 2 })
      local status, output, progress = run(good, "archive", root, "2011-03-13", "wav")
      assert.equal("2 calls, 4 recordings, of which 4 are new\n", output)
      assert.equal(0, status)
      assert.matches("2 calls, 4 recordings, %d+%.%d MB, 0 failed\n$", progress)
      local files = names()
      assert.equal(5, #files)
      assert.equal("calls-2011-03-13.csv", files[5])
      assert.equal(3, select(2, read_all(root .. "/" .. files[5]):gsub("\r\n", "")))
      assert.equal("RIFF", read_all(root .. "/" .. files[1]):sub(1, 4))
      os.remove(root .. "/" .. files[2])
      status, output = run(good, "archive", root, "2011-03-13", "wav")
      assert.equal("2 calls, 4 recordings, of which 1 are new\n", output)
      assert.equal(0, status)
      assert.same(files, names())
    end)

    it("leaves no incomplete file, and reports what is missing", function()
      server:post("/_/seed", { Calls = 1, Status = "completed", Recordings = 2 })
      server:post("/_/fault", { Method = "GET", Path = "Recordings/RE.*wav", Status = 404, Body = "gone" })
      local status, output, complaints = run(good, "archive", root, "2011-03-13", "wav")
      assert.equal(1, status)
      assert.matches("^1 calls, 2 recordings, of which 1 are new\n     1  404 ", output)
      assert.matches("some recordings are missing: run the program again\n$", complaints)
      assert.equal(2, #names())
    end)

    it("archives nothing of another day", function()
      server:post("/_/seed", { Calls = 1, Status = "completed", Recordings = 1 })
      local _, output = run(good, "archive", root, "2011-03-14", "wav")
      assert.equal("0 calls, 0 recordings, of which 0 are new\n", output)
    end)

    it("refuses a wrong day, and reports a directory that does not exist", function()
      assert.equal(2, (run(good, "archive", root, "2011-02-30")))
      local status, _, complaints = run(good, "archive", root .. "/none", "2011-03-13")
      assert.equal(1, status)
      assert.matches("cannot write .*calls%-2011%-03%-13%.csv: No such file or directory\n$", complaints)
    end)
  end)

  describe("export_calls.lua", function()
    local HEAD = "sid,start_time,end_time,direction,from,to,status,duration,price,price_unit,caller_name\r\n"

    it("writes the call log, one line per call", function()
      local sid = server:post("/_/seed", { Calls = 1, Status = "completed", To = "+15550001111" }).first
      local status, output, complaints = run(good, "export_calls")
      assert.equal("", complaints)
      assert.equal(0, status)
      local times = "2011-03-13T07:06:10Z,2011-03-13T07:06:40Z"
      assert.equal(HEAD .. sid .. "," .. times .. ",outbound-api,+15017122661,+15550001111,completed,30,,USD,\r\n", output)
    end)

    it("reads all pages", function()
      server:post("/_/seed", { Calls = 1100, Status = "completed" })
      local _, output = run(good, "export_calls")
      assert.equal(1101, select(2, output:gsub("\r\n", "")))
    end)

    it("quotes commas, quotes and line breaks", function()
      local body = '{"calls":[{"sid":"CA1","caller_name":"Smith, \\"Jo\\"\\r\\nJunior","price":"-0.00850"}]}'
      server:post("/_/fault", { Method = "GET", Status = 200, Body = body })
      local _, output = run(good, "export_calls")
      assert.equal(HEAD .. 'CA1,,,,,,,,-0.00850,,"Smith, ""Jo""\r\nJunior"\r\n', output)
    end)

    it("starts at the day SINCE", function()
      server:post("/_/seed", { Calls = 1, Status = "completed" })
      server:post("/_/clock", { Seconds = 86400 })
      local sid = server:post("/_/seed", { Calls = 1, Status = "completed" }).first
      local _, output = run(good, "export_calls", "2011-03-14")
      assert.matches("^" .. sid .. ",2011%-03%-14T[^\n]*\n$", output:sub(#HEAD + 1))
    end)

    it("writes to a file", function()
      local sid = server:post("/_/seed", { Calls = 1, Status = "completed" }).first
      local name = os.tmpname()
      finally(function() os.remove(name) end)
      local status, output = run(good, "export_calls", "2011-03-01", name)
      assert.equal(0, status)
      assert.equal("", output)
      assert.equal(HEAD .. sid, read_all(name):sub(1, #HEAD + #sid))
    end)

    it("reports a file that cannot be written and exits with 1", function()
      local status, _, complaints = run(good, "export_calls", "2011-03-01", "/nonexistent/calls.csv")
      assert.equal(1, status)
      assert.matches("/nonexistent/calls.csv: No such file or directory", complaints, 1, true)
    end)

    it("reports a full disk and exits with 1", function()
      local status, _, complaints = run(good, "export_calls", "2011-03-01", "/dev/full")
      assert.equal(1, status)
      assert.matches("No space left on device", complaints, 1, true)
    end)

    it("rejects a day that does not exist", function()
      for _, day in ipairs { "2011-02-29", "2011-13-01", "2011-00-10", "2011-04-31" } do
        local status, output, complaints = run(good, "export_calls", day)
        assert.same({ 2, "" }, { status, output })
        assert.matches("^usage: ", complaints)
      end
      assert.equal(0, (run(good, "export_calls", "2012-02-29")))
    end)

    fails_well("export_calls", {}, { "yesterday" })
  end)

  for _, host in ipairs { "cqueues", "luv" } do
    describe(host .. ".lua", function()
      if not has(host) then
        return it("places calls", function() pending(host .. " is not installed for this Lua") end)
      end

      before_each(function() input = "+15558675310\n" end)

      it("places a call to each number", function()
        input = "+15558675310\n+15558675311\n\n+15558675312"
        local status, output, complaints = run(good, host, "+15017122661", "http://foo.com/call.xml")
        assert.equal("", complaints)
        assert.equal(0, status)
        local numbers, bodies = {}, {}
        for _, line in ipairs(shell.lines(output)) do numbers[#numbers + 1] = line:match "^CA%x+\t(%+%d+)$" end
        table.sort(numbers)
        assert.same({ "+15558675310", "+15558675311", "+15558675312" }, numbers)
        for i = 0, 2 do bodies[i + 1] = "From=%2B15017122661&To=%2B1555867531" .. i .. "&Url=http%3A%2F%2Ffoo.com%2Fcall.xml" end
        assert.same(bodies, sent "POST")
      end)

      it("reads numbers while calls are being placed", function()
        local faults, printed = servers.fault {}, os.tmpname()
        finally(function()
          faults:stop()
          os.remove(printed)
        end)
        good.TWILIO_BASE_URL = faults.url .. "/hold"
        local program = command_line(good, host, "+15017122661", "http://foo.com/call.xml")
        local pipe = assert(io.popen(("cat | %s >%s 2>&1"):format(program, printed), "w"))
        for n = 1, 3 do
          pipe:write("+1555867531", n, "\n")
          pipe:flush()
          nginx.until_true(function() return faults:get("/_/held").held == n end)
        end
        faults:post "/_/release"
        pipe:close()
        local lines = shell.lines(read_all(printed):gsub("CA%x+\t", ""))
        assert.same({ "+15558675311", "+15558675312", "+15558675313" }, lines)
      end)

      it("goes on after a call that it could not place, and exits with 1", function()
        input = "+15558675310\nnobody\n+15558675311\n"
        local status, output, complaints = run(good, host, "+15017122661", "http://foo.com/call.xml")
        assert.equal(1, status)
        assert.equal(2, #shell.lines(output))
        assert.matches("^nobody: .*400, error 21217: ", complaints)
      end)

      it("warns when a call may have been placed", function()
        server:post("/_/fault", { Method = "POST", Handle = "true", Close = "instead" })
        local status, _, complaints = run(good, host, "+15017122661", "http://foo.com/call.xml")
        assert.equal(1, status)
        assert.matches("(the call may have been placed)\n", complaints, 1, true)
      end)

      fails_well(host, { "+15017122661", "http://foo.com/call.xml" }, {})
    end)
  end
end)
