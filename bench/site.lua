--- The servers of the benchmark: nginx with static responses over HTTP and HTTPS, and `slow` for
-- delayed responses. All files are in one temporary directory. The directory is removed when this
-- process ends, even if it is killed.

local site = {
  account_sid = "AC0123456789abcdef0123456789abcdef",
  auth_token = "fedcba9876543210fedcba9876543210",
  call_sid = "CA00000000000000000000000000000000",
  pages = 100,
  slow_pages = 20,
  page_size = 1000,
  pause_ms = 100,
}

local function shell(command)
  local pipe = assert(io.popen(command .. " 2>&1; echo \"status $?\"", "r"))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.-)status (%d+)\n$")
  return status == "0", text
end

local function must(command)
  local fine, text = shell(command)
  if not fine then error(command .. ": " .. text, 2) end
  return text
end

site.shell = shell

function site.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- ---- responses ----

local links = {
  "events", "notifications", "payments", "recordings", "siprec", "streams", "transcriptions", "user_defined_message_subscriptions",
  "user_defined_messages",
}

local function camel(name)
  return (name:gsub("^%l", string.upper):gsub("_(%l)", string.upper))
end

-- Returns the fields of call `n` without its links, as { name, value } pairs. `false` means null.
local function call_fields(n)
  local uri = "/2010-04-01/Accounts/" .. site.account_sid .. "/Calls"
  local sid = n == 0 and site.call_sid or ("CA%08x%024x"):format(n * 2654435761 % 4294967296, n)
  local second, ended = n % 60, n % 4 ~= 3
  local date = ("Fri, 20 Nov 2026 %02d:%02d:%02d +0000"):format(math.floor(n / 3600) % 24, math.floor(n / 60) % 60, second)
  return {
    { "sid", sid }, { "date_created", date }, { "date_updated", date }, { "parent_call_sid", n % 5 == 4 and site.call_sid },
    { "account_sid", site.account_sid }, { "to", "+1555867" .. ("%04d"):format(n % 10000) },
    { "to_formatted", "(555) 867-" .. ("%04d"):format(n % 10000) }, { "from", "+15017122661" }, { "from_formatted", "(501) 712-2661" },
    { "phone_number_sid", "PN0123456789abcdef0123456789abcdef" },
    { "status", n % 7 == 6 and "no-answer" or ended and "completed" or "busy" }, { "start_time", date }, { "end_time", ended and date },
    { "duration", tostring(n % 600) }, { "price", ended and "-0.01500" }, { "price_unit", "USD" },
    { "direction", n % 2 == 0 and "outbound-api" or "inbound" }, { "answered_by", n % 3 == 1 and "human" }, { "annotation", false },
    { "api_version", "2010-04-01" }, { "forwarded_from", n % 2 == 1 and "+15017122661" }, { "group_sid", false },
    { "caller_name", n % 2 == 1 and "ANYTOWN CA" }, { "queue_time", "0" }, { "trunk_sid", false }, { "uri", uri .. "/" .. sid .. ".json" },
  }
end

local function quote(value)
  return value and '"' .. value .. '"' or "null"
end

local function call_text(fields)
  local out, below = {}, {}
  for i, field in ipairs(fields) do out[i] = ('"%s": %s'):format(field[1], quote(field[2])) end
  local base = fields[#fields][2]:gsub("%.json$", "/")
  for i, name in ipairs(links) do below[i] = ('"%s": "%s%s.json"'):format(name, base, camel(name)) end
  return ('{%s, "subresource_uris": {%s}}'):format(table.concat(out, ", "), table.concat(below, ", "))
end

-- `three_of` and `all_of` return the sums that the tasks `walk` and `fields` compute for one call.
local function three_of(fields)
  local sum = 0
  for _, field in ipairs(fields) do
    if field[1] == "sid" or field[1] == "status" then sum = sum + #field[2] end
    if field[1] == "duration" then sum = sum + tonumber(field[2]) end
  end
  return sum
end

local is_date = { date_created = true, date_updated = true, start_time = true, end_time = true }

local function all_of(fields)
  local sum = #fields[#fields][2] - #".json" + #"/Notifications.json"
  for _, field in ipairs(fields) do
    if field[2] and field[1] ~= "annotation" then sum = sum + (is_date[field[1]] and 1 or #field[2]) end
  end
  return sum
end

local function page_uri(number)
  return ("/2010-04-01/Accounts/%s/Calls.json?PageSize=%d&Page=%d"):format(site.account_sid, site.page_size, number)
end

local function write_pages(directory, pages)
  local expected = { three = 0, all = 0, sids = 34 * pages * site.page_size, bytes = 0 }
  for page = 0, pages - 1 do
    local calls = {}
    for i = 1, site.page_size do
      local fields = call_fields(page * site.page_size + i)
      calls[i] = call_text(fields)
      expected.three, expected.all = expected.three + three_of(fields), expected.all + all_of(fields)
    end
    local next_uri = page < pages - 1 and page_uri(page + 1) .. "&PageToken=PACA0123456789abcdef0123456789abcdef"
    local text = ('{"first_page_uri": "%s", "end": %d, "previous_page_uri": %s, "calls": [%s], "uri": "%s", "page_size": %d, '
      .. '"start": %d, "next_page_uri": %s, "page": %d}'):format(page_uri(0), (page + 1) * site.page_size - 1,
      quote(page > 0 and page_uri(page - 1)), table.concat(calls, ", "), page_uri(page), site.page_size, page * site.page_size,
      quote(next_uri), page)
    site.write(("%s/pages/%d.json"):format(directory, page), text)
    expected.bytes = expected.bytes + #text
  end
  return expected
end

-- ---- certificates ----

local function make_certificates(directory)
  local at = function(command) return must("cd '" .. directory .. "' && " .. command) end
  site.write(directory .. "/extensions", "subjectAltName = IP:127.0.0.1\n")
  at("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 7 -subj '/CN=bench CA'")
  at("openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key -out server.csr -subj '/CN=127.0.0.1'")
  at("openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 7 -extfile extensions -out server.pem")
end

-- Copies the system's trust store, and adds our CA to the copy. Returns a command prefix, or nil if
-- `unshare` is not allowed. The prefix starts a program in a new mount namespace, in which the copy
-- is mounted over the original. Other processes still see the original.
local function make_store(directory)
  local store = "/etc/ssl/certs"
  local fine = shell(("test -f %s/ca-certificates.crt && cp -a %s '%s/certs'"):format(store, store, directory))
  if not fine then return nil end
  must(("cd '%s' && cat ca.pem >>certs/ca-certificates.crt && cp ca.pem certs/$(openssl x509 -hash -noout -in ca.pem).0"):format(directory))
  local inside = "sh -c 'mount --bind \"$0\" " .. store .. " && exec \"$@\"' '" .. directory .. "/certs' "
  for _, flags in ipairs { "-m", "-rm" } do
    if shell("unshare " .. flags .. " " .. inside .. "true") then return "unshare " .. flags .. " " .. inside end
  end
  return nil
end

-- ---- servers ----

local configuration = [[
master_process off;
daemon off;
pid DIR/nginx.pid;
error_log DIR/nginx.log;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  client_body_temp_path DIR/body;
  proxy_temp_path DIR/proxy;
  fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi;
  scgi_temp_path DIR/scgi;
  default_type application/json;
  root DIR;
  ssl_certificate DIR/server.pem;
  ssl_certificate_key DIR/server.key;
  ssl_protocols TLSv1.2 TLSv1.3;
  map $arg_Page $page { "" 0; default $arg_Page; }
  server {
    listen 127.0.0.1:HTTP_PORT;
    listen 127.0.0.1:HTTPS_PORT ssl;
    listen 127.0.0.1:STREAMS_PORT ssl http2;
    http2_max_concurrent_streams 250;
    add_header Twilio-Request-Id RQ0123456789abcdef0123456789abcdef;
    add_header Twilio-Concurrent-Requests 1;
    location = /2010-04-01/Accounts/ACCOUNT/Calls/CALL.json { return 200 'ONE'; }
    location = /2010-04-01/Accounts/AC1/Calls.json { return 201 'ONE'; } # for together
    location = /2010-04-01/Accounts/ACCOUNT/Calls.json {
      if ($request_method = POST) { return 201 'ONE'; }
      try_files /pages/$page.json =404;
    }
  }
}
]]

-- Stops the server at the end of its standard input, which ends when this process ends.
local UNTIL_END = "trap '' INT; %s & pid=$!; cat >/dev/null; kill $pid 2>/dev/null; wait $pid"

local function answers(url)
  return (shell(("curl -sS --noproxy '*' --max-time 5 -o /dev/null -f '%s'"):format(url)))
end

-- nginx cannot choose a free port itself. Tries random ports until nginx starts.
local function start_nginx(directory, one)
  for _ = 1, 20 do
    local port = math.random(20000, 60000)
    local values = { DIR = directory, HTTP_PORT = port, HTTPS_PORT = port + 1, STREAMS_PORT = port + 2, ACCOUNT = site.account_sid,
      CALL = site.call_sid, ONE = one }
    site.write(directory .. "/nginx.conf", (configuration:gsub("%u[%u_]+", values)))
    local command = ("PATH=$PATH:/usr/sbin nginx -p '%s' -c '%s/nginx.conf' 2>>'%s/nginx.log'"):format(directory, directory, directory)
    local process = assert(io.popen(UNTIL_END:format(command), "w"))
    site.nginx = process
    local call = "/2010-04-01/Accounts/" .. site.account_sid .. "/Calls/" .. site.call_sid .. ".json"
    for _ = 1, 50 do
      if answers(("http://127.0.0.1:%d%s"):format(port, call)) then return port end
      if shell("grep -q emerg '" .. directory .. "/nginx.log'") then break end
      shell("sleep 0.1")
    end
    process:close()
    local taken, log = shell("cat '" .. directory .. "/nginx.log' && grep -q 'Address already in use' '" .. directory .. "/nginx.log'")
    if not taken then error("nginx does not start: " .. log) end
    os.remove(directory .. "/nginx.log")
  end
  error("nginx found no free port")
end

local function start_slow(directory, program)
  must("mkfifo '" .. directory .. "/port'")
  site.slow = assert(io.popen(("trap '' INT; exec %s '%s' %d >'%s/port'"):format(program, directory, site.pause_ms, directory), "w"))
  local fifo = assert(io.open(directory .. "/port"))
  local port = assert(fifo:read("*l"), "slow does not start")
  fifo:close()
  return "http://127.0.0.1:" .. port
end

-- ---- CPUs ----

-- The placement of client and server changes the CPU time of a short request. On one CPU they take
-- turns. On two CPUs each process sleeps and is woken for each request, which can double the time.
-- The benchmark therefore chooses the CPUs, and does not leave the choice to the scheduler.
local function find_cpus()
  local fine, text = shell("taskset -cp $$")
  local list = fine and text:match("list: (%S+)")
  local first, last = (list or ""):match("^(%d+)"), (list or ""):match("(%d+)$")
  if not first or first == last then return nil end
  return { all = list, client = first, shared = first, apart = last }
end

--- Chooses the CPUs of nginx and of the client.
-- @param where "shared": both on one CPU; "apart": each on its own CPU; "all": both on all CPUs
-- @return the prefix of the client's command: "" for "all", and on a machine with one CPU
function site.place(where)
  if not site.cpus then return "" end
  must(("taskset -acp %s $(cat '%s/nginx.pid')"):format(site.cpus[where], site.directory))
  return where == "all" and "" or "taskset -c " .. site.cpus.client .. " "
end

--- Returns the requests that `slow` has recorded since the previous call, as text.
function site.requests()
  local path = site.slow_directory .. "/requests"
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read("*a")
  file:close()
  os.remove(path)
  return text
end

function site.start(programs)
  local directory = must("mktemp -d"):match("^[^\n]+")
  must(("chmod 755 '%s' && mkdir -p '%s/pages' '%s/slow/pages'"):format(directory, directory, directory))
  math.randomseed(os.time())
  local one = call_text(call_fields(0))
  site.keeper = assert(io.popen("trap '' INT; cat >/dev/null; rm -rf '" .. directory .. "'", "w"))
  site.directory, site.slow_directory = directory, directory .. "/slow"
  site.one_bytes, site.one_check = #one, 34
  make_certificates(directory)
  site.ca = directory .. "/ca.pem"
  site.cpus = find_cpus()
  local port = start_nginx(directory, one)
  site.http, site.https, site.http2 = "http://127.0.0.1:" .. port, "https://127.0.0.1:" .. port + 1, "https://127.0.0.1:" .. port + 2
  site.expected = write_pages(directory, site.pages)
  site.slow_expected = write_pages(site.slow_directory, site.slow_pages)
  site.write(site.slow_directory .. "/created.json", one)
  site.in_store = make_store(directory)
  site.slow_url = start_slow(site.slow_directory, programs .. "/slow")
end

--- Stops the servers and removes the directory.
function site.stop()
  if site.slow then site.slow:close() end
  if site.nginx then site.nginx:close() end
  if site.keeper then site.keeper:close() end
end

return site
