#include "client/token_key.h"

#include <string.h>

#include "client/client.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/digest.h"

enum { API_SECRET, AUTH_TOKEN };

static int check_key_name(lua_State *L) {
  static const char *const names[] = {"api_secret", "auth_token", NULL};
  return luaL_checkoption(L, 2, NULL, names);
}

/* An API key and an auth token belong to one account, and Twilio refuses a token that they sign for
 * another account. */
static const struct credentials *check_signing_account(lua_State *L, const struct client *client) {
  client_check_open(L, client);
  const char *own = client_root(client)->account_sid;
  if (own && client->parent && strcmp(own, client->account_sid) != 0)
    misuse(L, "a token for account %s must be signed with that account's own credentials: make a client with them", client->account_sid);
  return &client_root(client)->credentials;
}

static const char *check_signing_secret(lua_State *L, const struct client *client, int key) {
  const struct credentials *credentials = check_signing_account(L, client);
  const char *secret = key == API_SECRET ? credentials->api_secret : credentials->auth_token;
  if (!secret)
    misuse(L, key == API_SECRET ? "the client has no API key to sign the token with: pass api_key and api_secret to twilio.client"
                                : "the client has no auth token to sign the token with: pass auth_token to twilio.client");
  if (!client_root(client)->account_sid) misuse(L, "the client has no account: pass account_sid to twilio.client");
  return secret;
}

int token_key_issuer(lua_State *L) {
  const struct client *client = client_check(L, 1), *root = client_root(client);
  (void)check_signing_secret(L, client, check_key_name(L));
  lua_pushstring(L, root->account_sid);
  lua_pushstring(L, root->credentials.api_key);
  lua_pushstring(L, root->origin.region);
  return 3;
}

/* close() overwrites a secret, but only the client's finalizer frees its memory. */
int token_key_hmac(lua_State *L) {
  const char *secret = check_signing_secret(L, client_check(L, 1), check_key_name(L));
  return digest_push_hmac(L, secret, strlen(secret));
}

/* Whether the value at the index is this issuer. Returns 0 if `text` is NULL. */
static int is_issuer(lua_State *L, int index, const char *text) {
  size_t length;
  const char *value = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;
  return value && text && length == strlen(text) && memcmp(value, text, length) == 0;
}

int token_key_of(lua_State *L) {
  const struct client *client = client_check(L, 1);
  const struct credentials *credentials = check_signing_account(L, client);
  if (!credentials->api_secret && !credentials->auth_token) misuse(L, "the client has neither an API key nor an auth token to verify tokens with");
  if (credentials->api_secret && is_issuer(L, 2, credentials->api_key)) return lua_pushliteral(L, "api_secret"), 1;
  if (credentials->auth_token && is_issuer(L, 2, client_root(client)->account_sid)) return lua_pushliteral(L, "auth_token"), 1;
  return 0;
}
