-- Formats, columns and files of bin/twilio-lua.
local cjson = require "cjson"
local command_line = require "spec.support.command_line"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local text = require "twilio.cli.text"

describe("the output of twilio-lua", function()
  local server, run
  setup(function()
    server = servers.twilio { now = 1300000000 }
    run = command_line.new(server)
    server:post("/_/seed", { Calls = 120, Status = "completed" })
  end)
  teardown(function()
    run.stop()
    server:stop()
  end)

  local function out_of(arguments)
    local result = run(arguments)
    assert.equal(0, result.code, result.err)
    return result.out, result.err
  end

  local function lines_of(output)
    local lines = {}
    for line in output:gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
    return lines
  end

  describe("on a terminal", function()
    it("is a table whose columns fit the width", function()
      for _, columns in ipairs { 80, 100, 120, 200 } do
        local lines = lines_of(run.terminal(columns, { "calls", "list", "--limit", "5" }))
        assert.equal(6, #lines)
        for _, line in ipairs(lines) do
          assert.is_true(text.width((line:gsub("\27%[%d*m", ""))) <= columns, line)
        end
      end
      local wide = run.terminal(120, { "calls", "list", "--limit", "1" })
      assert.matches("SID +STATUS +FROM +TO +DIRECTION +START TIME +DURATION", wide)
      assert.matches("2011%-03%-13 %d%d:%d%d:%d%d        30\n", wide)
      local narrow = run.terminal(80, { "calls", "list", "--limit", "1" })
      assert.matches("SID +STATUS +FROM +TO", narrow)
      assert.not_matches("DURATION", narrow)
    end)

    it("has a bold header, but not with NO_COLOR or a dumb terminal", function()
      local arguments = { "calls", "list", "--limit", "1" }
      assert.matches("^\27%[1mSID .-\27%[0m\n", run.terminal(80, arguments))
      assert.not_matches("\27", run.terminal(80, arguments, { NO_COLOR = "1" }))
      assert.not_matches("\27", run.terminal(80, arguments, { TERM = "dumb" }))
    end)

    it("has 50 records, and says that there are more, unless a limit is given", function()
      local output = run.terminal(80, { "calls", "list" })
      assert.equal(52, #lines_of(output))
      assert.matches("\ntwilio%-lua: there are more records: %-%-limit NUMBER or %-%-all\n$", output)
      assert.equal(121, #lines_of(run.terminal(80, { "calls", "list", "--all" })))
      assert.equal(11, #lines_of(run.terminal(80, { "calls", "list", "--limit", "10" })))
      local call = server:post("/_/seed", { Calls = 1, Status = "completed", Recordings = 1, Transcriptions = 51 }).first
      output = run.terminal(80, { "transcriptions", "list", "--call", call }) -- a list that the library combines
      assert.equal(52, #lines_of(output))
      assert.matches("there are more records", output, 1, true)
    end)

    it("is a list of the fields of one record", function()
      local sid = server:post("/_/seed", { Calls = 1, Status = "completed" }).first
      local output = run.terminal(80, { "calls", "fetch", sid }, { NO_COLOR = "1" })
      assert.matches("^sid +" .. sid .. "\n", output)
      assert.matches("\nstatus +completed\n", output)
      for _, line in ipairs(lines_of(output)) do
        if line:find "^subresource_uris" then assert.equal(80, text.width(line)) end
      end
    end)

    it("shows no control characters of a message, and keeps columns aligned with wide characters", function()
      for _, body in ipairs { "red \27[31m\nnext", "日本語のメッセージ", "e\204\129 👍" } do
        out_of { "messages", "create", "--to", "+15558675310", "--from", "+15017122661", "--body", body }
      end
      local output = run.terminal(100, { "messages", "list", "--columns", "body,sid" }, { NO_COLOR = "1" })
      assert.not_matches("\27", output)
      assert.matches("red ?[31m next", output, 1, true)
      for _, line in ipairs(lines_of(output)) do
        local before = line:match "^(.-)SM%x+$"
        if before then assert.equal(#lines_of(output)[1]:match "^(.-)SID$", text.width(before)) end
      end
    end)

    it("indents JSON", function()
      local output = run.terminal(80, { "calls", "list", "--limit", "2", "--output", "json", "--columns", "sid,to" })
      assert.matches('^%[\n  {\n    "sid": "CA%x+",\n    "to": "%+%d+"\n  },\n  {\n', output)
      assert.equal(2, #cjson.decode(output))
    end)

    it("shows the progress of a file", function()
      local output = run.terminal(80, { "calls", "list", "--file", run.home .. "/progress.jsonl" })
      assert.matches("\r12%d records  [%d,]+/s  %d+%.%d s\27%[K\n$", output)
    end)
  end)

  describe("in a pipe or a file", function()
    it("is tsv with whole values and all records", function()
      local lines = lines_of(out_of { "calls", "list" })
      assert.equal("sid\tstatus\tfrom\tto\tdirection\tstart_time\tduration", lines[1])
      assert.is_true(#lines > 120)
      assert.matches("^CA%x+\tcompleted\t%+%d+\t%+%d+\toutbound%-api\tSun, 13 Mar 2011 %S+ %+0000\t30$", lines[2])
    end)

    it("escapes tabs and line feeds in tsv", function()
      local words = { "messages", "create", "--to", "+15558675310", "--from", "+15017122661", "--body", "a\tb\nc\\d", "-o", "json" }
      local sid = cjson.decode((out_of(words))).sid
      assert.equal(sid .. "\ta\\tb\\nc\\\\d\n", out_of { "messages", "get", sid, "--columns", "sid,body", "--no-header", "-o", "tsv" })
    end)

    it("is an array in JSON, and a line for each record in jsonl", function()
      assert.equal(3, #cjson.decode((out_of { "calls", "list", "-n", "3", "-o", "json" })))
      assert.equal("[]\n", out_of { "calls", "list", "--status", "busy", "-o", "json" })
      local lines = lines_of(out_of { "calls", "list", "-n", "3", "-o", "jsonl" })
      assert.equal(3, #lines)
      for _, line in ipairs(lines) do assert.matches("^CA", cjson.decode(line).sid) end
    end)

    it("is csv of lists and of single records", function()
      local lines = lines_of(out_of { "calls", "list", "-n", "2", "-o", "csv", "-c", "sid,to" })
      assert.same({ 3, "sid,to\r" }, { #lines, lines[1] })
      local sid = lines[2]:match "^CA%x+"
      assert.equal("sid,status\r\n" .. sid .. ",completed\r\n", out_of { "calls", "get", sid, "-o", "csv", "-c", "sid,status" })
      assert.equal(sid .. ",completed\r\n", out_of { "calls", "list", "-n", "1", "-o", "csv", "-c", "sid,status", "--no-header" })
    end)

    it("is nothing with none", function()
      assert.equal("", out_of { "calls", "list", "-o", "none" })
    end)

    it("goes to a file whose ending selects the format", function()
      for ending, first in pairs { csv = "^sid,", tsv = "^sid\t", json = "^%[\n{", jsonl = "^{" } do
        local path = run.home .. "/list." .. ending
        local output, errors = out_of { "calls", "list", "-n", "2", "--file", path }
        assert.same({ "", "" }, { output, errors })
        if ending == "csv" then first = "^account_sid," end
        assert.matches(first, shell.must("cat " .. path))
      end
    end)

    it("writes records before the last page has arrived", function()
      local command = ("%s | head -n 1"):format(run.command { "calls", "list", "-o", "jsonl", "--page-size", "10" })
      server:post "/_/reset"
      server:post("/_/seed", { Calls = 2000, Status = "completed" })
      assert.matches('^{"sid":"CA', shell.must(command))
      assert.is_true(#server:get "/_/log" < 200)
    end)
  end)

  it("is empty after a deletion", function()
    local sid = server:post("/_/seed", { Calls = 1, Status = "completed" }).first
    assert.same({ code = 0, out = "", err = "" }, run { "calls", "delete", sid })
  end)

  it("has the fields of the records that a search returns", function()
    local lines = lines_of(out_of { "incoming-phone-numbers", "search", "US", "--area-code", "510", "-n", "2" })
    assert.equal(3, #lines)
    assert.matches("phone_number", lines[1], 1, true)
    assert.matches("+1510", lines[2], 1, true)
  end)
end)
