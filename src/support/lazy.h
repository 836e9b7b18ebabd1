/* Functions that are added to a table when they are first used. Hosts that make a Lua state for each
 * script pay only for the functions that the script uses. */
#ifndef TWILIO_LAZY_H
#define TWILIO_LAZY_H

#include <lauxlib.h>
#include <lua.h>

#pragma GCC visibility push(hidden)

/* Gives the table on the stack's top a metatable that adds these functions. `functions` ends with
 * {NULL, NULL}, and must live as long as the Lua state. */
void lazy_set_functions(lua_State *L, const luaL_Reg *functions);

#pragma GCC visibility pop

#endif
