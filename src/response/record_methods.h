/* The methods and metamethods of the userdata twilio.record. */
#ifndef TWILIO_RECORD_METHODS_H
#define TWILIO_RECORD_METHODS_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* Fills the table of methods on the stack's top, which is popped. */
void record_register(lua_State *L);

/* core.pending(record): pushes the resource of the operation that record:meta().operation names, and
 * returns 1. Returns 0 if there is no operation, and nil, message, err if the API has no resource for
 * it. */
int record_pending(lua_State *L);

#pragma GCC visibility pop

#endif
