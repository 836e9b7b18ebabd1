--- A simulator of Twilio, for specs, examples and development: an HTTP server on the loopback interface.
--
--   twilio-simulator [--port N] [--ready FILE] [--account SID] [--token TOKEN] [--client ID]
--                    [--secret SECRET] [--now EPOCH] [--seed TEXT] [--tick SECONDS] [--log N]
--                    [--tls FILE] [--stay]
--
-- The server needs lua-http and lua-cjson. When it accepts connections,
-- it writes its port as one line to the file of --ready, which may be a FIFO, or to standard
-- output. The server exits at the end of its standard input, and therefore with the program that
-- started it. --stay makes it ignore its standard input.
--
-- With --tls, the server uses HTTPS with a self-signed certificate for 127.0.0.1, and writes the
-- certificate to FILE. --log limits the log to N requests.
--
-- http://127.0.0.1:PORT serves the paths of api, verify, lookups, numbers, oauth and
-- preview-iam.twilio.com. The product may precede the path, as in
-- http://127.0.0.1:PORT/api/2010-04-01.
--
-- The clock stands still until POST /_/clock moves it (simulator/control.lua). With --tick, it
-- advances by SECONDS per real second.
-- * A new call is queued. It rings after 1 second, is answered after 3, and is completed after 60.
-- * A call to +15005551001 ends busy, to +15005551002 no-answer, to +15005551003 failed.
-- * A message to +15005551003 is undelivered.
-- * The code of a verification is its CustomCode, or the first digits of 1234567890.
-- * SIDs depend only on the seed, and on the number of SIDs made before.
local cqueues = require "cqueues"
local http = require "twilio.simulator.http"
local program = require "twilio.simulator.program"
local tls = require "twilio.simulator.tls"
local worlds = require "twilio.simulator.world"

local simulator = {}

local KNOWN = {
  port = true, ready = true, account = true, token = true, client = true, secret = true,
  now = true, seed = true, tick = true, log = true, tls = true, stay = "flag",
  ["webhook-base"] = true, anywhere = "flag",
}
local DEFAULTS = {
  port = "0", account = "AC" .. ("0123456789abcdef"):rep(2), token = ("fedcba9876543210"):rep(2), seed = "", log = "10000",
  client = "OQ" .. ("0123456789abcdef"):rep(2), secret = "secret of the OAuth app",
}

--- Runs the program until the end of its standard input. Ends the process.
-- @param arguments those of the command line
function simulator.main(arguments)
  local options = program.options(arguments, KNOWN, DEFAULTS)
  local queue = cqueues.new()
  local world = worlds.new(options, queue)
  local context = options.tls and tls.context(options.tls)
  local function answer_to(request) return world:answer(request) end
  local function admit(connection) return world.chaos:admit(connection) end
  local port = http.listen(queue, tonumber(options.port), answer_to, admit, context)
  world:set_url(("%s://127.0.0.1:%d"):format(context and "https" or "http", port))
  program.run(queue, port, options.ready, options.stay)
end

return simulator
