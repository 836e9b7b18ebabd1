/* userdata twilio.integer: a whole number that no Lua number holds exactly. It keeps its digits. */
#ifndef TWILIO_INTEGER_H
#define TWILIO_INTEGER_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

void integer_register(lua_State *L);

/* Whether the text, a whole number as JSON writes it, is too large for a Lua number: beyond 64 bits
 * on Lua 5.3 and later, beyond 2^53 where all numbers are floats. */
int integer_is_large(const char *digits, size_t length);

/* Pushes the integer of these digits. Equal digits yield the same userdata while one is in use, so
 * that integers can be compared with == and used as keys. May raise only for want of memory. */
void integer_push(lua_State *L, const char *digits, size_t length);

/* The digits of the integer at `index`, terminated; NULL if the value is none. */
const char *integer_test(lua_State *L, int index, size_t *length);

#pragma GCC visibility pop

#endif
