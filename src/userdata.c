#include "userdata.h"

#include <stdint.h>
#include <string.h>

/* In front of all that we keep in a userdata: whose it is. Looked at for each argument of each method, where a look at
 * the metatable in the registry takes five times as long; the address of a name of ours is in no other userdata. */
union userdata_head {
  const char *name;
  uint64_t aligns_what_follows;
};

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
  if (index) lua_pushcclosure(L, index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
}

void *userdata_test(lua_State *L, int index, const char *name) {
  union userdata_head *head;
  if (lua_type(L, index) != LUA_TUSERDATA || lua_rawlen(L, index) < sizeof *head) return NULL;
  head = lua_touserdata(L, index);
  return head->name == name ? head + 1 : NULL;
}

void *userdata_new(lua_State *L, size_t size, size_t more, const char *name) {
  union userdata_head *head = compat_newuserdata(L, sizeof *head + size + more);
  memset(head, 0, sizeof *head + size);
  head->name = name;
  compat_rawgetp(L, LUA_REGISTRYINDEX, name);
  lua_setmetatable(L, -2);
  return head + 1;
}
