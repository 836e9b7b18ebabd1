/* Creating and checking the userdata of this module. */
#ifndef TWILIO_USERDATA_H
#define TWILIO_USERDATA_H

#include "support/compat.h"

#pragma GCC visibility push(hidden)

/* Creates the metatable `name`, or updates an existing one. Pops the table of methods from the
 * stack.
 *
 * - The registry key is the address of `name`. Another copy of the module in the same Lua state has
 *   another address, and therefore its own metatable.
 * - The metatable gets the functions of `meta` and the field __name. The field __metatable hides
 *   the metatable from scripts.
 * - __index is the table of methods if `index` is NULL. Otherwise __index is a closure of `index`
 *   with two upvalues: the table of methods and the metatable. */
void userdata_metatable(lua_State *L, const char *name, const luaL_Reg *meta, lua_CFunction index);

/* Returns the payload of the userdata at `index` if it has the metatable `name`, otherwise NULL.
 * Needs two free stack slots. */
void *userdata_test(lua_State *L, int index, const char *name);

/* Returns the payload of argument 1, or NULL if argument 1 has another metatable. Call this only in
 * the `index` function of userdata_metatable. The function compares the metatable with the upvalue,
 * which is cheaper than userdata_test. */
void *userdata_self(lua_State *L);

/* Pushes a new userdata with its metatable and returns the payload. The first `size` bytes are
 * zeroed before the metatable is set, so that __gc may run at any time. `more` further bytes
 * follow, which the caller must fill. */
void *userdata_new(lua_State *L, size_t size, size_t more, const char *name);

#pragma GCC visibility pop

#endif
