/* The check of json.c has accepted the text, so nothing is validated again. */
#include "text/json_decode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ascii.h"
#include "support/compat.h"
#include "text/integer.h"
#include "text/json_mark.h"
#include "text/json_text.h"

/* Size in bytes of the buffers on the C stack, which is small in some hosts. Longer texts use a
 * userdata. */
enum { JSON_LOCAL = 256 };

/* Returns `local` if it is large enough, otherwise a new userdata, which stays on the Lua stack. */
static char *scratch(lua_State *L, char *local, size_t size) {
  return size <= JSON_LOCAL ? local : compat_newuserdata(L, size);
}

static void push_escaped(lua_State *L, const char *p, const char *end) {
  char local[JSON_LOCAL], *decoded = scratch(L, local, (size_t)(end - p)), *out = decoded;
  while (p < end) {
    const char *escape = memchr(p, '\\', (size_t)(end - p)), *stop = escape ? escape : end;
    memcpy(out, p, (size_t)(stop - p));
    out += stop - p;
    p = stop;
    if (escape) out = json_read_escape(out, &p, end);
  }
  lua_pushlstring(L, decoded, (size_t)(out - decoded));
  if (decoded != local) lua_remove(L, -2);
}

/* p is after the opening quote. Returns the position after the closing quote. */
static const char *push_string(lua_State *L, const char *p, const char *end) {
  const char *start = p;
  p = json_skip_plain(p, end);
  if (*p == '"') {
    lua_pushlstring(L, start, (size_t)(p - start));
    return p + 1;
  }
  while (*p != '"') p = json_skip_plain(p + 2, end); /* skips \ and the next character */
  push_escaped(L, start, p);
  return p + 1;
}

/* Pushes an integer of 64 bits and returns the position after it. Returns NULL for any other
 * number, and for -0. */
static const char *push_integer(lua_State *L, const char *p, const char *end) {
  int negative = *p == '-';
  const char *first = p += negative;
  uint64_t n = 0;
  for (; p < end && is_digit(*p); p++) {
    if (p - first == 19) return NULL; /* 20 digits could overflow */
    n = n * 10 + (uint64_t)(*p - '0');
  }
  if (p < end && (*p == '.' || *p == 'e' || *p == 'E')) return NULL;
  if (n > (uint64_t)INT64_MAX + negative || (negative && n == 0)) return NULL;
  compat_pushint64(L, negative ? -(int64_t)(n - 1) - 1 : (int64_t)n);
  return p;
}

/* Reads the exponent after the letter. It is limited to a value that the digits of no text can
 * compensate for: a larger exponent would give the same result, 0 or infinity. */
static int64_t read_exponent(const char *p, const char *end) {
  const int64_t most = INT64_C(1000000000000000);
  int64_t n = 0;
  int negative = *p == '-';
  if (!is_digit(*p)) p++;
  for (; p < end && n < most; p++) n = n * 10 + (*p - '0');
  return negative ? -n : n;
}

/* Pushes any other number and returns the position after it. strtod expects the decimal point of
 * the locale. The copy that it reads therefore has no point: all digits form an integer, and the
 * exponent is reduced by the number of digits after the point. */
static const char *push_float(lua_State *L, const char *p, const char *end) {
  char local[JSON_LOCAL], *copy, *out;
  const char *point = NULL, *stop = p;
  int64_t exponent = 0;
  size_t size;
  while (stop < end && (is_digit(*stop) || *stop == '-' || *stop == '+' || *stop == '.' || *stop == 'e' || *stop == 'E')) stop++;
  size = (size_t)(stop - p) + 24; /* "e", a sign, 19 digits, the terminator */
  out = copy = scratch(L, local, size);
  for (; p < stop && *p != 'e' && *p != 'E'; p++) {
    if (*p == '.')
      point = p;
    else
      *out++ = *p;
  }
  if (point) exponent = point + 1 - p;
  if (p < stop) exponent += read_exponent(p + 1, stop);
  snprintf(out, size - (size_t)(out - copy), "e%" PRId64, exponent);
  lua_pushnumber(L, strtod(copy, NULL));
  if (copy != local) lua_remove(L, -2);
  return stop;
}

/* Pushes a value that is neither array nor object. Returns the position after it. */
static const char *push_scalar(lua_State *L, const char *p, const char *end) {
  const char *after;
  switch (*p) {
  case '"': return push_string(L, p + 1, end);
  case 't': lua_pushboolean(L, 1); return p + 4;
  case 'f': lua_pushboolean(L, 0); return p + 5;
  case 'n': lua_pushnil(L); return p + 4;
  default: after = push_integer(L, p, end); return after ? after : push_float(L, p, end);
  }
}

/* Pushes a whole number that a Lua number cannot represent, as a twilio.integer. Returns the
 * position after it, or NULL for any other number. The number is in a table, so that a character
 * follows it. */
static const char *push_large_integer(lua_State *L, const char *p) {
  const char *stop = p + (*p == '-');
  while (is_digit(*stop)) stop++;
  if (*stop == '.' || *stop == 'e' || *stop == 'E') return NULL;
  if (!integer_is_large(p, (size_t)(stop - p))) return NULL;
  integer_push(L, p, (size_t)(stop - p));
  return stop;
}

/* Sets a value that is neither array nor object in the table at -2, and pops its key. Returns
 * the position after the value. A null in an array is a lightuserdata, because nil would leave a
 * hole. A null in an object is recorded by json_mark_null. */
static const char *push_element(lua_State *L, const char *p, const char *end, int array) {
  const char *after = *p == '-' || is_digit(*p) ? push_large_integer(L, p) : NULL;
  if (!after) after = push_scalar(L, p, end);
  if (*p == 'n' && array) {
    lua_pop(L, 1);
    lua_pushlightuserdata(L, NULL);
  } else if (*p == 'n') {
    lua_pushvalue(L, -2);
    json_mark_null(L, -4);
  }
  lua_rawset(L, -3);
  return after;
}

/* Pushes an array or object. The Lua stack holds the open tables, each above its key in the
 * enclosing table. The key of an array element is a number. When a table is complete, the type
 * of its key tells whether the enclosing table is an array. */
static void push_table(lua_State *L, const char *p, const char *end) {
  unsigned depth = 0;
  lua_Integer position = 0; /* of the current element, if the innermost table is an array */
  int array = 0;
  for (;;) {
    if (*p == '{' || *p == '[') {
      luaL_checkstack(L, 10, "JSON text nested too deeply");
      lua_newtable(L);
      array = *p++ == '[';
      if (array) {
        json_mark_push_array(L);
        lua_setmetatable(L, -2);
      }
      position = 0;
      depth++;
    } else {
      p = push_element(L, p, end, array);
    }
    for (p = json_skip_space(p, end); *p == '}' || *p == ']'; p = json_skip_space(p + 1, end)) {
      if (--depth == 0) return;
      array = lua_type(L, -2) == LUA_TNUMBER;
      if (array) position = lua_tointeger(L, -2);
      lua_rawset(L, -3);
    }
    if (*p == ',') p = json_skip_space(p + 1, end);
    if (array) {
      lua_pushinteger(L, ++position);
    } else {
      p = json_skip_space(push_string(L, p + 1, end), end);
      p = json_skip_space(p + 1, end);
    }
  }
}

void json_push(lua_State *L, const char *text, const struct json_field *field) {
  const char *value = text + field->value, *end = text + field->end;
  luaL_checkstack(L, 2, "no room for a JSON value");
  if (field->type == JSON_ARRAY || field->type == JSON_OBJECT)
    push_table(L, value, end);
  else
    push_scalar(L, value, end);
}

void json_push_key(lua_State *L, const char *text, const struct json_field *field) {
  luaL_checkstack(L, 2, "no room for a JSON key");
  if (field->key == 0)
    lua_pushnil(L);
  else
    push_string(L, text + field->key, text + field->value);
}
