-- Scenarios with faults, for the spec of the driver. They run only if SCENARIOS names them.

--- Returns the scenarios. `at` is as in scenarios.lua. at.n is n while a step is starved.
return function(at)
  local kept, is_spoiled = {}, false

  -- Makes ten allocations outside Lua.
  local function allocate()
    for _ = 1, 10 do
      local file = io.open(at.source)
      if file then file:close() end
    end
  end

  local faults = {
    function() return 1 end,
    function() return nil, "memory", { kind = "unheard", sent = "no" } end,
    function() return nil, "memory\n", { kind = "file", sent = "no" } end,
    function()
      io.open(at.directory .. "/left", "w"):close()
      return true
    end,
    function()
      kept[#kept + 1] = io.open(at.source)
      return true
    end,
    function()
      is_spoiled = true
      return true
    end,
    function() return nil, "nothing", { kind = "file", sent = "no" } end,
    function() error "nonsense" end,
  }

  return {
    selftest = { requests = 1, temporary = at.directory, step = function()
      allocate()
      if at.n then return (faults[at.n] or function() return true end)() end
      if not is_spoiled then return true end
      is_spoiled = false
      return nil, "not now", { kind = "file", sent = "no" }
    end },
    crash = { step = function()
      allocate()
      if at.n == 2 then os.execute "kill -SEGV $PPID" end
      return true
    end },
  }
end
