/* Scheme, host and port of an absolute URL. */
#ifndef TWILIO_AUTHORITY_H
#define TWILIO_AUTHORITY_H

#include <stddef.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

/* Points into the URL. */
struct authority {
  int is_secure;
  const char *host, *path; /* the path starts after the port, and may be empty */
  size_t length;           /* of the host */
  long port;
};

/* Reads an absolute http:// or https:// URL. Returns 0 for any other text, and for a URL with a user
 * or password. */
int authority_read(const char *url, struct authority *authority);

/* Whether scheme, host and port are the same. */
int authority_is_same(const struct authority *authority, const struct authority *other);

/* Appends the path and query of a link. Blanks and bytes beyond ASCII are percent-encoded, as in
 * browsers. */
void authority_add_path(struct buffer *out, const char *path);

#pragma GCC visibility pop

#endif
