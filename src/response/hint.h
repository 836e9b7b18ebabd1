/* What a failure most likely comes from, where the request and the answer leave no doubt. */
#ifndef TWILIO_HINT_H
#define TWILIO_HINT_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes " (…)" for the end of a failure's text, or "". `code` is Twilio's error code, 0 without one. The text has no
 * value of the request's. */
const char *hint_push(lua_State *L, const struct request *r, long code);

#pragma GCC visibility pop

#endif
