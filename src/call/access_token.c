#include "call/access_token.h"

#include <math.h>
#include <string.h>

#include "call/retry.h"
#include "request/request.h"
#include "response/body.h"
#include "response/failure.h"
#include "response/result.h"
#include "support/compat.h"
#include "text/json_decode.h"
#include "text/wire_text.h"

/* For this many seconds before it expires, a token is no longer used, because a request takes time. */
static const double margin = 30;

/* A call that needs a token gets a new one. With has_renewed_token, a 401 in this call does not
 * cause a request for another token. */
int access_token_needed(lua_State *L) {
  struct request *r = request_check(L, 1);
  int needed = r->asked.takes_bearer && credentials_needs_token(client_credentials(r->client));
  if (needed) r->call.has_renewed_token = 1;
  lua_pushboolean(L, needed);
  return 1;
}

int access_token_identify(lua_State *L) {
  struct request *r = request_check(L, 1);
  const struct credentials *credentials = client_credentials(r->client);
  if (!credentials->client_id) luaL_error(L, "the client has no client_id");
  const struct secret_pair pairs[] = {{"client_id", credentials->client_id}, {"client_secret", credentials->client_secret}};
  r->call.is_secret = 1;
  request_add_secrets(L, r, pairs, 2);
  return 0;
}

/* Pushes a field of the response, or nil if it is absent. */
static void push_token_field(lua_State *L, const struct request *r, const char *name) {
  const struct json_field *field = body_field(r, name);
  if (field)
    json_push(L, body_text(r), field);
  else
    lua_pushnil(L);
}

/* Returns NULL for a value that cannot be part of a header line. */
static const char *usable_token(lua_State *L, int index, size_t *length) {
  const char *token = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, length) : NULL;
  return token && *length && !wire_has_control(token, *length) && !strchr(token, ' ') ? token : NULL;
}

static int take_bearer(lua_State *L, struct request *r) {
  size_t length = 0;
  int n = result_check(L);
  if (n != 1) return n;
  push_token_field(L, r, "access_token");
  push_token_field(L, r, "expires_in");
  const char *token = usable_token(L, -2, &length);
  if (!token) return failure_push_as(L, r, "decode", "the response has no access token");
  if (client_is_closed(r->client)) return failure_push_as(L, r, "cancelled", "the client is closed");
  struct bearer *newest = bearer_new(token, length);
  if (!newest) luaL_error(L, "out of memory");
  /* Without expires_in the token is used until Twilio refuses it. */
  double until = lua_isnumber(L, -1) ? r->call.begun + (double)lua_tonumber(L, -1) - margin : HUGE_VAL;
  credentials_set_token(client_credentials(r->client), newest, until);
  lua_pushboolean(L, 1);
  return 1;
}

int access_token_take(lua_State *L) {
  struct request *r = request_check(L, 1);
  body_hold(r);
  int n = take_bearer(L, r);
  body_unhold(r);
  if (n == 1 && !r->response.holds) request_wipe(r);
  return n;
}

int access_token_deny(lua_State *L) {
  struct request *r = request_check(L, 1);
  luaL_checktype(L, 2, LUA_TSTRING);
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_settop(L, 3);
  compat_gettable(L, 1);
  lua_insert(L, 2);
  lua_setfield(L, 2, "err");
  lua_setfield(L, 2, "denial");
  r->call.is_denied = 1;
  lua_settop(L, 1);
  return retry_give_up(L);
}
