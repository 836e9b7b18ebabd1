--- Compares the throughput of client:download with that of the program curl: make bench-download
--
-- nginx serves a file of SIZE bytes over HTTP on the loopback interface. Both write to files of the
-- same directory. curl does not call fsync, so the library is also measured with a function, which
-- writes nothing, beside curl -o /dev/null. The contestants take turns.
local core = require "twilio.core"
local shell = require "spec.support.shell"
local twilio = require "twilio"

local SIZE, ROUNDS = 500 * 1000 * 1000, tonumber(arg[1]) or 7

local CONFIGURATION = [[
daemon on; worker_processes 1; user root; pid %s/pid; error_log %s/error.log;
events {}
http { access_log off; sendfile on; server { listen 127.0.0.1:%d; root %s; } }
]]

local directory = shell.directory()
shell.must(("head -c %d /dev/urandom >%s/file"):format(SIZE, directory))

-- Starts nginx on a free port. Returns the port.
local function start()
  for port = 20000 + math.floor(core.now() * 1000) % 20000, 65000 do
    shell.write(directory .. "/nginx.conf", CONFIGURATION:format(directory, directory, port, directory))
    if shell.run(("/usr/sbin/nginx -p %s -c %s/nginx.conf"):format(directory, directory)) then return port end
  end
  error "nginx does not start"
end

local url = "http://127.0.0.1:" .. start()
local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = url }

local contestants = {
  { name = "curl, to a file", run = function() shell.must(("curl -s -o %s/copy %s/file"):format(directory, url)) end },
  { name = "this library, to a file", run = function() assert(client:download("/file", directory .. "/copy")) end },
  { name = "curl, to /dev/null", run = function() shell.must(("curl -s -o /dev/null %s/file"):format(url)) end },
  { name = "this library, to a function", run = function() assert(client:download("/file", function() end)) end },
}

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

for _ = 0, ROUNDS do
  for _, contestant in ipairs(contestants) do
    os.remove(directory .. "/copy")
    shell.run "sync"
    local began = core.now()
    contestant.run()
    contestant[#contestant + 1] = core.now() - began
  end
end
for i, contestant in ipairs(contestants) do
  table.remove(contestant, 1) -- warm-up
  local rate = SIZE / 1e6 / median(contestant)
  contestant.rate = rate
  local ratio = i % 2 == 0 and ("%.2f of curl"):format(rate / contestants[i - 1].rate) or ""
  print(("%-30s %7.0f MB/s  %s"):format(contestant.name, rate, ratio))
end
shell.run("kill $(cat " .. directory .. "/pid)")
shell.run("rm -rf " .. directory)
