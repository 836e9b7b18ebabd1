/* Signs tokens with the secrets of a client, for client.jwt (lua/twilio/jwt.lua). The secrets stay
 * in the core. */
#ifndef TWILIO_TOKEN_KEY_H
#define TWILIO_TOKEN_KEY_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.token_issuer(client, key): returns the account SID, the API key or nil, and the region or
 * nil. `key` is "api_secret" or "auth_token", the secret that signs the token.
 *
 * Raises if the client is closed, has no such secret or no account SID, or is for another account
 * than the one that its credentials belong to. */
int token_key_issuer(lua_State *L);

/* core.token_hmac(client, key, part, …): returns the HMAC-SHA256 of the parts, as core.hmac does.
 * Raises as core.token_issuer does. */
int token_key_hmac(lua_State *L);

/* core.token_key(client, issuer): returns which secret of the client signs tokens with this claim
 * `iss`: "api_secret" or "auth_token". Returns nil for another issuer. Raises if the client is closed,
 * or has neither secret, or is for another account than the one that its credentials belong to. */
int token_key_of(lua_State *L);

#pragma GCC visibility pop

#endif
