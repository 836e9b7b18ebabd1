/* A library with userdata that reuse the memory of freed userdata, and do not initialise it. */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#endif

int luaopen_foreign(lua_State *L);

/* foreign(userdata, has_metatable) → a userdata with the same bytes */
static int foreign(lua_State *L) {
  size_t size = lua_rawlen(L, 1);
  memcpy(lua_newuserdata(L, size), lua_touserdata(L, 1), size);
  if (lua_toboolean(L, 2)) {
    lua_newtable(L);
    lua_setmetatable(L, -2);
  }
  return 1;
}

int luaopen_foreign(lua_State *L) {
  lua_pushcfunction(L, foreign);
  return 1;
}
