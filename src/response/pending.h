/* Operations that end later. Twilio answers such a request with the status 202 and a URL. A GET of this
 * URL returns the state of the operation. */
#ifndef TWILIO_PENDING_H
#define TWILIO_PENDING_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes { id, url, retry_after } of the operation that the response names, or nil. The body must be
 * indexed. */
void pending_push(lua_State *L, struct request *r);

/* Pushes the resource that has the URL of the operation, and returns NULL. The URL is the string at
 * `url`, and the resource is found in the API table. `from` is the resource of the request. The value at
 * `relative` is as in resource_push. If no resource has the URL, pushes nothing and returns an error
 * text. */
const char *pending_push_resource(lua_State *L, int relative, const struct resource *from, int url);

#pragma GCC visibility pop

#endif
