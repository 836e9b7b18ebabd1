-- A response or a request repeats a secret of the client: messages, error tables and log lines do
-- not show the secret.
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA00000000000000000000000000000001"

describe("a secret", function()
  local seen

  before_each(function() seen = {} end)

  -- Collects all texts that a program could print from the values.
  local function look_all(...) support.collect_texts(seen, ...) end

  -- The ways to escape a text: in URLs, JSON and HTML, and in combinations of these.
  local function escape(pattern, format)
    return function(text) return (text:gsub(pattern, function(c) return format:format(c:byte()) end)) end
  end
  local url, all_of_url = escape("[^%w%-._~]", "%%%02X"), escape(".", "%%%02x")
  local forms = {
    plain = function(text) return text end, url = url, all_of_url = all_of_url, url_twice = function(text) return url(url(text)) end,
    form = function(text) return (url(text):gsub("%%20", "+")) end,
    json = function(text) return (text:gsub('[\\"/]', "\\%0")) end,
    json_in_json = function(text) return (text:gsub('[\\"/]', "\\%0"):gsub('[\\"]', "\\%0")) end,
    json_code = escape("[^%w]", "\\u%04x"), json_all = escape(".", "\\u%04X"),
    html = function(text) return (text:gsub("&", "&amp;"):gsub('"', "&quot;"):gsub("<", "&lt;"):gsub("'", "&#39;"):gsub("+", "&#x2b;")) end,
  }

  -- Makes one call of a client with a transport that returns body_of(request). Collects the texts
  -- of the error and of the log lines. Returns the error table and the request.
  local function echo(options, body_of)
    local sent, lines = nil, {}
    local all = {
      account_sid = "AC1", retries = 0, log = function(...) lines[#lines + 1] = { ... } end,
      transport = function(request)
        sent = request
        return body_of(request)
      end,
    }
    for name, value in pairs(options) do all[name] = value end
    local client = twilio.client(all)
    local nothing, message, err = client.calls:get(SID)
    assert.is_nil(nothing)
    look_all(message, err, tostring(err), lines)
    return err, sent
  end

  local function shows_none_of(secrets)
    assert.is_true(#seen > 20)
    for _, text in ipairs(seen) do
      for _, secret in ipairs(secrets) do assert.is_nil(text:find(secret, 1, true), text) end
    end
  end

  it("is not in messages, errors or logs if a response repeats it, with any escapes", function()
    local token, secret, bearer = "to/ken+hunter2 \"<&'=%x", "se/cret+hunter3", "ey.J_b+earer/hunter4=="
    local sets = {
      { auth_token = token }, { api_key = "SK1", api_secret = secret, auth_token = token }, { bearer_token = bearer },
      { auth_token = "0123456789abcdef0123456789abcdef" },
    }
    for _, set in ipairs(sets) do
      for form, escaped in pairs(forms) do
        for _, status in ipairs { 302, 401, 500 } do
          seen = {}
          local repeated = {}
          local function answer(request)
            local line = request.headers.authorization
            for _, text in ipairs { set.auth_token or false, set.api_secret or false, set.bearer_token or false, line, line:match " (.*)$" } do
              if text then repeated[#repeated + 1] = escaped(text) end
            end
            local text = table.concat(repeated, " and ")
            -- Other escapes are escaped once more, so that the body is valid JSON.
            local inner = form:find "json" and text or text:gsub('[\\"]', "\\%0")
            return {
              status = status, headers = { Location = "https://x/?" .. text, ["Twilio-Request-Id"] = text, ["Content-Type"] = text },
              body = ('{"code":"%s","message":"%s","more_info":"%s","details":{"%s":["%s"]}}'):format(inner, inner, inner, inner, inner),
            }
          end
          local err = echo(set, answer)
          for i, text in ipairs(repeated) do repeated[i] = text:gsub("^Basic ", "", 1):gsub("^Bearer ", "", 1) end
          shows_none_of(repeated)
          if status == 302 then
            assert.matches("^https://x/%?%*%*%*", err.location)
          else
            assert.matches("%*%*%* and", err.message)
            assert.matches("***", err.body, 1, true)
            assert.is_table(err.details) -- the JSON is still valid
          end
          assert.not_matches("hunter", table.concat(seen))
        end
      end
    end
  end)

  it("is not in an error if a response without JSON, or a message of the transport, repeats it", function()
    local set = { auth_token = "tokenhunter2" }
    for _, answer in ipairs {
      function(request) return { status = 502, body = "<html>" .. request.headers.authorization } end,
      function(request) return { status = 200, body = "no JSON: " .. request.headers.authorization .. " tokenhunter2" } end,
      function(request) return { status = 200, body = '{"calls":"' .. request.headers.authorization .. '"' } end,
      function(request) return nil, "sent " .. request.headers.authorization .. " with tokenhunter2" end,
      function() return nil, ("x"):rep(248) .. "tokenhunter2" end, -- at the end of a reason that is cut
      function() return { status = 500, body = ("x"):rep(65531) .. "tokenhunter2" } end, -- at the end of a body that is cut
      function() return { status = 400, body = '{"message":"' .. ("x"):rep(494) .. 'tokenhunter2"}' } end, -- at the end of a message that is cut
    } do
      seen = {}
      echo(set, answer)
      for _, text in ipairs(seen) do
        for _, part in ipairs { "token", "QUMxOnRva2Vu" } do assert.is_nil(text:find(part, 1, true), text:sub(-300)) end
      end
    end
  end)

  it("is not in the URL of an error, its path in a message, or a body in the log", function()
    local lines = {}
    local client = twilio.client {
      account_sid = "AC1", auth_token = "0123456789abcdef0123456789abcdef", retries = 0, log = function(...) lines[#lines + 1] = { ... } end,
      transport = function() return { status = 404, body = "{}" } end,
    }
    local token = "0123456789abcdef0123456789abcdef"
    look_all(client.calls:get(token))
    look_all(client.calls:list { status = token })
    look_all(client.calls:update(SID, { status = token }))
    look_all(client:request { path = "/x/" .. token, form = { Status = token, [token] = "x" }, headers = { Authorization = "Bearer another1" } })
    look_all(lines)
    look_all(client:request { path = "/x/another2", headers = { Authorization = "another2" } })
    shows_none_of { token, "another1", "another2" }
  end)

  it("of an OAuth client is not in an error, whichever request repeats it", function()
    local calls = 0
    local _, request = echo({ client_id = "OQ1", client_secret = "s3cret/hunter2" }, function(request)
      calls = calls + 1
      local is_token = request.url:find "/v2/token"
      if is_token then return { status = 200, body = '{"access_token":"access+hunter3","expires_in":3600}' } end
      return {
        status = 400, headers = { ["Twilio-Request-Id"] = "s3cret%2Fhunter2" },
        body = '{"message":"s3cret\\/hunter2 access%2bhunter3 ' .. request.headers.authorization .. '","code":1}',
      }
    end)
    assert.equal(2, calls)
    assert.matches("access%+hunter3", request.headers.authorization)
    shows_none_of { "hunter" }
    seen = {}
    local client = twilio.client {
      client_id = "OQ1", client_secret = "s3cret/hunter2", account_sid = "AC1", retries = 0, log = look_all,
      transport = function(asked) return { status = 401, body = '{"error":"no ' .. (asked.body or "") .. '"}' } end,
    }
    local _, message, err = client.calls:get(SID)
    look_all(message, err, tostring(err))
    assert.matches("no access token", message)
    assert.equal(message, tostring(err))
    shows_none_of { "hunter", "s3cret" }
  end)

  it("may be the password of a proxy, and a proxy without a password has none", function()
    for proxy, body in pairs {
      ["http://user:longpassword1@proxy.example:3128"] = "x *** y", ["http://user@proxy.example:3128"] = "x longpassword1 y",
      ["http://proxy.example:3128"] = "x longpassword1 y", ["proxy.example"] = "x longpassword1 y",
    } do
      assert.equal(body, echo({ auth_token = "t", proxy = proxy }, function() return { status = 500, body = "x longpassword1 y" } end).body, proxy)
    end
  end)

  it("is not in a message that escapes it with HTML, and other escapes stay as they are", function()
    local secret = "+a/b<'&c"
    for _, text in ipairs {
      "&#43;a/b&#60;&apos;&amp;c", "&#x2B;a/b&#X3c;&#x27;&amp;c", "&#000043;a/b&lt;'&#38;c", "-a_b<'&c", "%2Ba%2fb%3C%27%26c",
      "%252Ba%252fb%253C%2527%2526c",
      "\\u002ba\\u002Fb\\u003c'\\u0026c",
    } do
      seen = {}
      local err = echo({ auth_token = secret }, function() return { status = 500, body = "x " .. text .. " y" } end)
      assert.equal("x *** y", err.body, text)
    end
    assert.equal("*** ***", echo({ auth_token = "/slash+secret" }, function() return { status = 500, body = "_slash-secret /slash+secret" } end).body)
    for _, text in ipairs {
      "%", "%2", "%!1", "%2g", "%252", "\\", "\\u", "\\u002", "\\u00e9", "\\ux", "&", "&#", "&#x", "&#;", "&#x;", "&#4", "&#4a;", "&#43", "&#233;",
      "&#1234567;", "&nbsp;", "&am", "a&#",
    } do
      local err = echo({ auth_token = secret }, function() return { status = 500, body = text } end)
      assert.equal(text, err.body)
    end
  end)

  it("that is shorter than Twilio's secrets is not replaced", function()
    local err = echo({ auth_token = "t" }, function() return { status = 404, body = '{"message":"not there"}' } end)
    assert.equal("not there", err.message)
  end)
end)
