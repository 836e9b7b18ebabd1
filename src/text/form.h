/* Reads application/x-www-form-urlencoded text: the bodies and the queries of webhooks. */
#ifndef TWILIO_FORM_H
#define TWILIO_FORM_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.form(text): returns a table from name to value. The value of a name that occurs several
 * times is an array of its values, in the order of the text. A name without "=" has the value "".
 * A "%" that is not followed by two hexadecimal digits stands for itself. */
int form_fields(lua_State *L);

/* core.form_signed(text): returns the part of the signed text that Twilio makes of these fields.
 * The names are sorted by their bytes. Each name is followed by its value. The values of one name
 * are sorted, and equal values are taken once. */
int form_signed(lua_State *L);

#pragma GCC visibility pop

#endif
