/* Failures of the world: nil, a one-line message without secrets, and a table that says all there is to know. */
#ifndef TWILIO_FAILURE_H
#define TWILIO_FAILURE_H

#include <lua.h>

#include <stdint.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes nil, message, err for the request at index 1, which is done and did not
 * succeed, as its transfer and its answer say; returns 3. tostring(err) is the message.
 * The client's secrets are hidden in the answer first: its index is gone, its records cannot be read. */
int failure_push(lua_State *L, struct request *r);

/* The same for an answer that cannot be used, or a reason of our own: kind and
 * text ("the answer is no JSON: …") are given. */
int failure_push_as(lua_State *L, struct request *r, const char *kind, const char *text);

/* The code of the error body; 0 when it has none. */
int failure_code(struct request *r, long *code);

/* Retry-After, in seconds from now; 0 when the answer has none. */
int failure_retry_after(const struct request *r, int64_t *seconds);

/* Sets the field `timings` of the table on the stack's top: how long the attempt
 * took to its steps, in seconds from its beginning; nothing when it was not made. */
void failure_set_timings(lua_State *L, const struct request *r);

/* Sets the fields of the table on the stack's top that a log has of an attempt that failed: `reason`
 * without an answer, else Twilio's `code` and `message`, all masked; none of an attempt that succeeded. */
void failure_set_log(lua_State *L, struct request *r);

#pragma GCC visibility pop

#endif
