--- Behaviours that wait for one another, or to be let go.
local condition = require "cqueues.condition"
local Connection = require "fault_server.connection"

local gates = { behaviours = {} }

--- The call that a request asks for by its SID, or another one.
function gates.call(request)
  return ('{"sid":"%s","status":"queued"}'):format(request.path:match "/(CA%x+)%.json$" or "CA0123456789abcdef0123456789abcdef")
end

--- A call as it was asked for: its SID is that of the path, and what a form says it is to be called.
function gates.echo(request)
  local to = (request.body or ""):match "To=([^&]*)"
  to = to and to:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end) or ""
  return ('{"sid":"%s","to":"%s","status":"queued"}'):format(request.path:match "/(CA%x+)%.json$" or "CA0123456789abcdef0123456789abcdef", to)
end

--- /echo/N: the same as an answer; the connection ends with its Nth.
function gates.behaviours.echo(connection, request)
  if request.count ~= tonumber(request.arguments[1]) then return connection:json(200, gates.echo(request)) end
  connection:answer(200, gates.echo(request), Connection.JSON, "Connection: close")
end

local round, held, is_open, changed = nil, 0, false, condition.new()

--- /gather/N: answers when N requests wait for their answers.
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

--- Waits until gates.release was called.
function gates.pass()
  while not is_open do changed:wait() end
end

--- Answers when gates.release was called.
function gates.behaviours.hold(connection, request)
  held = held + 1
  gates.pass()
  held = held - 1
  return connection:json(200, gates.call(request))
end

--- Lets go what gates.pass holds, now and until the reset.
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
