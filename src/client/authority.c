#include "client/authority.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text/wire_text.h"

int authority_read(const char *url, struct authority *authority) {
  authority->is_secure = strncasecmp(url, "https://", 8) == 0;
  if (!authority->is_secure && strncasecmp(url, "http://", 7) != 0) return 0;
  authority->host = url + (authority->is_secure ? 8 : 7);
  size_t length = strcspn(authority->host, "/?#\\");
  authority->path = authority->host + length;
  authority->length = *authority->host == '[' ? strcspn(authority->host, "]") + 1 : strcspn(authority->host, ":/?#\\");
  if (memchr(authority->host, '@', length) || authority->length > length) return 0;
  const char *port = authority->host + authority->length;
  size_t digits = *port == ':' ? strspn(port + 1, "0123456789") : 0;
  if (port + (*port == ':') + digits != authority->path || digits > 5) return 0;
  authority->port = digits ? strtol(port + 1, NULL, 10) : authority->is_secure ? 443 : 80;
  return 1;
}

int authority_is_same(const struct authority *authority, const struct authority *other) {
  return authority->is_secure == other->is_secure && authority->port == other->port && authority->length == other->length &&
         strncasecmp(authority->host, other->host, authority->length) == 0;
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
