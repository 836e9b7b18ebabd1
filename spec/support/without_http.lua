--- Lets specs load pure modules of the simulator on a Lua for which no package has lua-http or basexx. The modules
-- need both only to serve requests.
for _, name in ipairs { "http.h1_connection", "http.h1_reason_phrases", "http.client", "basexx" } do
  if not pcall(require, name) then
    package.preload[name] = function() return {} end
  end
end
