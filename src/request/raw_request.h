/* client:request{ method=, url= or product=, path=, query=, form=, json=, headers= }: requests that
 * the API table does not describe. */
#ifndef TWILIO_RAW_REQUEST_H
#define TWILIO_RAW_REQUEST_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Stack: client, the request's table, options. Pushes and returns a request. */
struct request *raw_request_new(lua_State *L);

#pragma GCC visibility pop

#endif
