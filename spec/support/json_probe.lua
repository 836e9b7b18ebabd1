-- Compiles src/text/json.c and the files that it needs with a small Lua module.
local c_module = require "spec.support.c_module"

--- Returns the module of spec/support/jsonprobe.c, compiled with these flags.
return function(flags)
  return c_module("jsonprobe", "src/text/json.c src/text/json_mark.c src/text/integer.c src/support/userdata.c src/support/buffer.c", flags)
end
