--- A stage of `make soak`: programs in nginx, while nginx is reloaded, its workers are killed, clients
-- give up, the origin is reloaded with and without HTTP/2, and cutting_proxy.c stalls and breaks
-- connections to the origin. What the programs say is compared with what has happened. This stage needs
-- build/luajit.
local nginx = require "spec.support.nginx"
local random = require "twilio.simulator.random"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local PERCENT = 20 -- of the connections to the origin are broken
local AT_ONCE, BATCH = 24, 120

-- Each request of the site sends one POST. Its line is "NUMBER OUTCOME".
local PROGRAM = [[
local client = require("twilio").client {
  account_sid = "AC1", auth_token = "t", base_url = "%s/record", ca_file = "%s", timeout = 2, retries = 1, max_retry_wait = 0.01,
}
local number = ngx.var.arg_n
local response, _, err = client:request { method = "POST", path = "/v1/r" .. number .. "r/f3000", form = { Filler = ("x"):rep(3000) } }
local outcome = err and err.sent or response.json.id == "r" .. number .. "r" and "ok" or "crossed"
ngx.say(number, " ", outcome)
client:close()
]]

-- Without keepalive_timeout 0, curl would send its request again if nginx's worker is killed while it
-- waits on a reused connection. The program would then run twice.
local SERVER = [[
  keepalive_timeout 0;
  location = /post { lua_check_client_abort on; content_by_lua_file %s/program.lua; }
  location = /uncached { lua_code_cache off; content_by_lua_file %s/program.lua; }
]]

local function judge(lines, entries, sent)
  local problems, counts = {}, { ok = 0, yes = 0, maybe = 0, no = 0, crossed = 0, unknown = sent }
  local function problem(text, number) problems[#problems + 1] = ("%s: r%s"):format(text, number) end
  for number, outcome in pairs(lines) do
    local effects = (entries[number] or { effects = 0 }).effects
    counts[outcome], counts.unknown = (counts[outcome] or 0) + 1, counts.unknown - 1
    if outcome == "ok" and effects ~= 1 then problem("ok, but it happened " .. effects .. " times", number) end
    if outcome == "no" and effects ~= 0 then problem("no, but it happened", number) end
    if outcome == "crossed" then problem("another request's answer", number) end
  end
  for number, entry in pairs(entries) do
    if number ~= "none" and entry.effects > 1 then problem("happened twice", number) end
  end
  return problems, counts
end

-- Sends requests, several at a time. Returns a function that waits for the lines.
local function storm(site, path, first, seconds)
  local command = "curl --no-progress-meter --max-time %s --unix-socket %s/socket --parallel --parallel-immediate --parallel-max %d "
    .. "'http://site%s?n=[%d-%d]' 2>/dev/null"
  local pipe = assert(io.popen(command:format(seconds, site.directory, AT_ONCE, path, first, first + BATCH - 1)))
  return function(lines)
    for line in pipe:lines() do
      local number, outcome = line:match "^(%d+) (%l+)$"
      if number then lines[number] = outcome end
    end
    pipe:close()
  end
end

return function(origin, seconds, faults, program)
  local draw, directory, http2 = random.new(1), shell.directory(), true
  local proxy = servers.cutting_proxy(program, ("%d 1 %d flip"):format(origin.port, PERCENT))
  shell.write(directory .. "/program.lua", PROGRAM:format("https://127.0.0.1:" .. proxy.port, origin.authority))
  shell.must("chmod 755 " .. directory)
  faults:post "/_/effects?0"
  local site = nginx.start { workers = 2, server = SERVER:format(directory, directory) }
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
    local path = draw { "/post", "/post", "/uncached" }
    local finish_storm = storm(site, path, first, limit)
    if limit == 30 then meddle() end
    finish_storm(lines)
    first = first + BATCH
  until os.time() >= finish
  local log = site:stop()
  local broken = proxy:stop()
  local problems, counts = judge(lines, faults:post "/_/effects?0".entries, first - 1)
  for _, sign in ipairs { "signal 11", "signal 6", "[emerg]", "lua entry thread aborted", "stack traceback" } do
    if log:find(sign, 1, true) then problems[#problems + 1] = "nginx's log has " .. sign end
  end
  local text = "site: %d requests: ok %d, maybe %d, no %d, yes %d, without an answer %d; "
    .. "%d reloads, %d kills, %d aborts, %d switches of HTTP/2, %d stalls"
  print(text:format(first - 1, counts.ok, counts.maybe, counts.no, counts.yes, counts.unknown, done.reload,
    done.kill, done.abort, done.origin, broken.stall))
  shell.run("rm -r " .. directory)
  return problems
end
