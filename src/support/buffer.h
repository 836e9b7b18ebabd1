/* A growing run of bytes outside the Lua heap, for the code that libcurl calls
 * back (no lua_State at hand) and for text that is built while Lua may raise:
 * the buffer then belongs to a userdata that frees it.
 *
 * A failed allocation is remembered: later writes do nothing, and the owner
 * asks once, at the end. A zeroed buffer is a valid, empty one. */
#ifndef TWILIO_BUFFER_H
#define TWILIO_BUFFER_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

struct buffer {
  char *data; /* not terminated: see buffer_cstr */
  size_t length, capacity;
  int failed; /* an allocation failed: the content is incomplete */
};

void buffer_add(struct buffer *b, const char *bytes, size_t length);
void buffer_adds(struct buffer *b, const char *text);
void buffer_addc(struct buffer *b, char c);

/* Makes room for at least `more` further bytes. Returns 0 when it cannot. */
int buffer_reserve(struct buffer *b, size_t more);

/* The content as a C string, NULL when an allocation failed. */
const char *buffer_cstr(struct buffer *b);

/* Empties the buffer and keeps its memory; a failure is forgotten with the content that it left incomplete. */
void buffer_clear(struct buffer *b);

/* Gives the memory back; the buffer is empty and usable again. */
void buffer_free(struct buffer *b);

#pragma GCC visibility pop

#endif
