/* Masks what messages and logs show of a request. Secrets are hidden. Of personal data, only the
 * last digits of phone numbers remain. */
#ifndef TWILIO_MASK_H
#define TWILIO_MASK_H

#include <lua.h>
#include <stddef.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes the request's path with personal values masked, or "(elsewhere)" if it has no path. */
void mask_push_path(lua_State *L, const struct request *r);

/* Pushes a text such as Twilio's message, masked by redact_push_text. Values that are masked in the
 * request's path are masked in the text too, and the client's secrets are hidden. */
void mask_push_message(lua_State *L, const struct request *r, const char *text, size_t length);

/* Whether the documents have a parameter of that name, ignoring case. *harmless becomes 1 if they
 * restrict it to impersonal values: an enum, booleans, numbers, dates or HTTP methods. For a
 * parameter of other operations, *harmless becomes 1 if this holds for all of them. */
int mask_find_parameter(const struct request *r, const char *name, size_t length, int *harmless);

#pragma GCC visibility pop

#endif
