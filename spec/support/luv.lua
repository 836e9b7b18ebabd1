--- Loads luv once per Lua state. busted clears package.loaded between two spec files. If Debian's
-- luv is loaded a second time, it uses a loop that the garbage collector frees with the first
-- module. A spec that uses luv must require this file first.
-- @return the module, or false if luv is not installed
local is_there, uv = pcall(require, "luv")
if not is_there then return false end
package.preload.luv = function() return uv end -- busted does not clear package.preload
return uv
