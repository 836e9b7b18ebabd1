/* src/text/sid.c as a Lua module, for spec/text/sid_spec.lua. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

#include "text/sid.h"

int luaopen_sid_probe(lua_State *L);

/* is(text, accepted) -> boolean. The memory has exactly the size of the text, so that a memory
 * checker detects a read beyond the end. */
static int sid_probe_is(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  unsigned accepted = (unsigned)luaL_checkinteger(L, 2);
  char *copy = malloc(length ? length : 1);
  if (!copy) return luaL_error(L, "not enough memory");
  memcpy(copy, text, length);
  int is = sid_is(copy, length, accepted);
  free(copy);
  lua_pushboolean(L, is);
  return 1;
}

int luaopen_sid_probe(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, sid_probe_is);
  lua_setfield(L, -2, "is");
  lua_pushinteger(L, SID_UPPER_DIGITS);
  lua_setfield(L, -2, "UPPER_DIGITS");
  lua_pushinteger(L, SID_LOWER_LETTERS);
  lua_setfield(L, -2, "LOWER_LETTERS");
  lua_pushinteger(L, SID_ANY_LENGTH);
  lua_setfield(L, -2, "ANY_LENGTH");
  lua_pushinteger(L, SID_TYPED);
  lua_setfield(L, -2, "TYPED");
  return 1;
}
