/* Decides whether a call makes another attempt. A request is repeated only when that is provably
 * harmless. The functions are methods of the userdata twilio.request. */
#ifndef TWILIO_RETRY_H
#define TWILIO_RETRY_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* request:retry() → seconds, is_decided. `seconds` is the time until the next attempt, or nil if no
 * attempt follows. One decision is made after each attempt. `is_decided` is true if an earlier call
 * of retry() has made it. */
int retry_next(lua_State *L);

/* request:deadline() → the deadline on core.now's clock, or nil if the call has no deadline */
int retry_deadline(lua_State *L);

/* request:start_clock(): starts the deadline again. The option `deadline` counts from now. */
int retry_start_clock(lua_State *L);

/* request:linger() → the option `grace`: how many seconds to wait for the response after `ready`
 * returned false; nil: do not wait. Returns seconds only for a request that may have reached Twilio
 * and must not be repeated, because only the response tells what Twilio did. No further attempt
 * follows then. */
int retry_linger(lua_State *L);

/* request:give_up(reason): cancels the call, in flight or between two attempts. No further attempt
 * follows. If the last attempt is done and retry() was not called, the call keeps its outcome. */
int retry_give_up(lua_State *L);

#pragma GCC visibility pop

#endif
