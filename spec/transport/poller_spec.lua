-- The choice between the two implementations. poller_epoll_spec and poller_multi_spec test what they
-- do, and what poller.c does for both.
local shell = require "spec.support.shell"

local directory = shell.directory()

-- Returns the functions that an implementation defines if the core is compiled with the flags.
local function functions(implementation, flags)
  local object = ("%s/%s.o"):format(directory, implementation)
  shell.must(("${CC:-cc} -std=c99 -D_GNU_SOURCE ${CURL_INCDIR:+-I$CURL_INCDIR} -Isrc %s -c -o %s src/transport/%s.c")
    :format(flags, object, implementation))
  local names = {}
  for _, line in ipairs(shell.lines(shell.must("nm -P " .. object))) do
    names[#names + 1] = line:match "^(poller_[%w_]+) T "
  end
  return names
end

describe("the interface of the poller", function()
  teardown(function() shell.run("rm -r " .. directory) end)

  it("has the implementation with epoll on Linux, and the other one with ENGINE_NO_EPOLL", function()
    assert.same({}, functions("poller_multi", ""))
    assert.same({}, functions("poller_epoll", "-DENGINE_NO_EPOLL"))
  end)

  it("has the same functions with both", function()
    local with_epoll = functions("poller_epoll", "")
    assert.is_true(#with_epoll > 0)
    assert.same(with_epoll, functions("poller_multi", "-DENGINE_NO_EPOLL"))
  end)
end)
