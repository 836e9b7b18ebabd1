#include "call/access_token.h"

#include <math.h>
#include <openssl/crypto.h>
#include <string.h>

#include "call/retry.h"
#include "response/body.h"
#include "response/failure.h"
#include "response/result.h"
#include "support/compat.h"
#include "text/json.h"
#include "text/wire_text.h"
#include "transport/poller.h"

static const double margin = 30; /* seconds before its end at which a token is not used any more: requests take their time */

static struct credentials *credentials_of(const struct request *r) {
  struct client *c = r->client;
  while (c->parent) c = c->parent;
  return &c->credentials;
}

void access_token_begin(lua_State *L, struct request *r) {
  if (r->is_secret) r->begun = poller_now();
  if (!r->takes_bearer) return;
  struct bearer *newest = credentials_of(r)->bearer;
  if (!newest) luaL_error(L, "the request has no access token");
  engine_cancel(&r->transfer); /* libcurl may be reading the old one */
  bearer_hold(newest);
  bearer_drop(&r->bearer);
  r->bearer = newest;
  r->authorization.data = newest->line;
}

int access_token_turned_down(struct request *r) {
  if (!r->takes_bearer || r->renewed || r->transfer.code != CURLE_OK || r->transfer.status != 401) return 0;
  struct credentials *c = credentials_of(r);
  if (c->bearer == r->bearer) c->until = 0;
  r->renewed = 1;
  return 1;
}

void access_token_wipe(struct request *r) {
  if (r->reading) return; /* the call that reads the answer wipes it */
  if (r->body.data) OPENSSL_cleanse(r->body.data, r->body.capacity);
  if (r->transfer.answer.data) OPENSSL_cleanse(r->transfer.answer.data, r->transfer.answer.capacity);
}

/* A call that had to ask for a token has a new one: no answer makes it ask again. */
int access_token_needed(lua_State *L) {
  struct request *r = request_check(L, 1);
  const struct credentials *c = credentials_of(r);
  int needed = r->takes_bearer && !(c->bearer && poller_now() < c->until);
  if (needed) r->renewed = 1;
  lua_pushboolean(L, needed);
  return 1;
}

static void add_pair(struct buffer *body, const char *name, const char *value) {
  buffer_adds(body, name);
  wire_percent(body, value, strlen(value));
}

int access_token_identify(lua_State *L) {
  struct request *r = request_check(L, 1);
  const struct credentials *c = credentials_of(r);
  if (!c->client_id) luaL_error(L, "the client has no client_id");
  r->is_secret = 1;
  r->retry.is_repeatable = 1;                                                           /* one token too many does no harm */
  buffer_reserve(&r->body, 64 + 3 * (strlen(c->client_id) + strlen(c->client_secret))); /* it is not copied while it grows */
  add_pair(&r->body, "&client_id=", c->client_id);
  add_pair(&r->body, "&client_secret=", c->client_secret);
  r->transfer.body = buffer_cstr(&r->body);
  r->transfer.body_length = r->body.length;
  if (!r->transfer.body) luaL_error(L, "out of memory");
  return 0;
}

/* Pushes a field of the answer, nil when it is absent. */
static void push_field(lua_State *L, const struct request *r, const char *name) {
  const char *text = r->transfer.answer.data;
  const struct json_field *f = json_find_root(&r->index, text, name);
  if (f)
    json_push(L, text, f);
  else
    lua_pushnil(L);
}

static const char *usable_token(lua_State *L, int index, size_t *length) {
  const char *token = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, length) : NULL;
  return token && *length && !wire_has_control(token, *length) && !strchr(token, ' ') ? token : NULL;
}

static int take(lua_State *L, struct request *r) {
  size_t length = 0;
  int n = result_check(L);
  if (n != 1) return n;
  push_field(L, r, "access_token");
  push_field(L, r, "expires_in");
  const char *token = usable_token(L, -2, &length);
  if (!token) return failure_push_as(L, r, "decode", "the answer has no access token");
  if (client_is_closed(r->client)) return failure_push_as(L, r, "cancelled", "the client is closed");
  struct bearer *newest = bearer_new(token, length);
  if (!newest) luaL_error(L, "out of memory");
  struct credentials *c = credentials_of(r);
  bearer_drop(&c->bearer);
  c->bearer = newest;
  c->until = lua_isnumber(L, -1) ? r->begun + (double)lua_tonumber(L, -1) - margin : HUGE_VAL; /* else until Twilio refuses it */
  lua_pushboolean(L, 1);
  return 1;
}

int access_token_take(lua_State *L) {
  struct request *r = request_check(L, 1);
  body_hold(r);
  int n = take(L, r);
  body_unhold(r);
  if (n == 1) access_token_wipe(r);
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
  r->denied = 1;
  lua_settop(L, 1);
  return retry_give_up(L);
}
