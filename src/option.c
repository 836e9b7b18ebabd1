#include "option.h"

#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "encode.h"
#include "misuse.h"

const char *option_text(lua_State *L, int options, const char *name) {
  size_t length;
  lua_getfield(L, options, name);
  if (lua_isnil(L, -1)) return NULL;
  if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "option '%s' must be a string, got %s", name, luaL_typename(L, -1));
  const char *text = lua_tolstring(L, -1, &length);
  if (length == 0) misuse(L, "option '%s' is empty", name);
  if (encode_has_control(text, length)) misuse(L, "option '%s' contains control characters", name);
  return text;
}

const char *option_environment(lua_State *L, const char *name) {
  const char *value = getenv(name);
  if (!value || !*value) return NULL;
  if (encode_has_control(value, strlen(value))) misuse(L, "the environment variable %s contains control characters", name);
  return value;
}

char *option_copy(lua_State *L, const char *text, size_t length) {
  char *mine = malloc(length + 1);
  if (!mine) luaL_error(L, "out of memory");
  memcpy(mine, text, length);
  mine[length] = '\0';
  return mine;
}
