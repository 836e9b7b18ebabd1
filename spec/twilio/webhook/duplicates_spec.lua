-- Requests that Twilio sends again.
local core = require "twilio.core"
local support = require "spec.support.client"
local twilio = require "twilio"

describe("twilio.webhook.duplicates", function()
  it("returns true for a token from the second time on", function()
    local duplicates = twilio.webhook.duplicates()
    assert.is_false(duplicates:seen "a")
    assert.is_true(duplicates:seen "a")
    assert.is_false(duplicates:seen "b")
    assert.is_true(duplicates:seen "a")
  end)

  it("forgets a token on request, so that the next attempt is not a duplicate", function()
    local duplicates = twilio.webhook.duplicates { size = 2 }
    duplicates:seen "a"
    duplicates:forget "a"
    duplicates:forget "never seen"
    duplicates:forget(nil)
    assert.is_false(duplicates:seen "a")
    assert.is_true(duplicates:seen "a")
    assert.is_false(duplicates:seen "b") -- replaces the first "a", and not the second
    assert.is_true(duplicates:seen "a")
  end)

  it("keeps the newest tokens only", function()
    local duplicates = twilio.webhook.duplicates { size = 3 }
    for _, token in ipairs { "a", "b", "c", "d" } do assert.is_false(duplicates:seen(token)) end
    assert.is_true(duplicates:seen "b")
    assert.is_true(duplicates:seen "d")
    assert.is_false(duplicates:seen "a")
    assert.is_false(duplicates:seen "b")
  end)

  it("uses limited memory for any number of tokens", function()
    local duplicates = twilio.webhook.duplicates { size = 100 }
    local function fill()
      for i = 1, 20000 do duplicates:seen(("%064d"):format(i)) end
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    local before = fill()
    assert.is_true(fill() < before + 100)
  end)

  it("forgets a token after `ttl` seconds", function()
    local now, before = 1000, core.now
    core.now = function() return now end
    finally(function() core.now = before end)
    local duplicates = twilio.webhook.duplicates { ttl = 60 }
    assert.is_false(duplicates:seen "a")
    now = 1059
    assert.is_true(duplicates:seen "a")
    now = 1060
    assert.is_false(duplicates:seen "a")
    assert.is_true(duplicates:seen "a")
  end)

  it("returns false for values that are not tokens", function()
    local duplicates = twilio.webhook.duplicates()
    for _ = 1, 2 do
      assert.is_false(duplicates:seen(nil))
      assert.is_false(duplicates:seen "")
      assert.is_false(duplicates:seen(false))
      assert.is_false(duplicates:seen(("x"):rep(257)))
    end
  end)

  it("uses a shared dictionary of nginx", function()
    local kept, times = {}, {}
    local dictionary = {
      add = function(_, key, value, ttl)
        if kept[key] then return false, "exists", false end
        kept[key], times[key] = value, ttl
        return true, nil, false
      end,
      delete = function(_, key) kept[key] = nil end,
    }
    local duplicates = twilio.webhook.duplicates { dictionary = dictionary, ttl = 5 }
    assert.is_false(duplicates:seen "a")
    assert.is_true(duplicates:seen "a")
    assert.same({ ["twilio.webhook:a"] = 5 }, times)
    duplicates:forget "a"
    assert.is_false(duplicates:seen "a")
  end)

  it("treats an event as new if the dictionary is out of memory", function()
    local dictionary = { add = function() return false, "no memory", true end, delete = function() end }
    local duplicates = twilio.webhook.duplicates { dictionary = dictionary }
    for _ = 1, 2 do assert.is_false(duplicates:seen "a") end
  end)

  it("raises for wrong options and names", function()
    local function message(options) return (support.misuse(twilio.webhook.duplicates, options)) end
    assert.equal("size must be a number, at least 1", message { size = 0 })
    assert.equal("ttl must be a number, at least 0", message { ttl = -1 })
    assert.equal("ttl must be a number, at least 0", message { ttl = 0 / 0 })
    assert.equal("dictionary must be a shared dictionary of nginx, ngx.shared.name", message { dictionary = "name" })
    assert.equal("pass size or dictionary, not both: nginx.conf sets the size of a dictionary", message {
      size = 1, dictionary = { add = print, delete = print },
    })
    assert.equal("the table of twilio.webhook.duplicates has no 'sise' (did you mean 'size'?)", message { sise = 1 })
    assert.equal("twilio.webhook.duplicates takes a table of options", message "x")
    assert.matches("has no 'seem' %(did you mean 'seen'%?%)", (support.misuse(function() return twilio.webhook.duplicates().seem end)))
  end)
end)
