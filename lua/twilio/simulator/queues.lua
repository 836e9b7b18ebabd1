--- Queues of calls: <Enqueue> puts a call into one, <Dial><Queue> takes the first one out.
local queues = {}

--- Returns the queue of a name, and creates it if necessary.
-- @return { sid, friendly_name, members = array of { line, entered, call }, agents = array
-- of lines that wait for a member }
function queues.open(store, account_sid, name)
  local all = store:collection(account_sid, "queues of calls")
  for _, queue in ipairs(all:all()) do
    if queue.friendly_name == name then return queue end
  end
  local queue = { sid = store:sid("QU"), account_sid = account_sid, friendly_name = name, members = {}, agents = {}, date_created = store.now }
  all:add(queue)
  return queue
end

local function tell(store, queue, call, event)
  store.events:publish("queue", {
    queue_sid = queue.sid, friendly_name = queue.friendly_name, call_sid = call.sid, event = event, size = #queue.members,
  })
end

--- Adds a call at the end of a queue.
-- @return the member
function queues.enter(store, queue, line)
  local member = { line = line, call = line.call, entered = store.now }
  queue.members[#queue.members + 1] = member
  tell(store, queue, line.call, "enter")
  local agent = table.remove(queue.agents, 1)
  if agent then agent:deliver "member" end
  return member
end

--- Removes a member. Returns whether it was in the queue.
function queues.leave(store, queue, member)
  for place, other in ipairs(queue.members) do
    if other == member then
      table.remove(queue.members, place)
      tell(store, queue, member.call, "leave")
      return true
    end
  end
  return false
end

--- Returns the place of a member, from 1.
function queues.place(queue, member)
  for place, other in ipairs(queue.members) do
    if other == member then return place end
  end
end

return queues
