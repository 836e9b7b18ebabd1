--- The file of --log: one line for each request to the API and for each webhook.
local line_log = {}

local function text_of(event)
  if event.type == "request" then
    return ("%s %s %s"):format(event.method, event.target, event.status or "no answer")
  elseif event.type == "webhook" then
    local sent = event.webhook
    return ("webhook %s %s %s %s"):format(sent.kind, sent.method, sent.url, sent.status or sent.error or "")
  elseif event.type == "notification" then
    return ("error %s of %s: %s"):format(event.error_code, event.call_sid, event.message or "")
  end
end

--- Writes events to a file from now on.
-- @param events see events.lua
-- @param path the file, to which lines are appended; "-" is standard error
function line_log.start(events, path)
  local file, problem
  if path == "-" then
    file = io.stderr
  else
    file, problem = io.open(path, "a")
  end
  if not file then error("the log: " .. problem, 0) end
  file:setvbuf "line"
  events:listen(function(event)
    local text = text_of(event)
    if text then file:write(os.date("!%Y-%m-%dT%H:%M:%SZ ", event.now), text, "\n") end
  end)
end

return line_log
