/* One page of a list, and the links between pages, in each of the forms that Twilio has for them. */
#ifndef TWILIO_PAGE_H
#define TWILIO_PAGE_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes an array of the page's records, a table of its paging fields, the links to the next page and to the one before (or nil), and the
 * resource. Returns 5. Index 1 of the stack is the request. */
int page_push(lua_State *L, struct request *r);

/* Methods of a twilio.request that is done. */

/* request:link() → the link to the next page, nil at the end */
int page_link(lua_State *L);

#pragma GCC visibility pop

#endif
