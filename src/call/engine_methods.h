/* userdata twilio.engine: the engine of this Lua state as Lua's waiting sees it. */
#ifndef TWILIO_ENGINE_METHODS_H
#define TWILIO_ENGINE_METHODS_H

#include <lua.h>

#include "transport/engine.h"

#pragma GCC visibility push(hidden)

void engine_method_register(lua_State *L); /* expects the table of methods on the stack's top */

/* Pushes the state's engine, which is made at the first call; raises when it cannot be. */
void engine_of_state_push(lua_State *L);

/* Cancels what is in flight for a route, or for all routes of its serial. The
 * value at `index` may be anything, and the engine closed. Never raises. */
void engine_of_state_cancel(lua_State *L, int index, const struct transport_config *route, int family);

#pragma GCC visibility pop

#endif
