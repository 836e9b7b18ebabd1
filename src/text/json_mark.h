/* What a Lua table that was decoded from JSON remembers in its metatable: that it is an array, or
 * which names of an object were null. The encoder of the Lua layer writes both back. */
#ifndef TWILIO_JSON_MARK_H
#define TWILIO_JSON_MARK_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* Makes the metatable of arrays, which json_mark_push_array pushes. */
void json_mark_register(lua_State *L);
void json_mark_push_array(lua_State *L);

/* Remembers that the name on the stack's top, which is popped, is null in the object at `object`.
 * The name reads as nil. An assignment to it, of nil too, makes the object forget the null. */
void json_mark_null(lua_State *L, int object);

/* Pushes the set of the object's names that are null (name → true) and returns 1; returns 0 and
 * pushes nothing if there are none. */
int json_mark_push_nulls(lua_State *L, int object);

#pragma GCC visibility pop

#endif
