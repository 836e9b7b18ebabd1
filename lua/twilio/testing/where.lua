--- The positions of the program in errors of a double.
--
-- core.misuse masks phone numbers, because its messages may be logged in production. The messages
-- of a double compare phone numbers.

local core = require "twilio.core"
core.keep(...)

local where = {}

-- The folder of this library, with which the sources of its functions begin.
local OWN = debug.getinfo(1, "S").source:match "^(.*)testing/where%.lua$"

local function is_own(source)
  return source == "=[C]" or OWN and (source:sub(1, #OWN) == OWN or source == OWN:gsub("/$", "") .. ".lua")
end

--- Returns "spec/app_spec.lua:12", the position of the program that has called this library; or
-- nil.
function where.caller()
  for level = 2, 100 do
    local info = debug.getinfo(level, "Sl")
    if not info then return nil end
    if not is_own(info.source) and info.currentline > 0 then return info.short_src .. ":" .. info.currentline end
  end
end

--- Returns the text with the position of the caller before it.
function where.prefixed(text)
  local position = where.caller()
  return position and position .. ": " .. text or text
end

return where
