/* Decodes a whole JSON text for the Lua layer. */
#ifndef TWILIO_JSON_DECODE_H
#define TWILIO_JSON_DECODE_H

#include <lua.h>

#pragma GCC visibility push(hidden)

void json_decode_register(lua_State *L);

/* core.json_decode(text): returns the value, or nil and why the text is not JSON. The value is that
 * of json_push: null is nil at the root, integers stay exact, arrays are marked. */
int json_decode(lua_State *L);

#pragma GCC visibility pop

#endif
