/* The attempts of a call. These functions start the clock of a call, begin an attempt, and end a
 * call without an attempt. */
#ifndef TWILIO_ATTEMPT_H
#define TWILIO_ATTEMPT_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Starts the deadline of the call when its request is created. An iterator starts the deadline
 * again when it sends its first request, and when it begins to wait for a prefetched page. */
void attempt_start_clock(struct request *r);

/* Begins another attempt of the request at `index`. Raises if the client is closed, or if the
 * response of the previous attempt is being read. If the call is inherited (see
 * request_is_inherited), ends the call and returns NULL. */
struct request *attempt_begin(lua_State *L, int index);

/* Ends the call with this error, before its first attempt or between two attempts. */
void attempt_end_call(struct request *r, CURLcode code, const char *reason);

/* Ends an inherited call with the error kind `network`. */
void attempt_end_inherited(struct request *r);

#pragma GCC visibility pop

#endif
