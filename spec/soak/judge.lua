--- Compares what the programs of the stage `site` said with what has happened.
--
--   local problems, counts = judge(lines, runs, entries, sent)
--
-- `lines` is an array of { number, run, outcome }, `runs` comes from site_program.lua, `entries` from
-- fault_server/recorder.lua, with the effects of each run. `sent` is the number of requests.
--
-- A request of the client may have its effect twice for two reasons:
--
-- - The program ran once, and its run had two effects. The library has doubled the call. This is a problem.
-- - The program ran twice, and each run had one effect. The client has repeated its request. curl does so if
--   a reused connection is lost before the first byte of the response. The judge counts these requests.
--   After a lost connection that was not reused, a second run is a problem: nothing explains it.

-- Maps each run to its request, and each request to its runs. Returns both maps.
local function index_runs(runs, problem)
  local by_run, by_number = {}, {}
  for _, run in ipairs(runs) do
    if by_run[run.run] then problem("two runs with one number", run) end
    by_run[run.run] = run
    by_number[run.number] = by_number[run.number] or {}
    table.insert(by_number[run.number], run)
  end
  return by_run, by_number
end

local function effects_of(entries, run) return (entries[run] or { effects = 0 }).effects end

-- Adds the requests for which the program ran several times to the counts.
local function judge_repeats(by_number, entries, counts, problem)
  for _, its in pairs(by_number) do
    local effects = 0
    for index, run in ipairs(its) do
      effects = effects + effects_of(entries, run.run)
      if index < #its and run.place < 2 then problem("ran again, but its connection was not reused", run) end
    end
    if #its > 1 then counts.repeated = counts.repeated + 1 end
    if #its > 1 and effects > 1 then counts.repeated_effects = counts.repeated_effects + 1 end
  end
end

local function judge_line(line, by_run, entries, problem)
  local run, effects = by_run[line.run] or {}, effects_of(entries, line.run)
  if line.outcome == "ok" and effects ~= 1 then problem("ok, but it happened " .. effects .. " times", line) end
  if line.outcome == "no" and effects ~= 0 then problem("no, but it happened", line) end
  if line.outcome == "crossed" or run.number ~= line.number then problem("another request's answer", line) end
end

return function(lines, runs, entries, sent)
  local problems = {}
  local counts = { ok = 0, yes = 0, maybe = 0, no = 0, crossed = 0, unknown = sent - #lines, repeated = 0, repeated_effects = 0 }
  local function problem(text, run)
    problems[#problems + 1] = ("%s: request %s, run %s"):format(text, run.number or "unknown", run.run)
  end
  local by_run, by_number = index_runs(runs, problem)
  for _, line in ipairs(lines) do
    counts[line.outcome] = (counts[line.outcome] or 0) + 1
    judge_line(line, by_run, entries, problem)
  end
  for run, entry in pairs(entries) do
    if run ~= "none" and not by_run[run] then problem("an effect without a run", { run = run }) end
    if run ~= "none" and entry.effects > 1 then problem("one run happened " .. entry.effects .. " times", by_run[run] or { run = run }) end
  end
  judge_repeats(by_number, entries, counts, problem)
  return problems, counts
end
