--- Requests to port numbers in. POST /_/seed makes them. Their list is the only one with page
-- tokens in `meta`.
local filters = require "twilio.simulator.filters"
local http = require "twilio.simulator.http"
local failure = require "twilio.simulator.failure"
local render = require "twilio.simulator.render"

local porting = {}

local MOST = 100

local write = render.object {
  "port_in_request_sid", "port_in_request_status", { "status_last_updated_timestamp", render.iso8601 },
  { "phone_numbers_requested", render.constant(1) }, { "phone_numbers_ported", render.constant(0) },
}

local tests = { PortInRequestSid = filters.equal "sid", PortInRequestStatus = filters.equal "port_in_request_status" }

function porting.add(store, account)
  local sid = store:sid("KW")
  store:collection(account.sid, "port_ins"):add {
    sid = sid, port_in_request_sid = sid, port_in_request_status = "In progress", status_last_updated_timestamp = store.now,
  }
end

local function list(context)
  local query = context.query
  local size = math.min(tonumber(query.Size) or 20, MOST)
  local all = context.store:collection(context.caller.sid, "port_ins")
  local records, older, newer = all:page(size, query.Token, filters.accepting(query, tests))
  if not records then failure.raise(400, 20001, "Invalid Token: " .. http.encode(query.Token)) end
  local written = {}
  for index, record in ipairs(records) do written[index] = write(record) end
  return 200, table.concat {
    '{"meta":{"next_token":', render.plain(older and "PA" .. records[#records].sid or nil),
    ',"previous_token":', render.plain(newer and query.Token and records[1] and "PB" .. records[1].sid or nil),
    ',"total":', all.size, '},"port_in_requests":[', table.concat(written, ","), "]}",
  }
end

function porting.routes(service)
  service:route("GET", "v1/Porting/PortIn/PortInRequests", list)
end

return porting
