local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

local interpreter = shell.interpreter()
local core = shell.find_module "twilio.core"
local version = _VERSION:match "%d%.%d"

local function make(arguments)
  return shell.must(("make --no-print-directory LUA=%s %s"):format(interpreter, arguments))
end

describe("the compiled module", function()
  it("exports only luaopen_twilio_core", function()
    assert.same({ "luaopen_twilio_core" }, shell.exports(core))
  end)

  it("is linked with libcurl and libcrypto, but not with Lua's library", function()
    local needed = {}
    for name in shell.must("readelf -d " .. shell.quote(core)):gmatch "%(NEEDED%).-%[(lib[%w-]+)" do needed[name] = true end
    assert.is_true(needed.libcurl)
    assert.is_true(needed.libcrypto)
    for name in pairs(needed) do assert.is_nil(name:match "^liblua") end
  end)

  it("that was built for another Lua raises an error that says so; other load errors are not changed", function()
    local root = shell.directory()
    finally(function() shell.must("rm -rf " .. root) end)
    shell.must("mkdir " .. root .. "/twilio")
    local function complaint(body, name)
      local file = assert(io.open(root .. "/core.c", "w"))
      file:write(body)
      file:close()
      shell.must(("cc -shared -fPIC -o %s/twilio/core.so %s/core.c"):format(root, root))
      return support.run("package.cpath = " .. ("%q"):format(root .. "/?.so") .. ' print(pcall(require, ' .. ("%q"):format(name or "twilio") .. "))")
    end
    local text = "twilio.core does not fit this Lua, " .. (rawget(_G, "jit") and "LuaJIT" or _VERSION) .. ". Build twilio.core for this Lua"
    local from_another = "void lua_from_another(void); int luaopen_twilio_core(void *L) { lua_from_another(); return L != 0; }"
    local message = complaint(from_another)
    assert.matches("lua_from_another", message, 1, true)
    assert.matches(text, message, 1, true)
    for _, name in ipairs { "testing", "webhook", "webhook.nginx", "twiml", "jwt", "stream", "relay", "csv", "luv" } do
      assert.matches(text, complaint(from_another, "twilio." .. name), 1, true)
    end
    message = complaint [[
      int luaL_error(void *L, const char *format, ...);
      int luaopen_twilio_core(void *L) { return luaL_error(L, "version mismatch: app./library needs Lua 504"); }
    ]]
    assert.matches(text, message, 1, true)
    message = complaint "void curl_from_another(void); int luaopen_twilio_core(void *L) { curl_from_another(); return L != 0; }"
    assert.matches("curl_from_another", message, 1, true)
    assert.not_matches("does not fit this Lua", message, 1, true)
    shell.must(("rm %s/twilio/core.so"):format(root))
    message = support.run("package.cpath = " .. ("%q"):format(root .. "/?.so") .. ' print(pcall(require, "twilio"))')
    assert.matches("module 'twilio.core' not found", message, 1, true)
    assert.not_matches("does not fit this Lua", message, 1, true)
  end)

  it("is never unloaded", function()
    assert.matches("NODELETE", shell.must("readelf -d " .. shell.quote(core)))
  end)
end)

describe("the API table", function()
  -- Compiled without a sanitizer, which would add further data.
  local root, object
  setup(function()
    root = shell.directory()
    object = root .. "/api.o"
    shell.must(("cc -std=c99 -O2 -fPIC -Isrc -c src/api/api.c -o %s"):format(object))
  end)
  teardown(function() shell.must("rm -rf " .. root) end)

  it("has no relocations, so all processes share one copy", function()
    assert.matches("no relocations", shell.must("readelf -r " .. object))
  end)

  it("is read-only data of at most 102 KiB", function()
    local size = 0
    for name, bytes in shell.must("size -A " .. object):gmatch "(%.[%w._]+)%s+(%d+)" do
      if name:find "^%.rodata" then size = size + tonumber(bytes) end
      if name:find "^%.data" or name:find "^%.bss" then assert.equal("0", bytes, name) end
    end
    assert.is_true(size > 0)
    assert.is_true(size <= 102 * 1024, size .. " bytes")
  end)
end)

describe("make install", function()
  local root

  before_each(function() root = shell.directory() end)
  after_each(function() shell.must("rm -rf " .. root) end)

  local function files(directory)
    return shell.lines(shell.must(("cd %s && find . -type f"):format(directory)))
  end

  it("installs the modules below DESTDIR and PREFIX, and uninstall removes them", function()
    local place = ("DESTDIR=%s/image PREFIX=/opt/lua"):format(root)
    make("install " .. place)
    assert.same(files "lua", files(("%s/image/opt/lua/share/lua/%s"):format(root, version)))
    assert.same({ "./twilio/core.so" }, files(("%s/image/opt/lua/lib/lua/%s"):format(root, version)))
    assert.same(files "bin", files(root .. "/image/opt/lua/bin"))
    make("uninstall " .. place)
    assert.same({}, files(root))
    assert.equal("", shell.must(("find %s -name 'twilio*'"):format(root)))
  end)

  it("installs programs that find their modules, and run with the Lua of the module", function()
    make(("install PREFIX=%s"):format(root))
    local command = ("cd / && env -u LUA_PATH -u LUA_CPATH LUA_CPATH=%s %s/bin/twilio-lua --version"):format(
      shell.quote(shell.find_module "cjson":gsub("cjson%.so$", "?.so")), root)
    assert.matches("^twilio%-lua %d", shell.must(command))
    local first = shell.must(("head -n 1 %s/bin/twilio-lua"):format(root))
    assert.equal(shell.must("command -v " .. interpreter), first:match "^#!(.*)$")
  end)

  it("installs twilio-simulator, which finds its modules and a Lua that has lua-http", function()
    make(("install PREFIX=%s"):format(root))
    local server = servers.twilio({}, root .. "/bin/twilio-simulator")
    local answer = servers.curl { url = server.url .. "/" }
    local script = servers.curl { url = server.url .. answer.body:match 'src="([^"]*)"' }
    assert.equal("", server:stop())
    assert.matches("<title>twilio-simulator</title>", answer.body, 1, true)
    assert.same({ 200, "text/javascript; charset=utf-8" }, { script.status, script.headers["content-type"] })
    assert.matches("usage: twilio-simulator", shell.must(("cd / && LUA=%s %s/bin/twilio-simulator --help"):format(interpreter, root)), 1, true)
  end)

  it("removes only its own files at uninstall", function()
    local place = ("PREFIX=%s"):format(root)
    make("install " .. place)
    shell.must(("touch %s/share/lua/%s/twilio/other.lua"):format(root, version))
    make("uninstall " .. place)
    assert.same({ ("./share/lua/%s/twilio/other.lua"):format(version) }, files(root))
  end)

  it("installs to the directories that LuaRocks passes", function()
    make(("install INST_LIBDIR=%s/lib INST_LUADIR=%s/lua LUA_LIBDIR=/nowhere"):format(root, root))
    assert.same(files "lua", files(root .. "/lua"))
    assert.same({ "./twilio/core.so" }, files(root .. "/lib"))
  end)
end)

describe("make deps", function()
  local root

  before_each(function()
    root = shell.directory()
    shell.must(("mkdir %s/bin && touch %s/log"):format(root, root))
  end)
  after_each(function() shell.must("rm -rf " .. root) end)

  -- Makes a PATH with the named programs, and with fake programs that log their command lines.
  local function machine(programs, fakes)
    for name in programs:gmatch "%S+" do
      shell.must(("ln -s \"$(command -v %s)\" %s/bin/%s"):format(name, root, name))
    end
    for name, script in pairs(fakes) do
      shell.write(("%s/bin/%s"):format(root, name), ("#!/bin/sh\necho \"%s $*\" >>%s/log\n%s\n"):format(name, root, script))
      shell.must(("chmod +x %s/bin/%s"):format(root, name))
    end
  end

  local function deps(environment)
    return shell.run(("PATH=%s/bin %s tools/deps.sh build"):format(root, environment))
  end

  local function log()
    local file = assert(io.open(root .. "/log"))
    local text = file:read "*a"
    file:close()
    return text
  end

  local tools = "sh env sort tr ls " -- programs that the script uses

  it("prints nothing and installs nothing if nothing is missing", function()
    assert.equal("", make "deps")
  end)

  it("prints the missing packages, and installs exactly these", function()
    machine(tools .. "pkg-config", { ["apt-get"] = ":", id = "echo 0", dpkg = "exit 1" })
    local ok, output = deps "LUA=lua5.3 CC=absent-compiler"
    assert.is_false(ok) -- the fake apt-get installs nothing
    assert.matches("^Installing with apt, to build, run and test twilio: [^\n]*gcc libc6%-dev [^\n]*\n", output)
    assert.matches("Still not found after installing: [^\n]*lua5%.3", output)
    local packages = log():match "install %-y %-%-no%-install%-recommends ([^\n]+)"
    assert.matches("lua%-busted", packages)
    assert.matches("lua%-cjson", packages)
    assert.is_nil(packages:find "pkg-config") -- it is not missing
    assert.is_nil(log():find "sudo")
  end)

  it("updates the package lists if the installation fails, and tries again", function()
    -- This apt-get fails to install until it has updated its lists.
    machine(tools .. "pkg-config touch", {
      ["apt-get"] = 'case "$*" in *update) touch "$0.lists" ;; *) test -e "$0.lists" ;; esac',
      id = "echo 0",
      dpkg = "exit 1",
    })
    deps "LUA=lua5.3"
    local verbs = {}
    for line in log():gmatch "apt%-get ([^\n]+)" do verbs[#verbs + 1] = line:match " update$" or line:match " install " end
    assert.same({ " update", " install " }, { verbs[#verbs - 1], verbs[#verbs] })
  end)

  it("uses sudo if it does not run as root", function()
    machine(tools .. "pkg-config", { ["apt-get"] = ":", sudo = "exec \"$@\"", id = "echo 1000", dpkg = "exit 1" })
    deps "LUA=lua5.3"
    assert.matches("sudo env DEBIAN_FRONTEND=noninteractive apt%-get [^\n]*install %-y", log())
  end)

  it("prints the missing packages and fails if it cannot install", function()
    local please = "^Please install these packages %(Debian names%) to build, run and test twilio: [^\n]*lua5%.3"
    machine(tools .. "pkg-config", { dpkg = "exit 1" })
    local ok, output = deps "LUA=lua5.3" -- no apt
    assert.is_false(ok)
    assert.matches(please, output)
    machine("", { ["apt-get"] = ":", id = "echo 1000" })
    ok, output = deps "LUA=lua5.3" -- neither root nor sudo
    assert.is_false(ok)
    assert.matches(please, output)
    assert.is_nil(log():find "apt-get")
  end)

  it("installs the headers of the LuaJIT that is installed", function()
    machine(tools .. "pkg-config", { dpkg = "test \"$2\" = luajit" })
    local _, output = deps "LUA=luajit LUA_MODULES=no-such-module"
    assert.matches("libluajit%-5%.1%-dev", output)
    assert.is_nil(output:find "luajit2")
  end)
end)

-- Groups of installed files, their largest size in KB, and the patterns of their paths. A file belongs to
-- the first group that matches it. spec/twilio/explain_spec.lua has the limit of error_codes.lua.
local GROUPS = {
  { "error codes", 110, "/twilio/error_codes%.lua$" },
  { "the command line", 135, "/twilio/cli[./]", "/bin/twilio%-lua$" },
  { "the page of the simulator", 80, "/twilio/simulator/page/" },
  { "the simulator", 650, -- the facts of all operations are 250, and the state file is 16
    "/twilio/simulator", "/bin/twilio%-simulator$" },
  { "twilio.testing", 120, "/twilio/testing" },
  { "parts that are loaded on demand", 300, "/twilio/canceller", "/twilio/csv", "/twilio/download", "/twilio/explain", "/twilio/file_error",
    "/twilio/iterator", "/twilio/journal", "/twilio/jwt", "/twilio/lists", "/twilio/map", "/twilio/mask", "/twilio/page", "/twilio/relay",
    "/twilio/report", "/twilio/sleep", "/twilio/statuses", "/twilio/stream", "/twilio/summary", "/twilio/token", "/twilio/twiml",
    "/twilio/wait_for", "/twilio/webhook", "/twilio/websocket_messages" },
  { "what every program loads", 450, "" },
}

local function group_of(path)
  for _, group in ipairs(GROUPS) do
    for i = 3, #group do
      if path:find(group[i]) then return group end
    end
  end
end

describe("the installed module", function()
  it("has no more bytes than its groups may have, without debug information", function()
    local root = shell.directory()
    finally(function() shell.must("rm -rf " .. root) end)
    make(("install DESTDIR=%s PREFIX=/usr"):format(root))
    shell.must(("strip %s/usr/lib/lua/%s/twilio/core.so"):format(root, version))
    local sizes = {}
    for bytes, path in shell.must(("cd %s && find . -type f -printf '%%s %%p\\n'"):format(root)):gmatch "(%d+) (%S+)" do
      local group = group_of(path)
      sizes[group] = (sizes[group] or 0) + tonumber(bytes)
    end
    for _, group in ipairs(GROUPS) do
      local bytes = assert(sizes[group], group[1])
      assert.is_true(bytes <= group[2] * 1000, ("%s: %d bytes"):format(group[1], bytes))
    end
  end)
end)
