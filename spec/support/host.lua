-- Builds host.c, a program that opens and closes Lua states in threads, for the Lua that runs the specs, and lets it run scripts.
--
--   local host = require "spec.support.host"()
--   host:write("script.lua", "…")
--   local said = host:run("script.lua", { threads = 8, runs = 100, mode = "kept", variables = { NAME = "value" } })
--   said.failures[1], said.descriptors[1] (behind the first round), said.descriptors[2] (behind the last), said.output
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
    GLIBC_TUNABLES = "glibc.malloc.tcache_count=0", -- what a thread keeps for itself would count as used
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
    instrumented = flags ~= "" or under ~= "", -- by a sanitizer or valgrind
  }, Host)
  -- the linker exports all of Lua's functions, which the module finds in the program where Lua is a static library
  shell.must(("${CC:-cc} -std=c99 -D_GNU_SOURCE -g %s %s -o %s/host spec/support/host.c -Wl,-E %s -lpthread")
    :format(flags, headers.cflags(), self.directory, headers.libs()))
  return self
end
