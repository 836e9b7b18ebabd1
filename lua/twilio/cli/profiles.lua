--- Profiles: files with credentials, one for each name, in ~/.config/twilio-lua.
--
-- A file has lines `name = value`. The names are options of twilio.client. Only its owner may read it.

local core = require "twilio.core"
local stop = require "twilio.cli.stop"

local profiles = {}

--- The names that a profile may have, in the order in which they are written.
profiles.names = {
  "account_sid", "auth_token", "api_key", "api_secret", "client_id", "client_secret", "bearer_token", "region", "edge", "base_url",
  "proxy", "ca_file",
}

local KNOWN = {}
for _, name in ipairs(profiles.names) do KNOWN[name] = true end

--- Returns the directory of the profiles; nil if there is no home directory.
function profiles.directory()
  local base = os.getenv "XDG_CONFIG_HOME"
  if not base or base == "" then
    local home = os.getenv "HOME"
    if not home or home == "" then return nil end
    base = home .. "/.config"
  end
  return base .. "/twilio-lua"
end

--- Raises for a name that no profile has. `where` begins the message, which does not have the name: a
-- secret may have been pasted there.
function profiles.check_key(name, where)
  if KNOWN[name] then return end
  local meant = core.nearest(name, profiles.names)
  stop.usage(("%s: unknown name%s"):format(where, meant and (" (did you mean '%s'?)"):format(meant) or ""),
    "one of " .. table.concat(profiles.names, ", "))
end

local function check_name(name)
  if not name:find "^[%w][%w._-]*$" then
    stop.usage(("'%s' cannot be the name of a profile: use letters, digits, '.', '_' and '-'"):format(name))
  end
end

--- Returns the path of a profile. Raises for a name that is not possible.
function profiles.path(name)
  check_name(name)
  local directory = profiles.directory() or stop.usage "no home directory: set HOME or XDG_CONFIG_HOME"
  return directory .. "/" .. name
end

--- Whether there is a profile of this name.
function profiles.exists(name)
  local file = profiles.directory() and io.open(profiles.path(name), "r")
  if file then file:close() end
  return file ~= nil and file ~= false
end

--- Reads the lines of a profile from an open file. `where` names it in messages, which never show a line,
-- because it may be a secret.
function profiles.parse(file, where)
  local values, number = {}, 0
  for line in file:lines() do
    number = number + 1
    local name, value = line:match "^%s*([%w_]+)%s*=%s*(.-)%s*$"
    if not name and not line:find "^%s*#" and not line:find "^%s*$" then
      stop.usage(("%s, line %d: not a line 'name = value'"):format(where, number))
    end
    if name then
      profiles.check_key(name, ("%s, line %d"):format(where, number))
      values[name] = value
    end
  end
  return values
end

-- Raises for a profile that there is not. `code` is a key of stop.codes.
local function missing(code, name)
  local all = profiles.list()
  local meant = core.nearest(name, all)
  stop.with(code, ("there is no profile '%s'%s"):format(name, meant and (" (did you mean '%s'?)"):format(meant) or ""),
    all[1] and "the profiles are " .. table.concat(all, ", ") or "twilio-lua profiles add " .. name)
end

--- Returns the options of a profile. Raises if there is none, and if other users may read the file.
function profiles.read(name)
  local path = profiles.path(name)
  local file = io.open(path, "r")
  if not file then missing("credentials", name) end
  if not core.is_private(file) then
    file:close()
    stop.with("credentials", ("%s may be read by other users, or belongs to one"):format(path), "chmod 600 " .. path)
  end
  local ok, values = pcall(profiles.parse, file, path)
  file:close()
  if not ok then error(values, 0) end
  return values
end

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

--- Returns the sorted names of all profiles.
function profiles.list()
  local names = {}
  local directory = profiles.directory()
  local pipe = directory and io.popen("ls -1 " .. quoted(directory) .. " 2>/dev/null")
  if not pipe then return names end
  for name in pipe:lines() do
    if name:find "^[%w][%w._-]*$" then names[#names + 1] = name end
  end
  pipe:close()
  return names
end

--- Writes a profile with the mode 600, in a directory with the mode 700. An existing profile is
-- replaced when the new one is complete.
function profiles.write(name, values)
  local path, lines = profiles.path(name), {}
  for _, key in ipairs(profiles.names) do
    if values[key] then lines[#lines + 1] = ("%s = %s\n"):format(key, values[key]) end
  end
  local new = path .. ".new"
  local pipe = io.popen(("umask 077 && mkdir -p %s && rm -f %s && cat > %s && mv %s %s"):format(
    quoted(profiles.directory()), quoted(new), quoted(new), quoted(new), quoted(path)), "w")
  pipe:write(table.concat(lines))
  pipe:close()
  -- Lua 5.1 does not tell how a command ended.
  local file = io.open(path, "r")
  local is_written = file and file:read "*a" == table.concat(lines)
  if file then file:close() end
  if not is_written then stop.with("file", "cannot write " .. path) end
  return path
end

--- Removes a profile.
function profiles.remove(name)
  if not profiles.exists(name) then missing("file", name) end
  local ok, problem = os.remove(profiles.path(name))
  if not ok then stop.with("file", "cannot remove " .. problem) end
end

return profiles
