--- The program twilio-simulator: Twilio on this machine, for specs, examples and development.
-- `twilio-simulator --help` lists its options. doc/simulator.md describes what it does.
local options = require "twilio.simulator.options"

local simulator = {}

-- What the simulator needs besides Lua, and the packages that have it
local NEEDED = {
  { "cqueues", "cqueues" }, { "http.h1_connection", "http" }, { "openssl.hmac", "luaossl" }, { "basexx", "basexx" }, { "cjson", "lua-cjson" },
}

-- LuaRocks and a user may choose a Lua without lua-http. Another Lua of the machine may have it.
local function check_modules(arguments)
  local missing = {}
  for _, needed in ipairs(NEEDED) do
    local found, problem = pcall(require, needed[1])
    if not found and tostring(problem):find "interrupted!$" then error(problem, 0) end -- Ctrl-C
    if not found then missing[#missing + 1] = needed[2] end
  end
  if #missing == 0 then return end
  local code = require("twilio.simulator.relaunch").again(arguments)
  if code then os.exit(code) end
  io.stderr:write(
    "twilio-simulator needs lua-http and lua-cjson. ", _VERSION, " lacks: ", table.concat(missing, ", "), "\n",
    "On Debian and Ubuntu: apt-get install lua5.1 lua-http lua-cjson. With LuaRocks: luarocks install http && luarocks install lua-cjson\n")
  os.exit(1)
end

local function refuse(message)
  io.stderr:write("twilio-simulator: ", message, "\n")
  os.exit(2)
end

local function read_options(arguments)
  local program = require "twilio.simulator.program"
  local given, problem = options.complete(program.options(arguments, options.KNOWN, options.DEFAULTS, "twilio-simulator"))
  return given or refuse(problem)
end

local MOST_SHOWN = 5

-- Returns a sentence about the numbers of the account of the options.
local function numbers_text(world)
  local numbers = world.service.store:collection(world.options.account, "incoming_phone_numbers"):all()
  if #numbers == 0 then return "It has no numbers." end
  local shown = {}
  for index = 1, math.min(#numbers, MOST_SHOWN) do shown[index] = numbers[index].phone_number end
  if #numbers > MOST_SHOWN then shown[#shown + 1] = ("%d more"):format(#numbers - MOST_SHOWN) end
  if #shown == 1 then return "Its number is " .. shown[1] .. "." end
  local last = table.remove(shown)
  return "Its numbers are " .. table.concat(shown, ", ") .. " and " .. last .. "."
end

-- Returns a line about the records of the state file; "" if the file is new.
local function found_text(world)
  if not world.recovers then return "" end
  local counts = {}
  for index, row in ipairs { { "incoming_phone_numbers", "number" }, { "calls", "call" }, { "messages", "message" } } do
    local count = 0
    for sid in pairs(world.service.store.accounts) do count = count + #world.service.store:collection(sid, row[1]):all() end
    counts[index] = ("%d %s%s"):format(count, row[2], count == 1 and "" or "s")
  end
  return ("%s: %s found.\n"):format(world.options.state, table.concat(counts, ", "))
end

-- What a person sees at the start
local function banner(world)
  local url, given = world.url, world.options
  io.stdout:write(([[
twilio-simulator listens on %s

  export TWILIO_ACCOUNT_SID=%s
  export TWILIO_AUTH_TOKEN=%s
  export TWILIO_BASE_URL='%s/{product}'

twilio-lua reads the last one. In a program: twilio.client { base_url = os.getenv "TWILIO_BASE_URL" }.
%s%s %s
Open %s/ in a browser: it is a phone for your app.
Control: %s/_/ (doc/simulator.md). Ctrl-C ends it.
]]):format(
    url, given.account, given.token, url, found_text(world), numbers_text(world),
    given.tick and "The clock runs." or "The clock stands still: POST /_/clock moves it.", url, url))
  io.stdout:flush()
end

--- Runs the program. Ends the process.
-- @param arguments those of the command line
function simulator.main(arguments)
  for _, argument in ipairs(arguments) do
    if argument == "--help" or argument == "-h" then
      io.stdout:write(options.help())
      os.exit(0)
    end
  end
  check_modules(arguments)
  local cqueues = require "cqueues"
  local http = require "twilio.simulator.http"
  local program = require "twilio.simulator.program"
  local given = read_options(arguments)
  local queue = cqueues.new()
  local fine, world = pcall(require("twilio.simulator.world").new, given, queue)
  if not fine then refuse(type(world) == "table" and world.message or tostring(world)) end
  local context = given.tls and require("twilio.simulator.tls").context(given.tls)
  local function answer_to(request) return world:answer(request) end
  local function admit(connection) return world.chaos:admit(connection) end
  local port = http.listen(queue, tonumber(given.port), answer_to, admit, context)
  if not port then refuse("port " .. given.port .. " is in use: choose another with --port") end
  world:set_url(("%s://127.0.0.1:%d"):format(context and "https" or "http", port))
  if given["until-eof"] then program.run(queue, port, given.ready) end
  if given.ready then program.announce(given.ready, port, program.hold_signals) else program.hold_signals() end
  banner(world)
  program.run_until_signal(queue)
end

return simulator
