/* Reads a JSON text where it lies: checks it once, completely, and remembers
 * where the fields of the outer levels are; values are decoded only when
 * somebody asks for them. */
#ifndef TWILIO_JSON_H
#define TWILIO_JSON_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { JSON_MAX_DEPTH = 512 }; /* deeper texts are refused */

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* One value and, inside an object, its key. Offsets count from the start of
 * the text that was checked. */
struct json_field {     /* 16 bytes: a record carries one for each of its fields */
  uint32_t key;         /* the key's first byte, behind the quote; 0 for an element of an array */
  uint32_t value;       /* the value's first byte (a string's opening quote) */
  uint32_t end;         /* one past the value's last byte */
  uint16_t key_length;  /* in raw bytes; a longer key is kept as 0xffff and found by no name */
  unsigned depth : 3;   /* 0 the root, 1 its fields or elements, 2 theirs, 3 theirs; deeper ones are not kept */
  unsigned type : 4;    /* enum json_type */
  unsigned escaped : 1; /* the key contains a backslash */
  unsigned hidden : 1;  /* for the reader's own use, 0 after the check: a later field has the same key */
};

/* What json_check found: field[0] is the root, the others follow in the order of the text. */
struct json_index {
  struct json_field *field;
  uint32_t count, capacity;
};

struct json_error {
  const char *message; /* static text */
  size_t offset;       /* the byte at which the text went wrong */
};

/* Checks the whole text against RFC 8259 and fills the index, whose memory it
 * reuses (a zeroed index is a valid, empty one). Accepts white space around
 * the value; a leading byte order mark is skipped; bytes of strings that are
 * no UTF-8 are passed through as they are; \u escapes need not be paired.
 * Texts of 4 GiB and more are refused. Returns 1, or 0 with *error set and the
 * index empty. */
int json_check(struct json_index *index, const char *text, size_t length, struct json_error *error);
void json_free(struct json_index *index);

/* The field of that name among the `count` fields of one object (all of them
 * of one depth, as the index keeps them when fields of other depths are
 * stepped over): the last one wins, as in other decoders. NULL if there is none. */
const struct json_field *json_find(const struct json_field *fields, uint32_t count, unsigned depth, const char *text, const char *name,
                                   size_t name_length);

/* The root's field of that name; NULL if there is none, or nothing was checked. */
const struct json_field *json_find_root(const struct json_index *index, const char *text, const char *name);

/* Pushes the value: string, integer, float, boolean, table; JSON null is nil at
 * the top and absent in an object, and lightuserdata NULL in an array, whose
 * length holds. A number is an integer when it is written as one, fits 64 bits
 * and Lua has integers; -0, fractions, exponents and what does not fit are
 * floats, those beyond the range of a float infinite. Half a surrogate pair
 * becomes U+FFFD. The text must stay where it is until this returns.
 * Tables keep what encoding them again needs. Arrays have the metatable of
 * json_mark_push_array. Objects remember their nulls (json_mark_push_nulls).
 * Whole numbers inside of them that a Lua number cannot hold are twilio.integers.
 * Works on any value of a checked text, at any depth, without recursion.
 * May raise only for want of memory or Lua stack. */
void json_push(lua_State *L, const char *text, const struct json_field *field);

/* Pushes the key as a Lua string, escapes decoded; nil for a value without a key. */
void json_push_key(lua_State *L, const char *text, const struct json_field *field);

#pragma GCC visibility pop

#endif
