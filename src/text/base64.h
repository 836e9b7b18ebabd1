/* Base64 (RFC 4648), for audio in JSON messages. */
#ifndef TWILIO_BASE64_H
#define TWILIO_BASE64_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.base64(bytes) → the base64 text with padding */
int base64_encode(lua_State *L);

/* core.base64_decode(text) → the bytes, or nil for a text that base64_encode does not write */
int base64_decode(lua_State *L);

#pragma GCC visibility pop

#endif
