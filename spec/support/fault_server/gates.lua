--- Behaviours that wait for further requests, or for POST /_/release.
local condition = require "cqueues.condition"
local Connection = require "fault_server.connection"

local gates = { behaviours = {} }

--- Returns a call as JSON, with the SID of the path. A path without a SID gets a fixed SID.
function gates.call(request)
  return ('{"sid":"%s","status":"queued"}'):format(request.path:match "/(CA%x+)%.json$" or "CA0123456789abcdef0123456789abcdef")
end

--- Returns a call as JSON that repeats the request: the SID of the path, and `To` of the form.
function gates.echo(request)
  local to = (request.body or ""):match "To=([^&]*)"
  to = to and to:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end) or ""
  return ('{"sid":"%s","to":"%s","status":"queued"}'):format(request.path:match "/(CA%x+)%.json$" or "CA0123456789abcdef0123456789abcdef", to)
end

--- /echo/N: responds with gates.echo. The connection is closed after its Nth response.
function gates.behaviours.echo(connection, request)
  if request.count ~= tonumber(request.arguments[1]) then return connection:json(200, gates.echo(request)) end
  connection:answer(200, gates.echo(request), Connection.JSON, "Connection: close")
end

local round, held, is_open, changed = nil, 0, false, condition.new()

--- /gather/N: responds as soon as N requests are waiting.
function gates.behaviours.gather(connection, request)
  local size = tonumber(request.arguments[1]) or 1
  local mine = round or { count = 0 }
  round, mine.count = mine, mine.count + 1
  if mine.count == size then
    round = nil
    changed:signal()
  end
  while mine.count < size do changed:wait() end
  return connection:json(200, gates.call(request))
end

--- Waits until gates.release is called.
function gates.pass()
  while not is_open do changed:wait() end
end

--- /hold: responds after gates.release is called.
function gates.behaviours.hold(connection, request)
  held = held + 1
  gates.pass()
  held = held - 1
  return connection:json(200, gates.call(request))
end

--- Ends all calls of gates.pass. Further calls return at once, until gates.reset.
function gates.release()
  is_open = true
  changed:signal()
  return {}
end

function gates.held()
  return { held = held }
end

function gates.reset()
  round, is_open = nil, false
end

return gates
