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

/* request:take_token() → true: the client uses the token of this response; or nil, message, err */
int access_token_take(lua_State *L);

/* request:deny(text, err): ends the call unsent, because no token was obtained. `err` becomes the
 * error table, and `text` the end of the message. */
int access_token_deny(lua_State *L);

#pragma GCC visibility pop

#endif
