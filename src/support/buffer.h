/* A growing byte buffer outside the Lua heap. It is used by callbacks of libcurl, which have no
 * lua_State, and for text that is built while Lua may raise an error. In the second case a userdata
 * owns the buffer and frees it.
 *
 * A failed allocation sets `failed`, and all later writes do nothing. Therefore the owner checks
 * `failed` only once, after the last write. A zeroed struct is a valid, empty buffer. */
#ifndef TWILIO_BUFFER_H
#define TWILIO_BUFFER_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

struct buffer {
  char *data; /* not null-terminated: see buffer_cstr */
  size_t length, capacity;
  int failed; /* an allocation failed, so the content is incomplete */
};

void buffer_add(struct buffer *buffer, const char *bytes, size_t length);
void buffer_adds(struct buffer *buffer, const char *text);
void buffer_addc(struct buffer *buffer, char c);

/* Reserves memory for at least `more` further bytes. Returns 0 if an allocation failed, now or
 * earlier. */
int buffer_reserve(struct buffer *buffer, size_t more);

/* Returns the content as a C string, or NULL if an allocation failed. The string is valid until the
 * next write to the buffer. */
const char *buffer_cstr(struct buffer *buffer);

/* Empties the buffer, keeps its memory and resets `failed`. */
void buffer_clear(struct buffer *buffer);

/* Frees the memory. The buffer is then empty and can be used again. */
void buffer_free(struct buffer *buffer);

#pragma GCC visibility pop

#endif
