/* Failed calls: nil, a message of one line without secrets, and a table with the details. */
#ifndef TWILIO_FAILURE_H
#define TWILIO_FAILURE_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes nil, message, err for the failed request at index 1. Returns 3. tostring(err) is the
 * message. First replaces the client's secrets in the body. This drops the index of the body, so
 * that no record can be read afterwards. */
int failure_push(lua_State *L, struct request *r);

/* Like failure_push, with this err.kind and this text. For an unusable response or a failure of the
 * library. */
int failure_push_as(lua_State *L, struct request *r, const char *kind, const char *text);

/* Returns the err.kind of an attempt that got no usable response. */
const char *failure_kind(const struct transfer *t);

/* Sets the field `timings` of the table on the stack's top: seconds from the beginning of the
 * attempt to each step. Sets nothing if no attempt was made. */
void failure_set_timings(lua_State *L, const struct request *r);

/* Registers the function at `index`. It returns the title of an error code, or nil. The message of an
 * error is this title if Twilio sent a code without a message. */
void failure_set_explainer(lua_State *L, int index);

/* Adds the reason of a failed attempt, masked, to the log entry on the stack's top. If there is no
 * response, sets `reason`. Otherwise sets `code` and `message` of Twilio's error. */
void failure_set_log(lua_State *L, struct request *r);

#pragma GCC visibility pop

#endif
