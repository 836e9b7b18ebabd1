/* Finds out whether the running coroutine can yield. */
#ifndef TWILIO_SUSPEND_H
#define TWILIO_SUSPEND_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.can_suspend(): returns whether coroutine.yield works here. The main thread cannot yield, nor
 * can a function that C has called. PUC Lua 5.1 and 5.2 have no lua_isyieldable. There the function
 * inspects the call stack, and returns false if in doubt. */
int suspend_is_possible(lua_State *L);

#pragma GCC visibility pop

#endif
