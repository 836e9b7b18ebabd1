/* The attempts of a call: when the call starts, when an attempt begins, and when the call ends. */
#ifndef TWILIO_ATTEMPT_H
#define TWILIO_ATTEMPT_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Starts the deadline of the call: at its beginning, and again when it leaves a queue. */
void attempt_start_clock(struct request *r);

/* Begins another attempt of the request at `index`. Raises if its client is closed, and while the
 * response of the previous attempt is being read. Returns NULL if there is no attempt, because the
 * call is inherited (see request_is_inherited) and has ended. */
struct request *attempt_begin(lua_State *L, int index);

/* Ends the call between two attempts, or before the first one, with this error. */
void attempt_end_call(struct request *r, CURLcode code, const char *reason);

/* Ends an inherited call with the error kind `network`. */
void attempt_end_inherited(struct request *r);

#pragma GCC visibility pop

#endif
