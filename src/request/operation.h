/* From a call of a method, client.calls:get("CA…", …), to the operation it means and its request. */
#ifndef TWILIO_OPERATION_H
#define TWILIO_OPERATION_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.request(resource or record, verb, SIDs…, params, options) → request, limit, prefetch */
int operation_new(lua_State *L);

/* core.fan(resource, SIDs…, params, options) → nothing; or, for a list that is
 * that of other records (the transcriptions of a call are those of its
 * recordings): the resource whose records are to be walked, the parameters of
 * that walk, the name of the child to ask of each, and the arguments that are
 * left for it: params, options. */
int operation_fan(lua_State *L);

#pragma GCC visibility pop

#endif
