--- Random numbers. Unlike those of math.random, they are the same on every Lua.
local random = {}

local PRIME, FACTOR = 2147483647, 16807 -- Park and Miller's "minimal standard": exact in a double

--- Returns a generator of random numbers: draw() returns a number from 0 to less than 1, draw(n) an
-- integer from 1 to n, and draw(list) an element of the list.
-- @param seed a whole number
function random.new(seed)
  local state = seed % (PRIME - 1) + 1
  local function draw(of)
    state = state * FACTOR % PRIME
    local share = (state - 1) / (PRIME - 1)
    if of == nil then return share end
    if type(of) == "table" then return of[1 + math.floor(share * #of)] end
    return 1 + math.floor(share * of)
  end
  for _ = 1, 8 do draw() end -- the first numbers after a small seed are small
  return draw
end

return random
