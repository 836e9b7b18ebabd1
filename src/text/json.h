/* Lazy JSON decoder. json_check validates a whole text once and builds an index of the fields of
 * the outer levels. A value is decoded when it is pushed. */
#ifndef TWILIO_JSON_H
#define TWILIO_JSON_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { JSON_MAX_DEPTH = 512 }; /* a deeper text is an error */

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* A value and its key. Offsets are relative to the start of the text. A record stores one struct
 * for each field, so the struct is kept at 16 bytes. */
struct json_field {
  uint32_t key;         /* offset of the key after its opening quote; 0 for an array element */
  uint32_t value;       /* offset of the value; for a string, of its opening quote */
  uint32_t end;         /* offset after the last byte of the value */
  uint16_t key_length;  /* in bytes, with escapes; 0xffff: too long, json_find ignores the key */
  unsigned depth : 3;   /* 0 for the root, 1 for its members, at most 3 */
  unsigned type : 4;    /* enum json_type */
  unsigned escaped : 1; /* the key contains a backslash */
  unsigned hidden : 1;  /* set by the caller: a later field has the same key; 0 after json_check */
};

/* The result of json_check. field[0] is the root. The others follow in the order of the text. */
struct json_index {
  struct json_field *field;
  uint32_t count, capacity;
};

struct json_error {
  const char *message; /* static, never freed */
  size_t offset;       /* of the first invalid byte */
};

/* Validates the text by RFC 8259 and fills the index. A zeroed index is valid and empty. The
 * memory of a used index is reused; the caller frees it with json_free.
 *
 * White space around the value and a leading byte order mark are skipped. Strings may contain
 * bytes that are not UTF-8, and unpaired \u surrogates. A text of 4 GiB or more is an error.
 *
 * Returns 1 on success. On failure, the function returns 0, sets *error and empties the index. */
int json_check(struct json_index *index, const char *text, size_t length, struct json_error *error);

/* Frees the memory of the index and empties it. */
void json_free(struct json_index *index);

/* Returns the field with this name among `count` consecutive fields of the index, or NULL. Only
 * fields of the given depth are considered. The last field with the name wins, as in other
 * decoders. */
const struct json_field *json_find(const struct json_field *fields, uint32_t count, unsigned depth, const char *text, const char *name,
                                   size_t name_length);

/* Returns the member of the root with this name. Returns NULL if the root has no such member, or
 * if the index is empty. */
const struct json_field *json_find_root(const struct json_index *index, const char *text, const char *name);

/* Pushes the value of a field. The text must be the one that was checked.
 *
 * null: a null that is pushed itself becomes nil. In an array, null becomes lightuserdata NULL,
 * because nil would leave a hole. In an object, the key is absent and json_mark_push_nulls lists
 * it.
 *
 * Numbers: a whole number without an exponent becomes an integer if it fits into 64 bits and Lua
 * has integers. Inside a table, a whole number that a Lua number cannot represent becomes a
 * twilio.integer. -0 and all other numbers become floats; a number beyond their range is
 * infinite.
 *
 * Strings: an unpaired surrogate becomes U+FFFD.
 *
 * Tables: an array gets the metatable of json_mark_push_array.
 *
 * The function is not recursive, so that nesting cannot exhaust the C stack. Raises only if
 * memory or the Lua stack is exhausted. */
void json_push(lua_State *L, const char *text, const struct json_field *field);

/* Pushes the decoded key, or nil for an array element. */
void json_push_key(lua_State *L, const char *text, const struct json_field *field);

#pragma GCC visibility pop

#endif
