--- A simulator and a program that it calls back, for the specs of the simulator.
local cjson = require "cjson"
local servers = require "spec.support.servers"
local webhook = require "twilio".webhook

local simulated = {}

simulated.START = 1300000000 -- Sun, 13 Mar 2011 07:06:40 GMT
simulated.NUMBER, simulated.CALLER = "+15017122661", "+14155551234"

--- Starts both.
-- @param options of the simulator
function simulated.start(options)
  local wanted = { now = simulated.START }
  for name, value in pairs(options or {}) do wanted[name] = value end
  simulated.app = servers.app()
  simulated.server = servers.twilio(wanted)
  simulated.root = "/2010-04-01/Accounts/" .. simulated.server.account_sid
end

--- Stops both. Returns what they wrote to standard error.
function simulated.stop()
  return simulated.server:stop() .. simulated.app:stop()
end

function simulated.reset()
  simulated.app:post "/_/reset"
  simulated.server:post "/_/reset"
end

--- Tells the program what to answer. `more` has the other fields of POST /_/answer.
function simulated.on(path, body, more)
  local form = { Path = path, Body = body }
  for name, value in pairs(more or {}) do form[name] = value end
  simulated.app:post("/_/answer", form)
end

--- Returns the URL of a path of the program.
function simulated.at(path)
  return simulated.app.url .. path
end

--- Sends a request to the API. Returns the decoded body and the response.
function simulated.ask(method, path, form)
  local answer = assert(servers.curl {
    method = method, url = simulated.server.url .. simulated.root .. path, form = form,
    user = simulated.server.account_sid .. ":" .. simulated.server.auth_token,
  })
  return answer.body ~= "" and cjson.decode(answer.body) or nil, answer
end

--- Places a call. Returns its record.
function simulated.call(fields)
  local form = {}
  if not fields.To then form[1] = { "To", "+15558675310" } end
  if not fields.From then form[#form + 1] = { "From", simulated.NUMBER } end
  for name, value in pairs(fields) do
    for _, one in ipairs(type(value) == "table" and value or { value }) do form[#form + 1] = { name, one } end
  end
  local call, answer = simulated.ask("POST", "/Calls.json", form)
  assert(answer.status == 201, answer.body)
  return call
end

--- Returns a TwiML document with this content.
function simulated.twiml(text) return "<Response>" .. text .. "</Response>" end

--- Places a call that follows TwiML with this content. Returns its record. The call has been answered.
function simulated.places(text)
  simulated.on("/voice", simulated.twiml(text))
  local call = simulated.call { Url = simulated.at "/voice" }
  simulated.advance(3)
  return call
end

--- Returns the record of a call.
function simulated.fetch(sid)
  return (simulated.ask("GET", "/Calls/" .. sid .. ".json"))
end

--- Sets fields of the account's first number, such as VoiceUrl.
function simulated.configure(fields)
  local number = simulated.ask("GET", "/IncomingPhoneNumbers.json?PhoneNumber=%2B15017122661").incoming_phone_numbers[1]
  simulated.ask("POST", "/IncomingPhoneNumbers/" .. number.sid .. ".json", fields)
end

--- Moves the clock.
function simulated.advance(seconds)
  return simulated.server:post("/_/clock", { Seconds = seconds })
end

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function form_fields(text)
  local fields = {}
  for name, value in text:gmatch "([^&=]+)=([^&]*)" do fields[decode(name)] = decode(value) end
  return fields
end

--- Returns the requests that the program got, oldest first: { method, path, fields, signed, token }. `signed`
-- says whether the library accepts the signature.
function simulated.requests()
  local list = {}
  for index, request in ipairs(simulated.app:get "/_/log") do
    local path, query = request.target:match "^([^?]*)%??(.*)$"
    list[index] = {
      method = request.method, path = path, fields = form_fields(request.method == "GET" and query or request.body), headers = request.headers,
      token = request.headers["i-twilio-idempotency-token"],
      signed = webhook.verify {
        auth_token = simulated.server.auth_token, url = simulated.app.url .. request.target, headers = request.headers, body = request.body,
      },
    }
  end
  return list
end

--- Returns the fields of the first request for the path that the program got, or nil. The library accepts its
-- signature.
function simulated.fields_of(path)
  for _, request in ipairs(simulated.requests()) do
    if request.path == path then
      assert(request.signed, "the request for " .. path .. " is not signed")
      return request.fields
    end
  end
end

--- Returns the paths of the requests that the program got.
function simulated.paths()
  local list = {}
  for index, request in ipairs(simulated.requests()) do list[index] = request.path end
  return list
end

--- Returns what a call has let its sides hear: texts such as "Say: Hello".
function simulated.heard(sid)
  local list = {}
  for index, entry in ipairs(simulated.server:get("/_/calls/" .. sid).heard) do
    list[index] = entry.verb .. (entry.text and ": " .. entry.text or "")
  end
  return list
end

--- Returns the error codes of a call's notifications.
function simulated.codes(sid)
  local list = {}
  for index, notification in ipairs(simulated.ask("GET", "/Calls/" .. sid .. "/Notifications.json").notifications) do
    list[index] = notification.error_code
  end
  return list
end

return simulated
