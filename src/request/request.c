#include "request/request.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "support/compat.h"
#include "support/misuse.h"
#include "support/userdata.h"
#include "text/wire_text.h"
#include "transport/sink.h"
#include "transport/startup.h"
#include "transport/upload.h"

static const char request_name[] = "twilio.request";
const char *const request_methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

/* Header lines by enum api_content. "Accept:" without a value prevents libcurl's own Accept header. */
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
  return r->asked.op == REQUEST_RAW ? NULL : &api_ops[r->asked.op];
}

int request_is_inherited(const struct request *r) {
  return r->call.generation != startup_generation();
}

int request_has_key(const struct request *r) {
  return request_op(r) && request_op(r)->is_idempotent;
}

/* A request for an access token (is_secret) is repeatable, because a second token does no harm. */
int request_is_repeatable(const struct request *r) {
  return r->asked.settings.is_repeatable || r->call.is_secret || r->transfer.resendable || request_has_key(r);
}

static long milliseconds(double seconds) {
  return seconds < 0.001 ? 1 : (long)(seconds * 1000);
}

long request_timeout_ms(const struct request *r) {
  return milliseconds(r->asked.settings.timeout);
}

/* ---- lifetime ---- */

struct request *request_push(lua_State *L, int owner, struct client *client) {
  owner = compat_absindex(L, owner);
  struct request *r = userdata_new(L, sizeof *r, 0, request_name);
  lua_createtable(L, REQUEST_SHARED, 0); /* the other slots are rarely used */
  lua_pushvalue(L, owner);
  lua_rawseti(L, -2, REQUEST_OWNER);
  compat_settable(L, -2);
  r->client = client;
  r->transfer.timed = client_root(client)->has_log;
  r->transfer.route = &client->transport_config;
  return r;
}

/* Header lines may contain secrets. */
static void free_headers(struct curl_slist *list) {
  for (struct curl_slist *header = list; header; header = header->next) credentials_wipe(header->data);
  curl_slist_free_all(list);
}

static void wipe(struct buffer *buffer) {
  if (buffer->data) OPENSSL_cleanse(buffer->data, buffer->capacity);
}

void request_wipe(struct request *r) {
  wipe(&r->asked.body);
  wipe(&r->transfer.answer);
}

/* Lua finalizes the objects of one garbage cycle in the reverse order of their creation. A
 * finalizer of the program may therefore still use a request after the request's finalizer.
 * request_check detects a finalized request, because its client is NULL. */
static int request_gc(lua_State *L) {
  struct request *r = userdata_test(L, 1, request_name);
  if (!r) return 0;
  struct buffer *const buffers[] = {&r->asked.url,   &r->asked.query,  &r->asked.body, &r->asked.path, &r->asked.validation_line,
                                    &r->call.target, &r->response.link};
  if (r->call.is_secret) request_wipe(r);
  transfer_free(&r->transfer);
  sink_delete(r->transfer.sink);
  upload_delete(r->transfer.upload);
  bearer_drop(&r->asked.bearer);
  free_headers(r->asked.headers);
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) buffer_free(buffers[i]);
  json_free(&r->response.index);
  memset(r, 0, sizeof *r);
  return 0;
}

/* __close: ends the transfer of a call that an error has abandoned. No waiter waits for the
 * transfer. */
static int request_close(lua_State *L) {
  struct transfer *t = &request_check_any(L, 1)->transfer;
  if (t->state == TRANSFER_FLYING) transfer_free(t);
  return 0;
}

void request_register(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", request_gc}, {"__close", request_close}, {NULL, NULL}};
  userdata_metatable(L, request_name, meta, NULL);
}

/* ---- headers ---- */

static void add_line(lua_State *L, struct request *r, const char *line) {
  struct curl_slist *headers = curl_slist_append(r->asked.headers, line);
  if (!headers) luaL_error(L, "out of memory");
  r->asked.headers = headers;
}

static void drop_header(struct request *r, const char *name) {
  size_t length = strlen(name);
  if (strcasecmp(name, "Accept") == 0) r->asked.accept.data = NULL;
  if (strcasecmp(name, "Content-Type") == 0) r->asked.content_type.data = NULL;
  if (strcasecmp(name, "Authorization") == 0) {
    r->asked.authorization.data = NULL;
    r->asked.takes_bearer = 0;
  }
  for (struct curl_slist **at = &r->asked.headers; *at;) {
    struct curl_slist *header = *at;
    if (strncasecmp(header->data, name, length) != 0 || !strchr(":;", header->data[length])) {
      at = &header->next;
      continue;
    }
    *at = header->next;
    header->next = NULL;
    free_headers(header);
  }
}

void request_add_header(lua_State *L, struct request *r, const char *name, const char *value) {
  drop_header(r, name);
  /* libcurl drops "Name:", but sends "Name;" as a header without a value. */
  add_line(L, r, lua_pushfstring(L, *value ? "%s: %s" : "%s;", name, value));
  lua_pop(L, 1);
}

void request_set_headers(struct request *r, enum api_auth auth, enum api_content content, enum api_content answer) {
  const struct credentials *credentials = client_credentials(r->client);
  if (auth != API_NO_AUTH) {
    r->asked.authorization.data = (char *)credentials_line(credentials);
    r->asked.takes_bearer = credentials->kind == CREDENTIALS_OAUTH;
  }
  r->asked.accept.data = (char *)accept_lines[answer];
  r->asked.content_type.data = (char *)content_lines[content];
}

/* ---- options ---- */

void request_read_options(lua_State *L, int options, enum option_scope scope, const struct client *client, struct settings *settings) {
  *settings = client_root(client)->settings;
  options_check_names(L, options, scope);
  options_read(L, options, scope, settings);
}

/* The options that are stored in the userdata's table. */
static const struct {
  const char *name;
  int slot;
} functions[] = {{"wait", REQUEST_WAIT}, {"cancel", REQUEST_CANCELLER}, {"ready", REQUEST_READY}};

enum { N_FUNCTIONS = sizeof functions / sizeof *functions };

void request_set_options(lua_State *L, int request, int options, const struct settings *settings) {
  struct request *r = request_check(L, request);
  r->asked.settings = *settings;
  r->transfer.connect_timeout_ms = milliseconds(settings->connect_timeout);
  r->transfer.max_response = (size_t)settings->max_response;
  r->transfer.low_speed_limit = settings->low_speed_limit;
  r->transfer.low_speed_time = settings->low_speed_time;
  if (!options) return;
  compat_gettable(L, request);
  for (size_t i = 0; i < N_FUNCTIONS; i++) {
    lua_getfield(L, options, functions[i].name);
    lua_rawseti(L, -2, functions[i].slot);
  }
  lua_pop(L, 1);
}

int request_optional_table(lua_State *L, int index, const char *what) {
  if (lua_isnoneornil(L, index)) return 0;
  if (!lua_istable(L, index)) misuse(L, "%s must be a table, got %s", what, luaL_typename(L, index));
  return index;
}

/* ---- sealing ---- */

/* Whether the text of the header is set when an attempt begins. */
static int is_set_by_attempt(const struct request *r, const struct curl_slist *header) {
  if (header == &r->asked.authorization) return r->asked.takes_bearer;
  return header == &r->asked.validation && client_root(r->client)->validation.is_required;
}

void request_seal(lua_State *L, struct request *r, enum api_method api_method, int has_body) {
  struct asked *a = &r->asked;
  if (a->query.length) {
    const char *url = buffer_cstr(&a->url);
    buffer_addc(&a->url, url && strchr(url, '?') ? '&' : '?');
    buffer_add(&a->url, a->query.data, a->query.length);
  }
  struct curl_slist *headers = a->headers, *own[] = {&a->content_type, &a->accept, &a->validation, &a->authorization};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
    own[i]->next = headers;
    if (own[i]->data || is_set_by_attempt(r, own[i])) headers = own[i];
  }
  r->transfer.method = request_methods[api_method];
  r->transfer.url = buffer_cstr(&a->url);
  r->transfer.headers = headers;
  r->transfer.resendable = api_method == API_GET || api_method == API_DELETES;
  r->transfer.body = has_body ? buffer_cstr(&a->body) : NULL;
  r->transfer.body_length = a->body.length;
  if (!r->transfer.url || (has_body && !r->transfer.body) || a->query.failed || !buffer_cstr(&a->path)) luaL_error(L, "out of memory");
}

/* ---- other pages ---- */

/* Copies the headers of the first page's request, because some parameters of lists are headers.
 * They replace the request's own headers. */
static void copy_headers(lua_State *L, struct request *r, const struct request *from) {
  for (const struct curl_slist *header = from->asked.headers; header; header = header->next) {
    lua_pushlstring(L, header->data, strcspn(header->data, ":;"));
    drop_header(r, lua_tostring(L, -1));
    add_line(L, r, header->data);
    lua_pop(L, 1);
  }
}

/* Sets the URL to the link, or refuses the request. A link with a segment ".." is refused, unless
 * the path of the first page has one too: the program may have passed ".." as a SID. */
static void set_link(lua_State *L, struct request *r, const struct request *from, const char *link, size_t length) {
  const char *fault, *product = API_STRING(api_products[api_ops[r->asked.op].product]); /* a list, so never a raw request */
  int top = lua_gettop(L);
  if (origin_has_dots(link) && !origin_has_dots(from->asked.path.data))
    fault = "has a segment '..'";
  else
    fault = origin_add_link(L, client_origin(r->client), product, link, length, &r->asked.url);
  if (fault) {
    request_refuse(r, lua_pushfstring(L, "the link to another page is not followed: it %s", fault));
    buffer_add(&r->asked.url, link, length);
  }
  lua_settop(L, top);
}

/* Copies the functions between the tables of two requests. */
static void copy_functions(lua_State *L, int from, int to) {
  for (size_t i = 0; i < N_FUNCTIONS; i++) {
    lua_rawgeti(L, from, functions[i].slot);
    lua_rawseti(L, to, functions[i].slot);
  }
}

void request_push_link(lua_State *L, int index, const char *link, size_t length) {
  const struct request *from = request_check(L, index);
  const struct api_op *op = request_op(from);
  client_check_open(L, from->client);
  if (!op) luaL_error(L, "a raw request has no pages");
  compat_gettable(L, index);
  int table = lua_gettop(L);
  lua_rawgeti(L, table, REQUEST_OWNER);
  struct request *r = request_push(L, -1, from->client);
  int self = lua_gettop(L);
  r->asked.resource = from->asked.resource;
  r->asked.op = from->asked.op;
  request_set_headers(r, (enum api_auth)op->auth, API_NO_BODY, op->scim ? API_SCIM : API_JSON);
  copy_headers(L, r, from);
  buffer_add(&r->asked.path, from->asked.path.data, from->asked.path.length);
  set_link(L, r, from, link ? link : "", length);
  if (!link) request_refuse(r, "the response has no usable link to another page");
  request_set_options(L, self, 0, &from->asked.settings);
  request_seal(L, r, API_GET, 0);
  compat_gettable(L, self);
  copy_functions(L, table, self + 1);
  lua_pop(L, 1);
  lua_replace(L, table);
  lua_settop(L, table);
}

/* ---- for the call ---- */

void request_refuse(struct request *r, const char *text) {
  snprintf(r->transfer.reason, sizeof r->transfer.reason, "%s", text);
  r->asked.refusal = r->transfer.reason;
}

void request_move(struct request *r, struct buffer *url) {
  struct asked *a = &r->asked;
  const struct buffer previous = a->url;
  a->url = *url;
  *url = previous;
  r->transfer.url = a->url.data;
  const char *path = origin_path(client_origin(r->client), a->url.data);
  buffer_clear(&a->path);
  buffer_add(&a->path, path, strcspn(path, "?"));
  if (!buffer_cstr(&a->path)) buffer_free(&a->path); /* messages then lack the path */
}

void request_take_bearer(lua_State *L, struct request *r) {
  struct bearer *newest = client_credentials(r->client)->bearer;
  if (!newest) luaL_error(L, "the request has no access token");
  engine_cancel(&r->transfer); /* libcurl may be reading the previous token */
  bearer_hold(newest);
  bearer_drop(&r->asked.bearer);
  r->asked.bearer = newest;
  r->asked.authorization.data = newest->line;
}

void request_add_secrets(lua_State *L, struct request *r, const struct secret_pair *pairs, size_t n) {
  struct buffer *body = &r->asked.body;
  size_t more = 1; /* the NUL of buffer_cstr */
  for (size_t i = 0; i < n; i++) more += strlen(pairs[i].name) + 2 + 3 * strlen(pairs[i].value);
  buffer_reserve(body, more); /* growing would leave copies of secrets in freed memory */
  for (size_t i = 0; i < n; i++) {
    buffer_addc(body, '&');
    buffer_adds(body, pairs[i].name);
    buffer_addc(body, '=');
    wire_percent(body, pairs[i].value, strlen(pairs[i].value));
  }
  r->transfer.body = buffer_cstr(body);
  r->transfer.body_length = body->length;
  if (!r->transfer.body) luaL_error(L, "out of memory");
}
