/* Decodes values of a JSON text that json_check has accepted. */
#ifndef TWILIO_JSON_DECODE_H
#define TWILIO_JSON_DECODE_H

#include <lua.h>

#include "text/json.h"

#pragma GCC visibility push(hidden)

/* Pushes the value of a field. The text must be the one that was checked.
 *
 * null: if `field` itself is null, nil is pushed. In an array, null becomes lightuserdata NULL,
 * because nil would leave a hole. In an object, a key with the value null is absent from the table,
 * and json_mark_push_nulls lists the key.
 *
 * Numbers: a whole number without an exponent becomes an integer if it fits into 64 bits and Lua
 * has integers. Inside a table, a whole number that a Lua number cannot represent becomes a
 * twilio.integer. -0 and all other numbers become floats. A number that is too large for a float
 * becomes infinity.
 *
 * Strings: an unpaired surrogate becomes U+FFFD.
 *
 * Tables: an array gets the metatable of json_mark_push_array.
 *
 * The function is not recursive, so nesting cannot exhaust the C stack. It raises only if memory or
 * the Lua stack is exhausted. */
void json_push(lua_State *L, const char *text, const struct json_field *field);

/* Pushes the decoded key, or nil for an array element. */
void json_push_key(lua_State *L, const char *text, const struct json_field *field);

#pragma GCC visibility pop

#endif
