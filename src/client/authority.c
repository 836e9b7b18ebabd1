#include "client/authority.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text/wire_text.h"

int authority_read(const char *url, struct authority *a) {
  a->is_secure = strncasecmp(url, "https://", 8) == 0;
  if (!a->is_secure && strncasecmp(url, "http://", 7) != 0) return 0;
  a->host = url + (a->is_secure ? 8 : 7);
  size_t length = strcspn(a->host, "/?#\\");
  a->path = a->host + length;
  a->length = *a->host == '[' ? strcspn(a->host, "]") + 1 : strcspn(a->host, ":/?#\\");
  if (memchr(a->host, '@', length) || a->length > length) return 0;
  const char *port = a->host + a->length;
  size_t digits = *port == ':' ? strspn(port + 1, "0123456789") : 0;
  if (port + (*port == ':') + digits != a->path || digits > 5) return 0;
  a->port = digits ? strtol(port + 1, NULL, 10) : a->is_secure ? 443 : 80;
  return 1;
}

int authority_is_same(const struct authority *a, const struct authority *b) {
  return a->is_secure == b->is_secure && a->port == b->port && a->length == b->length && strncasecmp(a->host, b->host, a->length) == 0;
}

void authority_add_path(struct buffer *out, const char *path) {
  for (size_t n; *path; path += n) {
    n = 0;
    while (path[n] && path[n] != ' ' && path[n] != '\\' && !(path[n] & 0x80)) n++;
    buffer_add(out, path, n);
    if (!path[n]) return;
    if (!n) wire_percent(out, path, n = 1);
  }
}
