-- Compiles src/text/json.c, json_decode.c and the files that they need with a small Lua module.
local c_module = require "spec.support.c_module"

local SOURCES = "src/text/json.c src/text/json_decode.c src/text/json_text.c src/text/json_mark.c src/text/integer.c src/support/userdata.c "
  .. "src/support/buffer.c"

--- Returns the module of spec/support/jsonprobe.c, compiled with these flags.
return function(flags)
  return c_module("jsonprobe", SOURCES, flags)
end
