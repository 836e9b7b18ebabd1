/* Finds the client's own secrets in texts of others: a response body, a header or a URL may repeat
 * the auth token, the Authorization line or an access token. */
#ifndef TWILIO_OWN_SECRETS_H
#define TWILIO_OWN_SECRETS_H

#include <lua.h>
#include <stddef.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Replaces each secret of the request's client in the text by "***", in place. Secrets are found
 * plain and with the escapes of URLs, JSON and HTML. Returns the new length, which is never larger.
 * Finds nothing once the client is closed, because its secrets are wiped. */
size_t secrets_hide(const struct request *r, char *text, size_t length);

/* Pushes a copy of the text without the secrets. */
void secrets_push(lua_State *L, const struct request *r, const char *text, size_t length);

#pragma GCC visibility pop

#endif
