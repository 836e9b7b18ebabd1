#include "head.h"

#include <string.h>
#include <strings.h>

/* The line at *at, which moves to the next one; NULL at the end. */
static const char *next_line(const char **at, const char *end, size_t *length) {
  const char *line = *at;
  if (!line || line >= end) return NULL;
  const char *newline = memchr(line, '\n', (size_t)(end - line));
  *length = (size_t)((newline ? newline : end) - line);
  *at = newline ? newline + 1 : end;
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

const char *head_find(const struct buffer *head, const char *name, size_t *length) {
  size_t n = strlen(name), size;
  const char *at = head->data, *line;
  while ((line = next_line(&at, head->data + head->length, &size)))
    if (size > n && line[n] == ':' && strncasecmp(line, name, n) == 0) return trim(line + n + 1, line + size, length);
  return NULL;
}

void head_push_line(lua_State *L, const char *line, size_t length) {
  char name[128];
  size_t n = 0;
  const char *colon = memchr(line, ':', length), *end = line + length;
  if (!colon && length && end[-1] == ';') colon = end - 1; /* libcurl's way to write an empty value */
  if (!colon || (size_t)(colon - line) >= sizeof name) return;
  if (colon + 1 == end && *colon == ':') return; /* and its way to say that there is no such header */
  for (const char *p = line; p < colon; p++) name[n++] = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
  const char *value = trim(colon + 1, end, &length);
  lua_pushlstring(L, name, n);
  lua_pushlstring(L, value, length);
  lua_rawset(L, -3);
}

void head_push(lua_State *L, const struct buffer *head) {
  const char *at = head->data, *line;
  size_t length;
  lua_newtable(L);
  while ((line = next_line(&at, head->data + head->length, &length))) head_push_line(L, line, length);
}
