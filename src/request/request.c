#include "request/request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "call/access_token.h"
#include "client/options.h"
#include "response/mask.h"
#include "response/page.h"
#include "response/result.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "support/userdata.h"
#include "text/headers.h"
#include "text/wire_text.h"

static const char request_name[] = "twilio.request";
const char *const request_methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

/* By enum api_content. Without a value libcurl does not send a header of its own. */
static const char *const accept_lines[] = {"Accept:", NULL, "Accept: application/json", "Accept: application/scim+json"};
static const char *const content_lines[] = {NULL, "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json",
                                            "Content-Type: application/scim+json"};

struct request *request_check_any(lua_State *L, int index) {
  struct request *r = userdata_test(L, index, request_name);
  if (!r) misuse(L, "a twilio.request is expected, got %s", luaL_typename(L, index));
  return r;
}

struct request *request_check(lua_State *L, int index) {
  struct request *r = request_check_any(L, index);
  if (!r->client) misuse(L, "the request was collected before this finalizer ran");
  return r;
}

const struct api_op *request_op(const struct request *r) {
  return r->op == REQUEST_RAW ? NULL : &api_ops[r->op];
}

struct request *request_push(lua_State *L, int owner, struct client *client) {
  owner = compat_absindex(L, owner);
  struct request *r = userdata_new(L, sizeof *r, 0, request_name);
  lua_createtable(L, 3, 0); /* few have the others */
  lua_pushvalue(L, owner);
  lua_rawseti(L, -2, 1);
  compat_settable(L, -2);
  r->client = client;
  r->transfer.timed = client_root(client)->has_log;
  r->transfer.route = &client->route;
  return r;
}

/* Frees header lines, which may be secret. */
static void free_headers(struct curl_slist *list) {
  for (struct curl_slist *h = list; h; h = h->next) credentials_wipe(h->data);
  curl_slist_free_all(list);
}

/* Lua finalizes the objects of one garbage cycle in the reverse order of their creation, so a
 * finalizer of the program may still use a request after this. A zeroed request has no client. */
static int request_gc(lua_State *L) {
  struct request *r = userdata_test(L, 1, request_name);
  if (!r) return 0;
  r->reading = 0; /* an error has left it */
  if (r->is_secret) access_token_wipe(r);
  transfer_free(&r->transfer);
  bearer_drop(&r->bearer);
  free_headers(r->headers);
  buffer_free(&r->url);
  buffer_free(&r->query);
  buffer_free(&r->body);
  buffer_free(&r->path);
  json_free(&r->index);
  memset(r, 0, sizeof *r);
  return 0;
}

static void add_line(lua_State *L, struct request *r, const char *line) {
  struct curl_slist *more = curl_slist_append(r->headers, line);
  if (!more) luaL_error(L, "out of memory");
  r->headers = more;
}

static void drop_header(struct request *r, const char *name) {
  size_t length = strlen(name);
  if (strcasecmp(name, "Accept") == 0) r->accept.data = NULL;
  if (strcasecmp(name, "Content-Type") == 0) r->content_type.data = NULL;
  if (strcasecmp(name, "Authorization") == 0) {
    r->authorization.data = NULL;
    r->takes_bearer = 0;
  }
  for (struct curl_slist **at = &r->headers; *at;) {
    struct curl_slist *h = *at;
    if (strncasecmp(h->data, name, length) != 0 || !strchr(":;", h->data[length])) {
      at = &h->next;
      continue;
    }
    *at = h->next;
    h->next = NULL;
    free_headers(h);
  }
}

void request_add_header(lua_State *L, struct request *r, const char *name, const char *value) {
  drop_header(r, name);
  /* libcurl drops "Name:" but sends "Name;" as a header without a value */
  add_line(L, r, lua_pushfstring(L, *value ? "%s: %s" : "%s;", name, value));
  lua_pop(L, 1);
}

void request_set_headers(struct request *r, enum api_auth auth, enum api_content content, enum api_content answer) {
  const struct credentials *credentials = &client_root(r->client)->credentials;
  if (auth != API_NO_AUTH) {
    r->authorization.data = (char *)credentials_line(credentials);
    r->takes_bearer = credentials->kind == CREDENTIALS_OAUTH;
  }
  r->accept.data = (char *)accept_lines[answer];
  r->content_type.data = (char *)content_lines[content];
}

/* Options */

/* By enum request_what: a list takes all of them, a page at a URL and a raw request the last ones. */
static const char *const option_names[] = {"limit",          "prefetch", "extra",          "timeout", "connect_timeout", "wait",
                                           "cancel",         "deadline", "max_retry_wait", "retries", "repeatable",      "low_speed_limit",
                                           "low_speed_time", "ready",    "grace",          NULL};
static const int first_option[] = {0, 2, 3, 3};

int request_is_option(const char *name) {
  return misuse_is_name(name, option_names + first_option[REQUEST_OF_ONE]);
}

/* Whether the value at the top is what twilio.canceller() makes. */
static int is_canceller(lua_State *L) {
  if (!lua_istable(L, -1) || !luaL_getmetafield(L, -1, "__name")) return 0;
  const char *name = lua_tostring(L, -1);
  int is_one = name && strcmp(name, "twilio.canceller") == 0;
  lua_pop(L, 1);
  return is_one;
}

void request_check_options(lua_State *L, int options, enum request_what what) {
  if (!options) return;
  lua_pushnil(L);
  while (lua_next(L, options)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "options are named, got a %s as a name", luaL_typename(L, -1));
    const char *name = lua_tostring(L, -1), *const *names = option_names + first_option[what];
    if (client_is_option(name) && !misuse_is_name(name, names)) misuse(L, "unknown option '%s': it is one of twilio.client, for all calls", name);
    misuse_check_name(L, "option", name, names);
  }
  options_push_function(L, options, "wait");
  options_push_function(L, options, "ready");
  lua_getfield(L, options, "cancel");
  if (!lua_isnil(L, -1) && !is_canceller(L)) misuse(L, "option 'cancel' must be a twilio.canceller(), got %s", luaL_typename(L, -1));
  lua_pop(L, 3);
  (void)options_boolean(L, options, "repeatable");
}

static long milliseconds(double seconds) {
  return seconds < 0.001 ? 1 : (long)(seconds * 1000);
}

void request_set_options(lua_State *L, int request, int options) {
  struct request *r = request_check(L, request);
  const struct client *root = client_root(r->client);
  r->transfer.timeout_ms = milliseconds(options_seconds(L, options, "timeout", root->timeout));
  r->transfer.connect_timeout_ms = milliseconds(options_seconds(L, options, "connect_timeout", root->connect_timeout));
  r->transfer.max_response = root->max_response;
  r->transfer.low_speed_limit = options_whole(L, options, "low_speed_limit", root->low_speed_limit, 1, 1000000000);
  r->transfer.low_speed_time = options_whole(L, options, "low_speed_time", root->low_speed_time, 1, 1000000);
  r->retry.longest_wait = options_seconds(L, options, "max_retry_wait", root->max_retry_wait);
  r->retry.seconds = options_seconds(L, options, "deadline", root->deadline);
  r->retry.grace = options_seconds(L, options, "grace", root->grace);
  r->retry.most = retry_option(L, options, root->retries);
  retry_start(r);
  if (!options) return;
  compat_gettable(L, request);
  lua_getfield(L, options, "wait");
  lua_rawseti(L, -2, 4);
  lua_getfield(L, options, "cancel");
  lua_rawseti(L, -2, 5);
  lua_getfield(L, options, "ready");
  lua_rawseti(L, -2, 6);
  r->retry.is_repeatable = options_boolean(L, options, "repeatable");
  lua_pop(L, 1);
}

int request_optional_table(lua_State *L, int index, const char *what) {
  if (lua_isnoneornil(L, index)) return 0;
  if (!lua_istable(L, index)) misuse(L, "%s must be a table, got %s", what, luaL_typename(L, index));
  return index;
}

void request_seal(lua_State *L, struct request *r, enum api_method api_method, int has_body) {
  if (r->query.length) {
    const char *url = buffer_cstr(&r->url);
    buffer_addc(&r->url, url && strchr(url, '?') ? '&' : '?');
    buffer_add(&r->url, r->query.data, r->query.length);
  }
  struct curl_slist *headers = r->headers, *own[] = {&r->content_type, &r->accept, &r->authorization};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
    own[i]->next = headers;
    if (own[i]->data || (own[i] == &r->authorization && r->takes_bearer)) headers = own[i];
  }
  r->transfer.method = request_methods[api_method];
  r->transfer.url = buffer_cstr(&r->url);
  r->transfer.headers = headers;
  r->transfer.resendable = api_method == API_GET || api_method == API_DELETES;
  r->transfer.body = has_body ? buffer_cstr(&r->body) : NULL;
  r->transfer.body_length = r->body.length;
  if (!r->transfer.url || (has_body && !r->transfer.body) || r->query.failed || !buffer_cstr(&r->path)) luaL_error(L, "out of memory");
}

/* Adds the headers of the first page, which may be parameters of the list, to another page's or in their place. */
static void copy_headers(lua_State *L, struct request *r, const struct request *from) {
  for (const struct curl_slist *h = from->headers; h; h = h->next) {
    lua_pushlstring(L, h->data, strcspn(h->data, ":;"));
    drop_header(r, lua_tostring(L, -1));
    add_line(L, r, h->data);
    lua_pop(L, 1);
  }
}

void request_push_link(lua_State *L, int index, const char *link, size_t length) {
  const struct request *from = request_check(L, index);
  client_check_open(L, from->client);
  compat_gettable(L, index);
  lua_rawgeti(L, -1, 1);
  struct request *r = request_push(L, -1, from->client);
  const struct api_op *op = request_op(from);
  if (!op) luaL_error(L, "a raw request has no pages");
  r->place = from->place;
  r->op = from->op;
  request_set_headers(r, (enum api_auth)op->auth, API_NO_BODY, op->scim ? API_SCIM : API_JSON);
  copy_headers(L, r, from);
  buffer_add(&r->path, from->path.data, from->path.length);
  /* dots that are the program's own, a SID that reads "..", are sent to begin with */
  int strays = client_has_dots(link) && !client_has_dots(from->path.data);
  const char *fault =
      strays ? lua_pushfstring(L, "has a segment '..'") : client_link(L, r->client, API_STRING(api_products[op->product]), link, length, &r->url);
  if (fault) {
    snprintf(r->transfer.reason, sizeof r->transfer.reason, "the link to another page is not followed: it %s", fault);
    r->refused = r->transfer.reason;
    buffer_add(&r->url, link, length);
    lua_pop(L, 1);
  }
  r->transfer.timeout_ms = from->transfer.timeout_ms;
  r->transfer.connect_timeout_ms = from->transfer.connect_timeout_ms;
  r->transfer.max_response = from->transfer.max_response;
  r->transfer.low_speed_limit = from->transfer.low_speed_limit;
  r->transfer.low_speed_time = from->transfer.low_speed_time;
  r->retry = from->retry;
  retry_start(r);
  request_seal(L, r, API_GET, 0);
  compat_gettable(L, -1);
  for (int own = 4; own <= 6; own++) { /* from's own wait, canceller and ready */
    lua_rawgeti(L, -4, own);
    lua_rawseti(L, -2, own);
  }
  lua_pop(L, 1);
  lua_remove(L, -2);
  lua_remove(L, -2);
}

/* For the Lua layer */

/* __close: ends its transfer, if it still flies; nobody wants to hear of that. */
static int request_close(lua_State *L) {
  struct transfer *t = &request_check_any(L, 1)->transfer;
  if (t->state == TRANSFER_FLYING) transfer_free(t);
  return 0;
}

struct request *request_begin(lua_State *L, int index) {
  struct request *r = request_check(L, index);
  client_check_open(L, r->client);
  if (r->reading) luaL_error(L, "the request's answer is being read");
  if (retry_is_inherited(r)) {
    retry_abandon(r);
    return NULL;
  }
  json_free(&r->index); /* of an earlier answer, which goes */
  r->n_records = 0;
  if (r->transfer.state == TRANSFER_DONE) r->transfer.state = TRANSFER_IDLE;
  if (r->takes_bearer || r->is_secret) access_token_begin(L, r);
  r->attempts++;
  retry_begin(r);
  return r;
}

/* request:done() → whether there is an answer or a failure */
static int request_done(lua_State *L) {
  lua_pushboolean(L, request_check(L, 1)->transfer.state == TRANSFER_DONE);
  return 1;
}

/* request:id() → the number under which engine:completed() announces it */
static int request_id(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)request_check(L, 1)->transfer.id);
  return 1;
}

/* request:attempts() → how many were begun */
static int request_attempts(lua_State *L) {
  lua_pushinteger(L, request_check(L, 1)->attempts);
  return 1;
}

/* request:body() → as it is sent, nil when there is none */
static int request_body(lua_State *L) {
  const struct request *r = request_check(L, 1);
  const struct transfer *t = &r->transfer;
  if (!t->body || !t->body_length || r->is_secret) return 0;
  lua_pushlstring(L, t->body, t->body_length);
  return 1;
}

/* request:knows(name) → whether the documents have a parameter of that name, and whether its values are harmless in a log */
static int request_knows(lua_State *L) {
  size_t length;
  const struct request *r = request_check(L, 1);
  const char *name = luaL_checklstring(L, 2, &length);
  int harmless, known = mask_find_parameter(r, name, length, &harmless);
  lua_pushboolean(L, known);
  lua_pushboolean(L, harmless);
  return 2;
}

/* request:refused() → whether it is answered already, as untrusted, and must not be sent */
static int request_refused(lua_State *L) {
  lua_pushboolean(L, request_check(L, 1)->refused != NULL);
  return 1;
}

/* request:refuse(text): this place of the host cannot wait for it. One that is in flight ends. */
static int request_refuse(lua_State *L) {
  struct request *r = request_check(L, 1);
  const char *text = luaL_checkstring(L, 2);
  engine_cancel(&r->transfer);
  snprintf(r->transfer.reason, sizeof r->transfer.reason, "%s", text);
  r->refused = r->transfer.reason;
  r->cannot_wait = 1;
  return 0;
}

/* request:closed() → whether its client is, it was given up, or the process forked since it began: it is not to be sent again */
static int request_closed(lua_State *L) {
  const struct request *r = request_check(L, 1);
  lua_pushboolean(L, r->retry.is_given_up || client_is_closed(r->client) || retry_is_inherited(r));
  return 1;
}

/* request:hooks() → the client's table (wait, ready, transport, log, the engine at [2], see client.h), and the call's own wait, canceller and ready, each or nil */
static int request_hooks(lua_State *L) {
  request_check_any(L, 1);
  compat_gettable(L, 1);
  lua_rawgeti(L, -1, 1);
  compat_gettable(L, -1);
  lua_rawgeti(L, -3, 4);
  lua_rawgeti(L, -4, 5);
  lua_rawgeti(L, -5, 6);
  return 4;
}

/* request:export() → { method, url, headers, body, timeout }, as a transport takes it: begins an attempt. nil: there is none, the request is over */
static int request_export(lua_State *L) {
  const struct request *r = request_begin(L, 1);
  if (!r) return 0;
  lua_newtable(L);
  lua_pushstring(L, r->transfer.method);
  lua_setfield(L, -2, "method");
  lua_pushstring(L, r->transfer.url);
  lua_setfield(L, -2, "url");
  lua_pushnumber(L, (lua_Number)r->transfer.timeout_ms / 1000);
  lua_setfield(L, -2, "timeout");
  if (r->transfer.body) {
    lua_pushlstring(L, r->transfer.body, r->transfer.body_length);
    lua_setfield(L, -2, "body");
  }
  lua_newtable(L);
  lua_pushstring(L, r->transfer.route->user_agent);
  lua_setfield(L, -2, "user-agent");
  for (const struct curl_slist *h = r->transfer.headers; h; h = h->next) headers_push_line(L, h->data, strlen(h->data));
  lua_setfield(L, -2, "headers");
  return 1;
}

void request_register(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", request_gc}, {"__close", request_close}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"done", request_done},
                                     {"id", request_id},
                                     {"refused", request_refused},
                                     {"closed", request_closed},
                                     {"hooks", request_hooks},
                                     {"export", request_export},
                                     {"answer", result_answer},
                                     {"check", result_check},
                                     {"result", result_result},
                                     {"link", page_link},
                                     {"follow", page_follow},
                                     {"count", result_count},
                                     {"record", result_record},
                                     {"total", result_total},
                                     {"release", result_release},
                                     {"summary", result_summary},
                                     {"fail", result_fail},
                                     {"retry", retry_next},
                                     {"give_up", retry_give_up},
                                     {"deadline", retry_deadline},
                                     {"start_clock", retry_start_clock},
                                     {"needs_token", access_token_needed},
                                     {"identify", access_token_identify},
                                     {"take_token", access_token_take},
                                     {"attempts", request_attempts},
                                     {"deny", access_token_deny},
                                     {"body", request_body},
                                     {"knows", request_knows},
                                     {"refuse", request_refuse},
                                     {"linger", retry_linger},
                                     {NULL, NULL}};
  compat_setfuncs(L, methods);
  userdata_metatable(L, request_name, meta, NULL);
}
