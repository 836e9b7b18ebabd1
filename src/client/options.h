/* Reads options from the table at a stack index (0: none was given), and texts from the environment; raises for a
 * value of the wrong kind. */
#ifndef TWILIO_OPTIONS_H
#define TWILIO_OPTIONS_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

/* More than 0 and no more than a million seconds, `otherwise` when the option is absent. */
double options_seconds(lua_State *L, int options, const char *name, double otherwise);

/* A whole number from `least` to `most`. */
long options_whole(lua_State *L, int options, const char *name, long otherwise, long least, long most);

/* true or false, false when it is absent. */
int options_boolean(lua_State *L, int options, const char *name);

/* Pushes the function, or nil when the option is absent. */
void options_push_function(lua_State *L, int options, const char *name);

/* The text of an option of the table at `options`, left on the stack, or NULL (nil is left). Raises when it is empty,
 * no string, or has control characters; never shows it. */
const char *options_text(lua_State *L, int options, const char *name);

/* Pushes an option's value for a message: "5 s" in quotes, -1, true, table. What may be a secret, in whatever option, is not shown. */
const char *options_push_shown(lua_State *L, int index, const char *name);

/* The variable of the environment, NULL when it is absent or empty; raises when it has control characters. */
const char *options_environment(lua_State *L, const char *name);

/* A copy for free(); raises without memory. */
char *options_copy(lua_State *L, const char *text, size_t length);

#pragma GCC visibility pop

#endif
