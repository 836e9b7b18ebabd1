-- The source runs on Lua 5.1 to 5.5 and LuaJIT. It may use the globals of all of them.
std = "max"
max_line_length = 150
cache = false
exclude_files = { "build" }

-- Definitions for editors: functions without bodies, and types on one line
files["types"] = { max_line_length = false, unused_args = false }
files["tools/types_module.lua"].unused_args = false
files["lua/twilio/error_codes.lua"] = { max_line_length = false } -- the titles of codes
files["lua/twilio/simulator/generic/facts.lua"] = { max_line_length = false } -- generated
files["lua"].read_globals = { "ngx" } -- used only if nginx has set it
files["examples/freeswitch"].read_globals = { "freeswitch", "session", "argv", "event" } -- set by mod_lua
files["spec"].std = "+busted"
files["spec/fuzz"].read_globals = { "fuzz" } -- set by fuzz.c
files["examples/testing"].std = "+busted"
files["rockspec"].std = "rockspec"
files[".busted"].std = "max"

files["examples/nginx"].std = "ngx_lua"
files["bin"].ignore = { "111/_" } -- what a shell reads is a string for Lua
