/* The client's own secrets, found in what others wrote: an answer, a header or a URL may repeat
 * the auth token, the Authorization line or an access token. */
#ifndef TWILIO_OWN_SECRETS_H
#define TWILIO_OWN_SECRETS_H

#include <lua.h>
#include <stddef.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Replaces each secret of the request's client in the text by "***", in place. A secret is found as
 * it is and with the escapes of URLs, JSON and HTML. Returns the new length, which is never larger.
 * Nothing is found once the client is closed, for then its secrets are wiped. */
size_t secrets_hide(const struct request *r, char *text, size_t length);

/* Pushes a copy of the text, hidden in the same way. */
void secrets_push(lua_State *L, const struct request *r, const char *text, size_t length);

#pragma GCC visibility pop

#endif
