-- A helper of busted, named in .busted. busted keeps the functions of every spec until its end, and with
-- them the clients, servers and texts that they refer to. The heap then grows with each file, and each
-- collection takes longer. This helper removes the functions of a file's specs when the file has run.

local busted = require "busted"

local LISTS = { "setup", "teardown", "strict_setup", "strict_teardown", "lazy_setup", "lazy_teardown", "before_each", "after_each" }

local function release(element)
  for _, name in ipairs(LISTS) do
    local list = element[name] or {}
    for i = #list, 1, -1 do list[i] = nil end -- busted's reports refer to the same list
  end
  for _, child in ipairs(busted.children(element)) do
    release(child)
    child.run = nil
  end
  element.env = nil
end

busted.subscribe({ "file", "end" }, function(file)
  release(file)
  -- busted's reports call these two functions.
  file.run = { getTrace = file.run.getTrace, rewriteMessage = file.run.rewriteMessage }
  return nil, true
end, { priority = 100 })
