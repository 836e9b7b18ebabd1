/* Decides whether a call makes another attempt. A request is repeated only when that is provably
 * harmless. The functions are methods of the userdata twilio.request. */
#ifndef TWILIO_RETRY_H
#define TWILIO_RETRY_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* request:retry() → the seconds until the next attempt, nil if there is none; and whether this was
 * returned before: each attempt is decided once. */
int retry_next(lua_State *L);

/* request:deadline() → the deadline on core.now's clock; nil: none */
int retry_deadline(lua_State *L);

/* request:start_clock(): the deadline counts from now. */
int retry_start_clock(lua_State *L);

/* request:linger() → the seconds for which to wait for the response although `ready` said no; nil:
 * do not wait. Seconds are returned only for a request that may have reached Twilio and must not be
 * repeated: only its response says what it did. No further attempt follows. */
int retry_linger(lua_State *L);

/* request:give_up(reason): cancels the call, in flight or between two attempts. An attempt that is
 * done keeps its outcome, but no further attempt follows. */
int retry_give_up(lua_State *L);

#pragma GCC visibility pop

#endif
