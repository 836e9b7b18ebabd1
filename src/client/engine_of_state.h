/* userdata twilio.engine: the engine of a Lua state. All clients of the state share it. */
#ifndef TWILIO_ENGINE_OF_STATE_H
#define TWILIO_ENGINE_OF_STATE_H

#include <lua.h>

#include "transport/engine.h"

#pragma GCC visibility push(hidden)

/* Makes the metatable. The table of methods is on the stack's top, and is popped. */
void engine_of_state_register(lua_State *L);

/* Pushes the engine of the Lua state. The first call creates it. Raises if that fails. */
void engine_of_state_push(lua_State *L);

/* Returns the engine of the userdata at index 1. Raises for any other value and for a closed
 * engine. */
struct engine *engine_of_state_check(lua_State *L);

/* Cancels the transfers of the client with this transport_config. With is_family, cancels those of
 * all clients that share its serial. Does nothing if the value at `index` is not an engine, or is a
 * closed engine. Never raises. */
void engine_of_state_cancel(lua_State *L, int index, const struct transport_config *config, int is_family);

#pragma GCC visibility pop

#endif
