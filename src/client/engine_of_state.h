/* userdata twilio.engine: the engine of a Lua state. All clients of the state share it. */
#ifndef TWILIO_ENGINE_OF_STATE_H
#define TWILIO_ENGINE_OF_STATE_H

#include <lua.h>

#include "transport/engine.h"

#pragma GCC visibility push(hidden)

/* Makes the metatable. The table of methods is on the stack's top, and is popped. */
void engine_of_state_register(lua_State *L);

/* Pushes the engine of the state, and creates it at the first call. Raises if it cannot be created.
 * */
void engine_of_state_push(lua_State *L);

/* The engine of the userdata at index 1. Raises for another value, and for a closed engine. */
struct engine *engine_of_state_check(lua_State *L);

/* Cancels the transfers of a client or, with is_family, of all clients whose transport_config has
 * this serial. The value at `index` may be anything, and the engine may be closed. Never raises. */
void engine_of_state_cancel(lua_State *L, int index, const struct transport_config *config, int is_family);

#pragma GCC visibility pop

#endif
