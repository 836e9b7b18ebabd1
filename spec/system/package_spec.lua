local shell = require "spec.support.shell"

local rockspec = "rockspec/twilio-scm-1.rockspec"
local version = _VERSION:match "%d%.%d"
local luajit = rawget(_G, "jit") ~= nil

local function read_rockspec()
  local env = {}
  local chunk
  if _VERSION == "Lua 5.1" then
    chunk = assert(loadfile(rockspec))
    setfenv(chunk, env)
  else
    chunk = assert(loadfile(rockspec, "t", env))
  end
  chunk()
  return env
end

describe("the rockspec", function()
  local rock = read_rockspec()

  it("lists every C source", function()
    local listed = {}
    for i, path in ipairs(rock.build.modules["twilio.core"].sources) do listed[i] = path end
    table.sort(listed)
    assert.same(shell.lines(shell.must "ls src/*.c src/*/*.c"), listed)
  end)

  it("lists every Lua module under the name it is required by", function()
    local expected, listed = {}, {}
    for _, path in ipairs(shell.lines(shell.must "find lua -name '*.lua'")) do
      expected[path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")] = path
    end
    for name, module in pairs(rock.build.modules) do
      if type(module) == "string" then listed[name] = module end
    end
    assert.same(expected, listed)
  end)

  it("accepts Lua 5.1 and later, and any libcurl that the compiler finds", function()
    assert.equal("3.0", rock.rockspec_format)
    assert.equal("lua >= 5.1", rock.dependencies[1])
    assert.same({ CURL = {}, CRYPTO = {} }, rock.external_dependencies)
  end)
end)

-- These specs need LuaRocks. In CI they fail without it.
local possible = os.getenv "CI" or shell.has "luarocks"
local test = possible and it or pending

describe("the rock", function()
  local root, tree

  local function make_rock()
    local modules = luajit and "luajit" or ("lua%s lua-%s lua%s"):format(version, version, (version:gsub("%.", "")))
    local include = shell.must("for m in " .. modules .. "; do pkg-config --cflags-only-I $m 2>/dev/null && break; done"):match "%-I(%S+)"
    root = shell.directory()
    tree = root .. "/tree"
    shell.must(("cp -R src lua bin rockspec doc types README.md LICENSE %s && rm -f %s/src/*.o %s/src/*/*.o"):format(root, root, root))
    return shell.must(("cd %s && luarocks --lua-version %s make --deps-mode=none --tree %s %s %s"):format(
      root, version, tree, rockspec, include and "LUA_INCDIR=" .. include or ""))
  end

  -- Runs a program with the modules of the tree. lua-cjson is not in the tree, so it is copied to a
  -- directory that contains nothing else.
  local function run_program(lua_path)
    local program = assert(io.open(root .. "/program.lua", "w"))
    program:write [[
      local twilio = require "twilio"
      local client = twilio.client{
        account_sid = "AC00000000000000000000000000000001", auth_token = "token", base_url = "http://127.0.0.1:1",
      }
      local call, message, err = client.calls:make{ to = "+15558675310", from = "+15017122661", url = "http://example.com/call.xml" }
      assert(call == nil and #message > 0)
      print(err.kind, err.sent, package.path)
      client:close()
    ]]
    program:close()
    shell.must(("mkdir -p %s/cjson && cp %s %s/cjson/cjson.so"):format(root, shell.quote(shell.find_module "cjson"), root))
    local cpath = ("%s/lib/lua/%s/?.so;%s/cjson/?.so"):format(tree, version, root)
    return shell.must(("cd / && LUA_PATH=%s LUA_CPATH=%s %s %s/program.lua"):format(
      shell.quote(lua_path), shell.quote(cpath), shell.interpreter(), root))
  end

  setup(function() if possible then make_rock() end end)
  teardown(function() if root then shell.must("rm -rf " .. root) end end)

  test("installs twilio-simulator, which finds its modules", function()
    assert.matches("usage: twilio-simulator", shell.must(("cd / && %s/bin/twilio-simulator --help"):format(tree)), 1, true)
  end)

  test("installs the page of twilio-simulator next to the module that serves it", function()
    local answer = shell.must(("cd / && LUA_PATH='%s/share/lua/%s/?.lua' %s -e %s"):format(tree, version, shell.interpreter(), shell.quote [[
      local page = require "twilio.simulator.page"
      for _, path in ipairs { "/", "/_/page/main.js", "/_/page/style.css" } do
        local answer = page.answer { method = "GET", path = path }
        print(path, answer.status, #answer.body > 500)
      end]]))
    assert.equal("/\t200\ttrue\n/_/page/main.js\t200\ttrue\n/_/page/style.css\t200\ttrue\n", answer)
  end)

  test("lists every file of the page", function()
    local listed = {}
    for _, path in pairs(read_rockspec().build.install.lua) do listed[#listed + 1] = path end
    table.sort(listed)
    assert.same(shell.lines(shell.must "ls lua/twilio/simulator/page/*"), listed)
  end)

  test("installs twilio-simulator, which runs in another Lua if its own has no lua-http", function()
    local output = shell.must(([[
      cd %s
      tree/bin/twilio-simulator --port 0 --ready port >out 2>&1 &
      pid=$!
      while ! [ -s port ] && kill -0 $pid 2>/dev/null; do sleep 0.05; done
      kill $pid
      wait $pid
      cat out
    ]]):format(root))
    assert.matches(" listens on http://127.0.0.1:%d+\n", output)
  end)

  test("installs twilio-simulator, which says what is missing if no Lua has lua-http", function()
    if shell.run(shell.interpreter() .. " -e 'require \"http.version\"' 2>&1") then return pending "this Lua has lua-http" end
    local fine, output = shell.run(("cd / && TWILIO_SIMULATOR_LUA=lua %s/bin/twilio-simulator --port 0 2>&1"):format(tree))
    assert.is_false(fine)
    assert.matches("twilio-simulator needs lua-http and lua-cjson. Lua " .. version .. " lacks: ", output, 1, true)
  end)

  test("passes luarocks lint", function()
    assert.equal("", shell.must("luarocks lint " .. rockspec))
  end)

  test("installs the modules and no other file", function()
    local function files(directory)
      return shell.lines(shell.must(("cd %s && find . -type f"):format(directory)))
    end
    assert.same(files "lua", files(("%s/share/lua/%s"):format(tree, version)))
    assert.same({ "./twilio/core.so" }, files(("%s/lib/lua/%s"):format(tree, version)))
  end)

  test("installs the programs of bin, which find their modules", function()
    assert.same(shell.lines(shell.must "ls bin"), shell.lines(shell.must("ls " .. tree .. "/bin")))
    local cjson = shell.find_module "cjson":gsub("cjson%.so$", "?.so")
    assert.matches("^twilio%-lua %d", shell.must(("cd / && LUA_CPATH=%s';;' %s/bin/twilio-lua --version"):format(shell.quote(cjson .. ";"), tree)))
  end)

  test("has the README and the licence, but neither the reference nor the types", function()
    local rock = ("%s/lib/luarocks/rocks-%s/twilio/scm-1/doc"):format(tree, version)
    assert.same({ "LICENSE", "README.md" }, shell.lines(shell.must("ls " .. rock)))
  end)

  test("exports only luaopen_twilio_core", function()
    assert.same({ "luaopen_twilio_core" }, shell.exports(("%s/lib/lua/%s/twilio/core.so"):format(tree, version)))
  end)

  test("runs a program that has only the tree in its module paths", function()
    local path = ("%s/share/lua/%s/?.lua;%s/share/lua/%s/?/init.lua"):format(tree, version, tree, version)
    assert.equal("network\tno\t" .. path .. "\n", run_program(path))
  end)

  test("loads with only ?.lua in package.path", function()
    local path = ("%s/share/lua/%s/?.lua"):format(tree, version)
    assert.equal("network\tno\t" .. path .. "\n", run_program(path))
  end)
end)
