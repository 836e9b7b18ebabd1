/* Masks what messages and logs show of a request. Secrets and personal data are hidden. Only the
 * last digits of a phone number remain. */
#ifndef TWILIO_MASK_H
#define TWILIO_MASK_H

#include <lua.h>
#include <stddef.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes the request's path with personal values masked, or "(elsewhere)" if it has no path. */
void mask_push_path(lua_State *L, const struct request *r);

/* Pushes a text such as Twilio's message, masked by redact_push_text. A value that is masked in the
 * request's path is masked in the text too. The client's secrets are hidden. */
void mask_push_message(lua_State *L, const struct request *r, const char *text, size_t length);

/* Whether Twilio's API documents have a parameter of that name, ignoring case. *harmless becomes 1
 * if the documents restrict its values to an enum, booleans, numbers, dates or HTTP methods. If
 * only other operations have the parameter, *harmless becomes 1 if all of them restrict it so. */
int mask_find_parameter(const struct request *r, const char *name, size_t length, int *harmless);

#pragma GCC visibility pop

#endif
