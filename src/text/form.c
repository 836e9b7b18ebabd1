#include "text/form.h"

#include <stdint.h>
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

enum { SMALL_LENGTH = 1024, SMALL_COUNT = SMALL_LENGTH / 2 };

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

static unsigned hex_digit_of(char c) {
  return (unsigned)(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Decodes the text up to an ampersand or the character `stop`. Returns where it has stopped, and
 * moves *out to the position after the output. */
static const char *decode_percent(const char *p, const char *end, char stop, char **out) {
  char *o = *out;
  for (; p < end && *p != '&' && *p != stop; p++) {
    if (*p == '%' && end - p > 2 && is_hex(p[1]) && is_hex(p[2])) {
      *o++ = (char)(hex_digit_of(p[1]) << 4 | hex_digit_of(p[2]));
      p += 2;
    } else {
      *o++ = *p == '+' ? ' ' : *p;
    }
  }
  *out = o;
  return p;
}

/* Returns the end of the field that starts at p. */
static const char *decode_field(struct field *f, const char *p, const char *end, char **out) {
  f->name = *out;
  p = decode_percent(p, end, '=', out);
  f->name_length = (size_t)(*out - f->name);
  f->value = *out;
  if (p < end && *p == '=') p = decode_percent(p + 1, end, '&', out);
  f->value_length = (size_t)(*out - f->value);
  return p;
}

/* Returns a number that is not less than the number of fields. */
static size_t count_fields(const char *p, const char *end) {
  size_t count = 1;
  for (; p < end; p++) count += *p == '&';
  return count;
}

static void allocate_fields(lua_State *L, struct form *form, const char *p, size_t length) {
  if (length <= SMALL_LENGTH) {
    form->field = form->small_field;
    form->text = form->small_text;
  } else {
    size_t count = count_fields(p, p + length);
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
  allocate_fields(L, form, p, length);
  char *out = form->text;
  for (; p < end; p++)
    if (*p != '&') p = decode_field(&form->field[form->count++], p, end, &out);
}

/* ---- fields as a table ---- */

/* Adds the value on top of the stack to the values of a name that has occurred before. The stack is
 * table, name, values so far, value. Pops all but the table. */
static void add_value_again(lua_State *L) {
  if (lua_type(L, -2) != LUA_TTABLE) {
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, -3);
    lua_rawseti(L, -2, 1);
    lua_replace(L, -3);
  }
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  lua_rawset(L, -3);
}

static void push_fields(lua_State *L, const struct form *form) {
  lua_createtable(L, 0, form->count < 256 ? (int)form->count : 256);
  for (size_t i = 0; i < form->count; i++) {
    const struct field *f = &form->field[i];
    lua_pushlstring(L, f->name, f->name_length);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    int is_first = lua_isnil(L, -1);
    if (is_first) lua_pop(L, 1);
    lua_pushlstring(L, f->value, f->value_length);
    if (is_first)
      lua_rawset(L, -3);
    else
      add_value_again(L);
  }
}

int form_fields(lua_State *L) {
  struct form form;
  decode_argument(L, 1, &form);
  push_fields(L, &form);
  return 1;
}

/* ---- the signed text ---- */

enum { MAX_SORTED = 10000, MAX_INSERTED = 64 };

static int compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length) {
  int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
  return order ? order : (a_length > b_length) - (a_length < b_length);
}

static int compare_fields(const void *left, const void *right) {
  const struct field *a = left, *b = right;
  int order = compare_bytes(a->name, a->name_length, b->name, b->name_length);
  return order ? order : compare_bytes(a->value, a->value_length, b->value, b->value_length);
}

/* The first bytes of a name as a number, which is quicker to compare than the name. */
struct key {
  uint64_t start;
  const struct field *field;
};

static struct key key_of(const struct field *f) {
  struct key k = {0, f};
  for (size_t i = 0; i < sizeof k.start; i++) k.start = k.start << 8 | (i < f->name_length ? (unsigned char)f->name[i] : 0);
  return k;
}

static int compare_keys(const void *left, const void *right) {
  const struct key *a = left, *b = right;
  if (a->start != b->start) return a->start < b->start ? -1 : 1;
  return compare_fields(a->field, b->field);
}

/* Sorts few keys. This takes a third of the time of qsort for the 20 fields of a call. */
static void sort_inserting(struct key *keys, const struct form *form) {
  for (size_t i = 0; i < form->count; i++) {
    struct key k = key_of(&form->field[i]);
    size_t to = i;
    for (; to > 0 && compare_keys(&keys[to - 1], &k) > 0; to--) keys[to] = keys[to - 1];
    keys[to] = k;
  }
}

/* Writes the signed text to form->room. Returns its length. */
static size_t write_signed(const struct form *form, const struct key *keys) {
  char *out = form->room;
  for (size_t i = 0; i < form->count; i++) {
    const struct field *f = keys[i].field;
    if (i > 0 && compare_keys(&keys[i - 1], &keys[i]) == 0) continue;
    memcpy(out, f->name, f->name_length);
    out += f->name_length;
    memcpy(out, f->value, f->value_length);
    out += f->value_length;
  }
  return (size_t)(out - form->room);
}

/* May push the userdata that holds the keys. */
static struct digest_part signed_part(lua_State *L, const struct form *form) {
  struct key few[MAX_INSERTED], *keys = few;
  if (form->count <= MAX_INSERTED) {
    sort_inserting(keys, form);
  } else {
    keys = compat_newuserdata(L, form->count * sizeof *keys);
    for (size_t i = 0; i < form->count; i++) keys[i] = key_of(&form->field[i]);
    qsort(keys, form->count, sizeof *keys, compare_keys);
  }
  return (struct digest_part){form->room, write_signed(form, keys)};
}

int form_signed(lua_State *L) {
  struct form form;
  decode_argument(L, 1, &form);
  if (form.count > MAX_SORTED) return 0;
  struct digest_part text = signed_part(L, &form);
  lua_pushlstring(L, text.bytes, text.length);
  return 1;
}

/* ---- checks ---- */

/* Decodes the form of the arguments token, signature, text, url and target, and checks it. */
static int check_form(lua_State *L, struct form *form) {
  struct digest_part key, signature, parts[3];
  key.bytes = luaL_checklstring(L, 1, &key.length);
  signature.bytes = luaL_checklstring(L, 2, &signature.length);
  parts[0].bytes = luaL_checklstring(L, 4, &parts[0].length);
  parts[1].bytes = luaL_optlstring(L, 5, "", &parts[1].length);
  decode_argument(L, 3, form);
  if (form->count > MAX_SORTED) return 0;
  parts[2] = signed_part(L, form);
  return digest_is_signed(key, parts, 3, signature);
}

int form_is_signed(lua_State *L) {
  struct form form;
  lua_pushboolean(L, check_form(L, &form));
  return 1;
}

/* Whether a value may be the text of a JSON object or array. */
static int has_json(const struct form *form) {
  for (size_t i = 0; i < form->count; i++) {
    const struct field *f = &form->field[i];
    if (f->value_length && (*f->value == '{' || *f->value == '[')) return 1;
  }
  return 0;
}

int form_received(lua_State *L) {
  struct form form;
  if (!check_form(L, &form)) return 0;
  push_fields(L, &form);
  lua_pushboolean(L, has_json(&form));
  return 2;
}
