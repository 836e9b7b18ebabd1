/* What messages and logs show of a request: no secret, and of personal data the last digits of phone numbers at the most. */
#ifndef TWILIO_MASK_H
#define TWILIO_MASK_H

#include <lua.h>
#include <stddef.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes the request's path, "(elsewhere)" when it has none: what stands for a person in it is masked as a value. SIDs stay. */
void mask_push_path(lua_State *L, const struct request *r);

/* Pushes a text such as Twilio's message: masked as redact_push_text does, and what is masked in
 * the request's path is masked here, too. The client's secrets are hidden. */
void mask_push_message(lua_State *L, const struct request *r, const char *text, size_t length);

/* Whether the documents have a parameter of that name, case aside. *harmless: whether they restrict
 * it to values that tell nothing about a person, an enum, booleans, numbers, dates or HTTP methods. Of
 * a name that the operation does not have, whether they do so wherever they have it. */
int mask_find_parameter(const struct request *r, const char *name, size_t length, int *harmless);

#pragma GCC visibility pop

#endif
