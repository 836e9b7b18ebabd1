-- File input and output of the generator.
local cjson = require "cjson"

local sources = {}

function sources.read_file(path)
  local file, why = io.open(path, "rb")
  if not file then error(why, 0) end
  local text, failure = file:read("*a")
  file:close()
  if not text then error(path .. ": " .. tostring(failure), 0) end
  return text
end

function sources.write_file(path, text)
  local file, why = io.open(path, "wb")
  if not file then error(why, 0) end
  local written, failure = file:write(text)
  local closed, last = file:close()
  if not (written and closed) then error(path .. ": " .. tostring(failure or last), 0) end
end

-- Removes nulls from decoded JSON. In the documents null means the same as a missing key.
local function without_null(value)
  if type(value) ~= "table" then return value end
  for i = #value, 1, -1 do
    if value[i] == cjson.null then table.remove(value, i) end
  end
  for key, inner in pairs(value) do
    if inner == cjson.null then value[key] = nil else without_null(inner) end
  end
  return value
end

function sources.read_json(path)
  local ok, value = pcall(cjson.decode, sources.read_file(path))
  if not ok then error(path .. ": " .. tostring(value), 0) end
  return without_null(value)
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function run(command, ...)
  local status = os.execute(string.format(command, ...)) -- 0 on Lua 5.1, true later
  if status ~= 0 and status ~= true then error("failed: " .. string.format(command, ...), 0) end
end

-- Creates a directory and its parents.
function sources.make_directory(directory)
  run("mkdir -p %s", quoted(directory))
end

-- Writes a list of { path, text } below a directory. Files of an earlier run are removed first. They are
-- recognised by the name of the generator in their text.
function sources.write_directory(directory, files)
  run("mkdir -p %s", quoted(directory))
  run("find %s -type f -exec grep -q tools/generate.lua {} ';' -exec rm -f {} ';'", quoted(directory))
  local made = {}
  for _, file in ipairs(files) do
    local path = directory .. "/" .. file.path
    local above = path:match("^(.*)/")
    if not made[above] then run("mkdir -p %s", quoted(above)) end
    made[above] = true
    sources.write_file(path, file.text)
  end
end

-- Reads all twilio_*.json of a directory: { name = "api_v2010", root = decoded JSON }, sorted by name.
-- A missing directory has no documents.
function sources.find_documents(directory)
  local listing = assert(io.popen("ls " .. quoted(directory) .. " 2>/dev/null"))
  local documents = {}
  for file in listing:lines() do
    local name = file:match("^twilio_([%w_]+)%.json$")
    if name then documents[#documents + 1] = { name = name, root = sources.read_json(directory .. "/" .. file) } end
  end
  listing:close()
  table.sort(documents, function(a, b) return a.name < b.name end)
  return documents
end

-- As find_documents, but raises if there are no documents.
function sources.read_documents(directory)
  local documents = sources.find_documents(directory)
  if #documents == 0 then error("no twilio_*.json in " .. directory, 0) end
  return documents
end

return sources
