/* The place of a record's resource in the API, for the tables of the Lua layer. */
#ifndef TWILIO_RECORD_PATH_H
#define TWILIO_RECORD_PATH_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.path(record or resource) → the names that lead to its resource, without SIDs, such as
 * "api.v2010.accounts.calls", and the last of them. Raises for any other value. */
int record_path(lua_State *L);

#pragma GCC visibility pop

#endif
