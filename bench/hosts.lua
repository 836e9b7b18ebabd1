--- `make bench-hosts`: measures waiting, in nginx and in a script. README.md describes the tasks.
-- The server that stands in for Twilio waits 100 ms before the response to a GET, and 50 ms before
-- the response to a POST.
--
--   lua bench/hosts.lua LUA       (from the top directory)
--
-- Needs nginx with its Lua module, wrk, openssl, cqueues for Lua 5.1, and a build for LuaJIT.

package.path = "bench/?.lua;" .. package.path
local tools = require "site"

local lua = arg[1] or "lua5.4"
local SECONDS, CONNECTIONS, ROUNDS = 5, 64, 7

local write = tools.write

local function shell(command)
  return (select(2, tools.shell(command)))
end

local here = shell "pwd":gsub("\n", "")
local directory = shell "mktemp -d":match "%S+"
shell("chmod 755 " .. directory)

-- Returns a port that is free now.
local function free_port()
  return shell [[lua5.1 -e 'local s=require"cqueues.socket".listen("127.0.0.1",0) s:listen() print((select(3,s:localname())))']]:match "%d+"
end

local upstream, upstream_tls, upstream_forgetful, upstream_h2, site = free_port(), free_port(), free_port(), free_port(), free_port()

local FIELDS = [["sid":"CA0123456789abcdef0123456789abcdef","status":"queued","to":"+15558675310","price":null]]
local CALL = ('{%s,"padding":"%s"}'):format(FIELDS, ("x"):rep(2000))

local HEAD = [[
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
pid DIR/NAME.pid;
error_log DIR/NAME.log;
worker_processes 1;
daemon on;
events { worker_connections 2048; }
http {
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path DIR/t1; proxy_temp_path DIR/t2; fastcgi_temp_path DIR/t3; uwsgi_temp_path DIR/t4; scgi_temp_path DIR/t5;
]]

local UPSTREAM = [[
  server {
    listen 127.0.0.1:PORT_PLAIN;
    listen 127.0.0.1:PORT_TLS ssl;
    listen 127.0.0.1:PORT_H2 ssl http2;
    http2_max_concurrent_streams 250;
    ssl_session_cache shared:tls:1m;
    location / { content_by_lua_block { answer() } }
  }
  server {
    listen 127.0.0.1:PORT_FORGETFUL ssl;
    location / { content_by_lua_block { answer() } }
  }
  ssl_certificate DIR/cert.pem;
  ssl_certificate_key DIR/key.pem;
  default_type application/json;
  init_by_lua_block {
    function answer()
      ngx.req.read_body()
      ngx.sleep(ngx.req.get_method() == "POST" and 0.05 or 0.1)
      ngx.status = ngx.req.get_method() == "POST" and 201 or 200
      ngx.header.content_length = #body
      ngx.print(body)
    end
    body = [=[CALL]=]
  }
}
]]

local SITE = [[
  lua_package_path "HERE/lua/?.lua;;";
  lua_package_cpath "HERE/build/luajit/?.so;;";
  init_by_lua_block {
    local twilio = require "twilio"
    local function client(options)
      options.account_sid, options.auth_token, options.base_url = "AC1", "t", "http://127.0.0.1:PORT_PLAIN"
      return twilio.client(options)
    end
    ours = client {}
    blocking = client { wait = function(engine, seconds) engine:poll(seconds) end }
    local cjson = require "cjson"
    function by_hand()
      local socket = ngx.socket.tcp()
      assert(socket:connect("127.0.0.1", PORT_PLAIN))
      assert(socket:send("GET /2010-04-01/Accounts/AC1/Calls/CA1.json HTTP/1.1\r\nHost: x\r\nAuthorization: Basic QUMxOnQ=\r\n\r\n"))
      local length
      repeat
        local line = assert(socket:receive "*l")
        length = tonumber(line:match "^[Cc]ontent%-[Ll]ength: (%d+)") or length
      until line == ""
      local call = cjson.decode(assert(socket:receive(length)))
      socket:setkeepalive(60000, 100)
      return call
    end
  }
  server {
    listen 127.0.0.1:PORT_SITE;
    location = /ping { return 200 "pong"; }
    location = /ours { content_by_lua_block { ngx.print(assert(ours.calls:get("CA1")).sid) } }
    location = /hand { content_by_lua_block { ngx.print(by_hand().sid) } }
    location = /sleep { content_by_lua_block { ngx.sleep(0.1) ngx.print "x" } }
    location = /blocking { content_by_lua_block { ngx.print(assert(blocking.calls:get("CA1")).sid) } }
    location = /timers { content_by_lua_block { ngx.print(ngx.timer.running_count() + ngx.timer.pending_count()) } }
  }
}
]]

local function start(name, text)
  local values = {
    DIR = directory, NAME = name, HERE = here, CALL = CALL, PORT_PLAIN = upstream, PORT_TLS = upstream_tls, PORT_H2 = upstream_h2, PORT_SITE = site,
    PORT_FORGETFUL = upstream_forgetful,
  }
  write(directory .. "/" .. name .. ".conf", ((HEAD .. text):gsub("%u[%u_0-9]+", values)))
  local said = shell(("/usr/sbin/nginx -p %s -c %s/%s.conf"):format(directory, directory, name))
  if said:find "emerg" then error(said) end
end

local function worker_cpu()
  local pid = shell(("cat /proc/$(cat %s/site.pid)/task/*/children"):format(directory)):match "%d+"
  local user, system = shell("cat /proc/" .. pid .. "/stat"):match "%) %S %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (%d+) (%d+)"
  return (user + system) / 100
end

local function milliseconds(text)
  local n, unit = (text or ""):match "([%d.]+)(%a+)"
  if not n then return nil end
  return tonumber(n) * ({ us = 0.001, ms = 1, s = 1000, m = 60000 })[unit]
end

local function read_wrk(text)
  return {
    rate = tonumber(text:match "Requests/sec:%s+([%d.]+)"),
    p50 = milliseconds(text:match "50%%%s+(%S+)"), p99 = milliseconds(text:match "99%%%s+(%S+)"),
    mean = milliseconds(text:match "Latency%s+(%S+)"),
    wrong = text:match "Non%-2xx[^\n]*" or text:match "Socket errors[^\n]*",
  }
end

-- Requests `path` from the given number of connections. Another client requests /ping, with a pause
-- of 5 ms after each response.
local function load(path, connections)
  local url = "http://127.0.0.1:" .. site
  local before = worker_cpu()
  local ping = assert(io.popen(("wrk -t1 -c1 -d%d --latency -s %s/ping.lua %s/ping 2>&1"):format(SECONDS, directory, url)))
  local calls = read_wrk(shell(("wrk -t1 -c%d -d%d --timeout 30 --latency %s%s"):format(connections, SECONDS, url, path)))
  calls.ping = read_wrk(ping:read "*a")
  ping:close()
  calls.cpu = (worker_cpu() - before) / SECONDS * 100
  return calls
end

local function number(n) return n and ("%.1f"):format(n) or "–" end

local function row(name, r)
  local cells = { name, number(r.rate), number(r.p50), number(r.p99), number(r.ping.p50), number(r.ping.p99), number(r.cpu) .. "%" }
  print("| " .. table.concat(cells, " | ") .. " |" .. (r.wrong and " " .. r.wrong or ""))
end

local function in_nginx()
  print(("## nginx, %d connections, upstream 100 ms, %d s\n"):format(CONNECTIONS, SECONDS))
  print "| | req/s | p50 ms | p99 ms | /ping p50 ms | /ping p99 ms | worker CPU |\n|---|--:|--:|--:|--:|--:|--:|"
  load("/ours", CONNECTIONS) -- warm-up: opens the connections
  load("/hand", CONNECTIONS)
  local ours, hand = load("/ours", CONNECTIONS), load("/hand", CONNECTIONS)
  row("this library", ours)
  row("cosocket by hand", hand)
  row("ngx.sleep only", load("/sleep", CONNECTIONS))
  local one, one_hand = load("/ours", 1), load("/hand", 1)
  row("this library, 1 connection", one)
  row("cosocket by hand, 1 connection", one_hand)
  row("this library, blocking `wait`", load("/blocking", CONNECTIONS))
  print(("\nCompared with the cosocket: throughput × %.2f (target: ≥ 0.9), /ping p99 %+.1f ms (≤ 2), one call at a time %+.1f ms (< 3)"):format(
    ours.rate / hand.rate, ours.ping.p99 - hand.ping.p99, one.mean - one_hand.mean))
  load("/sleep", 1) -- waits until the blocking requests have ended
  local before = worker_cpu()
  shell "sleep 5"
  print(("idle for 5 s: %.2f s of CPU, %s timers\n"):format(worker_cpu() - before, shell("curl -s http://127.0.0.1:" .. site .. "/timers")))
end

local function run(command)
  local text = shell("build/bench/measure " .. command)
  local function value(name) return tonumber(text:match(name .. " ([%d.]+)")) end
  if value "check" ~= 1000 then error(text) end
  return value "process_wall", value "process_cpu"
end

local function middle(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

local function in_scripts()
  print "## 1,000 calls placed over HTTPS, 100 at a time, upstream 50 ms\n"
  print "| | wall s | CPU s | CPU ÷ C |\n|---|--:|--:|--:|"
  local servers = { { "HTTP/1.1", upstream_tls }, { "HTTP/1.1, no TLS session resumed", upstream_forgetful }, { "HTTP/2", upstream_h2 } }
  for _, each in ipairs(servers) do
    local arguments = ("https://127.0.0.1:%s %s/cert.pem 1000 100"):format(each[2], directory)
    local contestants = {
      { "libcurl's multi, C", "build/bench/together " },
      { "this library, " .. lua, ("env LUA_PATH='lua/?.lua;;' LUA_CPATH='build/%s/?.so;;' %s bench/together.lua "):format(lua, lua) },
      { "this library, luajit", "env LUA_PATH='lua/?.lua;;' LUA_CPATH='build/luajit/?.so;;' luajit bench/together.lua " },
    }
    for _ = 1, ROUNDS do
      for _, c in ipairs(contestants) do
        c.wall, c.cpu = c.wall or {}, c.cpu or {}
        c.wall[#c.wall + 1], c.cpu[#c.cpu + 1] = run(c[2] .. arguments)
      end
    end
    for _, c in ipairs(contestants) do
      print(("| %s, %s | %.2f | %.3f | %.2f |"):format(c[1], each[1], middle(c.wall), middle(c.cpu), middle(c.cpu) / middle(contestants[1].cpu)))
    end
  end
end

local ok, problem = pcall(function()
  shell(("cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 7 "
    .. "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"):format(directory))
  write(directory .. "/ping.lua", "function delay() return 5 end\n")
  start("upstream", UPSTREAM)
  start("site", SITE)
  in_nginx()
  in_scripts()
end)
shell(("for n in site upstream; do /usr/sbin/nginx -p %s -c %s/$n.conf -s stop; done; rm -rf %s"):format(directory, directory, directory))
if not ok then
  io.stderr:write(tostring(problem), "\n")
  os.exit(1)
end
