-- UUIDs of version 7.

local c_module = require "spec.support.c_module"
local shell = require "spec.support.shell"

if not shell.has(os.getenv "CC" or "cc") then
  describe("UUIDs", function()
    it("need a C compiler", function() pending "no cc" end)
  end)
  return
end

describe("UUIDs", function()
  local uuid
  setup(function() uuid = c_module("uuid_probe", "src/text/uuid.c", "-lcrypto -lpthread") end)

  local function check_distinct(list, n)
    local seen = {}
    assert.equal(n, #list)
    for _, text in ipairs(list) do
      assert.equal(36, #text)
      assert.is_nil(seen[text])
      seen[text] = true
    end
  end

  local X = "[0-9a-f]"

  it("have the form of RFC 9562, version 7 and its variant", function()
    for _ = 1, 1000 do
      assert.matches(("^%s%%-%s%%-7%s%%-[89ab]%s%%-%s$"):format(X:rep(8), X:rep(4), X:rep(3), X:rep(3), X:rep(12)), uuid.new())
    end
  end)

  it("begin with the milliseconds since 1970", function()
    local before = os.time()
    local milliseconds = tonumber((uuid.new():sub(1, 13):gsub("-", "")), 16)
    local after = os.time()
    assert.is_true(before * 1000 <= milliseconds and milliseconds < (after + 1) * 1000)
  end)

  it("have a time that is finer than a millisecond and does not go back", function()
    local previous, finer = uuid.new(), {}
    for _ = 1, 5000 do
      local text = uuid.new()
      assert.is_true(previous:sub(1, 18) <= text:sub(1, 18))
      finer[text:sub(16, 18)] = true
      previous = text
    end
    assert.is_true(next(finer, next(finer)) ~= nil)
  end)

  it("are random in 62 bits", function()
    local ones = {}
    for _ = 1, 1000 do
      local digits = uuid.new():sub(20):gsub("-", "")
      for place = 1, 16 do
        local value = tonumber(digits:sub(place, place), 16)
        for bit = 0, 3 do
          local name = place .. "." .. bit
          ones[name] = (ones[name] or 0) + math.floor(value / 2 ^ bit) % 2
        end
      end
    end
    local fixed = 0
    for _, count in pairs(ones) do
      if count == 0 or count == 1000 then fixed = fixed + 1 end
    end
    assert.equal(2, fixed) -- the variant
  end)

  it("differ among threads", function() check_distinct(uuid.threads(), 20000) end)

  it("differ between a process and its forked child", function()
    uuid.new() -- the generator is seeded before the fork
    check_distinct(uuid.forked(500), 1000)
  end)
end)
