#include "support/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_SMALLEST = 256 };

int buffer_reserve(struct buffer *b, size_t more) {
  size_t wanted, doubled;
  char *data;
  if (b->failed) return 0;
  if (more <= b->capacity - b->length) return 1;
  b->failed = 1; /* reset below, after the allocation has succeeded */
  if (more > SIZE_MAX - b->length) return 0;
  wanted = b->length + more;
  doubled = b->capacity <= SIZE_MAX / 2 ? b->capacity * 2 : SIZE_MAX;
  if (wanted < doubled) wanted = doubled;
  if (wanted < BUFFER_SMALLEST) wanted = BUFFER_SMALLEST;
  data = realloc(b->data, wanted);
  if (!data) return 0;
  b->data = data;
  b->capacity = wanted;
  b->failed = 0;
  return 1;
}

void buffer_add(struct buffer *b, const char *bytes, size_t length) {
  /* memcpy requires valid pointers even for 0 bytes */
  if (!buffer_reserve(b, length) || length == 0) return;
  memcpy(b->data + b->length, bytes, length);
  b->length += length;
}

void buffer_adds(struct buffer *b, const char *text) {
  buffer_add(b, text, strlen(text));
}

void buffer_addc(struct buffer *b, char c) {
  if (buffer_reserve(b, 1)) b->data[b->length++] = c;
}

const char *buffer_cstr(struct buffer *b) {
  if (!buffer_reserve(b, 1)) return NULL;
  b->data[b->length] = '\0'; /* not part of the content: the next write overwrites it */
  return b->data;
}

void buffer_clear(struct buffer *b) {
  b->length = 0;
  b->failed = 0;
}

void buffer_free(struct buffer *b) {
  free(b->data);
  memset(b, 0, sizeof *b);
}
