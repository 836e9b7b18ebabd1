/* Whether a coroutine can be suspended where it stands. */
#ifndef TWILIO_SUSPEND_H
#define TWILIO_SUSPEND_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.can_suspend() → whether coroutine.yield works here: not in the main
 * thread, nor inside a function that C has called. Lua 5.1 and 5.2 cannot be
 * asked: there it is what the call stack looks like, rather no than yes. */
int suspend_is_possible(lua_State *L);

#pragma GCC visibility pop

#endif
