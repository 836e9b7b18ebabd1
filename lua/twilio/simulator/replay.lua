--- POST /_/webhooks/{number}/replay: sends a webhook again, signed anew, and shows the new entry of the log.
-- The simulator does not act on the answer: no call follows its document, and no message is sent.
local function find(world, number)
  for _, entry in ipairs(world.service.store.webhooks.log) do
    if entry.number == number then return entry end
  end
  error("there is no webhook " .. tostring(number), 0)
end

return function(world, _, number)
  local webhooks = world.service.store.webhooks
  local entry = find(world, tonumber(number))
  local again = {}
  for name, value in pairs(webhooks.requests[entry]) do again[name] = value end
  again.replay_of = entry.number
  local repeated = webhooks:send(again)
  return function() return repeated end
end
