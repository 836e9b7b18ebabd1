/* Hints at the cause of a failure, if the request and the response leave no doubt about it. */
#ifndef TWILIO_HINT_H
#define TWILIO_HINT_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes " (…)" for the end of an error message, or "". `code` is Twilio's error code, 0: none. The
 * hint contains no value of the request. */
const char *hint_push(lua_State *L, const struct request *r, long code);

#pragma GCC visibility pop

#endif
