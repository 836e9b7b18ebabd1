-- Places, lists, redirects and hangs up calls. The library sends real HTTP requests to a stand-in
-- for Twilio on this machine. `make demo` runs this program in the directory of the checkout.
-- Your own program needs neither `servers` nor `base_url`.

package.path = "./?.lua;" .. package.path
local servers = require "spec.support.servers"
local twilio = require "twilio"

local server = servers.twilio {}
local client = twilio.client {
  account_sid = server.account_sid,
  auth_token = server.auth_token,
  base_url = server.url,
}
print "demo: this is examples/demo.lua"
print("demo: a stand-in for Twilio listens on " .. server.url)

local function show(call, what)
  print(("  %s  %-12s %s"):format(call.sid, call.status, what))
end

-- Advances the stand-in's clock, which does not run by itself.
local function let_pass(seconds, call)
  server:post("/_/clock", { Seconds = seconds })
  assert(call:refresh())
  show(call, ("%d s later"):format(seconds))
end

print "demo: place a call and watch it"
local call = assert(client.calls:make {
  to = "+15558675310",
  from = "+15017122661",
  url = "http://foo.com/call.xml",
})
show(call, "placed from " .. call.from .. " to " .. call.to)
let_pass(1, call)
assert(call.status == twilio.RINGING)
let_pass(2, call)
assert(call.status == twilio.IN_PROGRESS)

print "demo: redirect the call to new TwiML, then hang up"
assert(call:route("http://foo.com/new.xml"))
show(call, "redirected to http://foo.com/new.xml")
assert(call:hangup())
show(call, "hung up")
assert(call.status == twilio.COMPLETED)

print "demo: place three more calls, and hang up one by its SID before it rings"
local sids = {}
for i = 1, 3 do
  sids[i] = assert(client.calls:make { to = "+1555867530" .. i, from = "+15017122661", url = "http://foo.com/call.xml" }).sid
end
show(assert(client.calls:hangup(sids[2])), "hung up while queued")

print "demo: Twilio's errors are returned as nil, a message and a table"
local none, message, err = client.calls:get("CA00000000000000000000000000000000")
assert(none == nil and err.status == 404 and err.code == 20404)
print("  " .. message)

print "demo: hang up every live call"
server:post("/_/clock", { Seconds = 3 })
for live in client.calls:iter { status = twilio.IN_PROGRESS } do
  assert(live:hangup())
  show(live, "hung up")
end

print "demo: the call log"
for each in client.calls:iter {} do
  show(each, each.duration and each.duration .. " s" or "")
end
assert(client.calls:count() == 4)
assert(client.calls:count { status = twilio.COMPLETED } == 3)

client:close()
server:stop()
print "demo: ok"
