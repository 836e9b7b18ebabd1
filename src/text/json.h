/* Checks JSON texts. json_check validates a whole text once and builds an index of the root and of
 * the three levels below the root. json_decode.h decodes single values of a checked text. */
#ifndef TWILIO_JSON_H
#define TWILIO_JSON_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { JSON_MAX_DEPTH = 512 }; /* a text with deeper nesting is an error */

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* A value and its key. Offsets are relative to the start of the text. Each record keeps one struct
 * per field in memory, so the struct must not exceed 16 bytes. */
struct json_field {
  uint32_t key;         /* offset of the key after its opening quote; 0 for an array element */
  uint32_t value;       /* offset of the value; for a string, of its opening quote */
  uint32_t end;         /* offset after the last byte of the value */
  uint16_t key_length;  /* in bytes, before decoding; 0xffff: too long, and json_find ignores it */
  unsigned depth : 3;   /* 0 for the root, 1 for its members, at most 3 */
  unsigned type : 4;    /* enum json_type */
  unsigned escaped : 1; /* the key contains a backslash */
  unsigned hidden : 1;  /* a later field has the same key; set by the caller, not by json_check */
};

/* The result of json_check. field[0] is the root. The other fields follow in the order of the
 * text. */
struct json_index {
  struct json_field *field;
  uint32_t count, capacity;
  int lacks_memory; /* the last json_check failed because memory was exhausted, not because of the text */
};

struct json_error {
  const char *message; /* static, never freed */
  size_t offset;       /* of the byte where the check failed */
};

/* Validates the text by RFC 8259 and fills the index. A zeroed index is valid and empty. An index
 * may be filled again, and its memory is then reused. The caller frees it with json_free.
 *
 * White space around the value and a leading byte order mark are skipped. Strings may contain bytes
 * that are not UTF-8, and unpaired \u surrogates. A text of 4 GiB or more is an error.
 *
 * Returns 1 on success. On failure, the function returns 0, sets *error and empties the index. */
int json_check(struct json_index *index, const char *text, size_t length, struct json_error *error);

/* Frees the memory of the index and empties it. */
void json_free(struct json_index *index);

/* Returns the field with this name among `count` consecutive fields of the index, or NULL. Only
 * fields of the given depth are considered. If several fields have the name, the last one is
 * returned, as in other decoders. */
const struct json_field *json_find(const struct json_field *fields, uint32_t count, unsigned depth, const char *text, const char *name,
                                   size_t name_length);

/* Returns the member of the root with this name. Returns NULL if the root has no such member, or
 * if the index is empty. */
const struct json_field *json_find_root(const struct json_index *index, const char *text, const char *name);

#pragma GCC visibility pop

#endif
