--- Faults: what a test wants to happen to the next requests that match. The form of POST /_/fault has
--   Method      only requests of this method
--   Path        only requests whose path matches this Lua pattern
--   Skip        lets so many matching requests pass first
--   Times       how many requests it then happens to (1)
--   Every       to one of so many of them that match (1: one after the other)
--   Status      answers this instead (with Close: 200 otherwise)
--   Body        the raw body of that answer
--   Header      "Name: value", any number of times
--   Delay       waits so many seconds before the answer
--   Close       "instead": closes the connection without an answer; "after": behind the answer
--   Cut         sends this share of the answer's bytes, from 0 to 1, and closes the connection
--   Hold        true: closes it only when the client has given up
--   Handle      true: the request is carried out all the same, only its answer is lost
local faults = {}
local Faults = {}
Faults.__index = Faults

function faults.new()
  return setmetatable({}, Faults)
end

local function number(form, name, default)
  local value = form[name]
  if not value then return default end
  return assert(tonumber(value), name .. " is no number")
end

--- Adds the fault that a form describes.
function Faults:add(form, in_order)
  local headers = {}
  for _, pair in ipairs(in_order) do
    if pair[1] == "Header" then headers[#headers + 1] = pair[2] end
  end
  assert(form.Close == nil or form.Close == "instead" or form.Close == "after", "Close is 'instead' or 'after'")
  self[#self + 1] = {
    method = form.Method, path = form.Path, skip = number(form, "Skip", 0), times = number(form, "Times", 1),
    every = number(form, "Every", 1),
    status = number(form, "Status"), body = form.Body, headers = headers, delay = number(form, "Delay"), close = form.Close,
    cut = number(form, "Cut"), hold = form.Hold == "true", handle = form.Handle == "true",
  }
end

local function matches(fault, method, path)
  return (not fault.method or fault.method == method) and (not fault.path or path:find(fault.path) ~= nil)
end

--- The fault that a request meets, if any; the first that matches, counted down.
local function take(self, method, path)
  for index, fault in ipairs(self) do
    if matches(fault, method, path) then
      if fault.skip > 0 then
        fault.skip = fault.skip - 1
      else
        fault.times, fault.skip = fault.times - 1, fault.every - 1
        if fault.times <= 0 then table.remove(self, index) end
        return fault
      end
    end
  end
  return nil
end

local function has_header(headers, name)
  for _, header in ipairs(headers) do
    if header:lower():sub(1, #name + 1) == name .. ":" then return true end
  end
  return false
end

--- An answer that comes instead of the service's.
-- @param fault { status, body, headers }
function faults.spoiled(service, request, fault)
  local headers = service:headers(request)
  if has_header(fault.headers, "content-type") then table.remove(headers, 1) end
  for _, header in ipairs(fault.headers) do headers[#headers + 1] = header end
  return { status = fault.status or 200, body = fault.body or "", headers = headers }
end

--- Answers a request, with a fault where one is due.
function Faults:answer(service, request)
  local fault = #self > 0 and take(self, request.method, request.path)
  if not fault then return service:answer(request) end
  local replaced = fault.status or fault.body or fault.close == "instead"
  local answer = (fault.handle or not replaced) and service:answer(request) or nil
  if replaced then answer = faults.spoiled(service, request, fault) end
  answer.delay, answer.close, answer.cut, answer.hold = fault.delay, fault.close, fault.cut, fault.hold
  return answer
end

return faults
