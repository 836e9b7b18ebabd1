local core = require "twilio.core"
local support = require "spec.support.client"

local function bytes_of(samples)
  local out = {}
  for i, sample in ipairs(samples) do
    local word = sample % 65536
    out[i] = string.char(word % 256, math.floor(word / 256))
  end
  return table.concat(out)
end

local function samples_of(bytes)
  local out = {}
  for i = 1, #bytes, 2 do
    local low, high = bytes:byte(i, i + 1)
    local word = low + 256 * high
    out[#out + 1] = word < 32768 and word or word - 65536
  end
  return out
end

local all = {}
for i = 0, 255 do all[i + 1] = string.char(i) end
all = table.concat(all)

describe("mu-law audio", function()
  it("is decoded to the values of G.711", function()
    assert.same({ -32124, -31100, -30076, -876, 0, 32124, 876, 0, 8, -8 }, samples_of(core.mulaw_decode "\0\1\2\80\127\128\208\255\254\126"))
    local samples = samples_of(core.mulaw_decode(all))
    for i = 1, 128 do assert.equal(samples[i], -samples[i + 128]) end
    for i = 2, 128 do assert.is_true(samples[i] > samples[i - 1]) end
  end)

  it("is the same after decoding and encoding, except for the negative zero", function()
    assert.equal((all:gsub("\127", "\255")), core.mulaw_encode(core.mulaw_decode(all)))
  end)

  it("differs from a sample by at most half a step of its segment, and is clipped", function()
    local values = samples_of(core.mulaw_decode(all))
    local samples = {}
    for sample = -32768, 32767, 7 do samples[#samples + 1] = sample end
    local audio = core.mulaw_encode(bytes_of(samples))
    assert.equal(#samples, #audio)
    for i, sample in ipairs(samples) do
      local byte = audio:byte(i)
      local exponent = math.floor((255 - byte) / 16) % 8
      local clipped = math.max(-32636, math.min(32635, sample))
      assert.is_true(math.abs(values[byte + 1] - clipped) <= 4 * 2 ^ exponent, sample)
    end
    assert.equal("\255\127\0\128\0\128", core.mulaw_encode(bytes_of { 0, -1, -32768, 32767, -32700, 32700 }))
  end)

  it("may be empty or long", function()
    assert.equal("", core.mulaw_encode "")
    assert.equal("", core.mulaw_decode "")
    assert.equal(("\0\0"):rep(1e6), core.mulaw_decode(("\255"):rep(1e6)))
    assert.equal(("\255"):rep(1e6), core.mulaw_encode(("\0\0"):rep(1e6)))
  end)

  it("raises for half a sample", function()
    local message, position = support.misuse(function() core.mulaw_encode "abc" end)
    assert.equal("samples have two bytes each, got an odd number of bytes", message)
    assert.matches("mulaw_spec.lua", position, 1, true)
  end)
end)
