-- Webhooks in a real nginx: twilio.webhook.ngx in the phases access and content, limits, proxies, retries.
local nginx = require "spec.support.nginx"
local shell = require "spec.support.shell"
local webhooks = require "spec.support.webhooks"

local problem = nginx.problem()

local function needs_nginx(name, f)
  it(name, function()
    if problem then return pending(problem) end
    f()
  end)
end

local FIELDS = { { "CallSid", "CA0123456789abcdef0123456789abcdef" }, { "From", "+15551234567" }, { "CallStatus", "ringing" } }

describe("in nginx", function()
  local site

  after_each(function()
    if site then site:stop() end
    site = nil
  end)

  local function start(server, http)
    site = nginx.start {
      http = 'init_by_lua_block { twilio = require "twilio"; local _ = twilio.webhook } ' .. (http or ""),
      server = server,
    }
  end

  -- Sends a webhook that Twilio has signed for `signed`. Options: body, type, token, method, headers (texts for curl).
  local function send(path, signed, options)
    options = options or {}
    local body = options.body or webhooks.encode(FIELDS)
    local fields = not options.body and FIELDS or options.fields
    local file = site.directory .. "/sent"
    shell.write(file, body)
    local arguments = {
      "--path-as-is", "-X " .. (options.method or "POST"),
      "-H " .. shell.quote("X-Twilio-Signature: " .. webhooks.sign(signed, fields, options.token)),
      "-H " .. shell.quote("Content-Type: " .. (options.type or webhooks.form_type)),
    }
    if body ~= "" then arguments[#arguments + 1] = "--data-binary @" .. file end
    if options.method == "HEAD" then arguments[2] = "--head" end
    for _, header in ipairs(options.headers or {}) do arguments[#arguments + 1] = "-H " .. shell.quote(header) end
    return site:get(path, table.concat(arguments, " "))
  end

  local EVENT = [[
    location = /hook { content_by_lua_block {
      local event, again = twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com" }
      ngx.header.content_type = "text/xml"
      ngx.print("<Response>", event.call_status, " ", event.From, " ", tostring(again), "</Response>")
    } }
  ]]

  needs_nginx("one line of configuration answers 403 to everybody but Twilio", function()
    start [[
      location = /hook {
        access_by_lua_block { require("twilio").webhook.ngx { auth_token = "12345", public_url = "https://example.com" } }
        content_by_lua_block { ngx.print("served ", ngx.ctx.twilio_webhook.event.call_status) }
      }
    ]]
    assert.same({ "served ringing", 200 }, { send("/hook", "https://example.com/hook") })
    local body, status = send("/hook", "https://example.com/hook", { token = "wrong" })
    assert.same({ "Forbidden\n", 403 }, { body, status })
    assert.same({ "Forbidden\n", 403 }, { site:get "/hook" })
    assert.same({ "Forbidden\n", 403 }, { site:get("/hook", "-d CallStatus=ringing") })
    local log = site:stop()
    assert.matches("[warn]", log, 1, true)
    assert.matches("webhook POST /hook refused with 403: the signature does not match", log, 1, true)
    for _, secret in ipairs { "12345,", "5551234567", webhooks.sign("https://example.com/hook", FIELDS, "wrong") } do
      assert.is_nil(log:find(secret, 1, true), secret)
    end
    assert.not_matches("[error]", log, 1, true)
  end)

  needs_nginx("the event is returned in the content phase", function()
    start(EVENT)
    assert.same({ "<Response>ringing +15551234567 false</Response>", 200 }, { send("/hook", "https://example.com/hook") })
    local path = "/hook?a=b+c&d=O'h"
    assert.same({ "<Response>ringing +15551234567 false</Response>", 200 }, { send(path, "https://example.com" .. path) })
    assert.same({ "Forbidden\n", 403 }, { send("/hook?a=c", "https://example.com/hook?a=b") })
  end)

  needs_nginx("the options of one location do not count for another", function()
    start [[
      location = /one { content_by_lua_block { twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com" } ngx.print "1" } }
      location = /two { content_by_lua_block { twilio.webhook.ngx { auth_token = "67890", public_url = "https://example.com" } ngx.print "2" } }
      location = /three { content_by_lua_block { twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.org/" } ngx.print "3" } }
      location = /small { content_by_lua_block {
        twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com", max_body = 10 } ngx.print "4"
      } }
      location = /wrong { content_by_lua_block { twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com", max_bdy = 1 } } }
    ]]
    for _ = 1, 3 do
      assert.same({ "1", 200 }, { send("/one", "https://example.com/one") })
      assert.same({ "Forbidden\n", 403 }, { send("/two", "https://example.com/two") })
      assert.same({ "2", 200 }, { send("/two", "https://example.com/two", { token = "67890" }) })
      assert.same({ "Forbidden\n", 403 }, { send("/one", "https://example.com/one", { token = "67890" }) })
      assert.same({ "3", 200 }, { send("/three", "https://example.org/three") })
      assert.same({ "Content Too Large\n", 413 }, { send("/small", "https://example.com/small") })
      assert.equal(500, select(2, send("/wrong", "https://example.com/wrong")))
    end
  end)

  needs_nginx("access and content get the same event", function()
    start [[
      location = /hook {
        access_by_lua_block { first = twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com" } }
        content_by_lua_block {
          local again = twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com" }
          ngx.print(tostring(rawequal(first, again)))
        }
      }
    ]]
    assert.same({ "true", 200 }, { send("/hook", "https://example.com/hook") })
  end)

  needs_nginx("the URL is that of the request without public_url", function()
    start [[
      location / { content_by_lua_block {
        ngx.print(twilio.webhook.ngx { auth_token = "12345" }.call_status)
      } }
    ]]
    assert.same({ "ringing", 200 }, { send("/a%20b//c/../x?y=%27+", "http://site/a%20b//c/../x?y=%27+", { headers = { "Host: site" } }) })
    assert.same({ "ringing", 200 }, { send("/", "http://other.example:8080/", { headers = { "Host: other.example:8080" } }) })
  end)

  needs_nginx("HEAD and GET have their fields in the query", function()
    start(EVENT)
    local url = "/hook?CallStatus=busy&From=%2B1555"
    assert.same({ "<Response>busy +1555 false</Response>", 200 }, { send(url, "https://example.com" .. url, { method = "GET", body = "" }) })
    assert.equal(200, (select(2, send(url, "https://example.com" .. url, { method = "HEAD", body = "" }))))
    assert.equal(403, (select(2, send(url, "https://example.com/", { method = "HEAD", body = "" }))))
    assert.equal(405, (select(2, send("/hook", "https://example.com/hook", { method = "PUT" }))))
  end)

  needs_nginx("JSON bodies are read by bodySHA256", function()
    start [[
      location = /events { content_by_lua_block {
        local event = twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com" }
        for _, one in ipairs(event.events) do ngx.print(one.id, " ") end
      } }
    ]]
    local body = '[{"specversion":"1.0","id":"EZ1"},{"specversion":"1.0","id":"EZ2"}]'
    local path = webhooks.json_url("/events", body)
    assert.same({ "EZ1 EZ2 ", 200 }, { send(path, "https://example.com" .. path, { body = body, type = "application/json" }) })
    assert.equal(403, (select(2, send(path, "https://example.com" .. path, { body = body .. " ", type = "application/json" }))))
    path = webhooks.json_url("/events", "{")
    assert.equal(400, (select(2, send(path, "https://example.com" .. path, { body = "{", type = "application/json" }))))
  end)

  needs_nginx("a body that nginx has written to a file is read", function()
    start("client_body_buffer_size 1k;" .. EVENT)
    local fields = { { "Body", ("x"):rep(300000) }, { "CallStatus", "long" }, { "From", "+1555" } }
    local options = { body = webhooks.encode(fields), fields = fields }
    assert.same({ "<Response>long +1555 false</Response>", 200 }, { send("/hook", "https://example.com/hook", options) })
    options.headers = { "Transfer-Encoding: chunked" }
    assert.same({ "<Response>long +1555 false</Response>", 200 }, { send("/hook", "https://example.com/hook", options) })
  end)

  needs_nginx("a body above the limit is answered with 413", function()
    start([[client_body_buffer_size 1k; client_max_body_size 10m;
      location = /small { content_by_lua_block {
        twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com", max_body = 100 }
        ngx.print "served"
      } }
    ]] .. EVENT)
    local fields = { { "Body", ("x"):rep(200) } }
    local options = { body = webhooks.encode(fields), fields = fields }
    assert.same({ "Content Too Large\n", 413 }, { send("/small", "https://example.com/small", options) })
    options.headers = { "Transfer-Encoding: chunked" }
    assert.same({ "Content Too Large\n", 413 }, { send("/small", "https://example.com/small", options) })
    fields[1][2] = ("x"):rep(1048576)
    options.body = webhooks.encode(fields)
    assert.same({ "Content Too Large\n", 413 }, { send("/hook", "https://example.com/hook", options) })
  end)

  needs_nginx("forwarded headers are believed by the address of the connection", function()
    start [[
      location = /trusting { content_by_lua_block {
        ngx.print(twilio.webhook.ngx { auth_token = "12345", trust = { "unix:" } }.call_status)
      } }
      location = /distrusting { content_by_lua_block {
        ngx.print(twilio.webhook.ngx { auth_token = "12345", trust = { "10.0.0.0/8" } }.call_status)
      } }
      location = /realip {
        set_real_ip_from unix:;
        real_ip_header X-Real-IP;
        content_by_lua_block {
          ngx.print(ngx.var.remote_addr, " ", twilio.webhook.ngx { auth_token = "12345", trust = { "unix:" } }.call_status)
        }
      }
    ]]
    local forwarded = { headers = { "X-Forwarded-Proto: https", "X-Forwarded-Host: example.com", "X-Real-IP: 10.0.0.1" } }
    assert.same({ "ringing", 200 }, { send("/trusting", "https://example.com/trusting", forwarded) })
    assert.same({ "Forbidden\n", 403 }, { send("/distrusting", "https://example.com/distrusting", forwarded) })
    assert.same({ "10.0.0.1 ringing", 200 }, { send("/realip", "https://example.com/realip", forwarded) })
  end)

  needs_nginx("retries are recognised in a shared dictionary", function()
    start([[
      location = /hook { content_by_lua_block {
        local seen = twilio.webhook.duplicates { dictionary = ngx.shared.webhooks }
        local _, again = twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com", duplicates = seen }
        ngx.print(tostring(again))
      } }
    ]], "lua_shared_dict webhooks 1m;")
    local function with(token) return { headers = { "I-Twilio-Idempotency-Token: " .. token } } end
    assert.equal("false", (send("/hook", "https://example.com/hook", with "one")))
    assert.equal("true", (send("/hook", "https://example.com/hook", with "one")))
    assert.equal("false", (send("/hook", "https://example.com/hook", with "two")))
    assert.equal("false", (send("/hook", "https://example.com/hook")))
  end)

  needs_nginx("the opening of a WebSocket is checked before it is passed on", function()
    start [[
      location = /media {
        access_by_lua_block { twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com" } }
        content_by_lua_block { ngx.status = 204 }
      }
    ]]
    local upgrade = { method = "GET", body = "", type = "", headers = { "Upgrade: websocket", "Connection: Upgrade" } }
    assert.equal(204, (select(2, send("/media", "wss://example.com/media", upgrade))))
    assert.equal(403, (select(2, send("/media", "wss://example.com/other", upgrade))))
    upgrade.headers = nil
    assert.equal(403, (select(2, send("/media", "wss://example.com/media", upgrade))))
  end)

  needs_nginx("mistakes of the program are errors with its line, and no request passes", function()
    start [[
      location = /hook { content_by_lua_block {
        twilio.webhook.ngx { auth_token = "", public_url = "https://example.com" }
        ngx.print "served"
      } }
      location = /log { content_by_lua_block { ngx.print "served" } log_by_lua_block { twilio.webhook.ngx { auth_token = "x" } } }
    ]]
    assert.equal(500, (select(2, send("/hook", "https://example.com/hook"))))
    site:get "/log"
    local log = site:stop()
    assert.matches("content_by_lua%(nginx.conf:%d+%):2: auth_token must be a string that is not empty", log)
    assert.matches("works in nginx, in the phases rewrite, access and content", log)
  end)

  needs_nginx("64 connections at once get their own events", function()
    start [[
      location = /hook { content_by_lua_block {
        ngx.print(twilio.webhook.ngx { auth_token = "12345", public_url = "https://example.com" }.n, "\n")
      } }
    ]]
    local waiting = {}
    for i = 1, 64 do
      local path = "/hook?n=" .. i
      waiting[i] = site:begin(path, "-H " .. shell.quote("X-Twilio-Signature: " .. webhooks.sign("https://example.com" .. path)))
    end
    for i = 1, 64 do assert.same({ i .. "\n", 200 }, { waiting[i]() }) end
  end)
end)
