/* Turns the call of a method, such as client.calls:get("CA…"), into the request of an operation. */
#ifndef TWILIO_OPERATION_H
#define TWILIO_OPERATION_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Stack: resource, verb, record or nil, SIDs…, params, options. The response renews the record, if
 * there is one. Pushes three values: the request, and the options limit and prefetch. Returns the
 * request. */
struct request *operation_new(lua_State *L);

/* core.fan(resource, SIDs…, params, options). Some lists consist of other lists: the transcriptions
 * of a call are those of its recordings. Returns nothing if the resource is an ordinary list. For a
 * list of lists, returns:
 *   the resource of the outer list, such as recordings
 *   the parameters with which to read the outer list
 *   the name of the inner list in each record of the outer list, such as "transcriptions"
 *   the remaining arguments: params and options of the inner lists */
int operation_fan(lua_State *L);

#pragma GCC visibility pop

#endif
