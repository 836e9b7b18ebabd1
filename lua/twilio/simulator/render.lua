--- Writes records as JSON. A resource is an ordered list of fields, each with the function that
-- writes its value.
local cjson = require "cjson"

local render = {}

local MOST_DATES = 10000

--- Encodes a value. cjson writes "/" as "\/", which makes URLs hard to read.
function render.json(value)
  return (cjson.encode(value):gsub("\\/", "/"))
end

-- The fields of the control interface that are arrays
local ARRAYS = { attempts = true, heard = true, replies = true, webhooks = true }

--- Encodes a value of the control interface. cjson writes an empty array as {}. In a text of JSON the quotes are
-- escaped, so only a field of an object matches.
function render.with_arrays(value)
  return (render.json(value):gsub('"(%l+)":{}', function(name) return ARRAYS[name] and '"' .. name .. '":[]' end))
end

--- Returns a function that writes a time. The texts are cached, because many records of a page have
-- the same time.
local function date(format)
  local texts, count = {}, 0
  return function(time)
    if not time then return "null" end
    local text = texts[time]
    if not text then
      if count == MOST_DATES then texts, count = {}, 0 end
      text = os.date(format, time)
      texts[time], count = text, count + 1
    end
    return text
  end
end

--- Functions that write a value. Their arguments are the value and the record.
render.rfc2822 = date '!"%a, %d %b %Y %H:%M:%S +0000"'
render.iso8601 = date '!"%Y-%m-%dT%H:%M:%SZ"'

local function quoted(text)
  if text:find('[%c"\\]') then return cjson.encode(text) end
  return '"' .. text .. '"'
end

function render.plain(value)
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind == "nil" then return "null" end
  return cjson.encode(value)
end

--- Writes the same value for all records.
function render.constant(value)
  local text = render.plain(value)
  return function() return text end
end

--- Writes the result of a function of the record.
function render.computed(compute)
  return function(_, record) return render.plain(compute(record)) end
end

--- Writes an object of links from `{ name = path }`. The paths are appended to the result of
-- `base(record)`.
function render.links(base, links)
  local names = {}
  for name in pairs(links) do names[#names + 1] = name end
  table.sort(names)
  return function(_, record)
    local start, parts = base(record), {}
    for index, name in ipairs(names) do parts[index] = '"' .. name .. '":"' .. start .. links[name] .. '"' end
    return "{" .. table.concat(parts, ",") .. "}"
  end
end

--- Returns a function(record) that returns JSON, for the fields { "name", { "name", write }, ... }.
function render.object(fields)
  local heads, names, ways = {}, {}, {}
  for index, field in ipairs(fields) do
    local name = type(field) == "table" and field[1] or field
    heads[index] = (index == 1 and '{"' or ',"') .. name .. '":'
    names[index] = name
    ways[index] = type(field) == "table" and field[2] or render.plain
  end
  return function(record)
    local parts = {}
    for index = 1, #names do
      parts[2 * index - 1] = heads[index]
      parts[2 * index] = ways[index](record[names[index]], record)
    end
    return table.concat(parts) .. "}"
  end
end

return render
