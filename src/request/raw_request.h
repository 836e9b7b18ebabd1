/* client:request{ method=, url= or product=, path=, query=, form=, json=, headers= }:
 * what the table of the API does not know. */
#ifndef TWILIO_RAW_REQUEST_H
#define TWILIO_RAW_REQUEST_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.raw(client, what, options) → a request */
int raw_request_new(lua_State *L);

#pragma GCC visibility pop

#endif
