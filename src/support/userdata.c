#include "support/userdata.h"

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
  if (index) {
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, index, 2);
  }
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
}

/* Compares metatables. A magic number in the payload would be cheaper, but unsafe. A userdata of
 * another library may reuse the memory of a freed userdata, and still contain the number. */
void *userdata_test(lua_State *L, int index, const char *name) {
  if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return NULL;
  compat_rawgetp(L, LUA_REGISTRYINDEX, name);
  int is_one = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return is_one ? lua_touserdata(L, index) : NULL;
}

void *userdata_self(lua_State *L) {
  if (lua_type(L, 1) != LUA_TUSERDATA || !lua_getmetatable(L, 1)) return NULL;
  int is_one = lua_rawequal(L, -1, lua_upvalueindex(2));
  lua_pop(L, 1);
  return is_one ? lua_touserdata(L, 1) : NULL;
}

void *userdata_new(lua_State *L, size_t size, size_t more, const char *name) {
  void *payload = compat_newuserdata(L, size + more);
  memset(payload, 0, size);
  compat_rawgetp(L, LUA_REGISTRYINDEX, name);
  lua_setmetatable(L, -2);
  return payload;
}
