local twilio = require "twilio"
local cjson = require "cjson"
local nginx = require "spec.support.nginx"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

-- Returns a client whose list of calls has pages. Each page is the JSON text of its records, or the
-- response. The list ends with the last page.
local function paged(pages, options)
  local n = 0
  return support.client(options, function()
    n = n + 1
    if type(pages[n]) == "table" then return pages[n] end
    local next_page = pages[n + 1] and ('"/2010-04-01/Accounts/%s/Calls.json?Page=%d"'):format(support.account_sid, n) or "null"
    return { status = 200, body = ('{"calls":[%s],"next_page_uri":%s}'):format(pages[n], next_page) }
  end)
end

-- Writes the list of calls. Returns the lines, and what the call returns.
local function lines_of(pages, options)
  local lines = {}
  local n, message, err = paged(pages).calls:csv(function(line) lines[#lines + 1] = line end, nil, options)
  return lines, n, message, err
end

local function misuse(options) return (support.misuse(function() lines_of({ "" }, options) end)) end

describe("the verb csv", function()
  local directory, path

  before_each(function()
    directory = shell.directory()
    path = directory .. "/calls.csv"
  end)
  after_each(function() shell.must("rm -rf " .. directory) end)

  local function content()
    local file = assert(io.open(path, "rb"))
    local text = file:read "*a"
    file:close()
    return text
  end

  local function names() return shell.lines(shell.must("ls -A " .. directory)) end

  it("writes the documented fields in a stable order by default", function()
    local lines, n = lines_of { '{"sid":"CA1","from":"+1555","unknown":1,"price":null}' }
    assert.equal(1, n)
    assert.equal("account_sid,answered_by,api_version,caller_name,date_created,date_updated,direction,duration,end_time,forwarded_from,from,"
      .. "from_formatted,group_sid,parent_call_sid,phone_number_sid,price,price_unit,queue_time,sid,start_time,status,stir_verstat,"
      .. "subresource_uris,to,to_formatted,trunk_sid,uri\r\n", lines[1])
    assert.equal((","):rep(10) .. "+1555" .. (","):rep(8) .. "CA1" .. (","):rep(8) .. "\r\n", lines[2])
  end)

  it("writes texts, exact numbers, booleans and JSON, and leaves null and absent fields empty", function()
    local record = '{"sid":"a,\\"b\\"\\r\\nc","price":-0.5,"duration":123456789012345678901234567890,"status":true,"to":null,'
      .. '"queue_time":1.5e3,"uri":1E-7,"group_sid":1e999,"subresource_uris":{"a": [1, null, "x"]}}'
    local columns = { "sid", "price", "duration", "status", "to", "from", "queue_time", "uri", "group_sid", "subresource_uris" }
    local lines = lines_of({ record }, { columns = columns })
    assert.equal('"a,""b""\r\nc",-0.5,123456789012345678901234567890,true,,,1500,0.0000001,1e999,"{""a"": [1, null, ""x""]}"\r\n', lines[2])
  end)

  it("writes chosen columns, with headers and functions", function()
    local values = { "text", 2, true, { 1, twilio.null }, twilio.null, twilio.integer "123456789012345678901234567890" }
    local columns = { "sid", { "From, here", "from" }, { "n", function(call) return #call.sid end } }
    for i, value in ipairs(values) do columns[#columns + 1] = { "f" .. i, function() return value end } end
    columns[#columns + 1] = { "none", function() end }
    local lines = lines_of({ '{"sid":"CA1","from":"x"}' }, { columns = columns })
    assert.equal('sid,"From, here",n,f1,f2,f3,f4,f5,f6,none\r\n', lines[1])
    assert.equal('CA1,x,3,text,2,true,"[1,null]",,123456789012345678901234567890,\r\n', lines[2])
  end)

  it("reads all pages, and calls progress after each page", function()
    local done = {}
    local pages = { '{"sid":"1"},{"sid":"2"}', "", '{"sid":"3"}' }
    assert.equal(3, paged(pages).calls:csv(path, {}, { columns = { "sid" }, progress = function(n) done[#done + 1] = n end }))
    assert.equal("sid\r\n1\r\n2\r\n3\r\n", content())
    assert.same({ 2, 3 }, done)
    assert.same({ "calls.csv" }, names())
  end)

  it("passes filters and the options of iter", function()
    local client, requests = paged { '{"sid":"1"},{"sid":"2"}' }
    assert.equal(1, client.calls:csv(path, { status = "completed" }, { columns = { "sid" }, limit = 1, retries = 0 }))
    assert.matches("PageSize=1&Status=completed$", requests[1].url)
    assert.equal("sid\r\n1\r\n", content())
  end)

  it("writes the header of an empty list, and quotes a line of one empty cell", function()
    local lines, n = lines_of({ "" }, { columns = { "sid" } })
    assert.same({ "sid\r\n", 0 }, { lines[1], n })
    lines = lines_of({ '{"sid":""},{}' }, { columns = { "sid" } })
    assert.same({ "sid\r\n", '""\r\n', '""\r\n' }, lines)
  end)

  it("writes formulas unchanged, or with a ' before them with the option safe", function()
    local texts = { "=1+1", "+1555", "-0.5", "-1+1", "@x", "\\tx", "plain", "+1 555" }
    local records = {}
    for i, text in ipairs(texts) do records[i] = ('{"sid":"%s"}'):format(text) end
    local function cells(safe)
      local lines = lines_of({ table.concat(records, ",") }, { columns = { "sid" }, safe = safe })
      return table.concat(lines, "|", 2):gsub("\r\n", "")
    end
    assert.equal("=1+1|+1555|-0.5|-1+1|@x|\tx|plain|+1 555", (cells()))
    assert.equal("'=1+1|+1555|-0.5|'-1+1|'@x|'\tx|plain|'+1 555", (cells(true)))
  end)

  it("writes a list of strings as one column", function()
    local client = support.client({}, { status = 200, body = '{"stores":["a","b,c"],"meta":{"key":"stores"}}' })
    local lines = {}
    local n, message = client.memory.v1.stores:csv(function(line) lines[#lines + 1] = line end)
    assert.equal(2, n, message)
    assert.same({ "value\r\n", "a\r\n", '"b,c"\r\n' }, lines)
    assert.matches("whose only column is 'value'", (support.misuse(function()
      client.memory.v1.stores:csv(path, nil, { columns = { "id" } })
    end)), 1, true)
  end)

  it("writes a list of lists", function()
    local client = support.client({}, function(request)
      if request.url:find("/Recordings.json", 1, true) then return { status = 200, body = '{"recordings":[{"sid":"RE1"},{"sid":"RE2"}]}' } end
      local recording = request.url:match "RE%d"
      return { status = 200, body = ('{"transcriptions":[{"sid":"TR1","recording_sid":"%s"}]}'):format(recording) }
    end)
    local done = {}
    local options = { columns = { "sid", "recording_sid" }, progress = function(n) done[#done + 1] = n end }
    assert.equal(2, client.calls("CA1").transcriptions:csv(path, nil, options))
    assert.equal("sid,recording_sid\r\nTR1,RE1\r\nTR1,RE2\r\n", content())
    assert.same({ 1, 2 }, done)
    assert.equal(1, client.calls("CA1").transcriptions:csv(path, nil, { columns = { "sid" }, limit = 1 }))
  end)

  it("keeps the existing file and leaves no other file when a page fails", function()
    shell.write(path, "old")
    local n, message, err = paged({ '{"sid":"1"}', { status = 500, body = '{"code":20500,"message":"no"}' } }).calls:csv(path)
    assert.is_nil(n)
    assert.same({ "api", 500 }, { err.kind, err.status })
    assert.matches("500, error 20500", message, 1, true)
    assert.equal("old", content())
    assert.same({ "calls.csv" }, names())
  end)

  it("sends nothing if the file cannot be created", function()
    local client, requests = paged { "" }
    local n, message, err = client.calls:csv(directory .. "/none/calls.csv")
    assert.is_nil(n)
    assert.equal(("cannot write %s/none/calls.csv: No such file or directory"):format(directory), message)
    assert.equal(message, tostring(err))
    assert.same({ kind = "file", message = message, path = directory .. "/none/calls.csv", reason = "No such file or directory", sent = "no" },
      setmetatable(err, nil))
    assert.same({}, requests)
  end)

  it("returns the reason when a write fails", function()
    shell.write(path, "old")
    local printed = support.run(([[
      local support = require "spec.support.client"
      local body = '{"calls":[' .. ('{"sid":"' .. ("x"):rep(99) .. '"},'):rep(999) .. '{}]}'
      local n, message, err = support.client({}, { status = 200, body = body }).calls:csv(%q)
      print(n, message, err.kind, err.reason, err.sent)]]):format(path), nil,
      "sh -c " .. shell.quote [[trap '' XFSZ; ulimit -f 16; exec "$0" "$1"]] .. " ")
    assert.equal(("nil\tcannot write %s: File too large\tfile\tFile too large\tyes\n"):format(path), printed)
    assert.equal("old", content())
    assert.same({ "calls.csv" }, names())
  end)

  it("propagates errors of progress, of columns and of a sink, and leaves no file", function()
    shell.write(path, "old")
    local function fail() error("mine", 0) end
    for _, options in ipairs { { progress = fail }, { columns = { { "x", fail } } } } do
      local ok, problem = pcall(function() return paged({ '{"sid":"1"}' }).calls:csv(path, nil, options) end)
      assert.same({ false, "mine" }, { ok, problem })
      assert.equal("old", content())
      assert.same({ "calls.csv" }, names())
    end
    assert.same({ false, "mine" }, { pcall(function() return paged({ "" }).calls:csv(fail) end) })
  end)

  it("ends when the sink returns nil and a message", function()
    local n, message, err = paged({ '{"sid":"1"}' }).calls:csv(function() return nil, "closed" end)
    assert.is_nil(n)
    assert.equal("cannot write the sink: closed", message)
    assert.same({ "file", "closed" }, { err.kind, err.reason })
    for _, value in ipairs { false, 0, "" } do
      assert.equal(1, paged({ '{"sid":"1"}' }).calls:csv(function() return value end))
    end
  end)

  it("raises for wrong arguments before anything is sent", function()
    assert.equal("a record of calls has no field 'sidd' (did you mean 'sid'?)", misuse { columns = { "sidd" } })
    assert.equal("a record of calls has no field 'sidd' (did you mean 'sid'?)", misuse { columns = { { "SID", "sidd" } } })
    assert.equal("column 2 must be the name of a field, or { header, field or function }, got number", misuse { columns = { "sid", 1 } })
    assert.equal("two columns have the header 'sid'", misuse { columns = { "sid", { "sid", "to" } } })
    assert.equal("option 'columns' must be an array of columns, got an empty table", misuse { columns = {} })
    assert.equal("option 'columns' must be an array of columns, got string", misuse { columns = "sid" })
    assert.equal("option 'progress' must be a function, got true", misuse { progress = true })
    assert.equal("option 'safe' must be a boolean, got number", misuse { safe = 1 })
    assert.equal("unknown option 'colums' (did you mean 'columns'?)", misuse { colums = { "sid" } })
    assert.matches("^the function of column 'x' returned a value that has no text: function",
      (support.misuse(function() lines_of({ "{}" }, { columns = { { "x", function() return print end } } }) end)))
    local client, requests = paged { "" }
    assert.equal("csv takes the path of a file, or a function, got nil", (support.misuse(function() client.calls:csv() end)))
    local impossible = "csv takes the path of a file, or a function, got an empty path or a NUL byte in it"
    assert.equal(impossible, (support.misuse(function() client.calls:csv "" end)))
    assert.equal("unknown option 'columns'", (support.misuse(function() client.calls:list({}, { columns = { "sid" } }) end)))
    assert.matches("^Twilio does not document the fields of .*receipts.*: pass the option 'columns'", (support.misuse(function()
      client.comms.v1.messages("comms_message_1").receipts:csv(path)
    end)))
    assert.same({}, requests)
    assert.same({}, names())
  end)

  -- Texts of characters that matter in CSV, and of random bytes.
  it("writes what twilio.csv.rows reads: random texts", function()
    local alphabet = { ",", '"', "\r", "\n", "\r\n", "=", "'", " ", "x", "é", "\0", "\t", "" }
    for seed = 1, 100 do
      math.randomseed(seed)
      local records, texts = {}, {}
      for i = 1, math.random(0, 20) do
        texts[i] = {}
        for _, name in ipairs { "sid", "from", "to" } do
          local parts = {}
          for j = 1, math.random(0, 8) do parts[j] = alphabet[math.random(#alphabet)] end
          texts[i][name] = table.concat(parts)
        end
        records[i] = cjson.encode(texts[i])
      end
      local lines = lines_of({ table.concat(records, ",") }, { columns = { "to", "sid", "from" } })
      local rows = {}
      for row in twilio.csv.parse(table.concat(lines)) do rows[#rows + 1] = row end
      assert.same(texts, rows, "seed " .. seed)
    end
  end)

  it("writes the pages of a server, and twilio.csv.rows reads them", function()
    local server = servers.twilio()
    server:post("/_/seed", { Calls = 120, Status = "completed" })
    local client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    local n, message = client.calls:csv(path, { page_size = 50 })
    local sids, rows = {}, 0
    for call in client.calls:iter() do sids[call.sid] = call.status end
    server:stop()
    assert.equal(120, n, message)
    for row in twilio.csv.rows(path) do
      rows = rows + 1
      assert.equal(row.status, sids[row.sid])
      assert.is_table(cjson.decode(row.subresource_uris))
    end
    assert.equal(120, rows)
  end)

  it("holds no more memory for many pages than for a few", function()
    local record, n = '{"sid":"' .. ("x"):rep(1000) .. '"}', 0
    local page = '{"calls":[' .. (record .. ","):rep(99) .. record .. '],"next_page_uri":%s}'
    local client = support.client({}, function()
      n = n + 1
      local link = ('"/2010-04-01/Accounts/%s/Calls.json?Page=%d"'):format(support.account_sid, n)
      return { status = 200, body = page:format(n < 200 and link or "null") }
    end)
    local first, most
    local function progress()
      collectgarbage()
      collectgarbage()
      local used = collectgarbage "count"
      first, most = first or used, math.max(most or 0, used)
    end
    assert.equal(20000, client.calls:csv(path, nil, { columns = { "sid" }, progress = progress }))
    assert.is_true(most - first < 500, most - first) -- KiB; the file has 20,000
  end)

  it("writes several files at once in twilio.map", function()
    local server = servers.twilio()
    server:post("/_/seed", { Calls = 30, Status = "completed" })
    local client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    local paths = { directory .. "/1.csv", directory .. "/2.csv", directory .. "/3.csv" }
    local results, failures = twilio.map(paths, 3, function(name)
      return client.calls:csv(name, { page_size = 7 }, { columns = { "sid" }, progress = function() end })
    end)
    server:stop()
    assert.is_nil(failures)
    assert.same({ 30, 30, 30, n = 3 }, results)
    assert.same({ "1.csv", "2.csv", "3.csv" }, names())
    assert.equal("", (shell.must(("cmp %s %s && cmp %s %s"):format(paths[1], paths[2], paths[2], paths[3]))))
  end)

  it("works in nginx, with ngx.print and with a file", function()
    local problem = nginx.problem()
    if problem then return pending(problem) end
    local server = servers.twilio()
    server:post("/_/seed", { Calls = 5, Status = "completed" })
    shell.must("chmod 777 " .. directory)
    local site = nginx.start {
      http = ([[init_by_lua_block {
        client = require "twilio".client { account_sid = "%s", auth_token = "%s", base_url = "%s" }
        options = { columns = { "status" }, progress = function() ngx.sleep(0) end }
      }]]):format(server.account_sid, server.auth_token, server.url),
      server = ([[
        location = /print { content_by_lua_block { client.calls:csv(ngx.print, { page_size = 2 }, options) } }
        location = /file { content_by_lua_block { ngx.print(client.calls:csv("%s", { page_size = 2 }, options)) } }
      ]]):format(path),
    }
    local expected = "status\r\n" .. ("completed\r\n"):rep(5)
    local printed, written = site:begin "/print"(), site:begin "/file"()
    local log = site:stop()
    server:stop()
    assert.equal(expected, printed, log)
    assert.equal("5", written, log)
    assert.equal(expected, content())
    assert.same({ "calls.csv" }, names())
  end)
end)
