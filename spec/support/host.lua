-- Builds host.c for the Lua that runs the specs, and runs scripts in it. host.c opens and closes
-- Lua states in threads.
--
--   local host = require "spec.support.host"()
--   host:write("script.lua", "…")
--   local said = host:run("script.lua",
--     { threads = 8, runs = 100, mode = "kept", variables = { NAME = "value" } })
--   print(said.failures[1], said.output)
--   print(said.descriptors[1], said.descriptors[2])   -- after the first and after the last round
--   host:remove()
local headers = require "spec.support.headers"
local shell = require "spec.support.shell"

local flags, under = os.getenv "HOST_FLAGS" or "", os.getenv "HOST_UNDER" or ""

local Host = {}
Host.__index = Host

function Host:write(name, text)
  shell.write(self.directory .. "/" .. name, text)
end

function Host:run(script, options)
  local variables = {
    LUA_PATH = package.path, LUA_CPATH = package.cpath,
    GLIBC_TUNABLES = "glibc.malloc.tcache_count=0", -- memory cached by a thread would count as used
    ASAN_OPTIONS = os.getenv "ASAN_OPTIONS", TSAN_OPTIONS = "halt_on_error=1",
  }
  for name, value in pairs(options.variables or {}) do variables[name] = value end
  local command = { "env" }
  for name, value in pairs(variables) do command[#command + 1] = shell.quote(name .. "=" .. value) end
  command[#command + 1] = ("%s %s/host %d %d %s %s/%s"):format(under, self.directory, options.threads, options.runs, options.mode or "kept",
    self.directory, script)
  local output, said = shell.must(table.concat(command, " ")), {}
  for name, first, second in output:gmatch "(%l+) ([%d.]+) ?([%d.]*)\n" do said[name] = { tonumber(first), tonumber(second) } end
  said.output = output
  return said
end

function Host:remove()
  shell.run("rm -rf " .. self.directory)
end

return function()
  local self = setmetatable({
    directory = shell.directory(),
    instrumented = flags ~= "" or under ~= "", -- whether a sanitizer or valgrind is used
  }, Host)
  -- -Wl,-E exports Lua's functions from the program, because the module needs them if Lua is a
  -- static library.
  shell.must(("${CC:-cc} -std=c99 -D_GNU_SOURCE -g %s %s -o %s/host spec/support/host.c -Wl,-E %s -lpthread")
    :format(flags, headers.cflags(), self.directory, headers.libs()))
  return self
end
