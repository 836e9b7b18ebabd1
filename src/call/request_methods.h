/* The methods of the userdata twilio.request, and the functions of core that make requests. */
#ifndef TWILIO_REQUEST_METHODS_H
#define TWILIO_REQUEST_METHODS_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* Fills the table of methods on the stack's top, which is popped. */
void request_methods_register(lua_State *L);

/* core.request(resource or record, verb, SIDs…, params, options) → request, and the options limit
 * and prefetch */
int request_methods_new(lua_State *L);

/* core.raw(client, request, options) → a request for client:request{…} */
int request_methods_new_raw(lua_State *L);

/* core.download(client, url, options, file) → a request for download_new (request/download.h) */
int request_methods_new_download(lua_State *L);

#pragma GCC visibility pop

#endif
