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
 * are sorted, and equal values are taken once. Returns nil for more than 10,000 fields: sorting the
 * fields of a hostile request must not occupy a server. */
int form_signed(lua_State *L);

/* core.form_is_signed(token, code, url, text): whether the code is the HMAC-SHA-1 of the URL and the
 * signed text of the form. This is quicker than core.hmac with core.form_signed, and makes no
 * strings. Also returns false for more than 10,000 fields. */
int form_is_signed(lua_State *L);

#pragma GCC visibility pop

#endif
