/* json_check makes one pass and keeps one bit per nesting level. No text can therefore exhaust
 * the C stack, and the time is linear in the length. The decoding functions rely on the check:
 * they do not validate the text again. */
#include "text/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ascii.h"
#include "support/compat.h"
#include "text/integer.h"
#include "text/json_mark.h"

#if defined(__SSE2__) && !defined(JSON_NO_SIMD)
#include <emmintrin.h>
#define JSON_SSE2
#endif

enum {
  JSON_KEPT_LEVELS = 4,   /* values at depths 0 to 3 are in the index */
  JSON_LONG_KEY = 0xffff, /* key_length of a key with this length or more */
  /* Size of the buffers on the C stack, which is small in some hosts. Longer texts use a
   * userdata. */
  JSON_LOCAL = 256
};

static inline const char *skip_space(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) p++;
  return p;
}

#ifndef JSON_SSE2
/* Whether one of the eight bytes is less than `limit`. The limit is at most 128. */
static inline int has_less(uint64_t bytes, unsigned limit) {
  const uint64_t each = UINT64_C(0x0101010101010101);
  return ((bytes - each * limit) & ~bytes & each * 0x80) != 0;
}

static inline int has_special(uint64_t bytes) {
  const uint64_t each = UINT64_C(0x0101010101010101);
  return has_less(bytes, 0x20) || has_less(bytes ^ each * '"', 1) || has_less(bytes ^ each * '\\', 1);
}
#endif

/* Returns the first quote, backslash or control character, or the end. Most bytes of a text are
 * skipped here, so the function examines 16 or 8 bytes at a time. */
static inline const char *skip_plain(const char *p, const char *end) {
#ifdef JSON_SSE2
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);
  for (; end - p >= 16; p += 16) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
    unsigned found = (unsigned)_mm_movemask_epi8(special);
    if (found) return p + __builtin_ctz(found);
  }
#else
  for (uint64_t bytes; end - p >= 8; p += 8) {
    memcpy(&bytes, p, sizeof bytes);
    if (has_special(bytes)) break;
  }
#endif
  while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) p++;
  return p;
}

/* ---- validation ---- */

struct scan {
  const char *text, *end;
  struct json_index *index;
  struct json_error *error;
  unsigned depth;                        /* number of open containers */
  int object;                            /* the innermost open container is an object */
  uint32_t kept[JSON_KEPT_LEVELS];       /* positions of open containers in the index */
  uint64_t objects[JSON_MAX_DEPTH / 64]; /* one bit per open container: 1 for an object */
};

/* The scan functions return the position after what they read. They return NULL through this
 * function on an error. */
static const char *scan_fail(struct scan *s, const char *where, const char *message) {
  s->error->message = where == s->end ? "unexpected end of the text" : message;
  s->error->offset = (size_t)(where - s->text);
  return NULL;
}

static int index_grow(struct json_index *index) {
  uint32_t capacity = index->capacity < 64 ? 64 : index->capacity <= UINT32_MAX / 2 ? index->capacity * 2 : UINT32_MAX;
  size_t size = capacity * sizeof(struct json_field);
  struct json_field *field;
  if (capacity == index->capacity || size / sizeof *field != capacity) return 0;
  field = realloc(index->field, size);
  if (!field) return 0;
  index->field = field;
  index->capacity = capacity;
  return 1;
}

/* Adds the field to the index if its level is indexed. Returns p, or NULL if memory is
 * exhausted. */
static inline const char *scan_keep(struct scan *s, const struct json_field *f, const char *p) {
  struct json_index *index = s->index;
  if (s->depth >= JSON_KEPT_LEVELS) return p;
  if (index->count == index->capacity && !index_grow(index)) {
    s->error->message = "not enough memory";
    s->error->offset = f->value;
    return NULL;
  }
  index->field[index->count] = *f;
  index->field[index->count++].depth = s->depth;
  return p;
}

/* p is at the backslash. */
static const char *scan_escape(struct scan *s, const char *p) {
  p++;
  if (p == s->end || *p == '\0' || !strchr("\"\\/bfnrtu", *p)) return scan_fail(s, p, "unknown escape");
  if (*p++ != 'u') return p;
  for (int i = 0; i < 4; i++, p++)
    if (p == s->end || !is_hex(*p)) return scan_fail(s, p, "expected four hexadecimal digits");
  return p;
}

/* p is after the opening quote. Returns the position of the closing quote. */
static inline const char *scan_string(struct scan *s, const char *p, unsigned *escaped) {
  for (;;) {
    p = skip_plain(p, s->end);
    if (p < s->end && *p == '"') return p;
    if (p == s->end || *p != '\\') return scan_fail(s, p, "control character in a string");
    *escaped = 1;
    p = scan_escape(s, p);
    if (!p) return NULL;
  }
}

static const char *scan_digits(struct scan *s, const char *p) {
  if (p == s->end || !is_digit(*p)) return scan_fail(s, p, "expected a digit");
  while (p < s->end && is_digit(*p)) p++;
  return p;
}

static const char *scan_number(struct scan *s, const char *p) {
  if (*p == '-') p++;
  if (p < s->end && *p == '0')
    p++; /* a digit after a leading zero is an error */
  else
    p = scan_digits(s, p);
  if (p && p < s->end && *p == '.') p = scan_digits(s, p + 1);
  if (p && p < s->end && (*p == 'e' || *p == 'E')) {
    p++;
    if (p < s->end && (*p == '+' || *p == '-')) p++;
    p = scan_digits(s, p);
  }
  return p;
}

static inline const char *scan_word(struct scan *s, const char *p, const char *word, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (p + i == s->end || p[i] != word[i]) return scan_fail(s, p + i, "expected true, false or null");
  return p + length;
}

static inline const char *scan_scalar(struct scan *s, const char *p, struct json_field *f) {
  unsigned escaped = 0;
  if (p == s->end) return scan_fail(s, p, NULL);
  if (*p == '"') {
    f->type = JSON_STRING;
    p = scan_string(s, p + 1, &escaped);
    if (p) p++;
  } else if (*p == 'n') {
    f->type = JSON_NULL;
    p = scan_word(s, p, "null", 4);
  } else if (*p == '-' || is_digit(*p)) {
    f->type = JSON_NUMBER;
    p = scan_number(s, p);
  } else if (*p == 't') {
    f->type = JSON_TRUE;
    p = scan_word(s, p, "true", 4);
  } else if (*p == 'f') {
    f->type = JSON_FALSE;
    p = scan_word(s, p, "false", 5);
  } else {
    return scan_fail(s, p, "expected a value");
  }
  if (!p) return NULL;
  f->end = (uint32_t)(p - s->text);
  return scan_keep(s, f, p);
}

/* Closes the innermost container. Its closing bracket is at p - 1. */
static inline void scan_close(struct scan *s, const char *p) {
  unsigned outer;
  s->depth--;
  if (s->depth < JSON_KEPT_LEVELS) s->index->field[s->kept[s->depth]].end = (uint32_t)(p - s->text);
  outer = s->depth - 1; /* wraps around when no container is left; not used then */
  s->object = s->depth > 0 && (s->objects[outer / 64] >> outer % 64 & 1);
}

/* Reads the closing brackets and the comma after a value. Returns the position after the comma and
 * white space, or after the root. No container is open after the root. */
static inline const char *scan_after(struct scan *s, const char *p) {
  while (s->depth > 0) {
    p = skip_space(p, s->end);
    if (p < s->end && *p == ',') return skip_space(p + 1, s->end);
    if (p == s->end || *p != (s->object ? '}' : ']')) return scan_fail(s, p, s->object ? "expected ',' or '}'" : "expected ',' or ']'");
    scan_close(s, ++p);
  }
  return p;
}

/* p is at an opening bracket. Returns the position of the first key or value. After an empty
 * container returns what scan_after returns. */
static const char *scan_open(struct scan *s, const char *p, struct json_field *f) {
  int object = *p == '{';
  if (s->depth == JSON_MAX_DEPTH) return scan_fail(s, p, "nested too deeply");
  f->type = object ? JSON_OBJECT : JSON_ARRAY;
  if (s->depth < JSON_KEPT_LEVELS) s->kept[s->depth] = s->index->count;
  if (!scan_keep(s, f, p)) return NULL;
  s->objects[s->depth / 64] &= ~(UINT64_C(1) << s->depth % 64);
  s->objects[s->depth / 64] |= (uint64_t)object << s->depth % 64;
  s->object = object;
  s->depth++;
  p = skip_space(p + 1, s->end);
  return p < s->end && *p == (object ? '}' : ']') ? scan_after(s, p) : p;
}

/* Returns the position of the value. */
static inline const char *scan_key(struct scan *s, const char *p, struct json_field *f) {
  unsigned escaped = 0;
  const char *key = p + 1;
  if (p == s->end || *p != '"') return scan_fail(s, p, "expected a key");
  p = scan_string(s, key, &escaped);
  if (!p) return NULL;
  f->key = (uint32_t)(key - s->text);
  f->key_length = (uint16_t)(p - key < JSON_LONG_KEY ? p - key : JSON_LONG_KEY);
  f->escaped = escaped;
  p = skip_space(p + 1, s->end);
  if (p == s->end || *p != ':') return scan_fail(s, p, "expected ':'");
  return skip_space(p + 1, s->end);
}

static const char *scan_text(struct scan *s, const char *p) {
  if (s->end - p >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) p += 3; /* byte order mark */
  p = skip_space(p, s->end);
  do {
    struct json_field f = {0};
    if (s->object) p = scan_key(s, p, &f);
    if (!p) return NULL;
    f.value = (uint32_t)(p - s->text);
    if (p < s->end && (*p == '{' || *p == '[')) {
      p = scan_open(s, p, &f);
    } else {
      p = scan_scalar(s, p, &f);
      if (p) p = scan_after(s, p);
    }
  } while (p && s->depth > 0);
  if (p) p = skip_space(p, s->end);
  return p && p < s->end ? scan_fail(s, p, "unexpected text after the value") : p;
}

int json_check(struct json_index *index, const char *text, size_t length, struct json_error *error) {
  struct scan s;
  index->count = 0;
  if (length != (uint32_t)length) {
    error->message = "longer than 4 GiB";
    error->offset = UINT32_MAX;
    return 0;
  }
  memset(&s, 0, sizeof s);
  s.text = text;
  s.end = text + length;
  s.index = index;
  s.error = error;
  if (scan_text(&s, text)) return 1;
  index->count = 0; /* the index is incomplete */
  return 0;
}

void json_free(struct json_index *index) {
  free(index->field);
  memset(index, 0, sizeof *index);
}

/* ---- decoding ---- */

static unsigned hex4(const char *p) {
  unsigned n = 0;
  for (int i = 0; i < 4; i++) n = n << 4 | (unsigned)(is_digit(p[i]) ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
  return n;
}

/* Writes a code point as UTF-8 and returns the position after it. */
static char *put_utf8(char *out, unsigned code) {
  if (code < 0x80) {
    *out++ = (char)code;
    return out;
  }
  if (code < 0x800) {
    *out++ = (char)(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      *out++ = (char)(0xE0 | code >> 12);
    } else {
      *out++ = (char)(0xF0 | code >> 18);
      *out++ = (char)(0x80 | (code >> 12 & 0x3F));
    }
    *out++ = (char)(0x80 | (code >> 6 & 0x3F));
  }
  *out++ = (char)(0x80 | (code & 0x3F));
  return out;
}

/* Reads the \u escape at *p, or two that are a surrogate pair, and moves *p after it. Returns
 * U+FFFD for an unpaired surrogate. */
static unsigned read_unicode(const char **p, const char *end) {
  unsigned code = hex4(*p + 2), low;
  *p += 6;
  if (code < 0xD800 || code > 0xDFFF) return code;
  if (code > 0xDBFF || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u') return 0xFFFD;
  low = hex4(*p + 2);
  if (low < 0xDC00 || low > 0xDFFF) return 0xFFFD;
  *p += 6;
  return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

/* Decodes the escape at *p into `out` and moves *p after it. Returns the position after the
 * output. The output has at most four bytes and is never longer than the escape. */
static char *read_escape(char *out, const char **p, const char *end) {
  static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
  const char *letter;
  if ((*p)[1] == 'u') return put_utf8(out, read_unicode(p, end));
  letter = strchr(letters, (*p)[1]);
  *out++ = letter ? meanings[letter - letters] : (*p)[1]; /* \" \\ \/ */
  *p += 2;
  return out;
}

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
    if (escape) out = read_escape(out, &p, end);
  }
  lua_pushlstring(L, decoded, (size_t)(out - decoded));
  if (decoded != local) lua_remove(L, -2);
}

/* p is after the opening quote. Returns the position after the closing quote. */
static const char *push_string(lua_State *L, const char *p, const char *end) {
  const char *start = p;
  p = skip_plain(p, end);
  if (*p == '"') {
    lua_pushlstring(L, start, (size_t)(p - start));
    return p + 1;
  }
  while (*p != '"') p = skip_plain(p + 2, end); /* skips \ and the next character */
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
 * position after it, or NULL for any other number. */
static const char *push_large_integer(lua_State *L, const char *p, const char *end) {
  const char *stop = p + (*p == '-');
  while (stop < end && is_digit(*stop)) stop++;
  if (stop < end && (*stop == '.' || *stop == 'e' || *stop == 'E')) return NULL;
  if (!integer_is_large(p, (size_t)(stop - p))) return NULL;
  integer_push(L, p, (size_t)(stop - p));
  return stop;
}

/* Sets a value that is neither array nor object in the table at -2, and pops its key. Returns
 * the position after the value. A null in an array is a lightuserdata, because nil would leave a
 * hole. A null in an object is recorded by json_mark_null. */
static const char *push_element(lua_State *L, const char *p, const char *end, int array) {
  const char *after = *p == '-' || is_digit(*p) ? push_large_integer(L, p, end) : NULL;
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
    for (p = skip_space(p, end); *p == '}' || *p == ']'; p = skip_space(p + 1, end)) {
      if (--depth == 0) return;
      array = lua_type(L, -2) == LUA_TNUMBER;
      if (array) position = lua_tointeger(L, -2);
      lua_rawset(L, -3);
    }
    if (*p == ',') p = skip_space(p + 1, end);
    if (array) {
      lua_pushinteger(L, ++position);
    } else {
      p = skip_space(push_string(L, p + 1, end), end);
      p = skip_space(p + 1, end);
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

/* ---- lookup by name ---- */

static int same_name(const char *key, const char *end, const char *name, size_t length) {
  const char *name_end = name + length;
  while (key < end) {
    char decoded[4];
    size_t n = 1;
    if (*key == '\\')
      n = (size_t)(read_escape(decoded, &key, end) - decoded);
    else
      decoded[0] = *key++;
    if ((size_t)(name_end - name) < n || memcmp(name, decoded, n) != 0) return 0;
    name += n;
  }
  return name == name_end;
}

const struct json_field *json_find(const struct json_field *fields, uint32_t count, unsigned depth, const char *text, const char *name,
                                   size_t name_length) {
  while (count-- > 0) {
    const struct json_field *f = &fields[count];
    const char *key = text + f->key;
    if (f->depth != depth || f->key == 0 || f->key_length == JSON_LONG_KEY) continue;
    if (f->escaped ? same_name(key, key + f->key_length, name, name_length) : f->key_length == name_length && memcmp(key, name, name_length) == 0)
      return f;
  }
  return NULL;
}

const struct json_field *json_find_root(const struct json_index *index, const char *text, const char *name) {
  return index->count ? json_find(index->field + 1, index->count - 1, 1, text, name, strlen(name)) : NULL;
}
