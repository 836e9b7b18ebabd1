--- luv, opened once in a Lua state: package.loaded forgets it between two files of specs, and Debian's luv, when it is opened again, uses a
-- loop that the collector frees with the first module. Files of specs in which anything requires luv require this one before.
-- @return the module, or false where it is not there
local is_there, uv = pcall(require, "luv")
if not is_there then return false end
package.preload.luv = function() return uv end -- which nothing forgets
return uv
