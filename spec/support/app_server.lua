--- The program that Twilio calls back, for specs of the simulator: it answers each path as it was told.
--
--   lua5.1 spec/support/app_server.lua [--port N] [--ready FILE]
--
--   POST /_/answer  Path=/voice Body=TEXT [Status=200] [Type=text/xml] [Location=URL] [Times=N] [Close=instead]
--                   [Delay=SECONDS]: the answer of a path. The last answer without Times stays; those with
--                   Times come first, in their order.
--   GET  /_/log     lists the requests, oldest first: method, target, headers, body
--   POST /_/reset   forgets both
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/../../lua/?.lua;" .. package.path

local cjson = require "cjson"
local cqueues = require "cqueues"
local http = require "twilio.simulator.http"
local program = require "twilio.simulator.program"

local answers, log = {}, {}

local control = {}

control["/_/answer"] = function(form)
  local list = answers[form.Path] or {}
  answers[form.Path] = list
  if form.Times then
    for _ = 1, tonumber(form.Times) do list[#list + 1] = form end
  else
    list.last = form
  end
end

control["/_/reset"] = function() answers, log = {}, {} end

local function respond(request)
  local list = answers[request.path] or {}
  local form = table.remove(list, 1) or list.last or { Status = "404", Body = "no answer for " .. request.path, Type = "text/plain" }
  local headers = {}
  if form.Type ~= "" then headers[1] = "Content-Type: " .. (form.Type or "text/xml") end
  if form.Location then headers[#headers + 1] = "Location: " .. form.Location end
  return {
    status = tonumber(form.Status or 200), body = form.Body or "", headers = headers, close = form.Close, delay = tonumber(form.Delay),
  }
end

local function answer_to(request)
  if request.path == "/_/log" then
    return { status = 200, headers = {}, body = #log > 0 and cjson.encode(log) or "[]" }
  elseif control[request.path] then
    control[request.path]((http.form(request.body)))
    return { status = 200, headers = {}, body = "{}" }
  end
  log[#log + 1] = { method = request.method, target = request.target, headers = request.headers, body = request.body }
  return respond(request)
end

local options = program.options(arg, { port = true, ready = true }, { port = "0" })
local queue = cqueues.new()
program.run(queue, http.listen(queue, tonumber(options.port), answer_to), options.ready)
