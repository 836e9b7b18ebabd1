/* Operations that end later. Twilio answers such a request with 202, and names a URL that says how far
 * the operation is. */
#ifndef TWILIO_PENDING_H
#define TWILIO_PENDING_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes { id, url, retry_after } of the operation that the response names, or nil. The body must be
 * indexed. */
void pending_push(lua_State *L, struct request *r);

/* Pushes the resource of an operation, whose URL is the string at `url`, and returns NULL. The API
 * table says which one it is. `from` is the resource of the request. The value at `relative` is as in
 * resource_push. If there is no such resource, pushes nothing and returns an error text. */
const char *pending_push_resource(lua_State *L, int relative, const struct resource *from, int url);

#pragma GCC visibility pop

#endif
