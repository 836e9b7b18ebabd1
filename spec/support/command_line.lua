--- Runs the real program bin/twilio-lua with the Lua of the specs, against the stand-in for Twilio.
--
--   local twilio_lua = command_line.new(server)            -- server: see servers.lua
--   local result = twilio_lua { "calls", "list", "-n", "3" }
--   result.code, result.out, result.err                    -- exit code, standard output and error
--   twilio_lua({ "calls", "count" }, { input = "", env = { TWILIO_AUTH_TOKEN = "wrong" } })
--   twilio_lua.out { "calls", "count" }                     -- the standard output of a success without messages
--   twilio_lua.fails(2, "unknown option", { "--x" })        -- checks exit code and message, returns the hint
--   twilio_lua.terminal(80, { "calls", "list" })            -- the output on a terminal of 80 columns
--   twilio_lua.stop()                                       -- removes the home directory
local assert = require "luassert"
local shell = require "spec.support.shell"

local command_line = {}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

-- The environment of the program: a home directory of its own, and the credentials of the server.
local function environment(home, server, more)
  local all = {
    PATH = os.getenv "PATH", HOME = home, LC_ALL = "C.UTF-8", TERM = "xterm", LUA_PATH = package.path, LUA_CPATH = package.cpath,
  }
  if server then
    all.TWILIO_ACCOUNT_SID, all.TWILIO_AUTH_TOKEN, all.TWILIO_BASE_URL = server.account_sid, server.auth_token, server.url
  end
  for name, value in pairs(more or {}) do all[name] = value or nil end
  local words = { "env", "-i" }
  for name, value in pairs(all) do
    if value then words[#words + 1] = shell.quote(name .. "=" .. value) end
  end
  return table.concat(words, " ")
end

local function command_of(arguments)
  local words = { shell.quote(shell.interpreter()), "bin/twilio-lua" }
  for _, argument in ipairs(arguments) do words[#words + 1] = shell.quote(argument) end
  return table.concat(words, " ")
end

--- Returns a function that runs the program. Without a server there are no credentials.
function command_line.new(server)
  local home = shell.directory()
  local runner = { home = home }

  --- Returns the command line of the program with its environment.
  function runner.command(arguments, env)
    return environment(home, server, env) .. " " .. command_of(arguments)
  end

  --- Returns the output on a terminal with this width, without carriage returns at the ends of lines, and
  -- whether the command has succeeded.
  function runner.try_terminal(columns, arguments, env)
    local inner = ("stty cols %d rows 50; %s"):format(columns, runner.command(arguments, env))
    local ok, output = shell.run(("script -qec %s /dev/null </dev/null"):format(shell.quote(inner)))
    output = output:gsub("\r\n", "\n")
    return output, ok
  end

  --- The same for a command that succeeds.
  function runner.terminal(...)
    local output, ok = runner.try_terminal(...)
    assert.is_true(ok, output)
    return output
  end

  --- Returns the standard output of a command that succeeds and writes no message.
  function runner.out(arguments, options)
    local result = runner(arguments, options)
    assert.same({ 0, "" }, { result.code, result.err })
    return result.out
  end

  --- Checks the exit code and the message of a command that fails. Returns the hint, or nil.
  function runner.fails(code, message, arguments, options)
    local result = runner(arguments, options)
    assert.equal(code, result.code, result.err)
    assert.equal("", result.out)
    local line = result.err:match "^twilio%-lua: ([^\n]*)\n"
    assert.is_string(line, result.err)
    assert.matches(message, line, 1, true)
    return result.err:match "\nhint: ([^\n]*)\n$"
  end

  function runner.stop() shell.must("rm -rf " .. shell.quote(home)) end

  return setmetatable(runner, {
    __call = function(_, arguments, options)
      options = options or {}
      local input = home .. "/input"
      shell.write(input, options.input or "")
      local _, status = shell.run(("%s <%s >%s/out 2>%s/err; echo $?"):format(runner.command(arguments, options.env), input, home, home))
      return { code = tonumber(status:match "%d+"), out = read(home .. "/out"), err = read(home .. "/err") }
    end,
  })
end

return command_line
