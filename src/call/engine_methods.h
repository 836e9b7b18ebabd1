/* The methods of the userdata twilio.engine, which the Lua layer's waiting calls. */
#ifndef TWILIO_ENGINE_METHODS_H
#define TWILIO_ENGINE_METHODS_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* Fills the table of methods on the stack's top, which is popped. */
void engine_methods_register(lua_State *L);

#pragma GCC visibility pop

#endif
