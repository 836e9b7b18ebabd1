/* Encodes the parameters of an operation from a Lua table into query, form, JSON and headers. */
#ifndef TWILIO_PARAMETERS_H
#define TWILIO_PARAMETERS_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Adds parameters to the request. `params`, `extra` and `given` are stack indices of tables, 0:
 * none. `params` is checked against the operation. `extra` is sent without a check. `given` has the
 * value of the parameter at position p under the key p + 1. `page_size` is the default of PageSize,
 * 0: none. Raises for unknown names, missing required parameters and values that cannot be encoded. */
void parameters_add(lua_State *L, struct request *r, int params, int extra, int given, long page_size);

/* Returns the position of a parameter in the operation's list, or -1. The name may be Twilio's
 * name, that name in snake_case, or an alias of the API table. A "_" after one of the first two is
 * ignored. */
int parameters_find(uint16_t op, const char *name);

#pragma GCC visibility pop

#endif
