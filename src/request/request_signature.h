/* The header Twilio-Client-Validation of a request, which is signed by the key of its client. */
#ifndef TWILIO_REQUEST_SIGNATURE_H
#define TWILIO_REQUEST_SIGNATURE_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Writes the header for another attempt of a sealed request, with the present time. Does nothing
 * for a client without the option client_validation. Cancels a transfer in flight, because libcurl
 * may be reading the previous header. Raises if memory is exhausted. */
void request_signature_renew(lua_State *L, struct request *r);

#pragma GCC visibility pop

#endif
