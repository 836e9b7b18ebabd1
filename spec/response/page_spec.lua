-- The kinds of links between Twilio's pages, with the stand-in. Each list is walked to its end,
-- read page by page and back, fetched by the URL of a page, and walked with an error in the middle.
local servers = require "spec.support.servers"
local twilio = require "twilio"

local unpack = table.unpack or unpack

local RECORDS = 7

local server, client

local STYLES = {
  {
    name = "with pages linked by next_page_uri", seed = { Calls = RECORDS }, path = "Calls",
    list = function(c) return c.calls end, field = "sid", size = "page_size", link = "next_page_uri",
  },
  {
    name = "with pages linked by meta.next_page_url", path = "Services",
    seed_by_client = function(c)
      for i = 1, RECORDS do assert(c.verify.v2.services:create { friendly_name = "Service " .. i }) end
    end,
    list = function(c) return c.verify.v2.services end, field = "sid", size = "page_size", link = "next_page_url",
  },
  {
    name = "with pages linked by meta.next_token", seed = { PortIns = RECORDS }, path = "PortInRequests",
    list = function(c) return c.numbers.v1.porting_all_port_ins end, field = "port_in_request_sid", size = "size",
  },
  {
    name = "by meta.nextToken, below three SIDs", seed = { Revisions = RECORDS }, path = "Revisions",
    list = function(c) return c.memory.v1.revisions("st 1", "pr/2", "ob3") end, field = "id", size = "page_size",
  },
  {
    name = "by meta.nextToken, with strings in place of records", seed = { Stores = RECORDS }, path = "Stores",
    list = function(c) return c.memory.v1.stores end, size = "page_size",
  },
}

local function connect(options)
  local all = { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url, max_retry_wait = 0.001 }
  for name, value in pairs(options or {}) do all[name] = value end
  return twilio.client(all)
end

local function fill(style)
  server:post("/_/reset", {})
  if style.seed then server:post("/_/seed", style.seed) else style.seed_by_client(client) end
end

-- What identifies an element of a list: a field of the record, or the string itself.
local function id_of(element, field)
  if field then return element[field] end
  assert.is_string(element)
  return element
end

local function ids(records, field)
  local all = {}
  for i, record in ipairs(records) do all[i] = id_of(record, field) end
  return all
end

local function requests()
  local n = 0
  for _ in ipairs(server:get "/_/log") do n = n + 1 end
  return n
end

-- Returns the ids of all records, from one page that contains all of them.
local function whole(style)
  local all = ids(style.list(client):list { [style.size] = 50 }, style.field)
  assert.equal(RECORDS, #all)
  server:post("/_/forget", {})
  return all
end

describe("a list", function()
  setup(function()
    server = servers.twilio()
    client = connect()
  end)

  teardown(function()
    client:close()
    server:stop()
  end)

  for _, style in ipairs(STYLES) do
    describe(style.name, function()
      local all

      before_each(function()
        fill(style)
        all = whole(style)
      end)

      it("is walked to its end, and each record is read once", function()
        for _, prefetch in ipairs { true, false } do
          server:post("/_/forget", {})
          local seen = {}
          for record in style.list(client):iter { [style.size] = 3, prefetch = prefetch } do seen[#seen + 1] = id_of(record, style.field) end
          assert.same(all, seen)
          assert.equal(3, requests())
        end
        assert.equal(RECORDS, style.list(client):count { [style.size] = 2 })
      end)

      it("stops at a limit", function()
        local seen = {}
        for record in style.list(client):iter { [style.size] = 3, limit = 4 } do seen[#seen + 1] = id_of(record, style.field) end
        assert.same({ unpack(all, 1, 4) }, seen)
      end)

      it("is read page by page, forwards and back", function()
        local first = style.list(client):list { [style.size] = 3 }
        local second = assert(first:next())
        local third = assert(second:next())
        assert.same({ unpack(all, 1, 3) }, ids(first, style.field))
        assert.same({ unpack(all, 4, 6) }, ids(second, style.field))
        assert.same({ all[7] }, ids(third, style.field))
        assert.same({ n = 1 }, { n = select("#", third:next()), third:next() })
        assert.same({ unpack(all, 4, 6) }, ids(third:previous(), style.field))
        assert.is_nil(first:previous())
      end)

      it("raises if a page fails, and each record of earlier pages is read once", function()
        local faults = {
          { Status = 500, Body = "" }, { Status = 200, Body = '{"meta":{}' },
          { Close = "instead", Times = 2 }, -- twice, because libcurl repeats a GET on a new connection
        }
        for _, fault in ipairs(faults) do
          for _, prefetch in ipairs { true, false } do
            local once = connect { retries = 0 }
            fault.Path, fault.Skip = style.path, 1
            server:post("/_/fault", fault)
            local it, seen = style.list(once):iter { [style.size] = 3, prefetch = prefetch }, {}
            local ok, message = pcall(function()
              for record in it do seen[#seen + 1] = id_of(record, style.field) end
            end)
            assert.is_false(ok)
            assert.is_string(message)
            assert.is_string(it.error.kind)
            assert.same({ unpack(all, 1, 3) }, seen)
            assert.is_false((pcall(it)))
            once:close()
          end
        end
      end)

      it("is walked to its end if failed pages succeed at a retry", function()
        for _, prefetch in ipairs { true, false } do
          for skip = 0, 2 do server:post("/_/fault", { Path = style.path, Skip = 2 * skip, Status = 503, Body = "" }) end
          local seen = {}
          for record in style.list(client):iter { [style.size] = 3, prefetch = prefetch } do seen[#seen + 1] = id_of(record, style.field) end
          assert.same(all, seen)
        end
      end)

      if style.link then
        it("has pages that can be fetched by their URL", function()
          local first = style.list(client):list { [style.size] = 3 }
          local again = assert(style.list(client):page(first[style.link]))
          assert.same({ unpack(all, 4, 6) }, ids(again, style.field))
          assert.same({ all[7] }, ids(again:next(), style.field))
        end)
      end
    end)
  end

  it("without links has one page", function()
    server:post("/_/reset", {})
    local seen = {}
    for country in client.available_phone_numbers:iter() do seen[#seen + 1] = country.country_code end
    assert.same({ 18, "AT", "US" }, { #seen, seen[1], seen[18] })
    assert.is_nil(client.available_phone_numbers:list():next())
    assert.equal(5, #client.available_phone_numbers("US").local_:list { page_size = 5 })
  end)
end)

describe("a list with pageSize", function()
  setup(function()
    server = servers.twilio()
    client = connect()
  end)

  teardown(function()
    client:close()
    server:stop()
  end)

  local function targets()
    local all = {}
    for i, request in ipairs(server:get "/_/log") do all[i] = request.target end
    server:post("/_/forget", {})
    return all
  end

  it("is asked for as many as the limit, at most for Twilio's maximum", function()
    server:post("/_/seed", { Stores = 130 })
    server:post("/_/forget", {})
    local stores, path = client.memory.v1.stores, "/v1/ControlPlane/Stores"
    assert.equal(3, #stores:list { limit = 3 })
    assert.equal(100, #stores:list { limit = 500 })
    assert.equal(50, #stores:list())
    assert.same({ path .. "?pageSize=3", path .. "?pageSize=100", path }, targets())
    assert.equal(130, stores:count())
    local sent = targets()
    assert.equal(path .. "?pageSize=100", sent[1])
    assert.matches("^/v1/ControlPlane/Stores%?pageSize=100&pageToken=PA%x+$", sent[2])
    assert.equal(7, stores:count { limit = 7 })
    assert.same({ path .. "?pageSize=7" }, targets())
  end)

  it("takes the three SIDs as arguments too, before the parameters and the options", function()
    server:post("/_/seed", { Revisions = 2 })
    local seen = {}
    for revision in client.memory.revisions:iter("store", "profile", "observation", { page_size = 1 }, { limit = 1 }) do
      seen[#seen + 1] = revision.content
    end
    assert.same({ "store profile observation" }, seen)
    assert.equal(2, client.memory.revisions("store")("profile", "observation"):count())
  end)
end)

describe("pages with only a number and has_next", function()
  it("are walked while has_next is true", function()
    local urls = {}
    local numbered = twilio.client {
      account_sid = "AC1", auth_token = "secret",
      transport = function(request)
        urls[#urls + 1] = request.url
        local page = tonumber(request.url:match "[?&]Page=(%d+)" or 0)
        return {
          status = 200, headers = {},
          body = ('{"results":[{"sid":"%d"}],"current_page":%d,"has_next":%s,"has_prev":%s}'):format(
            page, page, tostring(page < 2), tostring(page > 0)),
        }
      end,
    }
    local seen = {}
    for record in numbered.numbers.v2.applications:iter { status = "draft" } do seen[#seen + 1] = record.sid end
    assert.same({ "0", "1", "2" }, seen)
    assert.matches("%?PageSize=%d+&Status=draft&Page=2$", urls[3])
    assert.equal("1", numbered.numbers.v2.applications:page("/v2/ShortCodes/Applications?Page=2"):previous()[1].sid)
  end)
end)

describe("the token of a page", function()
  it("that is no text ends the iteration with an error, not silently", function()
    for _, token in ipairs { "5", "true", "{}", "[1]" } do
      local wrong = twilio.client {
        account_sid = "AC1", auth_token = "secret",
        transport = function()
          return { status = 200, body = '{"services":[{"sid":"VA1"}],"meta":{"key":"services","next_token":' .. token .. "}}" }
        end,
      }
      local n = 0
      local ok, message = pcall(function()
        for _ in wrong.verify.v2.services:iter() do n = n + 1 end
      end)
      assert.same({ false, 1 }, { ok, n }, token)
      assert.matches("no usable link to another page", tostring(message), 1, true)
    end
  end)
end)

describe("the number of a page", function()
  local function walk(current, field)
    local urls = {}
    local counting = twilio.client {
      account_sid = "AC1", auth_token = "secret",
      transport = function(request)
        urls[#urls + 1] = request.url
        local more = tostring(#urls == 1)
        return { status = 200, headers = {}, body = ('{"results":[{"sid":"1"}],"has_next":%s%s}'):format(more, current and field .. current or "") }
      end,
    }
    local it, n = counting.numbers.v2.applications:iter { status = "draft" }, 0
    local ok, message = pcall(function()
      for _ in it do n = n + 1 end
    end)
    return ok and n or message, urls[2] and urls[2]:match "[?&]Page=(.*)$", it.error
  end

  it("may be any whole number, also the largest of 32 bits", function()
    for current, following in pairs {
      ["0"] = "1", ["2147483646"] = "2147483647", ["2147483647"] = "2147483648", ["4294967295"] = "4294967296",
      ["9007199254740990"] = "9007199254740991", ["1e3"] = "1001", ["-1"] = "0",
    } do
      local n, asked = walk(current, ',"current_page":')
      assert.same({ 2, following }, { n, asked }, current)
    end
  end)

  it("that cannot be used ends the walk with an error", function()
    local useless = { "9007199254740992", "9223372036854775807", "99999999999999999999", "1e400", "-2147483648", "1.5", '"1"', "null", false }
    for _, current in ipairs(useless) do
      local message, asked, err = walk(current, ',"current_page":')
      assert.is_nil(asked)
      assert.matches("the response has no usable link to another page", message, 1, true)
      assert.equal("untrusted", err.kind)
    end
  end)
end)

describe("the URL of a page", function()
  local urls = {}
  local recording = twilio.client {
    account_sid = "AC1", auth_token = "secret", retries = 0,
    transport = function(request)
      urls[#urls + 1] = request.url
      return { status = 200, headers = {}, body = '{"calls":[]}' }
    end,
  }

  it("must be on twilio.com or a path; other URLs return the kind untrusted, and nothing is sent", function()
    assert(recording.calls:page "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json?Page=1")
    assert(recording.calls:page "/2010-04-01/Accounts/AC1/Calls.json?Page=2")
    assert.same({
      "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json?Page=1", "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json?Page=2",
    }, urls)
    for _, url in ipairs { "https://api.twilio.com.example.com/x", "http://api.twilio.com/x", "//example.com", "", "x" } do
      local page, message, err = recording.calls:page(url)
      assert.is_nil(page)
      assert.is_string(message)
      assert.equal("untrusted", err.kind)
    end
    assert.equal(2, #urls)
  end)

  it("must be a string, and only lists accept it", function()
    assert.has_error(function() recording.calls:page() end)
    assert.has_error(function() recording.calls:page({}, {}) end)
    assert.has_error(function() recording.calls:page("/x", { unknown = 1 }) end)
    assert.has_error(function() recording.calls:page("/x", {}, {}) end)
    assert.has_error(function() return recording.balance.page end)
    assert(recording.iam.v1.get_api_keys:page "/v1/Keys?AccountSid=AC1") -- the URL contains a required parameter
  end)
end)
