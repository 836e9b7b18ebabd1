-- One source for Lua 5.1 to 5.5 and LuaJIT: what any of them has may be asked for.
std = "max"
max_line_length = 150
cache = false
exclude_files = { "build" }

-- Definitions for editors: functions without bodies, and types on one line
files["types"] = { max_line_length = false, unused_args = false }
files["tools/types_module.lua"].unused_args = false
files["lua/twilio/error_codes.lua"] = { max_line_length = false } -- the titles of codes
files["lua"].read_globals = { "ngx" } -- looked for, never needed
files["examples/freeswitch"].read_globals = { "freeswitch", "session", "argv", "event" } -- mod_lua's
files["spec"].std = "+busted"
files["rockspec"].std = "rockspec"
files[".busted"].std = "max"

files["examples/nginx"].std = "ngx_lua"
