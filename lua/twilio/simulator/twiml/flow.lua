--- The verbs that lead elsewhere: <Redirect>, <Hangup>, <Reject>, and messages that a call sends.
local call_script = require "twilio.simulator.call_script"
local document = require "twilio.simulator.document"
local notifications = require "twilio.simulator.notifications"
local messages = require "twilio.simulator.messages"

local verbs = call_script.verbs

local REASONS = { rejected = "no-answer", busy = "busy" }

function verbs.Redirect(line, element, path)
  line:note("Redirect", document.text(element), path)
  return {
    url = call_script.resolve(line, document.text(element)), method = document.attribute(element, "method", "POST"):upper(),
  }
end

function verbs.Hangup(line, _, path)
  line:note("Hangup", nil, path)
  return "end"
end

--- Ends a call that came in without answering it. Twilio ignores <Reject> after another verb.
function verbs.Reject(line, element, path)
  line:note("Reject", document.attribute(element, "reason", "rejected"), path)
  if line.call.status ~= "ringing" then return "end" end
  call_script.hang_up(line, REASONS[document.attribute(element, "reason", "rejected")] or "no-answer")
end

function verbs.Sms(line, element, path)
  local store, call = line.store, line.call
  local text = document.text(element)
  line:note(element.name, text, path)
  local to = document.attribute(element, "to", call.direction == "inbound" and call.from or call.to)
  local from = document.attribute(element, "from", call.direction == "inbound" and call.to or call.from)
  if not to:match "^%+%d" or text == "" then
    return notifications.report(store, call, 14101, "the message has no number to send it to, or no text", { url = line.base })
  end
  local status_callback = document.attribute(element, "statusCallback")
  local message = messages.add(store, store.accounts[call.account_sid], {
    to = to, from = from, body = text, direction = "outbound-call",
    status_callback = status_callback and call_script.resolve(line, status_callback),
  })
  local request = call_script.request(line, element, "action")
  if not request then return nil end
  request.parameters = { { "MessageSid", message.sid }, { "MessageStatus", message.status } }
  return request
end

verbs.Message = verbs.Sms
