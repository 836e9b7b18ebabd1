/* json_check makes one pass and keeps one bit per nesting level. No text can therefore exhaust
 * the C stack, and the time is linear in the length. */
#include "text/json.h"

#include <stdlib.h>
#include <string.h>

#include "support/ascii.h"
#include "text/json_text.h"

enum {
  JSON_KEPT_LEVELS = 4,  /* values at depths 0 to 3 are in the index */
  JSON_LONG_KEY = 0xffff /* key_length of a key with this length or more */
};

/* A key and most values are strings. With these attributes a check takes a fifth less instructions. */
#if defined(__GNUC__)
#define JSON_HOT inline __attribute__((always_inline))
#define JSON_RARE __attribute__((noinline))
#else
#define JSON_HOT inline
#define JSON_RARE
#endif

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
static const char *scan_fail(struct scan *scan, const char *where, const char *message) {
  scan->error->message = where == scan->end ? "unexpected end of the text" : message;
  scan->error->offset = (size_t)(where - scan->text);
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
static inline const char *scan_keep(struct scan *scan, const struct json_field *field, const char *p) {
  struct json_index *index = scan->index;
  if (scan->depth >= JSON_KEPT_LEVELS) return p;
  if (index->count == index->capacity && !index_grow(index)) {
    scan->index->lacks_memory = 1;
    scan->error->message = "not enough memory";
    scan->error->offset = field->value;
    return NULL;
  }
  /* one store: setting a bit-field in memory would read it first */
  index->field[index->count++] = (struct json_field){.key = field->key,
                                                     .value = field->value,
                                                     .end = field->end,
                                                     .key_length = field->key_length,
                                                     .depth = scan->depth & 7,
                                                     .type = field->type,
                                                     .escaped = field->escaped};
  return p;
}

/* p is at the backslash. */
static JSON_RARE const char *scan_escape(struct scan *scan, const char *p) {
  p++;
  if (p == scan->end || *p == '\0' || !strchr("\"\\/bfnrtu", *p)) return scan_fail(scan, p, "unknown escape");
  if (*p++ != 'u') return p;
  for (int i = 0; i < 4; i++, p++)
    if (p == scan->end || !is_hex(*p)) return scan_fail(scan, p, "expected four hexadecimal digits");
  return p;
}

/* p is after the opening quote. Returns the position of the closing quote. */
static JSON_HOT const char *scan_string(struct scan *scan, const char *p, unsigned *escaped) {
  for (;;) {
    p = json_skip_plain(p, scan->end);
    if (p < scan->end && *p == '"') return p;
    if (p == scan->end || *p != '\\') return scan_fail(scan, p, "control character in a string");
    *escaped = 1;
    p = scan_escape(scan, p);
    if (!p) return NULL;
  }
}

static const char *scan_digits(struct scan *scan, const char *p) {
  if (p == scan->end || !is_digit(*p)) return scan_fail(scan, p, "expected a digit");
  while (p < scan->end && is_digit(*p)) p++;
  return p;
}

static const char *scan_number(struct scan *scan, const char *p) {
  if (*p == '-') p++;
  if (p < scan->end && *p == '0')
    p++; /* a digit after a leading zero is an error */
  else
    p = scan_digits(scan, p);
  if (p && p < scan->end && *p == '.') p = scan_digits(scan, p + 1);
  if (p && p < scan->end && (*p == 'e' || *p == 'E')) {
    p++;
    if (p < scan->end && (*p == '+' || *p == '-')) p++;
    p = scan_digits(scan, p);
  }
  return p;
}

static inline const char *scan_word(struct scan *scan, const char *p, const char *word, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (p + i == scan->end || p[i] != word[i]) return scan_fail(scan, p + i, "expected true, false or null");
  return p + length;
}

static inline const char *scan_scalar(struct scan *scan, const char *p, struct json_field *field) {
  unsigned escaped = 0;
  if (p == scan->end) return scan_fail(scan, p, NULL);
  if (*p == '"') {
    field->type = JSON_STRING;
    p = scan_string(scan, p + 1, &escaped);
    if (p) p++;
  } else if (*p == 'n') {
    field->type = JSON_NULL;
    p = scan_word(scan, p, "null", 4);
  } else if (*p == '-' || is_digit(*p)) {
    field->type = JSON_NUMBER;
    p = scan_number(scan, p);
  } else if (*p == 't') {
    field->type = JSON_TRUE;
    p = scan_word(scan, p, "true", 4);
  } else if (*p == 'f') {
    field->type = JSON_FALSE;
    p = scan_word(scan, p, "false", 5);
  } else {
    return scan_fail(scan, p, "expected a value");
  }
  if (!p) return NULL;
  field->end = (uint32_t)(p - scan->text);
  return scan_keep(scan, field, p);
}

/* Closes the innermost container. Its closing bracket is at p - 1. */
static inline void scan_close(struct scan *scan, const char *p) {
  unsigned outer;
  scan->depth--;
  if (scan->depth < JSON_KEPT_LEVELS) scan->index->field[scan->kept[scan->depth]].end = (uint32_t)(p - scan->text);
  outer = scan->depth - 1; /* wraps around when no container is left; not used then */
  scan->object = scan->depth > 0 && (scan->objects[outer / 64] >> outer % 64 & 1);
}

/* Reads the closing brackets and the comma after a value. Returns the position after the comma and
 * white space, or after the root. No container is open after the root. */
static inline const char *scan_after(struct scan *scan, const char *p) {
  while (scan->depth > 0) {
    p = json_skip_space(p, scan->end);
    if (p < scan->end && *p == ',') return json_skip_space(p + 1, scan->end);
    if (p == scan->end || *p != (scan->object ? '}' : ']')) return scan_fail(scan, p, scan->object ? "expected ',' or '}'" : "expected ',' or ']'");
    scan_close(scan, ++p);
  }
  return p;
}

/* p is at an opening bracket. Returns the position of the first key or value. After an empty
 * container returns what scan_after returns. */
static const char *scan_open(struct scan *scan, const char *p, struct json_field *field) {
  int object = *p == '{';
  if (scan->depth == JSON_MAX_DEPTH) return scan_fail(scan, p, "nested too deeply");
  field->type = object ? JSON_OBJECT : JSON_ARRAY;
  if (scan->depth < JSON_KEPT_LEVELS) scan->kept[scan->depth] = scan->index->count;
  if (!scan_keep(scan, field, p)) return NULL;
  scan->objects[scan->depth / 64] &= ~(UINT64_C(1) << scan->depth % 64);
  scan->objects[scan->depth / 64] |= (uint64_t)object << scan->depth % 64;
  scan->object = object;
  scan->depth++;
  p = json_skip_space(p + 1, scan->end);
  return p < scan->end && *p == (object ? '}' : ']') ? scan_after(scan, p) : p;
}

/* Returns the position of the value. */
static inline const char *scan_key(struct scan *scan, const char *p, struct json_field *field) {
  unsigned escaped = 0;
  const char *key = p + 1;
  if (p == scan->end || *p != '"') return scan_fail(scan, p, "expected a key");
  p = scan_string(scan, key, &escaped);
  if (!p) return NULL;
  field->key = (uint32_t)(key - scan->text);
  field->key_length = (uint16_t)(p - key < JSON_LONG_KEY ? p - key : JSON_LONG_KEY);
  field->escaped = escaped;
  p = json_skip_space(p + 1, scan->end);
  if (p == scan->end || *p != ':') return scan_fail(scan, p, "expected ':'");
  return json_skip_space(p + 1, scan->end);
}

static const char *scan_text(struct scan *scan, const char *p) {
  if (scan->end - p >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) p += 3; /* byte order mark */
  p = json_skip_space(p, scan->end);
  do {
    struct json_field field = {0};
    if (scan->object) p = scan_key(scan, p, &field);
    if (!p) return NULL;
    field.value = (uint32_t)(p - scan->text);
    if (p < scan->end && (*p == '{' || *p == '[')) {
      p = scan_open(scan, p, &field);
    } else {
      p = scan_scalar(scan, p, &field);
      if (p) p = scan_after(scan, p);
    }
  } while (p && scan->depth > 0);
  if (p) p = json_skip_space(p, scan->end);
  return p && p < scan->end ? scan_fail(scan, p, "unexpected text after the value") : p;
}

int json_check(struct json_index *index, const char *text, size_t length, struct json_error *error) {
  struct scan scan;
  index->count = 0;
  index->lacks_memory = 0;
  if (length != (uint32_t)length) {
    error->message = "longer than 4 GiB";
    error->offset = UINT32_MAX;
    return 0;
  }
  memset(&scan, 0, sizeof scan);
  scan.text = text;
  scan.end = text + length;
  scan.index = index;
  scan.error = error;
  if (scan_text(&scan, text)) return 1;
  index->count = 0; /* the index is incomplete */
  return 0;
}

void json_free(struct json_index *index) {
  free(index->field);
  memset(index, 0, sizeof *index);
}

/* ---- lookup by name ---- */

static int same_name(const char *key, const char *end, const char *name, size_t length) {
  const char *name_end = name + length;
  while (key < end) {
    char decoded[4];
    size_t n = 1;
    if (*key == '\\')
      n = (size_t)(json_read_escape(decoded, &key, end) - decoded);
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
    const struct json_field *field = &fields[count];
    const char *key = text + field->key;
    if (field->depth != depth || field->key == 0 || field->key_length == JSON_LONG_KEY) continue;
    if (field->escaped ? same_name(key, key + field->key_length, name, name_length)
                       : field->key_length == name_length && memcmp(key, name, name_length) == 0)
      return field;
  }
  return NULL;
}

const struct json_field *json_find_root(const struct json_index *index, const char *text, const char *name) {
  return index->count ? json_find(index->field + 1, index->count - 1, 1, text, name, strlen(name)) : NULL;
}
