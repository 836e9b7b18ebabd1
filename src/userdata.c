#include "userdata.h"

#include <string.h>

void userdata_metatable(lua_State *L, const char *name, const luaL_Reg *meta, lua_CFunction index) {
  compat_rawgetp(L, LUA_REGISTRYINDEX, name);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    compat_rawsetp(L, LUA_REGISTRYINDEX, name);
  }
  compat_setfuncs(L, meta);
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
}

void *userdata_test(lua_State *L, int index, const char *name) {
  void *p = lua_touserdata(L, index);
  if (!p || !lua_getmetatable(L, index)) return NULL;
  compat_rawgetp(L, LUA_REGISTRYINDEX, name);
  int same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? p : NULL;
}

void *userdata_new(lua_State *L, size_t size, const char *name) {
  void *p = compat_newuserdata(L, size);
  memset(p, 0, size);
  compat_rawgetp(L, LUA_REGISTRYINDEX, name);
  lua_setmetatable(L, -2);
  return p;
}
