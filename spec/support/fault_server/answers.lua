--- Behaviours that send correct HTTP responses with unusual statuses, headers or bodies.
local cjson = require "cjson"
local Connection = require "fault_server.connection"

local answers = {}

local MEGABYTE = 1024 * 1024
local JSON = Connection.JSON
local SMALL = '{"sid":"CA0123456789abcdef0123456789abcdef","status":"queued"}'
local PAGE = "<html><body><h1>A proxy speaks</h1></body></html>\n"
local ELSEWHERE = "http://evil.example/elsewhere"

--- A small JSON object.
function answers.ok(connection)
  return connection:json(200, SMALL)
end

--- A complete response with an empty body.
function answers.empty(connection)
  return connection:answer(200, "", JSON)
end

function answers.no_content(connection)
  return connection:head(204, { "Connection: keep-alive" })
end

--- A complete response with half a JSON object.
function answers.truncated_json(connection)
  return connection:json(200, SMALL:sub(1, #SMALL / 2))
end

--- A compressed body.
function answers.gzip(connection)
  return connection:answer(200, Connection.GZIPPED, JSON, "Content-Encoding: gzip")
end

--- A body that is not compressed, with a Content-Encoding: /gzip_broken, or /gzip_broken/ENCODING.
function answers.gzip_broken(connection, request)
  local encoding = request.arguments[1] or "gzip"
  return connection:answer(200, SMALL, JSON, "Content-Encoding: " .. (encoding:match("^%l+$") or "gzip"))
end

--- Half of a compressed body. Content-Length is the length of this half.
function answers.gzip_half(connection)
  return connection:answer(200, Connection.GZIPPED:sub(1, #Connection.GZIPPED / 2), JSON, "Content-Encoding: gzip")
end

--- 100 MB of the same letter, compressed to 640 KB. The Deflate code that repeats 258 bytes has 13
-- bits, so 8 such codes have 13 bytes. The beginning has 3 bytes: the header of the block, the
-- letter and one code.
function answers.gzip_bomb(connection)
  local function bytes(bits)
    return (bits:gsub("........", function(octet) return string.char(tonumber(octet:reverse(), 2)) end))
  end
  local again = "11000101" .. "00000" -- length 258, distance 1
  local start = bytes("1" .. "10" .. "10010001" .. again)
  local bomb = "\31\139\8\0\0\0\0\0\0\255" .. start .. bytes(again:rep(8)):rep(math.floor(100 * MEGABYTE / 258 / 8))
  return connection:answer(200, bomb, JSON, "Content-Encoding: gzip")
end

--- Valid JSON, 10,000 arrays deep.
function answers.deep(connection)
  return connection:json(200, '{"deep":' .. ("["):rep(10000) .. ("]"):rep(10000) .. "}")
end

--- 10 MB of opening brackets.
function answers.brackets(connection)
  return connection:json(200, ("["):rep(10 * MEGABYTE))
end

--- Sends a JSON object of 100 MB.
-- @param send function(piece) that returns false if the client has closed the connection
local function send_huge(send)
  local piece = ("x"):rep(MEGABYTE)
  local taken = send('{"text":"')
  for _ = 1, 100 do taken = taken and send(piece) end
  return taken and send('"}')
end

--- 100 MB with chunked encoding.
function answers.huge(connection)
  connection:head(200, { JSON, "Transfer-Encoding: chunked" })
  local function send(piece) return connection:send(string.format("%x\r\n%s\r\n", #piece, piece)) end
  return send_huge(send) and connection:send("0\r\n\r\n")
end

--- 100 MB with a Content-Length.
function answers.huge_length(connection)
  connection:head(200, { JSON, string.format("Content-Length: %d", 100 * MEGABYTE + #'{"text":""}') })
  return send_huge(function(piece) return connection:send(piece) end)
end

function answers.html_502(connection)
  return connection:answer(502, PAGE, "Content-Type: text/html")
end

function answers.html_200(connection)
  return connection:answer(200, PAGE, "Content-Type: text/html")
end

function answers.redirect_302(connection)
  return connection:answer(302, "", "Location: " .. ELSEWHERE)
end

--- A redirect as Twilio sends it for media: the URL is also in the body.
function answers.redirect_307_json(connection)
  return connection:answer(307, cjson.encode { redirect_to = ELSEWHERE }, JSON, "Location: " .. ELSEWHERE)
end

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- /redirect/STATUS/URL: a redirect to the URL, which is percent-encoded in the path.
function answers.redirect(connection, request)
  local status, target = request.arguments[1] or "", request.arguments[2] or ""
  if not status:find("^3%d%d$") then return connection:json(400, { error = "/redirect/STATUS/URL is expected" }) end
  return connection:answer(status, "", "Location: " .. decode(target))
end

--- /redirect_once/STATUS/URL: the same, unless the request has the word `done` after that.
function answers.redirect_once(connection, request)
  if request.target:find("done", #"/redirect_once/" + #(request.arguments[2] or "") + 5, true) then return answers.ok(connection) end
  return answers.redirect(connection, request)
end

--- /say/STATUS/BODY: a response with this status and this body. BODY is percent-encoded JSON. A 204
-- or 304 has no body.
function answers.say(connection, request)
  local status, body = request.path:match("^/say/(%d%d%d)/?([^/]*)")
  if not status then return connection:json(400, { error = "/say/STATUS/BODY is expected" }) end
  if status == "204" or status == "304" then return connection:head(status, { JSON }) end
  return connection:answer(status, decode(body), JSON)
end

--- An error in the format of RFC 9457.
function answers.problem(connection)
  local problem = {
    type = "https://www.twilio.com/docs/errors/20001", title = "Invalid parameter", status = 400, code = 20001,
    detail = "The value of 'to' is not valid", instance = "/problems/1",
  }
  return connection:answer(400, cjson.encode(problem), "Content-Type: application/problem+json")
end

--- An error in the format of some newer products.
function answers.error_camel(connection)
  return connection:json(400, { code = 20001, message = "Invalid parameter", httpStatusCode = 400, params = { "to" } })
end

--- A page with a link to another host as its next page.
function answers.foreign_next(connection)
  return connection:json(200, {
    calls = { cjson.decode(SMALL) }, page = 0, page_size = 1, start = 0, ["end"] = 0, uri = "/2010-04-01/Accounts/AC/Calls.json",
    first_page_uri = "/2010-04-01/Accounts/AC/Calls.json?PageSize=1&Page=0", previous_page_uri = cjson.null,
    next_page_uri = "http://evil.example/2010-04-01/Accounts/AC/Calls.json?PageSize=1&Page=1&PageToken=PACA",
  })
end

--- A page with `meta`, and a link to another host as its next page.
function answers.foreign_next_meta(connection)
  return connection:json(200, {
    services = { cjson.decode(SMALL) },
    meta = {
      key = "services", page = 0, page_size = 1, url = "https://verify.twilio.com/v2/Services?PageSize=1&Page=0",
      first_page_url = "https://verify.twilio.com/v2/Services?PageSize=1&Page=0", previous_page_url = cjson.null,
      next_page_url = "http://evil.example/v2/Services?PageSize=1&Page=1&PageToken=PAVA",
    },
  })
end

--- /redirect_to/STATUS/PORT: a redirect to another port of this machine.
function answers.redirect_to(connection, request)
  local status, port = unpack(request.arguments)
  if not port then return connection:json(400, { error = "/redirect_to/STATUS/PORT is expected" }) end
  return connection:answer(status, "{}", JSON, "Location: http://127.0.0.1:" .. port .. "/ok")
end

--- /next_at/PORT: a page with a link to another port of this machine as its next page.
function answers.next_at(connection, request)
  local next_page_uri = "http://127.0.0.1:" .. (request.arguments[1] or "1") .. "/ok?Page=1"
  return connection:json(200, { calls = { cjson.decode(SMALL) }, next_page_uri = next_page_uri })
end

return answers
