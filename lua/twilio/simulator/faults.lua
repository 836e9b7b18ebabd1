--- Faults of the next matching requests. doc/simulator.md describes the parameters of POST /_/fault.
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
  local headers, named = http.values(in_order, "Header"), form.Fault and magic.named(form.Fault) or {}
  local fault = {
    method = form.Method, path = form.Path, skip = http.number(form, "Skip", 0), times = http.number(form, "Times", 1),
    every = http.number(form, "Every", 1), status = http.number(form, "Status", named.status), body = form.Body or named.body,
    headers = headers, delay = http.number(form, "Delay", named.delay), close = form.Close or named.close, cut = http.number(form, "Cut"),
    hold = form.Hold == "true", handle = form.Handle == "true" or not form.Handle and named.handle == true,
  }
  if not has_effect(fault) then error("the fault does nothing: give Fault, Status, Body, Delay, Close, Cut or Hold", 0) end
  self[#self + 1] = fault
end

--- Returns the faults to come, with the names of the parameters in lower case. `skip` and `times` are what is left.
function Faults:list()
  local list = {}
  for index, fault in ipairs(self) do
    local copy = {}
    for name, value in pairs(fault) do copy[name] = value or nil end
    copy.headers, copy.header = nil, fault.headers[1] and fault.headers or nil
    list[index] = copy
  end
  return list
end

--- Removes all faults.
function Faults:clear()
  for index = #self, 1, -1 do self[index] = nil end
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
