--- Faults of the next matching requests. The form of POST /_/fault has these parameters:
--   Method      applies only to requests with this method
--   Path        applies only to requests with a path that matches this Lua pattern
--   Skip        the number of matching requests that pass first (default 0)
--   Times       the number of requests that then get the fault (default 1)
--   Every       N: of N matching requests, only one gets the fault (default 1)
--   Status, Body, Header   a response that replaces the API's. Header occurs any number of times.
--   Delay       seconds to wait before the response
--   Close       "instead": closes the connection without a response; "after": after the response
--   Cut         sends this share of the response's bytes, from 0 to 1, and closes the connection
--   Hold        true: keeps the connection open until the client closes it
--   Handle      true: carries out the request, even if its response is replaced
local magic = require "twilio.simulator.magic"

local http = require "twilio.simulator.http"

local faults = {}
local Faults = {}
Faults.__index = Faults

function faults.new()
  return setmetatable({}, Faults)
end

-- Whether a fault changes the response to a request. The parameters Header and Handle belong to a response.
local function has_effect(fault)
  return fault.status or fault.body or fault.close or fault.cut or fault.hold or (fault.delay or 0) > 0
end

--- Adds the fault that a form describes. Raises a message for a fault that changes nothing.
function Faults:add(form, in_order)
  local headers = http.values(in_order, "Header")
  local fault = {
    method = form.Method, path = form.Path, skip = http.number(form, "Skip", 0), times = http.number(form, "Times", 1),
    every = http.number(form, "Every", 1),
    status = http.number(form, "Status"), body = form.Body, headers = headers, delay = http.number(form, "Delay"), close = form.Close,
    cut = http.number(form, "Cut"), hold = form.Hold == "true", handle = form.Handle == "true",
  }
  if not has_effect(fault) then error("the fault does nothing: give Status, Body, Delay, Close, Cut or Hold", 0) end
  self[#self + 1] = fault
end

local function matches(fault, method, path)
  return (not fault.method or fault.method == method) and (not fault.path or path:find(fault.path) ~= nil)
end

--- Returns the first fault that matches a request, or nil. Counts its `skip` and `times` down.
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

--- Returns a response that replaces the service's.
-- @param fault { status, body, headers }
function faults.spoiled(service, request, fault)
  local headers = service:headers(request)
  if has_header(fault.headers, "content-type") then table.remove(headers, 1) end
  for _, header in ipairs(fault.headers) do headers[#headers + 1] = header end
  return { status = fault.status or 200, body = fault.body or "", headers = headers }
end

--- Returns the response to a request with a fault.
function faults.apply(service, request, fault)
  local replaced = fault.status or fault.body or fault.close == "instead"
  local answer = (fault.handle or not replaced) and service:answer(request) or nil
  if replaced then answer = faults.spoiled(service, request, fault) end
  answer.delay, answer.close, answer.cut, answer.hold = fault.delay, fault.close, fault.cut, fault.hold
  return answer
end

--- Returns the response to a request, with or without a fault.
function Faults:answer(service, request)
  local fault = #self > 0 and take(self, request.method, request.path) or magic.fault(request)
  return fault and faults.apply(service, request, fault) or service:answer(request)
end

return faults
