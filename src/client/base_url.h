/* The option base_url: the forms of URL that it accepts. */
#ifndef TWILIO_BASE_URL_H
#define TWILIO_BASE_URL_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* The text "{product}". A base URL may contain it once, in place of the product's name. */
extern const char base_url_product_mark[];

/* Returns a copy of the option base_url without a slash at its end, or NULL if the option is
 * absent. The caller frees the copy. Raises for an invalid URL, and for http:// to another machine
 * without the option allow_http. */
char *base_url_read(lua_State *L, int options);

/* Whether the text after "http://" names the loopback interface of this machine. */
int base_url_is_loopback(const char *host);

#pragma GCC visibility pop

#endif
