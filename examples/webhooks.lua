-- Answers calls and prints messages: a server for Twilio's webhooks, on lua-http.
--
--   lua5.1 examples/webhooks.lua [PORT [PUBLIC_URL]]
--
-- PUBLIC_URL is the scheme and host by which Twilio reaches this server, such as
-- https://example.com. PORT is 8080 by default. Port 0 chooses a free port, which is printed.
-- TWILIO_AUTH_TOKEN is the auth token.
local http_headers = require "http.headers"
local http_server = require "http.server"
local twilio = require "twilio"

local port, public_url = tonumber(arg[1] or "8080"), arg[2]
if not port then
  io.stderr:write("usage: ", arg[0], " [PORT [PUBLIC_URL]]\n")
  os.exit(2)
end

local TIMEOUT = 10 -- seconds for reading a request, and for sending the answer

local ok, receive = pcall(twilio.webhook.handler, {
  public_url = public_url,
  duplicates = twilio.webhook.duplicates(),
  log = function(level, message) io.stderr:write(level, " ", message, "\n") end,
})
if not ok then
  io.stderr:write(receive, "\n") -- the token is missing, or the URL is malformed
  os.exit(1)
end

local function send(stream, status, headers, body)
  local head = http_headers.new()
  head:append(":status", tostring(status))
  for name, value in pairs(headers) do head:append(name, value) end
  head:append("content-length", tostring(#body))
  stream:write_headers(head, body == "", TIMEOUT)
  if body ~= "" then stream:write_chunk(body, true, TIMEOUT) end
end

-- Returns the TwiML that answers the event.
local function answer(event, is_duplicate)
  if event.message_sid and not is_duplicate then print("message " .. event.message_sid) io.stdout:flush() end
  if not event.call_sid then return tostring(twilio.twiml.messaging()) end
  local response = twilio.twiml.voice()
  response:say "Hello"
  return tostring(response)
end

local function serve(server, stream)
  local headers = assert(stream:get_headers(TIMEOUT))
  local _, address = stream:peername()
  local event, second, more, body = receive {
    method = headers:get ":method",
    url = headers:get ":path",
    headers = headers,
    scheme = server.tls and "https" or "http",
    remote_addr = address,
    body = function(limit) return stream:get_body_chars(limit + 1, TIMEOUT) end,
  }
  if not event then return send(stream, second, more, body) end
  send(stream, 200, { ["content-type"] = "text/xml" }, headers:get ":method" == "HEAD" and "" or answer(event, second))
end

local server = assert(http_server.listen {
  host = "127.0.0.1", port = port, tls = false,
  onstream = serve,
  onerror = function(_, _, operation, problem) io.stderr:write(operation, ": ", tostring(problem), "\n") end,
})
assert(server:listen())
print("listening on port " .. select(3, server:localname()))
io.stdout:flush()
assert(server:loop())
