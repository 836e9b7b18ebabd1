--- A double of Twilio for the tests of a program. `twilio.testing` is this module.

require "twilio" -- first: errors name the caller only once it is loaded
local core = require "twilio.core"
core.keep(...)
local rule = require "twilio.testing.rule"

local testing = {}

-- Returns a function that loads its module when it is first called.
local function lazy(name, what)
  return function(...) return require(name)[what](...) end
end

--- testing.new{ in_order =, now = }: returns a fake. See twilio/testing/fake.lua.
testing.new = lazy("twilio.testing.fake", "new")

--- testing.record(path, { keep = }) and testing.replay(path, { in_order =, now = }): record the
-- requests of a client and their answers, and answer from the recording. See
-- twilio/testing/recording.lua.
testing.record = lazy("twilio.testing.recording", "record")
testing.replay = lazy("twilio.testing.recording", "replay")

--- testing.webhook{ kind, url =, params = or body =, auth_token =, method =, headers = }: returns a
-- signed request as Twilio sends it. See twilio/testing/webhook.lua.
testing.webhook = lazy("twilio.testing.webhook", "request")

--- testing.sid(prefix, number): returns a SID for tests, such as
-- CA00000000000000000000000000000001.
function testing.sid(prefix, number)
  if type(prefix) ~= "string" or not prefix:find "^%u%u$" then core.misuse "the prefix of a SID is two capitals, such as CA" end
  if type(number) ~= "number" or number < 0 or number % 1 ~= 0 then core.misuse "the number of a SID is a whole number" end
  return ("%s%032d"):format(prefix, number)
end

--- testing.any and testing.absent: values in the params of a rule. `any` accepts every value that
-- the request has. `absent` accepts only a request without the parameter.
testing.any, testing.absent = rule.any, rule.absent

return setmetatable(testing, { __index = core.index "twilio.testing" })
