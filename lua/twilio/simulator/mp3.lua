--- Makes mp3 from WAV, by a program that may be installed.
local mp3 = {}

local PROGRAMS = { "{ lame --quiet %s -; } 2>/dev/null", "{ ffmpeg -v quiet -i %s -f mp3 - </dev/null; } 2>/dev/null" }

--- Returns the mp3 of a WAV file; nil if neither lame nor ffmpeg is installed.
function mp3.make(wav)
  local name = os.tmpname()
  local file = assert(io.open(name, "wb"))
  file:write(wav)
  file:close()
  local found
  for _, program in ipairs(PROGRAMS) do
    local pipe = io.popen(program:format(name), "r")
    local text = pipe:read "*a"
    pipe:close()
    if text ~= "" then
      found = text
      break
    end
  end
  os.remove(name)
  return found
end

return mp3
