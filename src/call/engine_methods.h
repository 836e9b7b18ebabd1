/* The methods of the userdata twilio.engine. The Lua layer calls them, mostly in
 * lua/twilio/waiting.lua. */
#ifndef TWILIO_ENGINE_METHODS_H
#define TWILIO_ENGINE_METHODS_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* Fills the table of methods on the stack's top, which is popped. */
void engine_methods_register(lua_State *L);

/* core.engine() → the engine of the Lua state. All clients of the state share it. */
int engine_methods_engine(lua_State *L);

#pragma GCC visibility pop

#endif
