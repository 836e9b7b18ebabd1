--- twilio-lua explain: what an error code of Twilio's means.

local commands = require "twilio.cli.commands"
local stop = require "twilio.cli.stop"
local writer = require "twilio.cli.writer"

local explain = {}

explain.usage = { "explain CODE" }
explain.text = { "Says what an error code of Twilio's means. Sends no request." }
explain.options = {}
explain.takes = { "output" }
explain.formats = { "table", "json", "jsonl" }

function explain.run(words, _, given)
  if not words[1] or words[2] then commands.usage("explain", "takes one code") end
  if not words[1]:find "^%d+$" then commands.usage("explain", ("'%s' is no code: a code is a number such as 21211"):format(words[1])) end
  local entry = require("twilio.explain").explain(words[1])
  if not entry then
    stop.with("failed", ("this version does not know the code %s"):format(words[1]), "https://www.twilio.com/docs/api/errors/" .. words[1])
  end
  if given.output == "json" or given.output == "jsonl" then
    return writer.line(require("twilio.json").encode(entry))
  end
  local level = entry.level and (" (%s)"):format(entry.level) or ""
  -- Miscellaneous says nothing about a code.
  local product = entry.product ~= "Miscellaneous" and entry.product .. "\n" or ""
  writer.line(("%s: %s%s\n%s%s"):format(words[1], entry.title, level, product, entry.url))
end

return explain
