-- The program that reminders_spec.lua tests: reminds people of their appointments.
local reminders = {}

local FROM = "+15017122661"

--- Sends a message to each person. Returns the people who could not be reached, with the reason.
function reminders.send(client, people)
  local failed = {}
  for _, person in ipairs(people) do
    local message, reason, err = client.messages:create { to = person.phone, from = FROM, body = "See you tomorrow, " .. person.name }
    if not message then failed[#failed + 1] = { name = person.name, code = err.code, reason = reason, is_doubtful = err.sent == "maybe" } end
  end
  return failed
end

--- Ends the calls that have been in progress for longer than an hour. Returns their number.
function reminders.end_long_calls(client, now)
  local ended = 0
  for call in client.calls:iter { status = "in-progress" } do
    if now - call:time "start_time" > 3600 and call:hangup() then ended = ended + 1 end
  end
  return ended
end

return reminders
