#include "text/headers.h"

#include <string.h>

#include "support/ascii.h"

void headers_push_line(lua_State *L, const char *line, size_t length) {
  char name[128];
  size_t n = 0;
  const char *colon = memchr(line, ':', length), *end = line + length;
  if (!colon && length && end[-1] == ';') colon = end - 1; /* an empty value */
  if (!colon || (size_t)(colon - line) >= sizeof name) return;
  if (colon + 1 == end && *colon == ':') return; /* no such header */
  for (const char *p = line; p < colon; p++) name[n++] = to_lower(*p);
  const char *value = header_lines_trim(colon + 1, end, &length);
  lua_pushlstring(L, name, n);
  lua_pushlstring(L, value, length);
  lua_rawset(L, -3);
}

void headers_push(lua_State *L, const struct buffer *head) {
  size_t offset = 0, length;
  const char *line;
  lua_newtable(L);
  while ((line = header_lines_next(head, &offset, &length))) headers_push_line(L, line, length);
}
