/* Encodes the parameters of an operation from a Lua table into query, form, JSON and headers. */
#ifndef TWILIO_PARAMETERS_H
#define TWILIO_PARAMETERS_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* The header whose value Twilio acts on once, for operations with is_idempotent. */
#define PARAMETERS_KEY "Idempotency-Key"

/* Adds parameters to the request. `params`, `extra` and `given` are stack indices of tables, 0:
 * none. `params` is checked against the operation. `extra` is sent without a check. `given` has the
 * value of the parameter at position p under the key p + 1. `page_size` is the default of PageSize,
 * 0: none. Raises for unknown names, missing required parameters and values that cannot be encoded. */
void parameters_add(lua_State *L, struct request *r, int params, int extra, int given, long page_size);

#pragma GCC visibility pop

#endif
