/* The target of a redirect: the URL that the header Location means. */
#ifndef TWILIO_REDIRECT_TARGET_H
#define TWILIO_REDIRECT_TARGET_H

#include <stddef.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

/* Appends the target of a redirect: the Location that the response to a GET of the URL `from` has.
 * Returns NULL on success. Otherwise returns why the redirect must not be followed: "" if it leads
 * to another scheme, host or port, or a text such as "it has a segment '..'". */
const char *redirect_target_add(const char *from, const char *location, size_t length, struct buffer *out);

/* The same for a target on any host, to which no credentials are sent. The target must be an
 * absolute https:// URL. If `from` is http://, it may also be http:// on the loopback interface.
 * Returns NULL on success, otherwise why the redirect must not be followed. */
const char *redirect_target_add_elsewhere(const char *from, const char *location, size_t length, struct buffer *out);

#pragma GCC visibility pop

#endif
