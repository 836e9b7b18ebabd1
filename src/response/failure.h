/* Failed calls: nil, a message of one line without secrets, and a table with the details. */
#ifndef TWILIO_FAILURE_H
#define TWILIO_FAILURE_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes nil, message, err for the request at index 1, whose transfer or response is a failure.
 * Returns 3. tostring(err) is the message. The client's secrets are replaced in the body first,
 * which drops the index: no record can be read afterwards. */
int failure_push(lua_State *L, struct request *r);

/* The same with a given kind and text, for an unusable response or a failure of the library. */
int failure_push_as(lua_State *L, struct request *r, const char *kind, const char *text);

/* Sets the field `timings` of the table on the stack's top: seconds from the beginning of the
 * attempt to each step. Sets nothing if no attempt was made. */
void failure_set_timings(lua_State *L, const struct request *r);

/* Sets the masked fields about a failed attempt in the log entry on the stack's top: `reason` if
 * there is no response, otherwise Twilio's `code` and `message`. */
void failure_set_log(lua_State *L, struct request *r);

#pragma GCC visibility pop

#endif
