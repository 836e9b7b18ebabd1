/* What all our userdata have in common. */
#ifndef TWILIO_USERDATA_H
#define TWILIO_USERDATA_H

#include "support/compat.h"

#pragma GCC visibility push(hidden)

/* Makes the metatable of that name, which is found by the name's address, so that another
 * copy of the module in the same state has its own: the functions of meta, __name, a lock
 * against getmetatable, and as __index the table of methods (on the stack's top, popped) or,
 * where there are fields too, a function that has it as its first upvalue. */
void userdata_metatable(lua_State *L, const char *name, const luaL_Reg *meta, lua_CFunction index);

/* The payload of the userdata at `index` if its metatable is the one of that name, otherwise NULL.
 * Needs two free slots of the Lua stack. */
void *userdata_test(lua_State *L, int index, const char *name);

/* The same in such a function, of its first argument: cheaper, since its second upvalue is the metatable. */
void *userdata_self(lua_State *L);

/* Pushes a userdata that has its metatable before anything else: `size` zeroed bytes, and `more` behind them for the caller to fill. */
void *userdata_new(lua_State *L, size_t size, size_t more, const char *name);

#pragma GCC visibility pop

#endif
