-- One page of a list.
local support = require "spec.support.client"
local servers = require "spec.support.servers"
local twilio = require "twilio"

local BODY = [[{"calls":[{"sid":"CA3","n":1},{"sid":"CA1","n":2},{"sid":"CA2","n":3}],"page":1,"page_size":3,"start":3,"end":5,
  "first_page_uri":"/first","next_page_uri":"/2010-04-01/Next.json?Page=2","previous_page_uri":null,"uri":"/here",
  "meta_like":{"a":1},"odd":null}]]

local function list(body, ...)
  local client, requests = support.client(nil, { status = 200, body = body })
  return assert(client.calls:list(...)), client, requests
end

describe("a page", function()
  it("is an array", function()
    local page = list(BODY)
    assert.equal(3, #page)
    local sids = {}
    for i, call in ipairs(page) do sids[i] = call.sid end
    assert.same({ "CA3", "CA1", "CA2" }, sids)
    local n = 0
    for key in pairs(page) do
      n = n + 1
      assert.is_number(key)
    end
    assert.equal(3, n)
    table.sort(page, function(a, b) return a.sid < b.sid end)
    assert.equal("CA1", page[1].sid)
    assert.equal("CA1", table.remove(page, 1).sid)
    table.insert(page, page[1])
    assert.equal(3, #page)
    assert.equal("CA2", (unpack or table.unpack)(page).sid)
    assert.is_nil(page[4])
    assert.is_nil((list '{"calls":[]}')[1])
  end)

  it("has Twilio's paging fields", function()
    local page = list(BODY)
    assert.same({ 1, 3, 3, 5 }, { page.page, page.page_size, page.start, page["end"] })
    assert.equal("/2010-04-01/Next.json?Page=2", page.next_page_uri)
    assert.equal("/first", page.first_page_uri)
    assert.equal("/here", page.uri)
    assert.is_nil(page.previous_page_uri)
    assert.is_nil(page.total)
    assert.is_nil(page[4])
    assert.is_nil(page.__len)
    local client = support.client(nil, {
      status = 200, body = '{"services":[],"meta":{"page":0,"page_size":50,"key":"services","url":"https://verify.twilio.com/v2/x"}}',
    })
    page = assert(client.verify.v2.services:list())
    assert.equal(50, page.page_size)
    assert.equal("services", page.key)
  end)

  it("has methods that take precedence over fields", function()
    local page = list '{"calls":[],"next":1,"previous":2}'
    assert.is_function(page.next)
    assert.is_function(page.previous)
  end)

  it("has a tostring with the number of records and the resource, in which labels and phone numbers are masked", function()
    local page, client = list(BODY)
    local calls = ('twilio.page of api.v2010.accounts("%s").calls'):format(support.account_sid)
    assert.equal(calls .. ": 3 records", tostring(page))
    table.remove(page)
    table.remove(page)
    assert.equal(calls .. ": 1 record", tostring(page))
    assert.equal(calls .. ": 3 records", tostring(assert(page:next())))
    assert.equal(calls .. ": 3 records", tostring(assert(client.calls:page "/2010-04-01/Next.json")))
    local function page_of(ask, body) return tostring(assert(ask((support.client(nil, { status = 200, body = body }))))) end
    assert.equal('twilio.page of sync.v1.services("IS1").sync_lists("+*******5310").sync_list_items: 0 records',
      page_of(function(c) return c.sync.services "IS1".sync_lists "+15558675310".sync_list_items:list() end, '{"items":[],"meta":{"key":"items"}}'))
    assert.equal('twilio.page of chat.v2.services("IS1").users("***").user_channels: 0 records',
      page_of(function(c) return c.chat.v2.services "IS1".users "Ada".user_channels:list() end, '{"channels":[],"meta":{"key":"channels"}}'))
  end)

  it("raises when it is called, and names the iterator to use", function()
    local page = list(BODY)
    local message, position = support.misuse(function() for _ in page do error "never" end end)
    assert.equal("a page is not an iterator: loop over it with ipairs(page), or over all pages with :iter() instead of :list()", message)
    assert.matches("page_spec.lua", position, 1, true)
    for _ in support.client(nil, { status = 200, body = BODY }).calls:iter { limit = 1 } do message = nil end
    assert.is_nil(message)
  end)

  it("raises for an unknown field", function()
    local page = list(BODY)
    local message, position = support.misuse(function() return page.calls end)
    assert.equal("a page has no 'calls'", message)
    assert.matches("page_spec.lua", position, 1, true)
    assert.equal("a page has no 'nxet' (did you mean 'next'?)", (support.misuse(function() return page:nxet() end)))
    assert.equal("a page has no 'next_page_ulr' (did you mean 'next_page_url'?)",
      (support.misuse(function() return page.next_page_ulr end)))
  end)

  it("has a protected metatable", function()
    assert.equal("twilio.page", getmetatable(list(BODY)))
    assert.is_false((pcall(setmetatable, list(BODY), {})))
  end)
end)

describe("page:next and page:previous", function()
  it("return nil and no message at the ends", function()
    local page = list '{"calls":[],"next_page_uri":null,"previous_page_uri":""}'
    assert.equal(1, select("#", page:next()))
    assert.is_nil((page:next()))
    assert.equal(1, select("#", page:previous()))
    assert.is_nil((page:previous()))
  end)

  it("return nil, message, err on failure", function()
    local n = 0
    local client = support.client(nil, function()
      n = n + 1
      return { status = n == 1 and 200 or 500, body = n == 1 and BODY or '{"message":"Down"}' }
    end)
    local nothing, message, err = assert(client.calls:list()):next()
    assert.is_nil(nothing)
    assert.matches("500: Down", message, 1, true)
    assert.equal(500, err.status)
  end)

  it("have the options of their page, or the options of the call", function()
    local client, requests = support.client({ retries = 0 }, { status = 200, body = BODY })
    local page = assert(client.calls:list({}, { timeout = 7 }))
    assert(page:next())
    assert(page:next { timeout = 3 })
    assert(assert(page:next()):next())
    local timeouts = {}
    for i, request in ipairs(requests) do timeouts[i] = request.timeout end
    assert.same({ 7, 7, 3, 7, 7 }, timeouts)
    local canceller = twilio.canceller()
    canceller:cancel()
    local nothing, _, err = page:next { cancel = canceller }
    assert.same({ nil, "cancelled" }, { nothing, err.kind })
  end)

  it("accept only request options, and must be called with ':'", function()
    local page = list(BODY)
    assert.equal("unknown option 'limit'", (support.misuse(page.next, page, { limit = 1 }):gsub(" %(did.*$", "")))
    assert.equal("option 'timeout' must be a positive number of seconds, got \"x\"", (support.misuse(page.next, page, { timeout = "x" })))
    assert.equal("the options must be a table, got number", (support.misuse(page.next, page, 1)))
    assert.equal("too many arguments to 'next'", (support.misuse(page.next, page, {}, 2)))
    assert.equal("call 'next' on a page, with ':'", (support.misuse(page.next)))
    assert.equal("call 'previous' on a page, with ':'", (support.misuse(page.previous, {})))
  end)

  it("send nothing to an untrusted link", function()
    local foreign = {
      '"https://evil.example/x"', '"http://api.twilio.com/x"', '"//evil.example"', '"https://api.twilio.com:8443/x"',
      '"https://twilio.com.evil.example/"', '"relative"', "1", '"\\n/x"',
    }
    for _, link in ipairs(foreign) do
      local page, _, requests = list('{"calls":[],"next_page_uri":' .. link .. ',"previous_page_uri":' .. link .. "}")
      for _, method in ipairs { "next", "previous" } do
        local nothing, message, err = page[method](page)
        assert.is_nil(nothing)
        assert.equal("untrusted", err.kind, link)
        assert.equal("no", err.sent)
        assert.matches(link == "1" and "the response has no usable link" or "the link to another page is not followed: it ", message, 1, true)
        assert.not_matches("[\n]", message)
      end
      assert.equal(1, #requests)
    end
  end)

  it("send requests only to the client's hosts", function()
    local function next_url(link, options)
      local client, requests = support.client(options, { status = 200, body = '{"calls":[],"next_page_uri":"' .. link .. '"}' })
      assert(assert(client.calls:list()):next())
      return requests[2].url, requests[2].headers.authorization
    end
    local url, authorization = next_url "/x?Page=1"
    assert.equal("https://api.twilio.com/x?Page=1", url)
    assert.equal(support.authorization, authorization)
    assert.equal("https://verify.twilio.com/v2/x", (next_url "https://verify.twilio.com/v2/x"))
    assert.equal("http://127.0.0.1:1/base/x", (next_url("/x", { base_url = "http://127.0.0.1:1/base" })))
    local by_product = { base_url = "http://127.0.0.1:1/{product}" }
    assert.equal("http://127.0.0.1:1/verify/v2/x", (next_url("https://verify.twilio.com/v2/x", by_product)))
    assert.equal("https://api.sydney.au1.twilio.com/x", (next_url("https://api.twilio.com/x", { region = "au1", edge = "sydney" })))
  end)

  it("follow page tokens, forwards and backwards", function()
    local client, requests = support.client(nil, {
      status = 200, body = '{"items":[],"meta":{"key":"items","next_token":"n","previous_token":"p"}}',
    })
    local page = assert(client.verify.v2.services:list { page_size = 5 })
    page = assert(page:next())
    page = assert(page:next())
    assert(page:previous())
    local urls = {}
    for i, request in ipairs(requests) do urls[i] = request.url:match "%?(.*)$" end
    assert.same({ "PageSize=5", "PageSize=5&PageToken=n", "PageSize=5&PageToken=n", "PageSize=5&PageToken=p" }, urls)
  end)

  it("raise when the client is closed", function()
    local page, client = list(BODY)
    client:close()
    local message, position = support.misuse(function() return (page:next()) end)
    assert.matches("the client is closed", message, 1, true)
    assert.matches("page_spec.lua", position, 1, true)
    assert.equal("CA3", page[1].sid)
  end)

  it("read a server's list to the end and back", function()
    local server = servers.twilio { now = 1300000000 }
    server:post("/_/seed", { Calls = 5 })
    local client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    local page = assert(client.calls:list { page_size = 2 })
    local sizes, first = {}, page[1].sid
    local last
    while page do
      sizes[#sizes + 1] = #page
      last, page = page, page:next()
    end
    assert.same({ 2, 2, 1 }, sizes)
    page = assert(assert(last:previous()):previous())
    assert.equal(first, page[1].sid)
    assert.is_nil((page:previous()))
    client:close()
    server:stop()
  end)

  it("wait with the wait function of the first page", function()
    local server = servers.twilio {}
    server:post("/_/seed", { Calls = 3 })
    local client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    server:post("/_/fault", { Path = "Calls", Delay = 0.05, Times = 2 })
    local waits = 0
    local function wait(engine, seconds)
      waits = waits + 1
      engine:poll(seconds)
    end
    local page = assert(client.calls:list({ page_size = 2 }, { wait = wait }))
    local before = waits
    assert(page:next())
    assert.is_true(before > 0 and waits > before)
    client:close()
    server:stop()
  end)
end)

describe("the verb list", function()
  it("returns a page", function()
    local client, requests = support.client(nil, {
      status = 200, body = '{"available_phone_numbers":[{"phone_number":"+1555"}],"uri":"/x","next_page_uri":"/2"}',
    })
    local page, message = client.phone_numbers:search("US", { contains = "555" })
    assert.is_nil(message)
    assert.equal("+1555", page[1].phone_number)
    assert.equal("/x", page.uri)
    assert(page:next())
    assert.matches("AvailablePhoneNumbers/US/Local.json?Contains=555", requests[1].url, 1, true)
    assert.matches("/2$", requests[2].url)
  end)
end)
