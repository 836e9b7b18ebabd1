/* The origin of a client's requests: the base URL, or twilio.com with the region and edge. This
 * file decides which links a client follows, so that credentials are sent to no other host. */
#ifndef TWILIO_ORIGIN_H
#define TWILIO_ORIGIN_H

#include <lua.h>
#include <stddef.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

/* Owns its texts. */
struct origin {
  char *base_url;      /* without a slash at its end; NULL: requests go to twilio.com */
  char *region, *edge; /* NULL: none */
};

/* Reads the options base_url, allow_http, region and edge, and TWILIO_REGION and TWILIO_EDGE.
 * Raises for an invalid value. */
void origin_read(lua_State *L, struct origin *origin, int options);
void origin_free(struct origin *origin);

/* Appends the scheme and host for a product such as "flex-api". If there is a base URL, also
 * appends the path of the base URL. */
void origin_add_base(const struct origin *origin, const char *product, struct buffer *out);

/* Appends the URL of a link. A path is resolved against the product's host. An absolute link must
 * be below the base URL or on twilio.com, and is rewritten to this origin. Returns NULL on success.
 * Otherwise pushes and returns an error text without a subject, such as "has a backslash in its
 * path". The caller puts the name of the link before the text. */
const char *origin_add_link(lua_State *L, const struct origin *origin, const char *product, const char *link, size_t length, struct buffer *out);

/* Whether the absolute URL is neither below the base URL nor on twilio.com. Credentials must not be
 * sent there. Returns 0 for a path. */
int origin_is_elsewhere(const struct origin *origin, const char *url);

/* Returns the path of a URL, without the path of the base URL at its beginning. */
const char *origin_path(const struct origin *origin, const char *url);

/* Whether a path segment of the link is "..": plain, percent-encoded or with parameters ("..;x"). A
 * server removes such a segment together with the segment before it, and so serves another path
 * than the link shows. */
int origin_has_dots(const char *link);

#pragma GCC visibility pop

#endif
