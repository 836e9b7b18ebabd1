#include "text/header_lines.h"

#include <string.h>
#include <strings.h>

const char *header_lines_next(const struct buffer *head, size_t *offset, size_t *length) {
  if (*offset >= head->length) return NULL;
  const char *line = head->data + *offset, *newline = memchr(line, '\n', head->length - *offset);
  *length = newline ? (size_t)(newline - line) : head->length - *offset;
  *offset += *length + (newline != NULL);
  return line;
}

static int is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *header_lines_trim(const char *text, const char *end, size_t *length) {
  while (text < end && is_blank(*text)) text++;
  while (end > text && is_blank(end[-1])) end--;
  *length = (size_t)(end - text);
  return text;
}

const char *header_lines_find(const struct buffer *head, const char *name, size_t *length) {
  size_t n = strlen(name), offset = 0, size;
  const char *line;
  while ((line = header_lines_next(head, &offset, &size)))
    if (size > n && line[n] == ':' && strncasecmp(line, name, n) == 0) return header_lines_trim(line + n + 1, line + size, length);
  return NULL;
}
