-- Builds one of the C programs that exercise parts of the core without Lua, and runs it.
local shell = require "spec.support.shell"

-- The sources that each program needs beside its own.
local ENGINE = "src/transport/engine.c src/transport/easy_handle.c src/transport/poller.c src/transport/connections.c "
  .. "src/transport/startup.c src/transport/sigpipe.c src/transport/descriptors.c src/transport/proxy.c src/transport/tls.c src/support/buffer.c"
local OTHERS = {
  ["spec/support/engine_probe.c"] = "-DCONNECTION_SETS=0 " .. ENGINE, -- each engine has connections of its own
  ["spec/support/connections_probe.c"] = ENGINE,
  ["spec/support/session_probe.c"] = ENGINE,
  ["spec/support/answers_probe.c"] = ENGINE,
  ["spec/support/poller_probe.c"] = "src/transport/sigpipe.c src/transport/descriptors.c", -- includes what it tests
  ["spec/support/buffer_probe.c"] = "", -- includes what it tests
  ["spec/support/descriptors_probe.c"] = "src/transport/descriptors.c",
  ["spec/support/proxy_probe.c"] = "src/transport/proxy.c",
  ["spec/support/sigpipe_probe.c"] = "src/transport/sigpipe.c",
  ["spec/support/tls_probe.c"] = "src/transport/tls.c",
}

-- Raises what the compiler or the program says; `flags` choose a variant, `arguments` (a text) go to the program.
return function(program, flags, arguments)
  local directory = shell.directory()
  local ok, output = shell.run(("${CC:-cc} -std=c99 -D_GNU_SOURCE -g %s -Isrc -o %s/probe %s %s -lcurl -lcrypto -lpthread -ldl")
    :format(flags, directory, program, OTHERS[program]))
  if ok then ok, output = shell.run(directory .. "/probe " .. (arguments or "")) end
  shell.run("rm -rf " .. directory)
  if not ok then error(output, 2) end
  return output
end
