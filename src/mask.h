/* Personal data out of what is written to logs: phone numbers keep their last digits, other values are hidden whole. */
#ifndef TWILIO_MASK_H
#define TWILIO_MASK_H

#include <lua.h>
#include <stddef.h>

#include "request.h"

#pragma GCC visibility push(hidden)

/* Pushes a parameter's value: one that is a phone number in any of its forms with
 * its digits hidden, another personal one as "***", the name before an "@" as
 * "***", anything else as a message. */
void mask_push_value(lua_State *L, const char *text, size_t length, int is_personal);

/* Pushes the request's path, "(elsewhere)" when it has none: what stands for a person in it is masked as a value. SIDs stay. */
void mask_push_path(lua_State *L, const struct request *r);

/* Pushes a text such as Twilio's message: phone numbers in it, those with a "+" or of at least ten digits in a row,
 * names before an "@", and what is masked in the request's path are masked. */
void mask_push_message(lua_State *L, const struct request *r, const char *text, size_t length);

/* Whether the API's data marks the parameter, for this operation or, where it has none of that name, for any. */
int mask_is_personal(const struct request *r, const char *name, size_t length);

#pragma GCC visibility pop

#endif
