-- The program of `make soak`: runs each stage for an equal part of MINUTES. Prints one line for each stage,
-- and each problem. Exits with 1 after a problem.
--
--   run.lua FORKING PROXY      (the built spec/support/forking.c and cutting_proxy.c)
local nginx = require "spec.support.nginx"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

if nginx.absent() then
  print("SKIPPED: " .. nginx.absent() .. ": make deps-hosts installs it")
  os.exit(0)
end

local forking, proxy = arg[1], assert(arg[2], "run.lua FORKING PROXY")
local minutes, only = tonumber(os.getenv "MINUTES" or "") or 20, os.getenv "STAGE" or ""
local STAGES = { "states", "flat", "forks", "site" }
local seconds = math.max(2, math.floor(minutes * 60 / #STAGES))
local failed = false

local function problem(stage, text)
  failed = true
  print(("%s: %s"):format(stage, text))
end

-- Runs a stage that is a program.
local function run_program(stage, origin, rest)
  local pipe = assert(io.popen(("%s spec/soak/%s.lua %s %s %d %s 2>&1; echo status $?")
    :format(shell.interpreter(), stage, origin.url, origin.authority, seconds, rest or "")))
  for line in pipe:lines() do
    local status = line:match "^status (%d+)$"
    if not status then print(line) elseif status ~= "0" then problem(stage, "failed") end
  end
  pipe:close()
end

local stages = {}
function stages.states(origin) return require "spec.soak.states"(origin, seconds) end
function stages.flat(origin) run_program("flat", origin) end
function stages.site(origin, faults) return require "spec.soak.site"(origin, seconds, faults, proxy) end

function stages.forks(origin, faults)
  faults:post "/_/effects?0"
  run_program("forks", origin, forking)
  local more = 0
  for _, entry in pairs(faults:post "/_/effects?0".entries) do
    if type(entry) == "table" and entry.effects ~= 1 then more = more + 1 end
  end
  return more > 0 and { more .. " requests did not happen once" } or {}
end

local faults = servers.fault {}
local origin = require "spec.soak.origin".start(faults)
for _, stage in ipairs(STAGES) do
  if only == "" or only == stage then
    for _, text in ipairs(stages[stage](origin, faults) or {}) do problem(stage, text) end
    io.stdout:flush()
  end
end
origin:stop()
faults:stop()
os.exit(failed and 1 or 0)
