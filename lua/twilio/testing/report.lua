--- The messages of a double: what was asked, and what was expected.

local core = require "twilio.core"
core.keep(...)
local rules = require "twilio.testing.rule"

local report = {}

local function indented(lines, level) return ("  "):rep(level) .. table.concat(lines, "\n" .. ("  "):rep(level)) end

-- ---- requests ----

-- Returns the lines of a table of parameters, sorted by name.
local function params_of(params)
  local lines = {}
  for name, value in next, params do lines[#lines + 1] = ("%s = %s"):format(name, rules.shown(value)) end
  table.sort(lines)
  return lines
end

-- Returns the lines of a request: method and path, and the parameters.
local function asked(request)
  local product = request.product and request.product ~= "api" and request.product or ""
  local again = (request.attempt or 1) > 1 and (" (attempt %d of its call)"):format(request.attempt) or ""
  local lines = { ("%s %s%s%s"):format(request.method, product, request.path, again) }
  for _, line in ipairs(params_of(request.params)) do lines[#lines + 1] = "  " .. line end
  return lines
end

-- ---- rules ----

local WORDS = { [0] = "never", "once", "twice" }

local function times(n) return WORDS[n] or n .. " times" end

local function expected_times(rule)
  if rule.least == rule.most then return times(rule.least) end
  if rule.most == math.huge then return rule.least == 0 and "any number of times" or "at least " .. times(rule.least) end
  return ("%d to %d times"):format(rule.least, rule.most)
end

-- Returns "POST Messages (spec/app_spec.lua:12), expected once, asked twice".
local function headline(rule)
  local position = rule.position and (" (%s)"):format(rule.position) or ""
  return ("%s %s%s, expected %s, asked %s"):format(rule.method, rule.path, position, expected_times(rule), times(rule.used))
end

local function rule_lines(rule)
  local lines = { headline(rule) }
  if type(rule.params) == "function" then lines[2] = "  params = a table that the function accepts" end
  if type(rule.params) == "table" then
    for _, line in ipairs(params_of(rule.params)) do lines[#lines + 1] = "  " .. line end
  end
  return lines
end

-- Returns the lines that say why a rule did not take the request.
local function difference_lines(rule, request)
  local lines, is_place, differ = { headline(rule) }, rule:compare(request)
  if not is_place then
    lines[2] = "  another method or path"
    return lines
  end
  for _, d in ipairs(differ) do lines[#lines + 1] = ("  %s: expected %s, got %s"):format(d.name, d.wanted, d.got) end
  if #differ == 0 then lines[#lines + 1] = "  its replies are used up" end
  return lines
end

-- ---- unexpected requests ----

local MOST_SHOWN = 3

-- Returns the rules that are nearest to the request: those of the same method and path, or
-- otherwise the nearest one.
local function nearest(list, request)
  local found, best, least = {}, nil, math.huge
  for _, rule in ipairs(list) do
    local distance = rule:distance(request)
    if distance < least then best, least = rule, distance end
    if distance < 1 and #found < MOST_SHOWN then found[#found + 1] = rule end
  end
  return #found > 0 and found or { best }
end

--- Returns the message about a request that no rule takes.
-- @param list the rules
-- @param cause why the request was refused although a rule matches it, or nil
function report.unexpected(request, list, cause)
  local lines = { "twilio.testing: a request came that was not expected", indented(asked(request), 1) }
  if cause then
    lines[#lines + 1] = cause
  elseif #list == 0 then
    lines[#lines + 1] = 'nothing is expected: use fake:expect or fake:on, such as fake:on("' .. request.method .. '", "…")'
  else
    local found = nearest(list, request)
    lines[#lines + 1] = #list == 1 and "expected was:" or ("the nearest of the %d expected requests:"):format(#list)
    for _, rule in ipairs(found) do lines[#lines + 1] = indented(difference_lines(rule, request), 1) end
  end
  return table.concat(lines, "\n")
end

--- Returns the cause for report.unexpected if another request had to come first.
function report.too_early(first)
  return "another request was expected before it:\n" .. indented(rule_lines(first), 1)
end

--- Returns the cause for report.unexpected if an expectation has taken as many requests as it can.
function report.too_often(rule)
  return "it came more often than expected:\n" .. indented(rule_lines(rule), 1)
end

-- ---- verification ----

-- Returns the requests that came, as one text; nil if the messages in `unexpected` show all of them.
local function requests_lines(requests, unexpected)
  if #requests == 0 then return "no request came" end
  local is_shown, others = {}, {}
  for _, entry in ipairs(unexpected) do is_shown[entry.request] = true end
  for _, request in ipairs(requests) do
    if not is_shown[request] then others[#others + 1] = request end
  end
  if #others == 0 then return nil end
  local lines = { #others == 1 and "this request came:" or ("these %d requests came:"):format(#others) }
  for _, request in ipairs(others) do lines[#lines + 1] = indented(asked(request), 1) end
  return table.concat(lines, "\n")
end

--- Returns the message of fake:verify(); nil if there is nothing to report.
-- @param unexpected an array of { request, text }: the requests that no rule took, and the messages about them
function report.verify(list, requests, unexpected)
  local lines, unmet = {}, {}
  for _, rule in ipairs(list) do
    if rule:is_unmet() then unmet[#unmet + 1] = indented(rule_lines(rule), 1) end
  end
  if #unmet > 0 then
    local what = #unmet == 1 and "an expected request" or #unmet .. " expected requests"
    lines[1] = ("twilio.testing: %s did not come"):format(what)
    lines[2] = table.concat(unmet, "\n")
    lines[3] = requests_lines(requests, unexpected)
  end
  for _, entry in ipairs(unexpected) do lines[#lines + 1] = entry.text end
  return #lines > 0 and table.concat(lines, "\n") or nil
end

return report
