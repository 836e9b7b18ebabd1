/* Reads options from the table at a stack index (0: none was given); raises for a value of the wrong kind. */
#ifndef TWILIO_OPTIONS_H
#define TWILIO_OPTIONS_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* More than 0 and no more than a million seconds, `otherwise` when the option is absent. */
double options_seconds(lua_State *L, int options, const char *name, double otherwise);

/* A whole number from `least` to `most`. */
long options_whole(lua_State *L, int options, const char *name, long otherwise, long least, long most);

/* true or false, false when it is absent. */
int options_boolean(lua_State *L, int options, const char *name);

/* Pushes the function, or nil when the option is absent. */
void options_push_function(lua_State *L, int options, const char *name);

#pragma GCC visibility pop

#endif
