-- One source for Lua 5.1 to 5.5 and LuaJIT: what any of them has may be asked for.
std = "max"
max_line_length = 150
cache = false
exclude_files = { "build" }

files["lua"].read_globals = { "ngx" } -- looked for, never needed
files["spec"].std = "+busted"
files["rockspec"].std = "rockspec"
files[".busted"].std = "max"
