--- Audio of recordings: a soft tone of the length of the recording.
local wav = {}

local RATE, BYTES = 8000, 2
local TONE, VOLUME = 440, 1500

local function little_endian(number, bytes)
  local parts = {}
  for index = 1, bytes do
    parts[index] = string.char(number % 256)
    number = math.floor(number / 256)
  end
  return table.concat(parts)
end

local seconds_of_tone = {}

-- Returns one second of the tone, with one sample for each channel in turn.
local function tone(channels)
  if not seconds_of_tone[channels] then
    local samples = {}
    for index = 1, RATE do
      local sample = math.floor(VOLUME * math.sin(2 * math.pi * TONE * index / RATE)) % 65536
      samples[index] = little_endian(sample, BYTES):rep(channels)
    end
    seconds_of_tone[channels] = table.concat(samples)
  end
  return seconds_of_tone[channels]
end

--- Returns a WAV file: 16 bits, 8000 Hz.
-- @param seconds a whole number
-- @param channels 1 or 2
function wav.make(seconds, channels)
  local data = tone(channels):rep(seconds)
  local format = little_endian(1, 2) .. little_endian(channels, 2) .. little_endian(RATE, 4) .. little_endian(RATE * channels * BYTES, 4)
    .. little_endian(channels * BYTES, 2) .. little_endian(8 * BYTES, 2)
  return "RIFF" .. little_endian(36 + #data, 4) .. "WAVEfmt " .. little_endian(#format, 4) .. format .. "data" .. little_endian(#data, 4) .. data
end

return wav
