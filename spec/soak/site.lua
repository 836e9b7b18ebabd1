--- A stage of `make soak`: programs in nginx, while nginx is reloaded, its workers are killed, clients
-- give up, the origin is reloaded with and without HTTP/2, and cutting_proxy.c stalls and breaks
-- connections to the origin. What the programs say is compared with what has happened. This stage needs
-- build/luajit.
local judge = require "spec.soak.judge"
local nginx = require "spec.support.nginx"
local random = require "twilio.simulator.random"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local site_program = require "spec.soak.site_program"

local PERCENT = 20 -- of the connections to the origin are broken
local AT_ONCE, BATCH = 24, 120

-- On a kept connection, curl sends its request again if nginx's worker is killed before it answers. The
-- program then runs twice.
local SERVER = [[
  keepalive_timeout 0;
  location = /post { lua_check_client_abort on; content_by_lua_file %s/program.lua; }
  location = /kept { keepalive_timeout 60; lua_check_client_abort on; content_by_lua_file %s/program.lua; }
  location = /uncached { lua_code_cache off; content_by_lua_file %s/program.lua; }
]]

-- Sends requests, several at a time. Returns a function that waits for the lines. It calls `amid` when a
-- third of the responses has arrived: each connection that curl keeps has then carried several requests.
local function storm(site, path, first, seconds)
  local command = "curl --no-buffer --no-progress-meter --max-time %s --unix-socket %s/socket --parallel --parallel-immediate "
    .. "--parallel-max %d 'http://site%s?n=[%d-%d]' 2>/dev/null"
  local pipe = assert(io.popen(command:format(seconds, site.directory, AT_ONCE, path, first, first + BATCH - 1)))
  return function(lines, amid)
    local count = 0
    for line in pipe:lines() do
      local number, run, outcome = line:match "^(%d+) (%d+) (%l+)$"
      if number then lines[#lines + 1] = { number = number, run = run, outcome = outcome } end
      count = count + 1
      if count == BATCH / 3 and amid then amid() end
    end
    pipe:close()
  end
end

return function(origin, seconds, faults, program)
  local draw, directory, http2 = random.new(1), shell.directory(), true
  local proxy = servers.cutting_proxy(program, ("%d 1 %d flip"):format(origin.port, PERCENT))
  site_program.write(directory, "https://127.0.0.1:" .. proxy.port, origin.authority)
  shell.must("chmod 755 " .. directory)
  faults:post "/_/effects?0"
  local site = nginx.start { workers = 2, server = SERVER:format(directory, directory, directory) }
  local lines, first, done = {}, 1, { reload = 0, kill = 0, abort = 0, origin = 0 }
  local function meddle()
    local what = draw { "reload", "kill", "abort", "origin", "none" }
    if what ~= "none" then done[what] = done[what] + 1 end
    if what == "reload" then site:signal "reload" end
    if what == "kill" then shell.run("kill -9 " .. (site:workers()[1] or "")) end
    if what == "origin" then
      http2 = not http2
      origin:switch(http2)
    end
    return what == "abort" and 0.05 or 30
  end
  local finish = os.time() + seconds
  repeat
    local limit = meddle()
    local path = draw { "/post", "/kept", "/uncached" }
    local finish_storm = storm(site, path, first, limit)
    finish_storm(lines, limit == 30 and meddle)
    first = first + BATCH
  until os.time() >= finish
  local log = site:stop()
  local broken = proxy:stop()
  local problems, counts = judge(lines, site_program.runs(directory), faults:post "/_/effects?0".entries, first - 1)
  for _, sign in ipairs { "signal 11", "signal 6", "[emerg]", "lua entry thread aborted", "stack traceback" } do
    if log:find(sign, 1, true) then problems[#problems + 1] = "nginx's log has " .. sign end
  end
  local text = "site: %d requests: ok %d, maybe %d, no %d, yes %d, without an answer %d; "
    .. "repeated by curl %d, with two effects %d; %d reloads, %d kills, %d aborts, %d switches of HTTP/2, %d stalls"
  print(text:format(first - 1, counts.ok, counts.maybe, counts.no, counts.yes, counts.unknown, counts.repeated,
    counts.repeated_effects, done.reload, done.kill, done.abort, done.origin, broken.stall))
  shell.run("rm -r " .. directory)
  return problems
end
