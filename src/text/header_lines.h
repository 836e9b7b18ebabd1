/* Finds the header lines of an HTTP response, without Lua. */
#ifndef TWILIO_HEADER_LINES_H
#define TWILIO_HEADER_LINES_H

#include <stddef.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

/* Returns the line at *offset and moves *offset to the next line. Returns NULL at the end.
 * `head` may become shorter between two calls. */
const char *header_lines_next(const struct buffer *head, size_t *offset, size_t *length);

/* Returns the text without the blanks and line ends around it, and sets *length. */
const char *header_lines_trim(const char *text, const char *end, size_t *length);

/* Returns the value of the first header with this name, without blanks around the value, and sets
 * *length. Returns NULL if no header has the name. The value points into `head` and is not
 * null-terminated. */
const char *header_lines_find(const struct buffer *head, const char *name, size_t *length);

#pragma GCC visibility pop

#endif
