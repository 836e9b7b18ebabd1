#include "client/token_key.h"

#include <string.h>

#include "client/client.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/digest.h"

enum { API_SECRET, AUTH_TOKEN };

static int check_key(lua_State *L) {
  static const char *const names[] = {"api_secret", "auth_token", NULL};
  return luaL_checkoption(L, 2, NULL, names);
}

/* Returns NULL if the client does not have the secret. */
static const char *find_secret(const struct client *c, int key) {
  const struct credentials *credentials = &client_root(c)->credentials;
  return key == API_SECRET ? credentials->api_secret : credentials->auth_token;
}

/* Returns the secret. An API key and an auth token belong to one account, and Twilio refuses a
 * token that they sign for another account. */
static const char *check_secret(lua_State *L, const struct client *c, int key) {
  client_check_open(L, c);
  const char *secret = find_secret(c, key), *own = client_root(c)->account_sid;
  if (!secret)
    misuse(L, key == API_SECRET ? "the client has no API key to sign the token with: pass api_key and api_secret to twilio.client"
                                : "the client has no auth token to sign the token with: pass auth_token to twilio.client");
  if (!own) misuse(L, "the client has no account: pass account_sid to twilio.client");
  if (c->parent && strcmp(own, c->account_sid) != 0)
    misuse(L, "a token for account %s must be signed with that account's own credentials: make a client with them", c->account_sid);
  return secret;
}

int token_key_issuer(lua_State *L) {
  const struct client *c = client_check(L, 1), *root = client_root(c);
  (void)check_secret(L, c, check_key(L));
  lua_pushstring(L, root->account_sid);
  lua_pushstring(L, root->credentials.api_key);
  lua_pushstring(L, root->origin.region);
  return 3;
}

/* close() overwrites a secret, but only the client's finalizer frees its memory. */
int token_key_hmac(lua_State *L) {
  const char *secret = check_secret(L, client_check(L, 1), check_key(L));
  return digest_push_hmac(L, secret, strlen(secret));
}

int token_key_has(lua_State *L) {
  lua_pushboolean(L, find_secret(client_check(L, 1), check_key(L)) != NULL);
  return 1;
}
