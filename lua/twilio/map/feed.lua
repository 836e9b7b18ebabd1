--- The feed of twilio.map: the items, one after the other.

local core = require "twilio.core"
core.keep(...)

local feed = {}

local function is_callable(value)
  local meta = type(value) ~= "function" and getmetatable(value)
  return type(value) == "function" or type(meta) == "table" and meta.__call ~= nil
end

feed.is_callable = is_callable

-- The program may append items while the map runs, so the length is counted anew.
local function of_array(items)
  local next_index, length = 1, 0
  return {
    next = function()
      local item = items[next_index]
      if item ~= nil then next_index = next_index + 1 end
      return item
    end,
    total = function()
      while items[length + 1] ~= nil do length = length + 1 end
      return length
    end,
  }
end

-- An iterator of this library has the method `advance`, which returns a failure instead of raising
-- it. Of any other iterator only the first value is used.
local function of_iterator(items)
  local meta = getmetatable(items)
  local is_own = type(meta) == "table" and meta.__name == "twilio.iterator"
  return {
    next = is_own and function() return items:advance() end or function() return (items()) end,
    total = function() return nil end,
  }
end

--- Returns a feed for an array or an iterator:
--   feed.next()   returns the next item; nil at the end; or nil, message, err
--   feed.total()  returns the number of items, or nil if it is not known before the end
function feed.new(items)
  return is_callable(items) and of_iterator(items) or of_array(items)
end

return feed
