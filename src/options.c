#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "encode.h"
#include "misuse.h"

/* Pushes the option and returns 1, or pushes nothing when it is absent. */
static int push_option(lua_State *L, int options, const char *name) {
  if (!options) return 0;
  lua_getfield(L, options, name);
  if (!lua_isnil(L, -1)) return 1;
  lua_pop(L, 1);
  return 0;
}

/* Takes the option off the stack; what is no number is outside of all bounds. */
static double number(lua_State *L) {
  double value = lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : -1.0;
  lua_pop(L, 1);
  return value;
}

double options_seconds(lua_State *L, int options, const char *name, double otherwise) {
  if (!push_option(L, options, name)) return otherwise;
  double seconds = number(L);
  if (!(seconds > 0 && seconds <= 1e6)) misuse(L, "option '%s' must be a positive number of seconds", name);
  return seconds;
}

long options_whole(lua_State *L, int options, const char *name, long otherwise, long least, long most) {
  if (!push_option(L, options, name)) return otherwise;
  double value = number(L);
  if (!(value >= (double)least && value <= (double)most && value == (double)(long)value))
    misuse(L, "option '%s' must be a whole number from %d to %d", name, (int)least, (int)most);
  return (long)value;
}

int options_boolean(lua_State *L, int options, const char *name) {
  if (!push_option(L, options, name)) return 0;
  if (!lua_isboolean(L, -1)) misuse(L, "option '%s' must be a boolean, got %s", name, luaL_typename(L, -1));
  int value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

void options_push_function(lua_State *L, int options, const char *name) {
  if (!push_option(L, options, name)) {
    lua_pushnil(L);
    return;
  }
  if (!lua_isfunction(L, -1)) misuse(L, "option '%s' must be a function, got %s", name, luaL_typename(L, -1));
}

const char *options_text(lua_State *L, int options, const char *name) {
  size_t length;
  lua_getfield(L, options, name);
  if (lua_isnil(L, -1)) return NULL;
  if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "option '%s' must be a string, got %s", name, luaL_typename(L, -1));
  const char *text = lua_tolstring(L, -1, &length);
  if (length == 0) misuse(L, "option '%s' is empty", name);
  if (encode_has_control(text, length)) misuse(L, "option '%s' contains control characters", name);
  return text;
}

const char *options_environment(lua_State *L, const char *name) {
  const char *value = getenv(name);
  if (!value || !*value) return NULL;
  if (encode_has_control(value, strlen(value))) misuse(L, "the environment variable %s contains control characters", name);
  return value;
}

char *options_copy(lua_State *L, const char *text, size_t length) {
  char *mine = malloc(length + 1);
  if (!mine) luaL_error(L, "out of memory");
  memcpy(mine, text, length);
  mine[length] = '\0';
  return mine;
}
