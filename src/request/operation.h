/* Turns the call of a method, such as client.calls:get("CA…"), into the request of an operation. */
#ifndef TWILIO_OPERATION_H
#define TWILIO_OPERATION_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Stack: resource, verb, the record that the response renews or nil, SIDs…, params, options. Pushes
 * and returns a request, and pushes the options limit and prefetch. */
struct request *operation_new(lua_State *L);

/* core.fan(resource, SIDs…, params, options). Some lists consist of other lists: the transcriptions
 * of a call are those of its recordings. For such a list, returns the resource whose records to
 * walk, the parameters of that walk, the name of the child to list of each record, and the
 * remaining arguments: params, options. Returns nothing for other lists. */
int operation_fan(lua_State *L);

#pragma GCC visibility pop

#endif
