/* Userdata twilio.integer: a whole number that no Lua number can represent exactly. The userdata
 * stores its decimal digits. */
#ifndef TWILIO_INTEGER_H
#define TWILIO_INTEGER_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

void integer_register(lua_State *L);

/* Whether a whole number in JSON notation is too large for a Lua number. The limit is 64 bits on
 * Lua 5.3 and later, and 2^53 on other versions, where every number is a float. */
int integer_is_large(const char *digits, size_t length);

/* Pushes an integer with these digits. If a userdata with the same digits still exists, that
 * userdata is pushed. Therefore == compares integers by value, and integers can be table keys.
 * Raises only if memory is exhausted. */
void integer_push(lua_State *L, const char *digits, size_t length);

/* Returns the null-terminated digits of the integer at `index`, or NULL for any other value. Sets
 * *length unless `length` is NULL. The userdata owns the digits. */
const char *integer_test(lua_State *L, int index, size_t *length);

#pragma GCC visibility pop

#endif
