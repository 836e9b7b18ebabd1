/* Feeds arbitrary bytes to json.c and aborts when an answer contradicts another.
 *
 * With libFuzzer, from the top directory, for a Lua of 5.3 or later:
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -D_GNU_SOURCE -DJSON_FUZZER $(pkg-config --cflags lua5.4) \
 *     spec/support/json_fuzz.c src/text/json.c src/text/json_decode.c src/text/json_text.c src/text/json_mark.c \
 *     src/text/integer.c src/support/userdata.c $(pkg-config --libs lua5.4) -o json_fuzz && ./json_fuzz corpus
 * Without -DJSON_FUZZER it is a program that reads the files it is given, or
 * its input. Add -DJSON_NO_SIMD to exercise the portable string scan. */
#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/integer.h"
#include "text/json.h"
#include "text/json_decode.h"
#include "text/json_mark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) ((condition) ? (void)0 : fuzz_fail(#condition, __LINE__))

enum { FUZZ_SHIFT = 17, FUZZ_SMALL = 512 };

struct fuzz {
  char *text; /* of exactly `length` bytes, so that the sanitizer sees a byte too many */
  size_t length;
  struct json_index index;
};

static void fuzz_fail(const char *condition, int line) {
  fprintf(stderr, "json_fuzz.c:%d: %s does not hold\n", line, condition);
  abort();
}

static int fuzz_open(struct fuzz *f, size_t shift, const char *bytes, size_t length, struct json_error *error) {
  memset(f, 0, sizeof *f);
  f->length = shift + length;
  f->text = malloc(f->length > 0 ? f->length : 1);
  if (!f->text) abort();
  memset(f->text, ' ', shift);
  if (length > 0) memcpy(f->text + shift, bytes, length);
  return json_check(&f->index, f->text, f->length, error);
}

static void fuzz_close(struct fuzz *f) {
  json_free(&f->index);
  free(f->text);
}

static enum json_type fuzz_type(char first) {
  switch (first) {
  case 'n': return JSON_NULL;
  case 'f': return JSON_FALSE;
  case 't': return JSON_TRUE;
  case '"': return JSON_STRING;
  case '[': return JSON_ARRAY;
  case '{': return JSON_OBJECT;
  default: return JSON_NUMBER;
  }
}

/* Fields lie within one another, in order, and begin and end with what their type asks for. */
static void fuzz_fields(const struct fuzz *f) {
  const struct json_field *open[4] = {0};
  MUST(f->index.count > 0 && f->index.field[0].depth == 0 && f->index.field[0].key == 0);
  for (uint32_t i = 0; i < f->index.count; i++) {
    const struct json_field *field = &f->index.field[i];
    MUST(field->value < field->end && field->end <= f->length);
    MUST(fuzz_type(f->text[field->value]) == field->type);
    if (field->type >= JSON_STRING) MUST(f->text[field->end - 1] == "\"]}"[field->type - JSON_STRING]);
    if (i > 0) {
      const struct json_field *previous = field - 1, *outer;
      MUST(field->depth > 0 && field->depth <= 3 && field->depth <= previous->depth + 1);
      outer = open[field->depth - 1];
      MUST(outer && field->value > outer->value && field->end < outer->end);
      MUST((outer->type == JSON_OBJECT) == (field->key != 0));
      MUST(field->depth > previous->depth || field->value >= previous->end);
      if (field->key) MUST(field->key + field->key_length < field->value && f->text[field->key - 1] == '"');
    }
    open[field->depth] = field;
    for (unsigned deeper = field->depth + 1u; deeper < 4; deeper++) open[deeper] = NULL;
  }
}

/* The same text further back in memory: every offset moves by the same amount, an error's too. */
static void fuzz_shift(const struct fuzz *f, int valid, const struct json_error *error) {
  struct fuzz moved;
  struct json_error moved_error;
  MUST(fuzz_open(&moved, FUZZ_SHIFT, f->text, f->length, &moved_error) == valid);
  if (!valid) MUST(moved_error.offset == error->offset + FUZZ_SHIFT && moved_error.message == error->message);
  MUST(moved.index.count == f->index.count);
  for (uint32_t i = 0; i < f->index.count; i++) {
    struct json_field expected = f->index.field[i], found = moved.index.field[i];
    MUST(found.value == expected.value + FUZZ_SHIFT && found.end == expected.end + FUZZ_SHIFT);
    MUST(found.key == (expected.key ? expected.key + FUZZ_SHIFT : 0) && found.key_length == expected.key_length);
    MUST(found.depth == expected.depth && found.type == expected.type && found.escaped == expected.escaped);
  }
  fuzz_close(&moved);
}

/* No beginning of a string, array or object is valid, and it is the end that is missing. */
static void fuzz_prefixes(const struct fuzz *f) {
  const struct json_field *root = &f->index.field[0];
  struct json_error error;
  if (root->type < JSON_STRING) return;
  for (size_t length = root->value; length < root->end; length++) {
    struct fuzz prefix;
    MUST(!fuzz_open(&prefix, 0, f->text, length, &error));
    MUST(error.offset == length && prefix.index.count == 0);
    fuzz_close(&prefix);
  }
}

/* Both values on the top of the stack are the same, as far as their types go; tables by length.
 * A large integer is exact in a table (the lower value) and a float by itself. */
static int fuzz_same(lua_State *L) {
  if (integer_test(L, -2, NULL)) return lua_type(L, -1) == LUA_TNUMBER && !lua_isinteger(L, -1);
  if (lua_type(L, -1) != lua_type(L, -2)) return 0;
  if (lua_istable(L, -1)) return lua_rawlen(L, -1) == lua_rawlen(L, -2);
  return lua_rawequal(L, -1, -2);
}

/* A value cut out of the text is a text of its own and decodes to the same. */
static void fuzz_value(lua_State *L, const struct fuzz *f, const struct json_field *field) {
  struct fuzz alone;
  struct json_error error;
  MUST(fuzz_open(&alone, 0, f->text + field->value, field->end - field->value, &error));
  MUST(alone.index.field[0].type == field->type && alone.index.field[0].end == alone.length);
  json_push(L, f->text, field);
  json_push(L, alone.text, &alone.index.field[0]);
  MUST(fuzz_same(L));
  MUST(lua_isnil(L, -1) == (field->type == JSON_NULL) && lua_istable(L, -1) == (field->type >= JSON_ARRAY));
  if (field->type == JSON_NUMBER && lua_isinteger(L, -1)) MUST(!memchr(alone.text, '.', alone.length));
  lua_pop(L, 2);
  fuzz_close(&alone);
}

/* A field of the root is found by its decoded name, the last of that name, and it is what the root's table holds. */
static void fuzz_find(lua_State *L, const struct fuzz *f, const struct json_field *field) {
  size_t length;
  const char *name;
  const struct json_field *found;
  json_push_key(L, f->text, field);
  name = lua_tolstring(L, -1, &length);
  found = json_find(f->index.field + 1, f->index.count - 1, 1, f->text, name, length);
  MUST(field->key_length < 0xffff ? found && found >= field : 1);
  lua_pushvalue(L, -1);
  lua_rawget(L, 1);
  if (found) {
    json_push(L, f->text, found);
    MUST(fuzz_same(L));
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
}

static int fuzz_decode(lua_State *L) {
  const struct fuzz *f = lua_touserdata(L, 1);
  lua_settop(L, 0);
  json_push(L, f->text, &f->index.field[0]);
  for (uint32_t i = 0; i < f->index.count && i < FUZZ_SMALL; i++) {
    const struct json_field *field = &f->index.field[i];
    fuzz_value(L, f, field);
    if (field->depth == 1 && field->key) fuzz_find(L, f, field);
  }
  MUST(lua_gettop(L) == 1);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lua_State *L;
  struct fuzz f;
  struct json_error error = {NULL, 0};
  int valid = fuzz_open(&f, 0, (const char *)data, size, &error);
  if (!L) {
    L = luaL_newstate();
    if (!L) abort();
    integer_register(L);
    json_mark_register(L);
  }
  MUST(valid ? !error.message : error.message && error.offset <= size && f.index.count == 0);
  if (size == 0 || data[0] != 0xEF) fuzz_shift(&f, valid, &error); /* a byte order mark is one only at the very beginning */
  if (valid) {
    fuzz_fields(&f);
    if (size <= FUZZ_SMALL) fuzz_prefixes(&f);
    lua_pushcfunction(L, fuzz_decode);
    lua_pushlightuserdata(L, &f);
    MUST(lua_pcall(L, 1, 0, 0) == 0);
  }
  fuzz_close(&f);
  return 0;
}

#ifndef JSON_FUZZER

static void fuzz_stream(FILE *in) {
  size_t length = 0, capacity = 1 << 16, n;
  char *bytes = malloc(capacity);
  if (!bytes) abort();
  while ((n = fread(bytes + length, 1, capacity - length, in)) > 0) {
    length += n;
    if (length < capacity) continue;
    capacity *= 2;
    bytes = realloc(bytes, capacity);
    if (!bytes) abort();
  }
  LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
  free(bytes);
}

int main(int argc, char **argv) {
  if (argc < 2) fuzz_stream(stdin);
  for (int i = 1; i < argc; i++) {
    FILE *in = fopen(argv[i], "rb");
    if (!in) {
      perror(argv[i]);
      return 1;
    }
    fuzz_stream(in);
    fclose(in);
  }
  return 0;
}

#endif
