#include "text/headers.h"

#include <string.h>
#include <strings.h>

#include "support/ascii.h"

/* Returns the line at *offset and moves *offset to the next line. Returns NULL at the end.
 * `head` may become shorter between two calls. */
static const char *next_line(const struct buffer *head, size_t *offset, size_t *length) {
  if (*offset >= head->length) return NULL;
  const char *line = head->data + *offset, *newline = memchr(line, '\n', head->length - *offset);
  *length = newline ? (size_t)(newline - line) : head->length - *offset;
  *offset += *length + (newline != NULL);
  return line;
}

static int is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *trim(const char *text, const char *end, size_t *length) {
  while (text < end && is_blank(*text)) text++;
  while (end > text && is_blank(end[-1])) end--;
  *length = (size_t)(end - text);
  return text;
}

const char *headers_find(const struct buffer *head, const char *name, size_t *length) {
  size_t n = strlen(name), offset = 0, size;
  const char *line;
  while ((line = next_line(head, &offset, &size)))
    if (size > n && line[n] == ':' && strncasecmp(line, name, n) == 0) return trim(line + n + 1, line + size, length);
  return NULL;
}

void headers_push_line(lua_State *L, const char *line, size_t length) {
  char name[128];
  size_t n = 0;
  const char *colon = memchr(line, ':', length), *end = line + length;
  if (!colon && length && end[-1] == ';') colon = end - 1; /* an empty value */
  if (!colon || (size_t)(colon - line) >= sizeof name) return;
  if (colon + 1 == end && *colon == ':') return; /* no such header */
  for (const char *p = line; p < colon; p++) name[n++] = to_lower(*p);
  const char *value = trim(colon + 1, end, &length);
  lua_pushlstring(L, name, n);
  lua_pushlstring(L, value, length);
  lua_rawset(L, -3);
}

void headers_push(lua_State *L, const struct buffer *head) {
  size_t offset = 0, length;
  const char *line;
  lua_newtable(L);
  while ((line = next_line(head, &offset, &length))) headers_push_line(L, line, length);
}
