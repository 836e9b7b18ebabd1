#include "support/lazy.h"

#include <string.h>

/* __index(table, name): adds the function of this name to the table, and returns the function. */
static int add_function(lua_State *L) {
  const luaL_Reg *f = lua_touserdata(L, lua_upvalueindex(1));
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  for (; f->name; f++) {
    if (strcmp(f->name, name) != 0) continue;
    lua_pushcfunction(L, f->func);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
  }
  return 0;
}

void lazy_set_functions(lua_State *L, const luaL_Reg *functions) {
  lua_createtable(L, 0, 1);
  lua_pushlightuserdata(L, (void *)functions);
  lua_pushcclosure(L, add_function, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}
