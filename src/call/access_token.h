/* OAuth's access tokens: methods of a twilio.request for lua/twilio/token.lua, which asks for tokens and shares them
 * among those who wait; and what a request does with them. */
#ifndef TWILIO_ACCESS_TOKEN_H
#define TWILIO_ACCESS_TOKEN_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* An attempt begins: it takes the client's newest token. Raises when there is none. */
void access_token_begin(lua_State *L, struct request *r);

/* Whether the attempt failed for its token and another one is worth a try: once a call. From then on the client's token
 * is taken for expired, unless it is another one by now. */
int access_token_turned_down(struct request *r);

/* Overwrites body and answer of a request that is_secret. */
void access_token_wipe(struct request *r);

/* request:needs_token() → whether a token has to be asked for before it can be sent */
int access_token_needed(lua_State *L);

/* request:identify(): makes a request for a token complete, by the client's id and secret. */
int access_token_identify(lua_State *L);

/* request:take_token() → true: the client has the token that this request was answered with; or nil, message, err */
int access_token_take(lua_State *L);

/* request:deny(text, err): it is over, unsent, for want of a token. `err` becomes its error's table, `text` ends the message. */
int access_token_deny(lua_State *L);

#pragma GCC visibility pop

#endif
