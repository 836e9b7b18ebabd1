#include "client/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/compat.h"
#include "support/misuse.h"
#include "text/wire_text.h"

/* Pushes the option and returns 1, or pushes nothing when it is absent. */
static int push_option(lua_State *L, int options, const char *name) {
  if (!options) return 0;
  lua_getfield(L, options, name);
  if (!lua_isnil(L, -1)) return 1;
  lua_pop(L, 1);
  return 0;
}

enum { SHOWN = 10 }; /* bytes of a text that is too short to be a secret; edges and regions are no longer */

static const char *const secret_names[] = {"account_sid",   "auth_token",   "api_key", "api_secret", "client_id",
                                           "client_secret", "bearer_token", "proxy",   "base_url",   NULL};

static void push_quoted(lua_State *L, const char *text, size_t length) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addchar(&b, '"');
  for (size_t i = 0; i < length; i++) {
    char code[8];
    int is_control = (unsigned char)text[i] < 0x20 || text[i] == 0x7f;
    snprintf(code, sizeof code, is_control ? "\\%d" : "%c", text[i]);
    luaL_addstring(&b, code);
  }
  luaL_addchar(&b, '"');
  luaL_pushresult(&b);
}

const char *options_push_shown(lua_State *L, int index, const char *name) {
  size_t length;
  int type = lua_type(L, index), is_secret = misuse_is_name(name, secret_names);
  if (type == LUA_TSTRING) {
    const char *text = lua_tolstring(L, index, &length);
    is_secret || length > SHOWN ? (void)lua_pushfstring(L, "a string of %d bytes", (int)length) : push_quoted(L, text, length);
  } else if (type == LUA_TNUMBER && !is_secret) {
    lua_pushvalue(L, index);
  } else {
    lua_pushstring(L, type != LUA_TBOOLEAN ? luaL_typename(L, index) : lua_toboolean(L, index) ? "true" : "false");
  }
  return lua_tostring(L, -1);
}

/* What is no number is outside of all bounds. */
static double number(lua_State *L) {
  return lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : -1.0;
}

double options_seconds(lua_State *L, int options, const char *name, double otherwise) {
  if (!push_option(L, options, name)) return otherwise;
  double seconds = number(L);
  if (!(seconds > 0 && seconds <= 1e6)) misuse(L, "option '%s' must be a positive number of seconds, got %s", name, options_push_shown(L, -1, name));
  lua_pop(L, 1);
  return seconds;
}

long options_whole(lua_State *L, int options, const char *name, long otherwise, long least, long most) {
  if (!push_option(L, options, name)) return otherwise;
  double value = number(L);
  if (!(value >= (double)least && value <= (double)most && value == (double)(long)value))
    misuse(L, "option '%s' must be a whole number from %d to %d, got %s", name, (int)least, (int)most, options_push_shown(L, -1, name));
  lua_pop(L, 1);
  return (long)value;
}

int options_boolean(lua_State *L, int options, const char *name) {
  if (!push_option(L, options, name)) return 0;
  if (!lua_isboolean(L, -1)) misuse(L, "option '%s' must be a boolean, got %s", name, options_push_shown(L, -1, name));
  int value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

void options_push_function(lua_State *L, int options, const char *name) {
  if (!push_option(L, options, name)) {
    lua_pushnil(L);
    return;
  }
  if (!lua_isfunction(L, -1)) misuse(L, "option '%s' must be a function, got %s", name, options_push_shown(L, -1, name));
}

const char *options_text(lua_State *L, int options, const char *name) {
  size_t length;
  lua_getfield(L, options, name);
  if (lua_isnil(L, -1)) return NULL;
  if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "option '%s' must be a string, got %s", name, options_push_shown(L, -1, name));
  const char *text = lua_tolstring(L, -1, &length);
  if (length == 0) misuse(L, "option '%s' is empty", name);
  if (wire_has_control(text, length)) misuse(L, "option '%s' contains control characters", name);
  return text;
}

const char *options_environment(lua_State *L, const char *name) {
  const char *value = getenv(name);
  if (!value || !*value) return NULL;
  if (wire_has_control(value, strlen(value))) misuse(L, "the environment variable %s contains control characters", name);
  return value;
}

char *options_copy(lua_State *L, const char *text, size_t length) {
  char *mine = malloc(length + 1);
  if (!mine) luaL_error(L, "out of memory");
  memcpy(mine, text, length);
  mine[length] = '\0';
  return mine;
}
