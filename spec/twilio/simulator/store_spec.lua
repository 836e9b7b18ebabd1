local store = require "twilio.simulator.store"

local function all() return true end

local function sids(records)
  local list = {}
  for index, record in ipairs(records) do list[index] = record.sid end
  return table.concat(list, " ")
end

describe("the store of a simulator", function()
  it("makes SIDs that depend on the seed and their number only", function()
    local first, same, other = store.new(0, "a"), store.new(9, "a"), store.new(0, "b")
    local sid = first:sid "CA"
    assert.matches("^CA%x+$", sid)
    assert.equal(34, #sid)
    assert.equal(sid, same:sid "CA")
    assert.not_equal(sid, other:sid "CA")
    assert.not_equal(sid, first:sid "CA")
  end)

  it("has collections by owner and kind", function()
    local records = store.new(0, "")
    assert.is_false(records:has("AC1", "calls"))
    records:collection("AC1", "calls"):add { sid = "CA1" }
    assert.is_true(records:has("AC1", "calls"))
    assert.equal("CA1", records:collection("AC1", "calls"):get("CA1").sid)
    assert.is_nil(records:collection("AC2", "calls"):get "CA1")
  end)

  it("pages a collection by records, which may be removed meanwhile", function()
    local calls = store.new(0, ""):collection("AC1", "calls")
    for index = 1, 5 do calls:add { sid = "CA" .. index } end
    local page, older, newer = calls:page(2, nil, all)
    assert.same({ "CA5 CA4", true, false }, { sids(page), older, newer })
    calls:remove "CA4"
    page, older, newer = calls:page(2, "PACA4", all)
    assert.same({ "CA3 CA2", true, true }, { sids(page), older, newer })
    page, older, newer = calls:page(2, "PBCA3", all)
    assert.same({ "CA5", true, false }, { sids(page), older, newer })
    assert.equal("CA2", sids((calls:page(9, nil, function(record) return record.sid == "CA2" end))))
    assert.is_nil(calls:page(2, "PACA9", all))
    assert.equal("CA1 CA2 CA3 CA5", sids(calls:all()))
  end)

  it("moves records until they are done, and stops at each change", function()
    local records, seen = store.new(100, ""), {}
    local record = { date_created = 100 }
    records:follow(record, function(_, now)
      seen[#seen + 1] = now
      return now < 103
    end, function(one, of) return of:time_of(one, "Answered") end)
    records.clock:at(101, function() seen[#seen + 1] = "timer" end)
    assert.is_nil(records:due(record, "Ringing"))
    records:advance(200)
    assert.same({ "timer", 101, 103 }, seen)
    assert.equal(200, records.now)
    assert.equal(101, records:due(record, "Ringing"))
  end)

  it("tells a journal what a handler may change", function()
    local told = {}
    local journal = {}
    for _, name in ipairs { "added", "removed", "seen" } do
      journal[name] = function(_, ...) told[#told + 1] = { name, ... } end
    end
    local calls = store.new(0, "", journal):collection("AC1", "calls")
    local call = { sid = "CA1" }
    calls:add(call)
    calls:get "CA1"
    calls:page(9, nil, all)
    calls:all()
    calls:remove "CA1"
    assert.same({ { "added", "AC1/calls", call }, { "seen", call }, { "seen", call }, { "removed", "AC1/calls", "CA1" } }, told)
  end)
end)
