--- Numbers at random that are the same on every Lua: math.random's are not.
local random = {}

local PRIME, FACTOR = 2147483647, 16807 -- Park and Miller's "minimal standard": exact in a double

--- A sequence of its own.
-- @param seed a whole number
-- @return function() that returns a number from 0 to less than 1; function(n) one of 1 … n; function(list) one of its elements
function random.new(seed)
  local state = seed % (PRIME - 1) + 1
  local function draw(of)
    state = state * FACTOR % PRIME
    local share = (state - 1) / (PRIME - 1)
    if of == nil then return share end
    if type(of) == "table" then return of[1 + math.floor(share * #of)] end
    return 1 + math.floor(share * of)
  end
  for _ = 1, 8 do draw() end -- small seeds begin with small numbers
  return draw
end

return random
