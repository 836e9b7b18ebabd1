/* json.c, json_decode.c and json_mark.c as a Lua module, see spec/support/json_probe.lua. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

#include "support/userdata.h"
#include "text/integer.h"
#include "text/json.h"
#include "text/json_decode.h"
#include "text/json_mark.h"

int luaopen_jsonprobe(lua_State *L);

/* The registry key of the metatable is the address, which each loaded library has of its own. A
 * shared metatable would free a probe with the function of a library that is closed earlier. */
static const char probe_type[] = "jsonprobe";

/* A text in memory of exactly its size, so that a tool that watches memory
 * notices the first byte read behind it, and its index. */
struct probe {
  char *text;
  struct json_index index;
};

static int probe_free(lua_State *L) {
  struct probe *p = userdata_test(L, 1, probe_type);
  if (!p) return 0;
  free(p->text);
  p->text = NULL;
  json_free(&p->index);
  return 0;
}

/* Checks argument 1 and pushes a userdata that owns the results; NULL when the text is refused. */
static struct probe *probe_new(lua_State *L, struct json_error *error) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  struct probe *p = userdata_new(L, sizeof *p, 0, probe_type);
  p->text = malloc(length > 0 ? length : 1);
  if (!p->text) luaL_error(L, "not enough memory");
  memcpy(p->text, text, length);
  return json_check(&p->index, p->text, length, error) ? p : NULL;
}

static struct probe *probe_valid(lua_State *L) {
  struct json_error error;
  struct probe *p = probe_new(L, &error);
  if (!p) luaL_error(L, "%s at %d", error.message, (int)error.offset);
  return p;
}

/* check(text) -> true | nil, message, offset */
static int probe_check(lua_State *L) {
  struct json_error error;
  if (probe_new(L, &error)) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, error.message);
  lua_pushinteger(L, (lua_Integer)error.offset);
  return 3;
}

/* decode(text) -> value */
static int probe_decode(lua_State *L) {
  struct probe *p = probe_valid(L);
  json_push(L, p->text, &p->index.field[0]);
  return 1;
}

static void push_raw(lua_State *L, const struct probe *p, const struct json_field *f) {
  lua_pushlstring(L, p->text + f->value, f->end - f->value);
}

/* fields(text) -> array of { key = string | nil, depth =, type =, text =, value = } */
static int probe_fields(lua_State *L) {
  static const char *const types[] = {"null", "false", "true", "number", "string", "array", "object"};
  struct probe *p = probe_valid(L);
  lua_newtable(L);
  for (uint32_t i = 0; i < p->index.count; i++) {
    const struct json_field *f = &p->index.field[i];
    lua_newtable(L);
    json_push_key(L, p->text, f);
    lua_setfield(L, -2, "key");
    lua_pushinteger(L, f->depth);
    lua_setfield(L, -2, "depth");
    lua_pushstring(L, types[f->type]);
    lua_setfield(L, -2, "type");
    push_raw(L, p, f);
    lua_setfield(L, -2, "text");
    json_push(L, p->text, f);
    lua_setfield(L, -2, "value");
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* find(text, name) -> the raw text of that field of the root | nil */
static int probe_find(lua_State *L) {
  size_t length;
  const char *name = luaL_checklstring(L, 2, &length);
  struct probe *p = probe_valid(L);
  const struct json_field *f = json_find(p->index.field + 1, p->index.count - 1, 1, p->text, name, length);
  if (f)
    push_raw(L, p, f);
  else
    lua_pushnil(L);
  return 1;
}

/* mark(value) → "array", the set of the names that are null, or nil */
static int probe_mark(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_getmetatable(L, 1)) return 0;
  json_mark_push_array(L);
  if (lua_rawequal(L, -1, -2)) {
    lua_pushliteral(L, "array");
    return 1;
  }
  return json_mark_push_nulls(L, 1);
}

/* recheck(first, second) -> is the second text valid, how many fields it has; checked with the index of the first */
static int probe_recheck(lua_State *L) {
  struct json_error error;
  struct probe *p = probe_valid(L);
  size_t length;
  const char *text = luaL_checklstring(L, 2, &length);
  int valid = json_check(&p->index, text, length, &error);
  lua_pushboolean(L, valid);
  lua_pushinteger(L, (lua_Integer)p->index.count);
  return 2;
}

int luaopen_jsonprobe(lua_State *L) {
  static const struct {
    const char *name;
    lua_CFunction function;
  } functions[] = {{"check", probe_check}, {"decode", probe_decode},   {"fields", probe_fields},
                   {"find", probe_find},   {"recheck", probe_recheck}, {"mark", probe_mark}};
  static const luaL_Reg meta[] = {{"__gc", probe_free}, {NULL, NULL}};
  integer_register(L);
  json_mark_register(L);
  lua_newtable(L);
  userdata_metatable(L, probe_type, meta, NULL);
  lua_newtable(L);
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    lua_pushcfunction(L, functions[i].function);
    lua_setfield(L, -2, functions[i].name);
  }
  return 1;
}
