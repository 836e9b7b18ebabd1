--- `make bench-webhooks`: what it costs to check the signature of a webhook with 20 fields, and what twilio.webhook.ngx costs nginx.
--
--   lua bench/webhooks.lua LUA       (from the top directory; needs a build for LuaJIT, nginx with Lua and wrk; node and python if they are there)

package.path = "bench/?.lua;lua/?.lua;" .. package.path
local lua = arg[1] or "lua5.4"
package.cpath = "build/" .. lua .. "/?.so;" .. package.cpath
local core = require "twilio.core"
local tools = require "site"

local ROUNDS, SECONDS, CONNECTIONS = 7, 2, 64
local TOKEN = "12345678901234567890123456789012"
local write = tools.write

local function shell(command)
  return (select(2, tools.shell(command)))
end

local here = shell "pwd":gsub("\n", "")
local directory = shell "mktemp -d":match "%S+"
shell("chmod 755 " .. directory)

local function middle(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

-- ---- the webhook ----

local function escape(text) return (text:gsub("[^%w]", function(c) return ("%%%02X"):format(c:byte()) end)) end

-- The 20 fields of a call that comes in.
local FIELDS = {
  "CallSid=CA0123456789abcdef0123456789abcdef", "AccountSid=AC0123456789abcdef0123456789abcdef", "From=+15017122661", "To=+15558675310",
  "CallStatus=ringing", "ApiVersion=2010-04-01", "Direction=inbound", "Caller=+15017122661", "Called=+15558675310", "FromCity=LITTLE ROCK",
  "FromState=AR", "FromZip=72201", "FromCountry=US", "ToCity=SAN FRANCISCO", "ToState=CA", "ToZip=94105", "ToCountry=US", "CallerCity=LITTLE ROCK",
  "CallerState=AR", "CallerCountry=US",
}

local body = {}
for i, field in ipairs(FIELDS) do
  local name, value = field:match "^(.-)=(.*)$"
  body[i] = name .. "=" .. escape(value)
end
body = table.concat(body, "&")

local function sign(url) return core.base64(core.hmac("sha1", TOKEN, url, core.form_signed(body))) end

-- ---- one check ----

local URL = "https://example.com/voice?order=17"

local function checks()
  local code, path = sign(URL), directory .. "/body"
  write(path, body)
  write(directory .. "/text", URL .. core.form_signed(body))
  local arguments = (" '%s' %s %s "):format(URL, path, code)
  local function ours(interpreter)
    return { "this library, " .. interpreter,
      ("LUA_PATH='lua/?.lua;;' LUA_CPATH='build/%s/?.so;;' %s bench/signature.lua%s"):format(interpreter, interpreter, arguments), 200000 }
  end
  local contestants = {
    { "libcrypto's HMAC() alone, C", ("build/bench/signature %s/text %s "):format(directory, code), 200000 }, ours(lua),
    { "python", "/usr/bin/python3 bench/signature.py" .. arguments, 10000 },
    { "node", "NODE_PATH=${NODE_PATH:-build/bench/node_modules} node bench/signature.js" .. arguments, 50000 },
  }
  if lua ~= "luajit" then table.insert(contestants, 3, ours "luajit") end
  for _ = 1, ROUNDS do
    for _, c in ipairs(contestants) do
      local output = shell(c[2] .. c[3])
      local time, good = output:match "^([%d.]+) (%d+)%s*$"
      if time and tonumber(good) ~= c[3] then error(c[1] .. ": " .. output, 0) end
      if time then
        c.times = c.times or {}
        c.times[#c.times + 1] = tonumber(time)
      end
    end
  end
  print "## One signature of a form with 20 fields, CPU\n"
  print "| | µs | lowest | highest |\n|---|--:|--:|--:|"
  for _, c in ipairs(contestants) do
    local times = c.times
    if times then
      local median = middle(times)
      print(("| %s | %.2f | %.2f | %.2f |"):format(c[1], median, times[1], times[#times]))
    else
      print(("| %s | not installed | | |"):format(c[1]))
    end
  end
  print ""
end

-- ---- nginx ----

local CONFIGURATION = [[
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
pid DIR/pid;
error_log DIR/log;
worker_processes 1;
events { worker_connections 2048; }
http {
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path DIR/t1; proxy_temp_path DIR/t2; fastcgi_temp_path DIR/t3; uwsgi_temp_path DIR/t4; scgi_temp_path DIR/t5;
  lua_package_path "HERE/lua/?.lua;;";
  lua_package_cpath "HERE/build/luajit/?.so;;";
  init_by_lua_block {
    local twilio = require "twilio"
    webhook, twiml = twilio.webhook, twilio.twiml
    TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Hello</Say></Response>'
  }
  server {
    listen unix:DIR/none;
    listen 127.0.0.1:PORT;
    default_type text/xml;
    location = /unread { content_by_lua_block { ngx.print(TWIML) } }
    location = /constant { content_by_lua_block { ngx.req.read_body() ngx.print(TWIML) } }
    location = /check { content_by_lua_block {
      webhook.ngx { auth_token = "TOKEN", public_url = "https://example.com" }
      ngx.print(TWIML)
    } }
    location = /webhook { content_by_lua_block {
      webhook.ngx { auth_token = "TOKEN", public_url = "https://example.com" }
      local response = twiml.voice()
      response:say "Hello"
      ngx.print(tostring(response))
    } }
  }
}
]]

-- A handler of a POST must read its body. The constant answer therefore reads the body too, and
-- /unread shows what reading costs.
local PATHS = { "/constant", "/unread", "/check", "/webhook" }

local function worker_cpu()
  local pid = shell(("cat /proc/$(cat %s/pid)/task/*/children"):format(directory)):match "%d+"
  local user, system = shell("cat /proc/" .. pid .. "/stat"):match "%) %S %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (%d+) (%d+)"
  return (user + system) / 100
end

-- Returns the requests per second, and the worker's microseconds of CPU for one request.
local function load(port, path, more)
  local script = 'wrk.method, wrk.body = "POST", %q\nwrk.headers["Content-Type"] = "application/x-www-form-urlencoded"\n'
  write(directory .. "/post.lua", script:format(body) .. ('wrk.headers["X-Twilio-Signature"] = %q\n'):format(sign("https://example.com" .. path)))
  local before = worker_cpu()
  local output = shell(("wrk -t1 -c%d -d%d -s %s/post.lua %s http://127.0.0.1:%s%s"):format(CONNECTIONS, SECONDS, directory, more, port, path))
  if output:find "Non%-2xx" or output:find "Socket errors" then error(output, 0) end
  local rate, count = tonumber(output:match "Requests/sec:%s+([%d.]+)"), tonumber(output:match "(%d+) requests in")
  return rate, (worker_cpu() - before) / count * 1e6
end

local function in_nginx()
  local port = shell [[lua5.1 -e 'local s=require"cqueues.socket".listen("127.0.0.1",0) s:listen() print((select(3,s:localname())))']]:match "%d+"
  local values = { DIR = directory, HERE = here, PORT = port, TOKEN = TOKEN }
  write(directory .. "/nginx.conf", (CONFIGURATION:gsub("%u%u+", values)))
  local said = shell(("/usr/sbin/nginx -p %s -c %s/nginx.conf"):format(directory, directory))
  if said:find "emerg" then error(said, 0) end
  print(("## nginx, one worker, %d connections, %d s each\n"):format(CONNECTIONS, SECONDS))
  print "| connections | location | req/s | of the constant answer | CPU of the worker, µs a request |\n|---|---|--:|--:|--:|"
  for _, kind in ipairs { { "kept alive", "" }, { "one for each request", "-H 'Connection: close'" } } do
    local rates, cpus = {}, {}
    for _ = 1, ROUNDS do
      for _, path in ipairs(PATHS) do
        local rate, cpu = load(port, path, kind[2])
        rates[path], cpus[path] = rates[path] or {}, cpus[path] or {}
        table.insert(rates[path], rate)
        table.insert(cpus[path], cpu)
      end
    end
    for _, path in ipairs(PATHS) do
      local rate = middle(rates[path])
      print(("| %s | %s | %.0f | %.2f | %.1f |"):format(kind[1], path, rate, rate / middle(rates["/constant"]), middle(cpus[path])))
    end
  end
end

local ok, problem = pcall(function()
  checks()
  in_nginx()
end)
shell(("test -f %s/pid && /usr/sbin/nginx -p %s -c %s/nginx.conf -s stop; rm -rf %s"):format(directory, directory, directory, directory))
if not ok then
  io.stderr:write(tostring(problem), "\n")
  os.exit(1)
end
