-- Builds and runs the C programs that test parts of the core without Lua. Each variant of a program
-- is built only once.
local coverage = require "spec.support.coverage"
local shell = require "spec.support.shell"

-- The further source files of each program.
local ENGINE = "src/transport/engine.c src/transport/easy_handle.c src/transport/easy_callbacks.c "
  .. "src/transport/easy_options.c src/transport/easy_result.c src/transport/stamped_path.c "
  .. "src/transport/poller.c src/transport/poller_epoll.c "
  .. "src/transport/poller_multi.c src/transport/poller_sockets.c src/transport/connections.c "
  .. "src/transport/sink.c src/transport/startup.c src/transport/sigpipe.c src/transport/descriptors.c src/transport/proxy.c "
  .. "src/transport/tls.c src/transport/upload.c src/text/header_lines.c src/support/buffer.c"
local OTHERS = {
  ["spec/support/engine_probe.c"] = "-DCONNECTION_SETS=0 " .. ENGINE, -- no pool: engines share no connections
  ["spec/support/connections_probe.c"] = ENGINE,
  ["spec/support/session_probe.c"] = ENGINE,
  ["spec/support/answers_probe.c"] = ENGINE,
  ["spec/support/poller_probe.c"] = "src/transport/poller.c src/transport/poller_sockets.c src/transport/sigpipe.c "
    .. "src/transport/descriptors.c", -- includes poller_epoll.c or poller_multi.c
  ["spec/support/poller_sockets_probe.c"] = "src/transport/poller_sockets.c",
  ["spec/support/buffer_probe.c"] = "", -- includes buffer.c
  ["spec/support/descriptors_probe.c"] = "src/transport/descriptors.c",
  ["spec/support/proxy_probe.c"] = "src/transport/proxy.c",
  ["spec/support/signed_text_probe.c"] = "", -- includes what it tests
  ["spec/support/sigpipe_probe.c"] = "src/transport/sigpipe.c",
  ["spec/support/version_probe.c"] = "",
  ["spec/support/tls_probe.c"] = "src/transport/tls.c",
}

-- CURL_LIBDIR and CURL_INCDIR, variables of make, have the libcurl of the module if that is not the
-- system's.
local LIBRARIES = "${CURL_INCDIR:+-I$CURL_INCDIR} ${CURL_LIBDIR:+-L$CURL_LIBDIR -Wl,-rpath,$CURL_LIBDIR} -lcurl -lcrypto -lpthread -ldl"

-- Maps "PROGRAM FLAGS" to the path of the built program. `directory` is removed when the Lua state
-- closes.
local built, directory = {}, nil

local function remove_directory()
  shell.run("rm -rf " .. directory)
end

local function make_directory()
  directory = shell.directory()
  if newproxy then
    built[0] = newproxy(true) -- tables have no finalizers in Lua 5.1
    getmetatable(built[0]).__gc = remove_directory
  else
    built[0] = setmetatable({}, { __gc = remove_directory })
  end
end

local function build(program, flags)
  local key = program .. " " .. flags
  if built[key] then return built[key] end
  if not directory then make_directory() end
  local path = ("%s/%s%s"):format(directory, program:match "([%w_]+)%.c$", (flags:gsub("%W", "_")))
  local ok, output = shell.run(("${CC:-cc} -std=c99 -D_GNU_SOURCE -g %s -Isrc -o %s %s %s %s %s")
    :format(flags, path, program, OTHERS[program], LIBRARIES, coverage.flags(program)))
  if not ok then error(output, 0) end
  built[key] = path
  return path
end

-- Returns the output of the program. Raises an error with the output of the compiler or the program
-- if it fails. `flags` are compiler flags. `arguments` is the program's command line, as text.
return function(program, flags, arguments)
  local ok, output = shell.run(build(program, flags) .. " " .. (arguments or ""))
  if not ok then error(output, 2) end
  return output
end
