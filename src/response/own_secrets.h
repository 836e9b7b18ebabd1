/* Replaces the client's own secrets in texts. A response body, a header or a URL may repeat the
 * auth token, the Authorization header or an access token. */
#ifndef TWILIO_OWN_SECRETS_H
#define TWILIO_OWN_SECRETS_H

#include <lua.h>
#include <stddef.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Replaces each secret of the request's client in the text by "***", in place. Finds secrets as
 * they are, and escaped as in URLs, JSON or HTML. Returns the new length, which is never larger.
 * Finds nothing after the client was closed, because closing wipes its secrets. */
size_t secrets_hide(const struct request *r, char *text, size_t length);

/* Pushes a copy of the text in which each secret is replaced by "***". */
void secrets_push(lua_State *L, const struct request *r, const char *text, size_t length);

#pragma GCC visibility pop

#endif
