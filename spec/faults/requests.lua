--- The requests of `make faults`. Each request has a number, which the recorder finds in it and puts
-- into its answer. After it has run, a request has `result` and `id` of its answer, or `message` and
-- `err`, or `raised`.
local at_once = require "spec.support.at_once"
local random = require "twilio.simulator.random"
local twilio = require "twilio"

local requests = {}

local ACCOUNT = "AC00000000000000000000000000000001"
local TIMEOUT = 0.4
local CLIENTS, AT_ONCE = 4, 12

local function sid_of(request) return ("CA%032d"):format(request.number) end

local function path_of(request) return ("/v1/r%dr/f%d"):format(request.number, request.answer) end

local function form_of(request) return { Id = "r" .. request.number .. "r", Filler = ("x"):rep(request.size) } end

-- Returns the identity, the filler and the count of effects in the answer of a raw request.
local function read(response, message, err)
  if not response then return nil, message, err end
  local json = response.json or {}
  return { id = json.id, sid = json.sid, filler = json.filler, text = ("%d %q"):format(response.status, response.body) }
end

local function read_record(record, message, err)
  if not record then return nil, message, err end
  return { id = record.id, sid = record.sid, filler = record.filler }
end

-- Each kind sends one request. `once`: only a request that was refused may be sent again.
local kinds = {
  post = { once = true },
  make = { once = true },
  keyed = {},
  repeated = {},
  put = { once = true },
  get = { reads = true },
  fetch = { reads = true },
  list = { reads = true },
  delete = {},
}

function kinds.post.send(client, request, options)
  return read(client:request({ method = "POST", path = path_of(request), form = form_of(request) }, options))
end

function kinds.make.send(client, request, options)
  local url = "http://foo.com/r" .. request.number .. "r?" .. ("x"):rep(request.size % 3000)
  return read_record(client.calls:make({ to = "+15558675310", from = "+15017122661", url = url }, options))
end

function kinds.keyed.send(client, request, options)
  local headers = { ["Idempotency-Key"] = "key of " .. request.number }
  return read(client:request({ method = "POST", path = path_of(request), form = form_of(request), headers = headers }, options))
end

function kinds.repeated.send(client, request, options)
  options.repeatable = true
  return kinds.post.send(client, request, options)
end

function kinds.put.send(client, request, options)
  return read(client:request({ method = "PUT", path = path_of(request), json = form_of(request) }, options))
end

function kinds.get.send(client, request, options)
  return read(client:request({ method = "GET", path = path_of(request), query = { Page = request.size } }, options))
end

function kinds.fetch.send(client, request, options)
  return read_record(client.calls:get(sid_of(request), nil, options))
end

function kinds.list.send(client, request, options)
  local page, message, err = client.calls:list({ to = "r" .. request.number .. "r" }, options)
  if not page then return nil, message, err end
  return { sid = page[1] and page[1].sid, count = #page }
end

function kinds.delete.send(client, request, options)
  local result, message, err = client.calls:delete(sid_of(request), nil, options)
  if not result then return nil, message, err end
  return {}
end

local NAMES = { "post", "post", "post", "make", "make", "keyed", "repeated", "put", "get", "get", "fetch", "fetch", "list", "delete" }

--- Returns `count` requests with the numbers from `first` on, in random order of kinds.
function requests.new(count, first, seed)
  local draw, all = random.new(seed), {}
  local function size() return draw(math.floor(2 ^ draw(15))) - 1 end -- small ones are as frequent as large ones
  for i = 1, count do
    local name = draw(NAMES)
    all[i] = {
      number = first + i - 1, name = name, kind = kinds[name], size = size(), answer = size(), retries = draw { 0, 0, 1, 3 }, client = draw(CLIENTS),
    }
  end
  return all
end

--- Sends the requests, several at a time.
-- @param options { base_url, ca_file }
function requests.run(all, options)
  local clients = {}
  for i = 1, CLIENTS do
    clients[i] = twilio.client {
      account_sid = ACCOUNT, auth_token = "t", base_url = options.base_url, ca_file = options.ca_file, timeout = TIMEOUT, max_retry_wait = 0.005,
      wait = at_once.wait,
    }
  end
  at_once.run(all, AT_ONCE, function(request)
    return coroutine.create(function()
      request.result, request.message, request.err = request.kind.send(clients[request.client], request, { retries = request.retries })
    end)
  end)
  for _, client in ipairs(clients) do client:close() end
end

return requests
