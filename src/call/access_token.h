/* Access tokens of OAuth: methods of the userdata twilio.request for lua/twilio/token.lua, which
 * requests a token and shares it among the calls that wait for it. */
#ifndef TWILIO_ACCESS_TOKEN_H
#define TWILIO_ACCESS_TOKEN_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* request:needs_token() → whether a token has to be requested before the request can be sent */
int access_token_needed(lua_State *L);

/* request:identify(): adds the client's id and secret to a request for a token. */
int access_token_identify(lua_State *L);

/* request:take_token() → true, or nil, message, err. Makes the token in the response of this
 * request the client's access token. */
int access_token_take(lua_State *L);

/* request:deny(text, err): ends the call without sending its request, because no token was
 * obtained. The call fails with the error table `err` and a message that ends with `text`. */
int access_token_deny(lua_State *L);

#pragma GCC visibility pop

#endif
