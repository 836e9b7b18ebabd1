/* src/support/ascii.c as a Lua module, for spec/support/ascii_spec.lua. */
#include <lauxlib.h>
#include <lua.h>

#include "support/ascii.h"

int luaopen_ascii_probe(lua_State *L);

/* span(text, accepted) -> how many characters at the start belong to the classes */
static int ascii_probe_span(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_pushinteger(L, (lua_Integer)ascii_span(text, length, (unsigned)luaL_checkinteger(L, 2)));
  return 1;
}

int luaopen_ascii_probe(lua_State *L) {
  static const struct {
    const char *name;
    unsigned bit;
  } classes[] = {{"UPPER", ASCII_UPPER},         {"LOWER", ASCII_LOWER},         {"DIGIT", ASCII_DIGIT},
                 {"HEX_UPPER", ASCII_HEX_UPPER}, {"HEX_LOWER", ASCII_HEX_LOWER}, {"MARK", ASCII_MARK}};
  lua_newtable(L);
  lua_pushcfunction(L, ascii_probe_span);
  lua_setfield(L, -2, "span");
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    lua_pushinteger(L, (lua_Integer)classes[i].bit);
    lua_setfield(L, -2, classes[i].name);
  }
  return 1;
}
