/* Texts from a table of options and from the environment, checked. */
#ifndef TWILIO_OPTION_H
#define TWILIO_OPTION_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* The text of an option of the table at `options`, left on the stack, or NULL (nil is left). Raises when it is empty,
 * no string, or has control characters; never shows it. */
const char *option_text(lua_State *L, int options, const char *name);

/* The variable of the environment, NULL when it is absent or empty; raises when it has control characters. */
const char *option_environment(lua_State *L, const char *name);

/* A copy for free(); raises without memory. */
char *option_copy(lua_State *L, const char *text, size_t length);

#pragma GCC visibility pop

#endif
