#include "text/form.h"

#include <stdlib.h>
#include <string.h>

#include "support/ascii.h"
#include "support/compat.h"
#include "text/digest.h"

/* ---- decoding ---- */

struct field {
  const char *name, *value;
  size_t name_length, value_length;
};

enum { SMALL_COUNT = 40, SMALL_LENGTH = 1024 };

/* A small form is decoded on the C stack, without an allocation. Most forms of Twilio are small.
 * The memory of a larger form is a userdata of Lua, which the Lua stack keeps alive. `room` is for
 * the signed text. */
struct form {
  struct field *field;
  char *text, *room;
  size_t count;
  struct field small_field[SMALL_COUNT];
  char small_text[2 * SMALL_LENGTH];
};

static unsigned hex(char c) {
  return (unsigned)(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Decodes the text to `out`, and returns the position after the output. */
static char *decode(const char *p, const char *end, char *out) {
  for (; p < end; p++) {
    if (*p == '%' && end - p > 2 && is_hex(p[1]) && is_hex(p[2])) {
      *out++ = (char)(hex(p[1]) << 4 | hex(p[2]));
      p += 2;
    } else {
      *out++ = *p == '+' ? ' ' : *p;
    }
  }
  return out;
}

/* Returns the end of the field that starts at p. */
static const char *end_of_field(const char *p, const char *end) {
  const char *ampersand = memchr(p, '&', (size_t)(end - p));
  return ampersand ? ampersand : end;
}

static char *decode_field(struct field *f, const char *p, const char *end, char *out) {
  const char *equals = memchr(p, '=', (size_t)(end - p));
  f->name = out;
  out = decode(p, equals ? equals : end, out);
  f->name_length = (size_t)(out - f->name);
  f->value = out;
  if (equals) out = decode(equals + 1, end, out);
  f->value_length = (size_t)(out - f->value);
  return out;
}

static size_t count_fields(const char *p, const char *end) {
  size_t count = 0;
  for (const char *next; p < end; p = next + 1) {
    next = end_of_field(p, end);
    count += next > p;
  }
  return count;
}

static void allocate(lua_State *L, struct form *form, size_t count, size_t length) {
  if (count <= SMALL_COUNT && length <= SMALL_LENGTH) {
    form->field = form->small_field;
    form->text = form->small_text;
  } else {
    form->field = compat_newuserdata(L, count * sizeof *form->field + 2 * length);
    form->text = (char *)(form->field + count);
  }
  form->room = form->text + length;
  form->count = 0;
}

/* Decodes the argument. May push the userdata that holds the memory. */
static void decode_argument(lua_State *L, int argument, struct form *form) {
  size_t length;
  const char *p = luaL_checklstring(L, argument, &length), *end = p + length;
  allocate(L, form, count_fields(p, end), length);
  char *out = form->text;
  for (const char *next; p < end; p = next + 1) {
    next = end_of_field(p, end);
    if (next > p) out = decode_field(&form->field[form->count++], p, next, out);
  }
}

/* ---- fields as a table ---- */

/* Adds the value on top of the stack to the values of a name that has occurred before. The stack is
 * table, name, values so far, value. Pops all but the table. */
static void add_again(lua_State *L) {
  if (lua_type(L, -2) != LUA_TTABLE) {
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, -3);
    lua_rawseti(L, -2, 1);
    lua_replace(L, -3);
  }
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  lua_rawset(L, -3);
}

int form_fields(lua_State *L) {
  struct form form;
  decode_argument(L, 1, &form);
  lua_createtable(L, 0, form.count < 256 ? (int)form.count : 256);
  for (size_t i = 0; i < form.count; i++) {
    const struct field *f = &form.field[i];
    lua_pushlstring(L, f->name, f->name_length);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    int is_first = lua_isnil(L, -1);
    if (is_first) lua_pop(L, 1);
    lua_pushlstring(L, f->value, f->value_length);
    if (is_first)
      lua_rawset(L, -3);
    else
      add_again(L);
  }
  return 1;
}

/* ---- the signed text ---- */

enum { MAX_SORTED = 10000 };

static int compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length) {
  int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
  return order ? order : (a_length > b_length) - (a_length < b_length);
}

static int compare_fields(const void *left, const void *right) {
  const struct field *a = left, *b = right;
  int order = compare_bytes(a->name, a->name_length, b->name, b->name_length);
  return order ? order : compare_bytes(a->value, a->value_length, b->value, b->value_length);
}

/* Writes the signed text to form->room. Returns its length. */
static size_t write_signed(struct form *form) {
  char *out = form->room;
  if (form->count > 1) qsort(form->field, form->count, sizeof *form->field, compare_fields);
  for (size_t i = 0; i < form->count; i++) {
    const struct field *f = &form->field[i];
    if (i > 0 && compare_fields(f - 1, f) == 0) continue;
    memcpy(out, f->name, f->name_length);
    out += f->name_length;
    memcpy(out, f->value, f->value_length);
    out += f->value_length;
  }
  return (size_t)(out - form->room);
}

int form_signed(lua_State *L) {
  struct form form;
  decode_argument(L, 1, &form);
  if (form.count > MAX_SORTED) return 0;
  lua_pushlstring(L, form.room, write_signed(&form));
  return 1;
}

int form_is_signed(lua_State *L) {
  struct digest_part key, code, parts[2];
  struct form form;
  key.bytes = luaL_checklstring(L, 1, &key.length);
  code.bytes = luaL_checklstring(L, 2, &code.length);
  parts[0].bytes = luaL_checklstring(L, 3, &parts[0].length);
  decode_argument(L, 4, &form);
  int is_signed = 0;
  if (form.count <= MAX_SORTED) {
    parts[1].bytes = form.room;
    parts[1].length = write_signed(&form);
    is_signed = digest_is_signed(key, parts, 2, code);
  }
  lua_pushboolean(L, is_signed);
  return 1;
}
