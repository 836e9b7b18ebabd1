/* Finds out whether the running coroutine can yield. */
#ifndef TWILIO_SUSPEND_H
#define TWILIO_SUSPEND_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.can_suspend(): returns whether the caller can call coroutine.yield. The main thread cannot
 * yield. Lua code that a C function has called, such as the comparison of table.sort, cannot yield
 * either. PUC Lua 5.1 and 5.2 have no lua_isyieldable. On these versions the function inspects the
 * call stack, and returns false if in doubt. */
int suspend_is_possible(lua_State *L);

#pragma GCC visibility pop

#endif
