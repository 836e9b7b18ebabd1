/* userdata twilio.engine: the engine of this Lua state as Lua's waiting sees it. */
#ifndef TWILIO_LOOP_H
#define TWILIO_LOOP_H

#include <lua.h>

#include "engine.h"

#pragma GCC visibility push(hidden)

void loop_register(lua_State *L); /* expects the table of methods on the stack's top */

/* Pushes the state's engine, which is made at the first call; raises when it cannot be. */
void loop_push(lua_State *L);

/* Cancels what is in flight for a route, or for all routes of its serial. The
 * value at `index` may be anything, and the engine closed. Never raises. */
void loop_cancel_route(lua_State *L, int index, const struct route *route, int family);

#pragma GCC visibility pop

#endif
