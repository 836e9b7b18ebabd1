-- Values of parameters, and their expected text in a request.
--
-- A sample:
--   given   the Lua value that a program passes
--   texts   the values of the repeated name in a query or form; a header has the first one. A text that
--           begins with the byte 1 is JSON
--   json    the value in a JSON body, as JSON text
--   pairs   { name, text } for a map parameter, which has several wire names
local cjson = require "cjson"
local twilio = require "twilio"

local values = {}

values.JSON_MARK = "\1"

-- The largest whole number that this Lua can represent exactly.
local LARGE = math.maxinteger or 2 ^ 53 - 1
local LARGE_TEXT = math.maxinteger and "9223372036854775807" or "9007199254740991"

local NASTY = "a b/\195\188?%&=+#\"'\\;,{}[]<>|^`~-._\226\130\172"

local function sample(given, texts, json)
  if type(texts) ~= "table" then texts = { texts } end
  return { given = given, texts = texts, json = json or cjson.encode(texts[1]) }
end

-- { Lua value, JSON text }: JSON text in a form, a value in a JSON body
local function json_sample(given, json)
  local text = type(given) == "string" and given or values.JSON_MARK .. json
  if type(given) == "boolean" or type(given) == "number" then text = json end
  return sample(given, text, type(given) == "string" and cjson.encode(given) or json)
end

local function array_sample(list)
  local given, texts, json = {}, {}, {}
  for i, element in ipairs(list) do
    given[i], json[i] = element.given, element.json
    for _, text in ipairs(element.texts) do texts[#texts + 1] = text end
  end
  return { given = given, texts = texts, json = "[" .. table.concat(json, ",") .. "]" }
end

local STRINGS = {
  sample(NASTY, NASTY), sample("", ""), sample("line\r\n\tbreak\0\127", "line\r\n\tbreak\0\127"), sample(LARGE, LARGE_TEXT, LARGE_TEXT),
  sample("+15558675310", "+15558675310"), sample(0.1, "0.1", "0.1"), sample("100%25", "100%25"), sample(true, "true", "true"),
}

local NUMBERS = {
  sample(LARGE, LARGE_TEXT, LARGE_TEXT), sample(-1.5, "-1.5", "-1.5"), sample(0, "0", "0"), sample(50.0, "50", "50"), sample("12", "12"),
  sample(1e-7, "0.0000001", "0.0000001"), sample(2 ^ 53, "9007199254740992", "9007199254740992"), sample(1e21, "1000000000000000000000",
  "1000000000000000000000"),
}

local BOOLEANS = { sample(true, "true", "true"), sample(false, "false", "false"), sample("true", "true") }

local DATES = {
  sample(1246912245, "2009-07-06"), sample({ year = 2009, month = 7, day = 6, hour = 20, min = 30, sec = 45, isdst = false }, "2009-07-06"),
  sample("2009-07-06", "2009-07-06"), sample(-0.5, "1969-12-31"), sample({ year = 2024, month = 2, day = 29 }, "2024-02-29"),
}

local TIMES = {
  sample(1246912245, "2009-07-06T20:30:45Z"),
  sample({ year = 2009, month = 7, day = 6, hour = 20, min = 30, sec = 45, isdst = false }, "2009-07-06T20:30:45Z"),
  sample("2009-07-06 20:30 +2", "2009-07-06 20:30 +2"), sample(-0.5, "1969-12-31T23:59:59Z"), sample({ year = 2024, month = 2, day = 29 },
  "2024-02-29T00:00:00Z"), sample(253402300799, "9999-12-31T23:59:59Z"),
}

local TREE = {
  text = NASTY, list = { 1, LARGE, 2.5, true, twilio.null }, none = twilio.array {}, object = {}, null = twilio.null, deep = { { { x = false } } },
  ["a.b \195\188"] = "",
}
local TREE_TEXT = ('{"text":%s,"list":[1,%s,2.5,true,null],"none":[],"object":{},"null":null,"deep":[[{"x":false}]],"a.b \195\188":""}'):format(
  cjson.encode(NASTY), LARGE_TEXT)

local JSONS = {
  json_sample(TREE, TREE_TEXT), json_sample({}, "{}"), json_sample(twilio.array {}, "[]"), json_sample({ "a", 2 }, '["a",2]'),
  json_sample('{"already": "text"}'), json_sample(twilio.null, "null"), json_sample(false, "false"), json_sample(LARGE, LARGE_TEXT),
}

-- Samples of a documented object. JSON text is valid too, except in a JSON body.
local OBJECTS = { JSONS[1], JSONS[2], JSONS[6], json_sample({ a = twilio.array {} }, '{"a":[]}') }
local OBJECT_TEXTS = { JSONS[1], JSONS[2], JSONS[6], JSONS[5] }

local MAP = { given = { marchex_cleancall = { a = NASTY, b = { c = 1 } }, ["whole number"] = true }, pairs = {} }
MAP.pairs = { { ".marchex_cleancall.a", NASTY }, { ".marchex_cleancall.b.c", "1" }, { ".whole number", "true" } }

local function pick(list, turn) return list[(turn - 1) % #list + 1] end

local function enum_samples(enum)
  local list = {}
  for _, value in ipairs(enum) do
    if value ~= cjson.null then list[#list + 1] = sample(value, tostring(value)) end
  end
  return list
end

local function array_samples(element, turn, in_json, is_required)
  local one, other = pick(element, turn), pick(element, turn + 1)
  if in_json then
    local list = { array_sample { one, other }, array_sample { one }, array_sample {} }
    -- any other value is an array of one element, unless elements are objects
    if element == STRINGS then list[4] = sample(one.given, one.texts, "[" .. one.json .. "]") end
    return list
  end
  -- any other value is the only element
  local single = type(one.given) == "table" and array_sample { one } or one
  if is_required then return { array_sample { one, other }, single, array_sample { other } } end -- an empty array counts as missing
  return { array_sample { one, other }, single, array_sample { other }, { given = {}, texts = {} }, { given = twilio.array {}, texts = {} } }
end

-- Elements of an array. A JSON body accepts any value. A repeated name accepts no null, and a table is an
-- array.
local JSON_ELEMENTS = { JSONS[1], JSONS[2], JSONS[5], JSONS[7], JSONS[8] }

local function samples_of(schema, turn, in_json, is_required)
  if schema.enum then return enum_samples(schema.enum) end
  local kind, format = schema.type, schema.format
  if kind == "boolean" then return BOOLEANS end
  if kind == "integer" or kind == "number" then return NUMBERS end
  if kind == "array" then
    local scalar = schema.items.type == "string" or schema.items.type == "boolean"
    return array_samples(scalar and STRINGS or JSON_ELEMENTS, turn, in_json, is_required)
  end
  if kind == "string" then return format == "date" and DATES or format == "date-time" and TIMES or STRINGS end
  if format and format:find "^prefixed%-collapsible%-map%-" then return { MAP } end
  if kind == "object" then return in_json and OBJECTS or OBJECT_TEXTS end
  return JSONS
end

--- Returns the sample of a parameter (see documents.lua) for a turn, which counts from 1.
function values.of(param, turn, in_json)
  local found = pick(samples_of(param.schema, turn, in_json, param.required), turn)
  if param.place ~= "header" then return found end
  -- a key is a string that is not empty
  if param.name == "Idempotency-Key" then return pick({ STRINGS[1], STRINGS[5], STRINGS[7] }, turn) end
  -- headers have their own samples, because some characters are refused there
  return pick({ STRINGS[1], STRINGS[2], STRINGS[4], STRINGS[8], STRINGS[6] }, turn)
end

--- Returns a segment of a path: the argument, and its text.
function values.segment(turn)
  return pick({ { NASTY, NASTY }, { "..", ".." }, { 1234567890123, "1234567890123" }, { "+1555 8675310", "+1555 8675310" }, { ".", "." } }, turn)
end

return values
