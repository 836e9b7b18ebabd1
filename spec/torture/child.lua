-- Starves one scenario at every n. Called by run.lua, with spec/support/failing_alloc.c preloaded.
--
-- The environment: NAME and MODE of the scenario, FIRST and EVERY n, and what scenarios.lua needs.
-- Writes lines to standard output: "at N" before each n, "wrong N: …" for a fault, and "end N …".
if rawget(_G, "jit") then jit.off() end -- libgcc crashes without memory for the unwind tables of a trace

local env = os.getenv
local name, mode = env "NAME", env "MODE"
local at = {
  url = env "URL", secure = env "SECURE", http2 = env "HTTP2", authority = env "AUTHORITY", directory = env "DIRECTORY", source = env "SOURCE",
}
local is_cold = mode:find "^cold%-" -- the first call of the process is starved, and only for one n
local starvation
function at.feed()
  if starvation then starvation.stop() end
end
local scenario = require "spec.torture.scenarios"(at)[name] or require "spec.torture.selftest"(at)[name]
local step = scenario.step

local KINDS = {}
for kind in ("api network timeout tls decode too_large untrusted cancelled host file"):gmatch "%S+" do KINDS[kind] = true end

-- How a mode starves: `start` arms it for n, `stop` ends it, `word` is in the messages.
local memory = {
  word = "memory",
  stop = function() env "alloc:stop" end,
  is_over = function(n) return tonumber(env "alloc:asked") < n end,
}
local function starving(how, whose)
  return setmetatable({ of = whose, start = function(n) env(("alloc:%s=%d"):format(how, n)) end }, { __index = memory })
end
local MODES = {
  ["lua-all"] = starving("fail", "lua"), ["lua-once"] = starving("once", "lua"),
  ["c-all"] = starving("fail", "c"), ["c-once"] = starving("once", "c"),
  files = {
    word = "descriptor is left", other = "too many open files",
    start = function(n) env("limit:files=" .. n - 1) end, stop = function() env "limit:files=" end,
  },
  size = { word = "large", kind = "file", start = function(n) env("limit:size=" .. n - 1) end, stop = function() env "limit:size=" end },
  full = {
    word = "space", kind = "file",
    start = function(n) -- leaves n - 1 KiB
      local filler = assert(io.open(at.directory .. "/.filler", "w"))
      filler:setvbuf "no"
      local block = ("x"):rep(1024)
      repeat local ok = filler:write(block) until not ok
      filler:close()
      local size = assert(io.open(at.directory .. "/.filler")):seek "end"
      assert(require("twilio.core").truncate(assert(io.open(at.directory .. "/.filler", "r+")), math.max(size - (n - 1) * 1024, 0)))
      collectgarbage()
    end,
    stop = function() os.remove(at.directory .. "/.filler") end,
  },
}

local function settle()
  for _ = 1, 3 do collectgarbage() end -- an emergency collection calls no finalizers; the next one does
  os.remove(at.directory .. "/file") -- a complete file is no fault
  local files = scenario.temporary and tonumber(env("count:in=" .. scenario.temporary)) or 0
  return tonumber(env "alloc:live"), tonumber(env "count:files"), files
end

local n = 0
local tally = { ok = 0, raised = 0, yes = 0, no = 0, maybe = 0 }
-- How many requests the server must have got: `certain` at least, and at most `possible` more.
local certain, possible = 0, 0
local function wrong(...)
  io.stdout:write(("wrong %d: %s\n"):format(n, (string.format(...):gsub("[%z\1-\31]", " "))))
  if mode:find "^%l+%-" then env "alloc:blame" end
end

local function is_clear(message)
  if scenario.is_vague then return true end
  local text = message:lower()
  return text:find(starvation.word, 1, true) or starvation.other and text:find(starvation.other, 1, true) or message:find "SSL"
end

-- Judges what the starved step did.
local function judge(ok, value, message, err)
  if not ok then
    tally.raised = tally.raised + 1
    if not is_clear(tostring(value)) then wrong("raised: %s", tostring(value)) end
    return
  end
  if value == true then
    tally.ok = tally.ok + 1
  elseif value ~= nil then
    wrong "a wrong result"
  elseif type(message) ~= "string" or message == "" or message:find "[%z\1-\31\127]" then
    wrong("no message of one line: %s", tostring(message))
  else
    if type(err) == "table" then
      if not KINDS[err.kind] then wrong("the kind %s: %s", tostring(err.kind), message) end
      if starvation.kind and err.kind ~= starvation.kind then wrong("the kind %s: %s", tostring(err.kind), message) end
      if err.sent then tally[err.sent] = tally[err.sent] + 1 end
    end
    if not is_clear(message) then wrong("no clear message: %s", message) end
  end
end

local function starve()
  local ok, value, message, err = pcall(function()
    at.n = n
    starvation.start(n)
    return step()
  end)
  starvation.stop()
  at.n = nil
  local sent = ok and value == nil and type(err) == "table" and err.sent
  if value == true or sent == "yes" then
    certain = certain + 1
  elseif sent ~= "no" then
    possible = possible + 1
  end
  return ok, value, message, err
end

local function feed()
  certain = certain + 1
  return step()
end

local function check_normal()
  local ok, value, message = pcall(feed)
  if not ok or value ~= true then wrong("the next call fails: %s", tostring(not ok and value or message or value)) end
end

-- Whether something grows each time that the step is starved at n. Caches grow once or twice.
local function grows(which, before)
  local last = before
  for _ = 1, 6 do
    starve()
    feed()
    local now = (select(which, settle()))
    if now <= last then return false end
    last = now
  end
  return true
end

-- Starves the step, and judges it. Returns whether the step needs fewer than n.
local function try()
  local ok, value, message, err = starve()
  local is_over = ok and value == true
  if starvation.is_over then is_over = starvation.is_over(n) end
  judge(ok, value, message, err)
  return is_over
end

io.stdout:setvbuf "line"
for _ = 1, is_cold and 0 or 3 do
  local value, message = feed()
  assert(value == true, message or "the scenario fails without starvation")
end
starvation = MODES[mode:gsub("^cold%-", "")]
env "alloc:watch"
if starvation.of then env("alloc:of=" .. starvation.of) end
n = tonumber(env "FIRST")
local stride = tonumber(env "EVERY")
local live, files, left = settle()
while true do
  io.stdout:write(("at %d\n"):format(n))
  local is_over = try()
  check_normal()
  local more_live, more_files, more_left = settle()
  if more_left > left then
    wrong("%d files are left in the directory", more_left - left)
    left = more_left
  end
  if is_cold then
    if is_over then tally.over = 1 end
    break
  end
  if more_live > live and grows(1, more_live) then wrong "blocks of memory leak" end
  if more_files > files and grows(2, more_files) then wrong "descriptors leak" end
  live, files = settle()
  if is_over then break end
  n = n + stride
end
local fields = { ("end %d certain=%d possible=%d"):format(n, certain, possible) }
for key, value in pairs(tally) do fields[#fields + 1] = key .. "=" .. value end
io.stdout:write(table.concat(fields, " "), "\n")
