/* One page of a list, and the links to other pages in all forms that Twilio uses. */
#ifndef TWILIO_PAGE_H
#define TWILIO_PAGE_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes the array of records, the table of paging fields, the links to the next and the previous
 * page (or nil), and the resource. Returns 5. The request is at index 1 of the stack. */
int page_push(lua_State *L, struct request *r);

/* request:link() → the link to the next page, nil on the last page */
int page_link(lua_State *L);

#pragma GCC visibility pop

#endif
