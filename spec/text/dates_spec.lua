-- Dates in parameters (seconds, tables, strings) and in records (record:time), always in UTC.

local support = require "spec.support.client"

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- Returns what the library sends for a date-time parameter of a list.
local function sent_time(value)
  local request = support.sent(function(client) client.calls:list { start_time = value } end)
  return decode(request.url:match "%?StartTime=(.*)$")
end

-- Returns what the library sends for a date parameter.
local function sent_date(value)
  local request = support.sent(function(client) client.usage.records:list { start_date = value } end)
  return decode(request.url:match "%?StartDate=(.*)$")
end

describe("a date parameter", function()
  it("accepts seconds since the epoch", function()
    assert.equal("1970-01-01T00:00:00Z", sent_time(0))
    assert.equal("2009-07-06T20:30:00Z", sent_time(1246912200))
    assert.equal("2009-07-06", sent_date(1246912200))
    assert.equal("1969-12-31T23:59:59Z", sent_time(-1))
    assert.equal("1969-12-31", sent_date(-0.5))
    assert.equal("1970-01-01T00:00:00Z", sent_time(0.999))
    assert.equal("1969-12-31T23:59:59Z", sent_time(-0.001))
    assert.equal("2000-02-29T00:00:00Z", sent_time(951782400))
    assert.equal("9999-12-31T23:59:59Z", sent_time(253402300799))
    assert.equal("0000-01-01T00:00:00Z", sent_time(-62167219200))
  end)

  it("agrees with os.date", function()
    local seconds = 0
    local last = pcall(os.date, "!%Y", 2 ^ 31) and os.date("!%Y", 2 ^ 31) == "2038" and 4102444800 or 2 ^ 31 -- time_t may have 32 bits
    for step = 1, 300 do
      seconds = (seconds * 31 + step * 7919 + 86399) % last
      assert.equal(os.date("!%Y-%m-%dT%H:%M:%SZ", seconds), sent_time(seconds))
      assert.equal(os.date("!%Y-%m-%d", seconds), sent_date(seconds))
      assert.equal(sent_time(seconds), sent_time(os.date("!*t", seconds)))
    end
  end)

  it("accepts a table like that of os.date('!*t')", function()
    assert.equal("2009-07-06T00:00:00Z", sent_time { year = 2009, month = 7, day = 6 })
    assert.equal("2009-07-06", sent_date { year = 2009, month = 7, day = 6, hour = 23 })
    assert.equal("2009-07-06T08:05:09Z", sent_time { year = 2009, month = 7, day = 6, hour = 8, min = 5, sec = 9, isdst = false })
    assert.equal("2009-07-06T00:00:00Z", sent_time { year = "2009", month = "7", day = "6" })
    assert.equal("2010-02-03T00:00:00Z", sent_time { year = 2009, month = 14, day = 3 })
    assert.equal("2008-11-30T00:00:00Z", sent_time { year = 2009, month = 0, day = 0 })
    assert.equal("2008-02-29T23:00:00Z", sent_time { year = 2008, month = 3, day = 1, hour = -1 })
  end)

  it("sends a string unchanged", function()
    for _, text in ipairs { "2009-07-06", "2009-07-06T20:30:00Z", "yesterday", "" } do
      assert.equal(text, sent_time(text))
      assert.equal(text, sent_date(text))
    end
  end)

  it("raises for a table that is recognisably local time", function()
    local summer = { year = 2009, month = 7, day = 6, hour = 8, isdst = true }
    local wrong = "is a date table in local time: os.date('!*t') makes one in UTC"
    assert.equal("parameter 'start_time' " .. wrong, (support.misuse(sent_time, summer)))
    assert.equal("parameter 'start_date' " .. wrong, (support.misuse(sent_date, summer)))
    assert.equal("parameter 'target_port_in_date' " .. wrong, (support.misuse(function()
      return support.sent(function(client)
        client.numbers.v1.porting_port_ins:create {
          account_sid = "AC1", documents = {}, losing_carrier_information = {}, phone_numbers = {}, target_port_in_date = summer,
        }
      end)
    end)))
  end)

  it("is formatted in a JSON body too", function()
    local function body(value)
      return support.sent(function(client)
        client.numbers.v1.porting_port_ins:create {
          account_sid = "AC1", documents = {}, losing_carrier_information = {}, phone_numbers = {}, target_port_in_date = value,
        }
      end).body
    end
    assert.truthy(body(1246912200):find('"target_port_in_date":"2009-07-06"', 1, true))
    assert.truthy(body { year = 2009, month = 7, day = 6 }:find('"target_port_in_date":"2009-07-06"', 1, true))
    assert.truthy(body "2009-07-06":find('"target_port_in_date":"2009-07-06"', 1, true))
  end)

  it("raises for a date that does not exist", function()
    local client = support.client()
    local cases = {
      { 0 / 0, "is not a number of seconds since the epoch" }, { 1 / 0, "is not a number of seconds since the epoch" },
      { -1e300, "is not a number of seconds since the epoch" }, { 253402300800, "is not a date between the years 0 and 9999" },
      { -62167219201, "is not a date between the years 0 and 9999" }, { {}, "is a table without year, month and day" },
      { { year = 2009, month = 7 }, "is a table without year, month and day" },
      { { year = 2009, month = 7, day = "six" }, "is a date table with a field that is not a whole number" },
      { { year = 2009, month = 7, day = 1.5 }, "is a date table with a field that is not a whole number" },
      { { year = 1e300, month = 7, day = 1 }, "is a date table with a field that is not a whole number" },
      { { year = 0 / 0, month = 7, day = 1 }, "is a date table with a field that is not a whole number" },
      { { year = 2009, month = 7, day = 1, sec = {} }, "is a date table with a field that is not a whole number" },
      { { year = 99999, month = 7, day = 1 }, "is not a date between the years 0 and 9999" },
      { { year = 2009, month = -999999999, day = 1 }, "is not a date between the years 0 and 9999" },
      { print, "cannot be a function" },
    }
    for _, case in ipairs(cases) do
      local text = support.misuse(function() client.calls:list { start_time = case[1] } end)
      assert.equal(1, text:find("parameter 'start_time' " .. case[2], 1, true), text)
    end
  end)
end)

describe("record:time", function()
  local function time(text)
    local client = support.client(nil, { status = 200, body = ('{"sid":"CA1","t":"%s"}'):format(text) })
    return assert(client.calls:get "CA1"):time "t"
  end

  it("reads RFC 2822 and ISO 8601", function()
    local moment = 1283286988
    for _, text in ipairs {
      "Tue, 31 Aug 2010 20:36:28 +0000", "31 Aug 2010 20:36:28 +0000", "Tue, 31 Aug 2010 13:36:28 -0700", "Tue, 31 Aug 2010 20:36:28 GMT",
      "2010-08-31T20:36:28Z", "2010-08-31T22:36:28+02:00", "2010-08-31T20:36:28.123456Z", "2010-08-31 20:36:28", "2010-08-31T20:36:28+0000",
      "2010-08-31T15:06:28-05:30",
    } do
      assert.equal(moment, time(text), text)
    end
    assert.equal(1283212800, time "2010-08-31")
    assert.equal(1283286960, time "2010-08-31T20:36Z")
    assert.equal(1283286960, time "Tue, 31 Aug 2010 20:36 +0000")
    assert.equal(-1, time "1969-12-31T23:59:59Z")
    assert.equal(951868799, time "Tue, 29 Feb 2000 23:59:59 +0000")
  end)

  it("returns the seconds that were sent", function()
    for seconds = -2e9, 4e9, 123456789 do assert.equal(seconds, time(sent_time(seconds))) end
  end)

  it("returns nil for a date that does not exist", function()
    for _, text in ipairs {
      "2026-02-29", "2026-02-30", "2026-02-30T10:00:00Z", "2026-04-31", "1900-02-29", "2026-13-01", "2026-06-31T00:00:00Z",
      "Mon, 30 Feb 2026 10:00:00 +0000", "31 Apr 2026 10:00:00 GMT", "Thu, 29 Feb 1900 00:00:00 +0000",
      "2026-01-01T24:59:60Z", "2026-01-01T24:00:01Z", "2026-01-01T24:01:00Z", "2026-01-01T23:60:00Z", "2026-01-01T23:59:61Z",
      "Thu, 01 Jan 2026 24:30:00 +0000", "2026-01-01T10:00:00+9999", "2026-01-01T10:00:00+24:00", "2026-01-01T10:00:00-00:60",
      "Thu, 01 Jan 2026 10:00:00 +9999", "2026-01-01T20:36:60Z", "2016-12-31T23:59:60-05:00",
    } do
      assert.is_nil(time(text), text)
    end
  end)

  it("accepts leap days, leap seconds and 24:00", function()
    for text, seconds in pairs {
      ["2024-02-29"] = 1709164800, ["2000-02-29T00:00:00Z"] = 951782400, ["Thu, 29 Feb 2024 00:00:00 +0000"] = 1709164800,
      ["2016-12-31T23:59:60Z"] = 1483228800, ["2016-12-31T18:59:60-05:00"] = 1483228800, ["2017-01-01T05:29:60.5+05:30"] = 1483228800,
      ["Sat, 31 Dec 2016 23:59:60 +0000"] = 1483228800, ["2016-12-31T24:00:00Z"] = 1483228800, ["2026-01-01T10:00:00+23:59"] = 1767175260,
    } do
      assert.equal(seconds, time(text), text)
    end
  end)

  it("returns nil for other text", function()
    for _, text in ipairs {
      "", " ", "soon", "2010", "2010-", "2010-13-01", "2010-00-01", "2010-08-32", "2010-08-00", "2010-08-31T", "2010-08-31T20",
      "2010-08-31T20:61:00Z",
      "2010-08-31T20:36:28X", "2010-08-31T20:36:28Zjunk", "2010-08-31T20:36:28+2", "2010-08-31T20:36:28.Z", "Tue, 31 Aug 2010",
      "Tue, 31 Aug 10 20:36:28 +0000",
      "Tue, 31 Foo 2010 20:36:28 +0000", "Tue, 00 Aug 2010 20:36:28 +0000", "Tue, 31 Aug 2010 20:36:28", "2010-08-31T25:00:00Z",
      "1283286988", "201", "2010/08-31", "2010-8", "2010-08x31", "2010-08-3", "2010-08-31T20-36", "2010-08-31T20:3", "2010-08-31T20:36:",
      "2010-08-31T20:36:28+05:3", "Tue, 31 Aug 2010 20:36:28 +0000 x", "Tue, 31 Aug 2010 20:36:60 +0000",
    } do
      assert.is_nil(time(text), text)
    end
  end)
end)
