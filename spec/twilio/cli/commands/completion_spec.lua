-- The scripts of the shells, run in these shells. completion_spec.lua tests the words.
local command_line = require "spec.support.command_line"
local shell = require "spec.support.shell"

describe("twilio-lua completion", function()
  local run
  setup(function()
    run = command_line.new()
    -- Completes words like the program. Otherwise it writes its arguments to the file `arguments`.
    shell.write(run.home .. "/twilio-lua", ('#!/bin/sh\nif [ "$1" = complete-words ]; then cd %s; exec %s "$@"; fi\n'):format(
      shell.must "pwd":gsub("\n", ""), run.command {})
      .. ('printf "<%%s>" "$@" >>%s/arguments; echo >>%s/arguments\n'):format(run.home, run.home))
    shell.must(("chmod +x %s/twilio-lua"):format(run.home))
    shell.write(run.home .. "/list.csv", "")
  end)
  teardown(function() run.stop() end)

  local function script(name, before, after)
    local path = run.home .. "/script"
    shell.write(path, (before or "") .. run.out { "completion", name } .. (after or ""))
    return path
  end

  -- Types lines into an interactive shell that has read a script. Returns the arguments of each twilio-lua.
  local function typed(command, ...)
    local input = table.concat({ ... }, "\n") .. "\nexit\n"
    shell.write(run.home .. "/input", input)
    shell.must(("cd %s; rm -f arguments; PATH=%s:$PATH HOME=%s script -qec %s /dev/null <input"):format(run.home, run.home, run.home,
      shell.quote(command)))
    return shell.lines(shell.must(("cat %s/arguments"):format(run.home)))
  end

  -- "\t" is the key that completes a word.
  local LINES = {
    "twilio-lua conf\tlis\t --lim\t3 -o jsonl", "twilio-lua calls list --status=in-p\t", "twilio-lua calls list --file=lis\t",
    "twilio-lua calls list --columns sid,dur\t", "twilio-lua calls create --machine-detection-t\t 5",
  }
  local EXPECTED = {
    "<calls><list><--status=in-progress>", "<calls><list><--columns><sid,duration>", "<calls><list><--file=list.csv>",
    "<calls><create><--machine-detection-timeout><5>", "<conferences><list><--limit><3><-o><jsonl>",
  }
  table.sort(EXPECTED)

  it("completes in bash, which splits words at =", function()
    local path = script "bash"
    assert.same(EXPECTED, typed(("bash --noprofile --rcfile %s -i"):format(path), (table.unpack or unpack)(LINES)))
  end)

  local in_zsh = shell.has "zsh" and it or pending
  in_zsh("completes in zsh, as a file in a directory of $fpath", function()
    shell.must(("mkdir -p %s/functions && cp %s %s/functions/_twilio-lua"):format(run.home, script "zsh", run.home))
    shell.write(run.home .. "/.zshrc", ("fpath=(%s/functions $fpath); autoload -U compinit; compinit -u\n"):format(run.home))
    assert.same(EXPECTED, typed("zsh -i", (table.unpack or unpack)(LINES)))
  end)

  in_zsh("completes in zsh, as a script that is sourced", function()
    local path = script "zsh"
    shell.write(run.home .. "/.zshrc", ("autoload -U compinit; compinit -u; source %s\n"):format(path))
    assert.same({ "<calls><list>" }, typed("zsh -i", "twilio-lua calls lis\t"))
  end)

  local in_fish = shell.has "fish" and it or pending
  in_fish("completes in fish", function()
    local function completed(line)
      local path = script("fish", nil, ("complete -C %s\n"):format(shell.quote(line)))
      return shell.lines(shell.must(("cd %s; PATH=%s:$PATH HOME=%s fish %s"):format(run.home, run.home, run.home, path)))
    end
    assert.same({ "caller-ids", "calls" }, completed "twilio-lua ca")
    assert.same({ "recordings" }, completed "twilio-lua calls CA1 rec")
    assert.same({ "json", "jsonl" }, completed "twilio-lua calls list -o js")
    assert.same({ "--status=in-progress" }, completed "twilio-lua calls list --status=in")
    assert.same({ "false", "true" }, completed "twilio-lua calls create --record ")
    assert.same({ "list.csv" }, completed "twilio-lua calls list --file lis")
    assert.same({ "--file=list.csv" }, completed "twilio-lua calls list --file=lis")
  end)

  it("writes a script for no other shell", function()
    run.fails(2, "completion: there is no 'fsh' (did you mean 'zsh'?)", { "completion", "fsh" })
    assert.equal("usage: twilio-lua completion bash|zsh|fish", run.fails(2, "completion: takes bash, zsh or fish", { "completion" }))
    run.fails(2, "completion: unexpected 'zsh'", { "completion", "bash", "zsh" })
  end)
end)
