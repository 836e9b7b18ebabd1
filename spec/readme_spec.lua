-- Runs the programs of README.md and doc/, so that they stay true. Each ```lua block is a chunk of its own, against the stand-in, with these
-- names given: `twilio`, whose client() leads to the stand-in where the block says nothing else; `client`; `call`, a call in progress with
-- a recording and a notification; `sid`, its SID. What a block prints is what stands behind its `-->`, in order; … stands for anything.
-- A comment before a block says when it cannot run: <!-- needs cqueues -->, <!-- needs Lua 5.4 -->.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local twilio = require "twilio"
require "spec.support.luv"

local function blocks_of(name)
  local blocks, block, condition, number = {}, nil, nil, 0
  for line in io.lines(name) do
    number = number + 1
    if block and line == "```" then
      blocks[#blocks + 1], block, condition = block, nil, nil
    elseif block then
      block.lines[#block.lines + 1] = line
    elseif line == "```lua" then
      block = { file = name, first = number + 1, condition = condition, lines = {} }
    elseif line ~= "" then
      condition = line:match "^<!%-%- needs (.+) %-%->$"
    end
  end
  assert(not block, name .. " ends inside a block")
  return blocks
end

local function can_run(condition)
  if not condition then return true end
  local version = condition:match "^Lua (%d%.%d)$"
  if version then return _VERSION >= "Lua " .. version end
  return (pcall(require, condition))
end

-- The block as a function of its environment; its lines have the numbers that they have in the file.
local function compile(block, env)
  local source, name = ("\n"):rep(block.first - 1) .. table.concat(block.lines, "\n"), "@" .. block.file
  if not setfenv then return assert(load(source, name, "t", env)) end
  return setfenv(assert(loadstring(source, name)), env)
end

local function words(text) return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")) end

local function expected_output(block)
  local expected = {}
  for _, line in ipairs(block.lines) do
    local text = line:match "%-%-> (.*)$"
    if text then expected[#expected + 1] = words(text) end
  end
  return expected
end

local function fits(expected, printed)
  local pattern = expected:gsub("%p", "%%%0"):gsub("\226%%?\128%%?\166", ".*") -- the bytes of …, which some locales call punctuation
  return printed:find("^" .. pattern .. "$") ~= nil
end

describe("the block at", function()
  local server, client

  setup(function() server = servers.twilio { now = 1300000000 } end)
  teardown(function() server:stop() end)

  local function connect(options)
    local all = { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  -- What a block sees, and the lines that it prints.
  local function new_environment(sid)
    local module, printed = setmetatable({ client = connect }, { __index = twilio }), {}
    local names = { twilio = module, client = client, call = client.calls:get(sid), sid = sid }
    function names.require(name) return name == "twilio" and module or require(name) end
    function names.print(...)
      local parts = {}
      for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
      printed[#printed + 1] = words(table.concat(parts, " "))
    end
    local function refuse(_, name) error("sets the global '" .. name .. "'", 2) end
    return setmetatable({}, { __index = function(_, name) return names[name] or _G[name] end, __newindex = refuse }), printed
  end

  before_each(function()
    server:post "/_/reset"
    client = connect()
  end)
  after_each(function() client:close() end)

  local function run(block)
    server:post("/_/seed", { Calls = 2, Status = "completed" })
    local sid = server:post("/_/seed", { Calls = 1, Status = "in-progress", Recordings = 1, Transcriptions = 1, Notifications = 1 }).first
    local env, printed = new_environment(sid)
    compile(block, env)()
    local expected = expected_output(block)
    assert.equal(#expected, #printed, "lines printed: " .. table.concat(printed, "\n"))
    for i, text in ipairs(expected) do
      if not fits(text, printed[i]) then assert.equal(text, printed[i]) end
    end
  end

  for _, name in ipairs(shell.lines(shell.must "ls README.md doc/*.md")) do
    for _, block in ipairs(blocks_of(name)) do
      local test = can_run(block.condition) and it or pending
      test(name .. ":" .. block.first, function() run(block) end)
    end
  end
end)

describe("README.md", function()
  it("has blocks to run, and links only to files that are there", function()
    assert.is_true(#blocks_of "README.md" > 5)
    for _, name in ipairs(shell.lines(shell.must "ls README.md doc/*.md")) do
      local directory = name:match "^(.*/)" or ""
      for line in io.lines(name) do
        for target in line:gmatch "%]%(([^)]+)%)" do
          local path = target:gsub("#.*$", "")
          if path ~= "" and not path:find "^https?:" then assert(io.open(directory .. path)):close() end
        end
      end
    end
  end)
end)
