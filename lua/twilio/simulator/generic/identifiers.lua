--- SIDs and other identifiers: made from a seed, and recognised.
local identifiers = {}

-- Identifiers whose prefix Twilio's documents leave open.
local ANY_PREFIX = "XX"

-- A multiplicative generator (Park and Miller). All products are exact in Lua's numbers.
local MODULUS, FACTOR = 2147483647, 16807

local HEX, WORD = "0123456789abcdef", "0123456789abcdefghjkmnpqrstvwxyz"

--- Returns `length` characters of an alphabet. They depend only on the seed.
-- @param seed a text
function identifiers.digits(seed, length, alphabet)
  local state = 1
  for i = 1, #seed do state = (state * 131 + seed:byte(i) + 1) % MODULUS end
  if state == 0 then state = 1 end
  for _ = 1, 8 do state = state * FACTOR % MODULUS end
  local made = {}
  for i = 1, length do
    state = state * FACTOR % MODULUS
    local at = math.floor(state / 128) % #alphabet + 1
    made[i] = alphabet:sub(at, at)
  end
  return table.concat(made)
end

--- The type of a SID whose prefix is not known.
identifiers.ANY = { kind = "id", prefixes = { "" }, length = 32 }

--- The type of the SID of an account.
identifiers.ACCOUNT = { kind = "id", prefixes = { "AC" }, length = 32 }

--- Returns an identifier of a type (see api.lua) that depends only on the seed.
function identifiers.make(of, seed)
  local prefix = of.prefixes[1] == "" and ANY_PREFIX or of.prefixes[1]
  if of.length == #HEX * 2 then return prefix .. identifiers.digits(seed, of.length, HEX) end
  return prefix .. "0" .. identifiers.digits(seed, of.length - 1, WORD)
end

--- Returns whether a text is an identifier of a type.
function identifiers.matches(of, text)
  if of.prefixes[1] == "" then return text:find "^%a%a%x+$" ~= nil and #text == of.length + 2 end
  for _, prefix in ipairs(of.prefixes) do
    if text:sub(1, #prefix) == prefix and #text > #prefix and text:find "^[%w_]+$" then return true end
  end
  return false
end

return identifiers
