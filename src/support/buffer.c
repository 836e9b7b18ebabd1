#include "support/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_SMALLEST = 256 };

int buffer_reserve(struct buffer *buffer, size_t more) {
  size_t wanted, doubled;
  char *data;
  if (buffer->failed) return 0;
  if (more <= buffer->capacity - buffer->length) return 1;
  buffer->failed = 1; /* reset below, after the allocation has succeeded */
  if (more > SIZE_MAX - buffer->length) return 0;
  wanted = buffer->length + more;
  doubled = buffer->capacity <= SIZE_MAX / 2 ? buffer->capacity * 2 : SIZE_MAX;
  if (wanted < doubled) wanted = doubled;
  if (wanted < BUFFER_SMALLEST) wanted = BUFFER_SMALLEST;
  data = realloc(buffer->data, wanted);
  if (!data) return 0;
  buffer->data = data;
  buffer->capacity = wanted;
  buffer->failed = 0;
  return 1;
}

void buffer_add(struct buffer *buffer, const char *bytes, size_t length) {
  /* memcpy requires valid pointers even for 0 bytes */
  if (!buffer_reserve(buffer, length) || length == 0) return;
  memcpy(buffer->data + buffer->length, bytes, length);
  buffer->length += length;
}

void buffer_adds(struct buffer *buffer, const char *text) {
  buffer_add(buffer, text, strlen(text));
}

void buffer_addc(struct buffer *buffer, char c) {
  if (buffer_reserve(buffer, 1)) buffer->data[buffer->length++] = c;
}

const char *buffer_cstr(struct buffer *buffer) {
  if (!buffer_reserve(buffer, 1)) return NULL;
  buffer->data[buffer->length] = '\0'; /* not part of the content: the next write overwrites it */
  return buffer->data;
}

void buffer_clear(struct buffer *buffer) {
  buffer->length = 0;
  buffer->failed = 0;
}

void buffer_free(struct buffer *buffer) {
  free(buffer->data);
  memset(buffer, 0, sizeof *buffer);
}
