#include "text/json_mark.h"

#include "support/compat.h"

static const char array_key; /* registry: the metatable of arrays */
static const char nulls_key; /* metatable of an object: the set of its null keys */

void json_mark_register(lua_State *L) {
  compat_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
  int is_there = lua_istable(L, -1);
  lua_pop(L, 1);
  if (is_there) return;
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "twilio.array");
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "array"); /* read by dkjson */
  lua_setfield(L, -2, "__jsontype");
  compat_rawsetp(L, LUA_REGISTRYINDEX, &array_key);
}

void json_mark_push_array(lua_State *L) {
  compat_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
}

int json_mark_push_nulls(lua_State *L, int object) {
  if (!lua_getmetatable(L, object)) return 0;
  compat_rawgetp(L, -1, &nulls_key);
  lua_remove(L, -2);
  if (lua_istable(L, -1)) return 1;
  lua_pop(L, 1);
  return 0;
}

/* __newindex: Lua calls it only for keys that the table does not have. */
static int assign(lua_State *L) {
  lua_settop(L, 3);
  if (!lua_istable(L, 1)) return luaL_error(L, "a table is expected, got %s", luaL_typename(L, 1));
  if (!lua_isnil(L, 2) && json_mark_push_nulls(L, 1)) {
    lua_pushvalue(L, 2);
    lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
  }
  lua_rawset(L, 1);
  return 0;
}

static void mark_object(lua_State *L, int object) {
  lua_createtable(L, 0, 3);
  lua_newtable(L);
  compat_rawsetp(L, -2, &nulls_key);
  lua_pushcfunction(L, assign);
  lua_setfield(L, -2, "__newindex");
  lua_pushliteral(L, "object"); /* read by dkjson, which would write an empty table as an array */
  lua_setfield(L, -2, "__jsontype");
  lua_setmetatable(L, object);
}

void json_mark_null(lua_State *L, int object) {
  object = compat_absindex(L, object);
  if (!json_mark_push_nulls(L, object)) {
    mark_object(L, object);
    json_mark_push_nulls(L, object);
  }
  lua_insert(L, -2);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}
