--- The program that nginx runs in the stage `site`. It records each of its runs in a file before it calls,
-- so that the record of a run remains if the worker is killed.
--
--   site_program.write(directory, base_url, authority)   -- writes DIRECTORY/program.lua
--   site_program.runs(directory)                         -- the runs, in their order
--
-- A request /?n=NUMBER sends one POST. The recorder of the fault server counts the effects of each run, not
-- those of each request of the client. The response is the line "NUMBER RUN OUTCOME".
local shell = require "spec.support.shell"

local site_program = {}

-- `place` is the number of the request on its connection. From 2 on the client has reused the connection.
local PROGRAM = [[
local number, place = ngx.var.arg_n, tonumber(ngx.var.connection_requests)
local run = ("%%d%%05d"):format(ngx.var.connection, place)
local file = assert(io.open(%q, "a"))
file:setvbuf "no"
file:write(("%%s %%s %%d\n"):format(run, number, place))
file:close()
local client = require("twilio").client {
  account_sid = "AC1", auth_token = "t", base_url = "%s/record", ca_file = %s, timeout = 2, retries = 1, max_retry_wait = 0.01,
}
local function post()
  return client:request { method = "POST", path = "/v1/r" .. run .. "r/f3000", form = { Filler = ("x"):rep(3000) } }
end
local response, _, err = post()
%s
local outcome = err and err.sent or response.json.id == "r" .. run .. "r" and "ok" or "crossed"
ngx.say(number, " ", run, " ", outcome)
client:close()
]]

--- Writes the program. `ca_file` may be nil. `after` is Lua that runs after the call, or nil.
function site_program.write(directory, base_url, ca_file, after)
  local authority = ca_file and ("%q"):format(ca_file) or "nil"
  shell.write(directory .. "/program.lua", PROGRAM:format(directory .. "/runs", base_url, authority, after or ""))
  shell.write(directory .. "/runs", "")
end

--- Returns an array of { run, number, place }, in the order in which the runs began.
function site_program.runs(directory)
  local runs = {}
  for line in io.lines(directory .. "/runs") do
    local run, number, place = line:match "^(%d+) (%d+) (%d+)$"
    runs[#runs + 1] = { run = run, number = number, place = tonumber(place) }
  end
  return runs
end

return site_program
