#include "text/integer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/compat.h"
#include "support/userdata.h"

static const char integer_name[] = "twilio.integer";
static const char cache_key; /* registry: digits → userdata, with weak values */

/* The digits follow the struct. */
struct integer {
  size_t length;
};

int integer_is_large(const char *digits, size_t length) {
  size_t sign = *digits == '-', n = length - sign;
#if LUA_VERSION_NUM < 503
  static const char largest[] = "9007199254740992"; /* 2^53 */
#else
  const char *largest = sign ? "9223372036854775808" : "9223372036854775807";
#endif
  size_t most = strlen(largest);
  return n > most || (n == most && memcmp(digits + sign, largest, n) > 0);
}

void integer_push(lua_State *L, const char *digits, size_t length) {
  compat_rawgetp(L, LUA_REGISTRYINDEX, &cache_key);
  lua_pushlstring(L, digits, length);
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    struct integer *integer = userdata_new(L, sizeof *integer, length + 1, integer_name);
    char *copy = (char *)(integer + 1);
    memcpy(copy, digits, length);
    copy[length] = '\0';
    integer->length = length;
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

const char *integer_test(lua_State *L, int index, size_t *length) {
  const struct integer *integer = userdata_test(L, index, integer_name);
  if (!integer) return NULL;
  if (length) *length = integer->length;
  return (const char *)(integer + 1);
}

/* ---- metamethods ---- */

/* Arithmetic yields floats. */

static lua_Number operand(lua_State *L, int index) {
  const char *digits = integer_test(L, index, NULL);
  if (digits) return (lua_Number)strtod(digits, NULL); /* no decimal point: any locale */
  if (!lua_isnumber(L, index)) luaL_error(L, "attempt to perform arithmetic on a %s value", luaL_typename(L, index));
  return lua_tonumber(L, index);
}

static int integer_add(lua_State *L) {
  lua_pushnumber(L, operand(L, 1) + operand(L, 2));
  return 1;
}

static int integer_sub(lua_State *L) {
  lua_pushnumber(L, operand(L, 1) - operand(L, 2));
  return 1;
}

static int integer_mul(lua_State *L) {
  lua_pushnumber(L, operand(L, 1) * operand(L, 2));
  return 1;
}

static int integer_div(lua_State *L) {
  lua_pushnumber(L, operand(L, 1) / operand(L, 2));
  return 1;
}

static int integer_unm(lua_State *L) {
  lua_pushnumber(L, -operand(L, 1));
  return 1;
}

/* Returns a value less than, equal to or greater than 0, as strcmp does. Two integers are
 * compared by their digits. */
static int compare_digits(lua_State *L) {
  size_t n, m;
  const char *a = integer_test(L, 1, &n), *b = integer_test(L, 2, &m);
  if (a && b) {
    if ((*a == '-') != (*b == '-')) return *a == '-' ? -1 : 1;
    int order = n != m ? (n < m ? -1 : 1) : memcmp(a, b, n);
    return *a == '-' ? -order : order;
  }
  for (int i = 1; i <= 2; i++)
    if (!integer_test(L, i, NULL) && lua_type(L, i) != LUA_TNUMBER)
      return luaL_error(L, "attempt to compare a number with a %s value", luaL_typename(L, i));
  lua_Number x = operand(L, 1), y = operand(L, 2);
  return x < y ? -1 : x > y;
}

static int integer_lt(lua_State *L) {
  lua_pushboolean(L, compare_digits(L) < 0);
  return 1;
}

static int integer_le(lua_State *L) {
  lua_pushboolean(L, compare_digits(L) <= 0);
  return 1;
}

static int integer_tostring(lua_State *L) {
  size_t length;
  const char *digits = integer_test(L, 1, &length);
  if (!digits) return luaL_error(L, "a twilio.integer is expected, got %s", luaL_typename(L, 1));
  lua_pushlstring(L, digits, length);
  return 1;
}

static int integer_concat(lua_State *L) {
  for (int i = 1; i <= 2; i++) {
    size_t length;
    const char *digits = integer_test(L, i, &length);
    if (digits)
      lua_pushlstring(L, digits, length);
    else
      lua_pushvalue(L, i);
  }
  lua_concat(L, 2);
  return 1;
}

void integer_register(lua_State *L) {
  static const luaL_Reg meta[] = {
      {"__add", integer_add}, {"__sub", integer_sub}, {"__mul", integer_mul},       {"__div", integer_div},           {"__unm", integer_unm},
      {"__lt", integer_lt},   {"__le", integer_le},   {"__concat", integer_concat}, {"__tostring", integer_tostring}, {NULL, NULL}};
  lua_newtable(L);
  userdata_metatable(L, integer_name, meta, NULL);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  compat_rawsetp(L, LUA_REGISTRYINDEX, &cache_key);
}
