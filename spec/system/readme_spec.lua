-- Runs the programs of README.md, doc/ and doc/guides/, so that they stay true. Each ```lua block
-- runs in a new process, and its requests go to the stand-in. A block may use these names:
--
-- * `twilio`: the module. Its clients use the stand-in, unless the block sets base_url.
-- * `client`: a client
-- * `call`: a call in progress with a recording and a notification
-- * `sid`: the SID of `call`
--
-- The lines that a block prints must match the texts after its `-->`, in order. A … matches any
-- text. A comment before a block names a requirement, such as <!-- needs cqueues --> or
-- <!-- needs Lua 5.4 -->. If the requirement is not met, the block is skipped. After the comment
-- <!-- file examples/x.lua -->, the block is the text of this file, and is not run here.
--
-- Each block runs twice: with the stand-in's credentials in the environment, and without. A block
-- that relies on the environment must then fail with the message about missing credentials.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"
require "spec.support.luv" -- before can_run requires luv

local PAGES = shell.lines(shell.must "ls README.md doc/*.md doc/guides/*.md")

local function blocks_of(name)
  local blocks, block, condition, path, number = {}, nil, nil, nil, 0
  for line in io.lines(name) do
    number = number + 1
    if block and line == "```" then
      blocks[#blocks + 1], block, condition, path = block, nil, nil, nil
    elseif block then
      block.lines[#block.lines + 1] = line
    elseif line == "```lua" then
      block = { file = name, first = number + 1, condition = condition, path = path, lines = {} }
    elseif line ~= "" then
      condition, path = line:match "^<!%-%- needs (.+) %-%->$", line:match "^<!%-%- file (.+) %-%->$"
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

-- Returns the program that runs a block. The numbers of its lines are those of the file. Only
-- base_url is added to the options of a client.
local PROGRAM = [[
local twilio = require "twilio"
require "spec.support.luv"
local source, name, base_url, account_sid, auth_token, sid = %q, %q, %q, %q, %q, %q

local function connect(options)
  local all = { base_url = base_url }
  for option, value in pairs(options or {}) do all[option] = value end
  return twilio.client(all)
end

local client = connect { account_sid = account_sid, auth_token = auth_token }
local module = setmetatable({ client = connect }, { __index = twilio })
local names = { twilio = module, client = client, call = client.calls:get(sid), sid = sid }
function names.require(what) return what == "twilio" and module or require(what) end
local function refuse(_, global) error("sets the global '" .. global .. "'", 2) end
local env = setmetatable({}, { __index = function(_, global) return names[global] or _G[global] end, __newindex = refuse })

local block
if setfenv then
  block = setfenv(assert(loadstring(source, name)), env)
else
  block = assert(load(source, name, "t", env))
end
local ok, problem = pcall(block)
if not ok then print("raised " .. tostring(problem)) end
client:close()
]]

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
  local pattern = expected:gsub("%p", "%%%0"):gsub("\226%%?\128%%?\166", ".*") -- the bytes of …, which are punctuation in some locales
  return printed:find("^" .. pattern .. "$") ~= nil
end

describe("the block at", function()
  local NO_CREDENTIALS = "no credentials: pass account_sid and auth_token"
  local server, set

  setup(function()
    server = servers.twilio { now = 1300000000 }
    set = { TWILIO_ACCOUNT_SID = server.account_sid, TWILIO_AUTH_TOKEN = server.auth_token }
  end)
  teardown(function() server:stop() end)
  before_each(function() server:post "/_/reset" end)

  -- Returns the output of the block.
  local function output_of(block, variables)
    server:post("/_/seed", { Calls = 2, Status = "completed" })
    local sid = server:post("/_/seed", { Calls = 1, Status = "in-progress", Recordings = 1, Transcriptions = 1, Notifications = 1 }).first
    local source = ("\n"):rep(block.first - 1) .. table.concat(block.lines, "\n")
    local program = PROGRAM:format(source, "@" .. block.file, server.url, server.account_sid, server.auth_token, sid)
    return support.run(program, variables)
  end

  local function check(block, output)
    local expected, printed = expected_output(block), {}
    for line in output:gmatch "[^\n]+" do printed[#printed + 1] = line end
    assert.equal(#expected, #printed, "lines printed: " .. output)
    for i, text in ipairs(expected) do
      if not fits(text, words(printed[i])) then assert.equal(text, words(printed[i])) end
    end
  end

  local alone = 0 -- the number of blocks that do not need credentials from the environment
  for _, name in ipairs(PAGES) do
    for _, block in ipairs(blocks_of(name)) do
      local test = can_run(block.condition) and it or pending
      test(name .. ":" .. block.first, function()
        if block.path then
          local file = assert(io.open(block.path))
          local text = file:read "*a"
          file:close()
          return assert.equal(text, table.concat(block.lines, "\n") .. "\n")
        end
        check(block, output_of(block, set))
        server:post "/_/reset"
        local output = output_of(block, {})
        if not output:find(NO_CREDENTIALS, 1, true) then
          alone = alone + 1
          return check(block, output)
        end
        local brings_its_own = table.concat(block.lines):find "account_sid ="
        assert.is_nil(brings_its_own, output)
      end)
    end
  end

  it("more than ten blocks need no credentials from the environment", function() assert.is_true(alone > 10, alone) end)
end)

describe("the pages", function()
  it("have blocks: README.md, each guide, and more than 60 in total", function()
    local total = 0
    for _, name in ipairs(PAGES) do
      local count = #blocks_of(name)
      total = total + count
      local is_without = name:find "guides/offline%.md$" -- about a program and a web page
      assert.is_true(count > 0 or is_without ~= nil or not name:find "guides/" and name ~= "README.md", name)
    end
    assert.is_true(total > 60, total)
  end)

  it("link only to files that exist", function()
    for _, name in ipairs(PAGES) do
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
