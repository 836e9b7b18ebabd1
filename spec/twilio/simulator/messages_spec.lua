local api = require "spec.support.simulator_api"

local ask, get, post, advance = api.ask, api.get, api.post, api.advance
local assert_error, count_keys, root = api.assert_error, api.count_keys, api.root
local server

describe("messages", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  local function send(form)
    local wanted = { To = "+15558675310", From = "+15017122661", Body = "Hello" }
    for name, value in pairs(form or {}) do wanted[name] = value or nil end
    return post(root .. "/Messages.json", wanted)
  end

  it("are sent and delivered by the clock", function()
    local message, answer = send { Body = 'Gr\195\188\195\159e, "you"\n\\' }
    assert.equal(201, answer.status)
    assert.equal("queued", message.status)
    assert.equal('Gr\195\188\195\159e, "you"\n\\', message.body)
    assert.same({ "1", "0" }, { message.num_segments, message.num_media })
    assert.equal(20, count_keys(message))
    advance(1)
    assert.equal("sent", get(message.uri).status)
    advance(2)
    local delivered = get(message.uri)
    assert.equal("delivered", delivered.status)
    assert.equal("Sun, 13 Mar 2011 07:06:41 +0000", delivered.date_sent)
  end)

  it("do not reach every number", function()
    local message = send { To = "+15005551003" }
    advance(3)
    assert.same({ "undelivered", 30003 }, { get(message.uri).status, get(message.uri).error_code })
  end)

  it("move on to a status that can follow, and never back", function()
    local function next_of(message, status)
      local fine, result = pcall(server.post, server, "/_/messages/" .. message.sid .. "/next", { Status = status })
      return fine and result.status or tostring(result):match '"error":"([^"]*)"' or result
    end
    local message = send()
    assert.equal("sent", next_of(message))
    assert.equal("the message is sent, and cannot become sent", next_of(message, "sent"))
    assert.equal("delivered", next_of(message))
    assert.equal("the message has ended: it is delivered", next_of(message))
    assert.equal("the message is delivered, and cannot become sent", next_of(message, "sent"))
    assert.equal("the message is delivered, and cannot become undelivered", next_of(message, "undelivered"))
    assert.equal("read", next_of(message, "read"))
    assert.equal("the message has ended: it is read", next_of(message, "delivered"))
    message = send()
    assert.equal("failed", next_of(message, "failed"))
    assert.equal("the message has ended: it is failed", next_of(message))
    local received = server:post("/_/messages", { From = "+15558675310", To = "+15017122661", Body = "Hi" })
    assert.equal("the message has ended: it is received", next_of(received, "delivered"))
  end)

  it("have media", function()
    local form = { { "To", "+15558675310" }, { "MessagingServiceSid", "MG" .. ("0"):rep(32) }, { "MediaUrl", "http://a/1" } }
    form[4] = { "MediaUrl", "http://a/2" }
    local message = post(root .. "/Messages.json", form)
    assert.equal("2", message.num_media)
    assert.matches("^MM", message.sid)
  end)

  it("are not sent with wrong parameters", function()
    assert_error(400, 21604, send { To = false })
    assert_error(400, 21603, send { From = false })
    assert_error(400, 21602, send { Body = false })
    assert_error(400, 21211, send { To = "nonsense" })
    assert_error(400, 21617, send { Body = ("x"):rep(1601) })
  end)

  it("are listed, redacted, canceled and deleted", function()
    local message = send()
    assert_error(409, 20009, ask("DELETE", message.uri))
    assert.equal("canceled", post(message.uri, { Status = "canceled" }).status)
    advance(10)
    assert.equal("canceled", get(message.uri).status)
    assert_error(400, 30409, post(message.uri, { Status = "canceled" }))
    assert.equal("", post(message.uri, { Body = "" }).body)
    send { To = "+15550000001" }
    advance(10)
    assert.equal(1, #get(root .. "/Messages.json?To=%2B15550000001").messages)
    assert.equal(1, #get(root .. "/Messages.json?DateSent=2011-03-13").messages)
    assert.equal(204, select(2, ask("DELETE", message.uri)).status)
    assert.equal(1, #get(root .. "/Messages.json").messages)
  end)

  it("are listed, fetched and deleted", function()
    local form = { { "To", "+15558675310" }, { "From", "+15017122661" } }
    for _, name in ipairs { "a", "b" } do form[#form + 1] = { "MediaUrl", "http://foo.com/" .. name .. ".jpg" } end
    local message = post(root .. "/Messages.json", form)
    local path = message.subresource_uris.media
    local media = get(path).media_list
    assert.same({ 2, 7 }, { #media, count_keys(media[1]) })
    assert.same(media[1], get(media[1].uri))
    assert.equal(204, select(2, ask("DELETE", media[1].uri)).status)
    assert.equal(1, #get(path).media_list)
    assert_error(404, 20404, get(root .. "/Messages/MM0/Media.json"))
  end)
end)
