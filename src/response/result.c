#include "response/result.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/lookup.h"
#include "request/request.h"
#include "response/body.h"
#include "response/download_result.h"
#include "response/failure.h"
#include "response/mask.h"
#include "response/own_secrets.h"
#include "response/page.h"
#include "response/pending.h"
#include "response/record.h"
#include "response/record_sid.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/headers.h"
#include "text/json_decode.h"
#include "text/sid.h"
#include "text/wire_text.h"

/* ---- responses of options.transport ---- */

static void take_headers(lua_State *L, struct buffer *head, int headers) {
  lua_pushnil(L);
  while (lua_next(L, headers)) {
    lua_pushvalue(L, -2); /* a copy, because lua_tostring on a number key would confuse lua_next */
    const char *name = lua_tostring(L, -1), *value = lua_tostring(L, -2);
    if (name && value) {
      buffer_adds(head, name);
      buffer_adds(head, ": ");
      buffer_adds(head, value);
      buffer_adds(head, "\r\n");
    }
    lua_pop(L, 2);
  }
}

/* Reads the field of the table at index 4 that says how the attempt failed. Returns its number in
 * `values`. The first value is the default. */
static int failure_field(lua_State *L, const char *name, const char *const values[]) {
  if (lua_isnil(L, 4)) return 0;
  lua_getfield(L, 4, name);
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  int number = 0;
  if (!lua_isnil(L, -1)) {
    while (values[number] && !(text && strcmp(text, values[number]) == 0)) number++;
    if (!values[number]) misuse(L, "transport returned a failure with the %s '%s', which it cannot have", name, text ? text : luaL_typename(L, -1));
  }
  lua_pop(L, 1);
  return number;
}

/* The code of libcurl for the failure, so that retries and `sent` treat it as one of the network. */
static void take_code(lua_State *L, struct transfer *t) {
  static const char *const kinds[] = {"network", "timeout", "tls", NULL}, *const sents[] = {"maybe", "no", NULL};
  static const CURLcode codes[][2] = {{CURLE_RECV_ERROR, CURLE_COULDNT_CONNECT},
                                      {CURLE_OPERATION_TIMEDOUT, CURLE_OPERATION_TIMEDOUT},
                                      {CURLE_PEER_FAILED_VERIFICATION, CURLE_PEER_FAILED_VERIFICATION}};
  if (!lua_isnil(L, 4) && !lua_istable(L, 4)) misuse(L, "transport returned a failure that is not a table but a %s", luaL_typename(L, 4));
  int kind = failure_field(L, "kind", kinds), unsent = failure_field(L, "sent", sents);
  t->code = codes[kind][unsent];
  t->starts = t->code == CURLE_PEER_FAILED_VERIFICATION || unsent ? 0 : 1;
}

static void take_failure(lua_State *L, const struct request *r, struct transfer *t) {
  size_t length;
  take_code(L, t);
  if (lua_type(L, 3) != LUA_TSTRING) {
    lua_settop(L, 2);
    lua_pushliteral(L, "the transport failed");
  }
  const char *text = lua_tolstring(L, 3, &length);
  secrets_push(L, r, text, length); /* before the text is cut: half a secret would not be found */
  snprintf(t->reason, sizeof t->reason, "%s", lua_tostring(L, -1));
  for (char *p = t->reason; *p; p++)
    if ((unsigned char)*p < 0x20 || *p == 0x7f) *p = ' ';
}

static void take_response(lua_State *L, struct transfer *t) {
  size_t length;
  lua_getfield(L, 2, "status");
  lua_getfield(L, 2, "headers");
  lua_getfield(L, 2, "body");
  lua_Number status = lua_isnumber(L, -3) ? lua_tonumber(L, -3) : 0;
  if (!(status >= 200 && status <= 999)) misuse(L, "transport returned a response whose status is not a number from 200 to 999");
  if (!lua_isnil(L, -2) && !lua_istable(L, -2)) misuse(L, "transport returned headers that are a %s, not a table", luaL_typename(L, -2));
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING) misuse(L, "transport returned a body that is a %s, not a string", luaL_typename(L, -1));
  t->status = (long)status;
  if (lua_istable(L, -2)) take_headers(L, &t->head, lua_gettop(L) - 1);
  const char *body = lua_tolstring(L, -1, &length);
  if (body) buffer_add(&t->answer, body, length);
  if (t->head.failed || t->answer.failed) luaL_error(L, "out of memory");
  if (t->sink)
    download_take_response(t);
  else if (t->answer.length > t->max_response)
    t->code = CURLE_FILESIZE_EXCEEDED;
}

/* request:answer(response, message, failure): ends an attempt that the option `transport` has made.
 * The arguments are what the transport function returned: { status, headers, body }; or nil, a
 * message, and { kind, sent } or nil. */
int result_answer(lua_State *L) {
  struct request *r = request_check(L, 1);
  struct transfer *t = &r->transfer;
  engine_cancel(t);
  if (r->response.holds) luaL_error(L, "the response of the request is being read");
  body_release(r); /* the index belongs to the previous body */
  buffer_clear(&t->head);
  t->starts = 1;
  t->code = CURLE_OK;
  t->status = 0;
  t->seconds = 0;
  memset(&t->timings, 0, sizeof t->timings);
  t->reason[0] = '\0';
  lua_settop(L, 4);
  if (lua_istable(L, 2))
    take_response(L, t);
  else if (lua_isnil(L, 2))
    take_failure(L, r, t);
  else
    misuse(L, "transport returns { status, headers, body } or nil and a message, got %s", luaL_typename(L, 2));
  t->state = TRANSFER_DONE;
  return 0;
}

int result_push_answer(lua_State *L, struct request *r) {
  const struct transfer *t = &r->transfer;
  if (t->code != CURLE_OK) {
    const char *reason = t->reason[0] ? t->reason : curl_easy_strerror(t->code);
    lua_pushnil(L);
    lua_pushstring(L, reason);
    lua_createtable(L, 0, 2);
    lua_pushstring(L, failure_kind(t));
    lua_setfield(L, -2, "kind");
    lua_pushstring(L, t->status ? "yes" : t->starts ? "maybe" : "no");
    lua_setfield(L, -2, "sent");
    return 3;
  }
  body_hold(r);
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, (lua_Integer)t->status);
  lua_setfield(L, -2, "status");
  headers_push(L, &t->head);
  lua_setfield(L, -2, "headers");
  lua_pushlstring(L, t->answer.length ? t->answer.data : "", t->answer.length);
  lua_setfield(L, -2, "body");
  body_unhold(r);
  return 1;
}

/* request:fail(kind, text) → nil, message, err for a response that cannot be used */
int result_fail(lua_State *L) {
  struct request *r = request_check(L, 1);
  const char *kind = luaL_checkstring(L, 2), *text = luaL_checkstring(L, 3);
  body_hold(r);
  int n = failure_push_as(L, r, kind, text);
  body_unhold(r);
  return n;
}

/* ---- checking ---- */

static int is_redirect_record(const struct request *r, const struct api_op *op) {
  return r->transfer.status >= 300 && r->transfer.status < 400 && op && op->kind == API_FETCH && r->transfer.answer.length > 0;
}

static const char *push_no_memory(lua_State *L, const struct request *r) {
  return lua_pushfstring(L, "%d, but there is not enough memory to read the response", (int)r->transfer.status);
}

static const char *parse_body(lua_State *L, struct request *r) {
  struct json_error error;
  const struct buffer *body = &r->transfer.answer;
  int is_json = json_check(&r->response.index, body->data, body->length, &error);
  if (r->response.index.lacks_memory) return push_no_memory(L, r);
  if (!is_json)
    return lua_pushfstring(L, "%d, but the response is not JSON: %s at byte %d", (int)r->transfer.status, error.message, (int)error.offset + 1);
  if (r->response.index.field[0].type != JSON_OBJECT) return "the response is JSON, but not an object";
  return NULL;
}

/* Whether the 404 means success. A deletion may have been repeated by a retry or by libcurl. If the
 * first one succeeded, the second one gets 404. */
static int is_deleted(const struct request *r, const struct api_op *op) {
  const struct transfer *t = &r->transfer;
  return op && op->kind == API_DELETE && t->code == CURLE_OK && t->status == 404 && (r->call.is_doubtful || t->starts > 1);
}

/* Whether the program's record is still up to date: the status 304 of a fetch with If-None-Match. The
 * request is at index 1 of the stack. */
static int is_unchanged(lua_State *L, const struct request *r) {
  if (r->transfer.code != CURLE_OK || r->transfer.status != 304) return 0;
  compat_gettable(L, 1);
  lua_rawgeti(L, -1, REQUEST_RECORD);
  int is = !lua_isnil(L, -1);
  lua_pop(L, 2);
  return is;
}

/* Whether the response must have a body. The response to a creation or an update has the record if
 * the status is 200 or 201. */
static int needs_body(const struct request *r, const struct api_op *op) {
  long status = r->transfer.status;
  return op && (op->kind == API_LIST || (op->kind == API_FETCH ? status != 204 : status == 200 || status == 201));
}

/* ---- answers to another request ---- */

/* Whether both texts are SIDs of the same kind and differ. Unique names, identifiers of other
 * servers and SIDs with different prefixes (SM and MM) may still mean the same record. */
static int is_other(const char *value, size_t length, const struct sid *asked) {
  if (length != asked->length || strncasecmp(value, asked->text, length) == 0) return 0;
  if (strncasecmp(value, asked->text, 2) != 0) return 0;
  unsigned accepted = SID_UPPER_DIGITS | SID_LOWER_LETTERS;
  return sid_is(value, length, accepted) && sid_is(asked->text, length, accepted);
}

/* Returns the field that repeats the SID of a placeholder, or NULL. The name of the field is in
 * snake_case or as in the path. */
static const struct json_field *repeated_field(const struct request *r, const struct lookup_segment *placeholder) {
  char name[64];
  size_t length = placeholder->length;
  wire_snake(placeholder->text, length, name, sizeof name);
  const struct json_field *found = body_field(r, name);
  if (found || length >= sizeof name) return found;
  name[length] = '\0';
  return body_field(r, memcpy(name, placeholder->text, length));
}

/* If the field has another SID than the request asked for, pushes and returns the error text,
 * otherwise returns NULL. */
static const char *push_other(lua_State *L, const struct request *r, const struct json_field *field, const struct sid *asked) {
  if (!field || field->type != JSON_STRING) return NULL;
  const char *value = body_text(r) + field->value + 1; /* after the quote */
  if (!is_other(value, field->end - field->value - 2, asked)) return NULL;
  lua_pushlstring(L, value, SID_LENGTH);
  return lua_pushfstring(L, "%d, but the response belongs to another request: it is about %s, not %s", (int)r->transfer.status, lua_tostring(L, -1),
                         asked->text);
}

/* A response whose record, account or parent differs from the path belongs to another request.
 * Pushes and returns the error text, or returns NULL. */
static const char *push_contradiction(lua_State *L, const struct request *r, const struct api_op *op) {
  const struct resource *resource = r->asked.resource;
  const char *wrong = NULL;
  struct lookup_path p;
  struct lookup_segment segment;
  lookup_path_start(&p, op->path);
  for (int i = 0; !wrong && op->repeats >> i && i < resource->n_sids && lookup_path_next(&p, &segment);) {
    if (!segment.is_placeholder) continue;
    if (op->repeats >> i & 1) wrong = push_other(L, r, repeated_field(r, &segment), &resource->sid[i]);
    i++;
  }
  return wrong;
}

/* Twilio may have carried out the request, but its own response is missing: `sent` is "maybe". The
 * body is not shown, because it may belong to another account. */
static int push_misdirected(lua_State *L, struct request *r, const char *wrong) {
  int n = failure_push_as(L, r, "decode", wrong);
  lua_pushnil(L);
  lua_setfield(L, -2, "body");
  lua_pushliteral(L, "maybe");
  lua_setfield(L, -2, "sent");
  return n;
}

/* Reads the body of a success. Returns 0, or pushes nil, message, err and returns their number. */
static int check_body(lua_State *L, struct request *r, const struct api_op *op, int redirected) {
  const char *wrong = r->transfer.answer.length ? parse_body(L, r) : "the response is empty";
  if (!wrong && op->kind == API_LIST) wrong = body_find_records(L, r);
  if (redirected && (wrong || !body_field(r, "redirect_to"))) return failure_push(L, r);
  if (wrong) return failure_push_as(L, r, "decode", wrong);
  /* A redirect leads to another record, such as the one that the requested record was merged into. */
  wrong = r->call.redirects ? NULL : push_contradiction(L, r, op);
  return wrong ? push_misdirected(L, r, wrong) : 0;
}

/* Pushes true, or nil, message, err. Returns the number of values. */
static int check_response(lua_State *L, struct request *r) {
  const struct api_op *op = request_op(r);
  long status = r->transfer.status;
  int n = 0;
  luaL_checkstack(L, 20, "response");
  if (!r->asked.refusal && r->transfer.state != TRANSFER_DONE) return luaL_error(L, "the request is not done");
  if (r->transfer.sink) return download_check(L, r);
  if (!r->asked.refusal && (is_deleted(r, op) || is_unchanged(L, r))) return lua_pushboolean(L, 1), 1;
  int redirected = is_redirect_record(r, op);
  if (r->asked.refusal || r->transfer.code != CURLE_OK || (!redirected && (status < 200 || status > 299))) return failure_push(L, r);
  if (op && op->kind != API_DELETE && (r->transfer.answer.length > 0 || needs_body(r, op))) n = check_body(L, r, op, redirected);
  if (n) return n;
  lua_pushboolean(L, 1);
  return 1;
}

/* Advances the collector as if the bytes were in the Lua heap. A request looks like a few hundred
 * bytes to Lua, so a program that abandons many lists would otherwise fill the memory with their
 * bodies. A stopped collector stays stopped, except on PUC Lua 5.1, which cannot be asked. Lua 5.5
 * counts steps in bytes and takes a size_t. The others count in KiB and take an int. */
static void advance_collector(lua_State *L, size_t bytes) {
#ifdef LUA_GCISRUNNING
  if (!lua_gc(L, LUA_GCISRUNNING, 0)) return;
#endif
  if (bytes > INT_MAX) bytes = INT_MAX;
  if (bytes >> 10 == 0) return;
#if LUA_VERSION_NUM >= 505
  (void)lua_gc(L, LUA_GCSTEP, bytes);
#else
  (void)lua_gc(L, LUA_GCSTEP, (int)(bytes >> 10));
#endif
}

/* request:check() → true, or nil, message, err. Keeps the body until release(), for lists that are
 * read record by record. */
int result_check(lua_State *L) {
  struct request *r = request_check(L, 1);
  lua_settop(L, 1);
  body_hold(r);
  int n = check_response(L, r);
  body_unhold(r);
  advance_collector(L, r->transfer.answer.capacity + r->response.index.capacity * sizeof *r->response.index.field);
  return n;
}

/* ---- records ---- */

static void push_record(lua_State *L, struct request *r, const char *text, const struct json_field *object, uint32_t count) {
  record_push_shared(L, r);
  record_push(L, r->asked.resource, text, object, count);
  lua_remove(L, -2);
}

/* A record without fields, for a success without a body. */
static void push_empty_record(lua_State *L, struct request *r) {
  static const struct json_field object = {.end = 2, .type = JSON_OBJECT};
  push_record(L, r, "{}", &object, 0);
}

/* Whether the response names an operation that ends later. The record at Twilio is unchanged then, so
 * that the response does not renew the program's record. */
static int is_pending(lua_State *L, struct request *r) {
  pending_push(L, r);
  int is = lua_istable(L, -1);
  lua_pop(L, 1);
  return is;
}

static int push_one(lua_State *L, struct request *r) {
  int empty = r->response.index.count == 0;
  compat_gettable(L, 1);
  lua_rawgeti(L, -1, REQUEST_RECORD);
  lua_remove(L, -2);
  if (r->transfer.status == 304) return record_keep(L, r, -1), 1;
  int renews = !lua_isnil(L, -1) && !is_pending(L, r);
  if (empty && renews) return 1;
  if (empty)
    push_empty_record(L, r);
  else
    push_record(L, r, body_text(r), r->response.index.field, r->response.index.count - 1);
  record_take_sid(L, request_op(r), r->call.redirects > 0);
  if (!renews) return 1;
  record_renew(L, -2);
  return 1;
}

/* request:count() → the number of records on the page */
int result_count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)request_check(L, 1)->response.n_records);
  return 1;
}

/* request:record(n) → the record number n of the page, from 1 to count(); a string if the list has
 * strings in place of records */
int result_record(lua_State *L) {
  struct request *r = request_check(L, 1);
  lua_Integer n = luaL_checkinteger(L, 2);
  if (n < 1 || n > (lua_Integer)r->response.n_records) return 0;
  const struct json_field *element = body_seek(r, (uint32_t)n);
  body_hold(r);
  if (element->type == JSON_OBJECT)
    push_record(L, r, body_text(r), element, body_inside(r, element));
  else
    json_push(L, body_text(r), element);
  body_unhold(r);
  return 1;
}

/* request:total() → the number of records on all pages, nil if the response does not contain it */
int result_total(lua_State *L) {
  struct request *r = request_check(L, 1);
  const struct json_field *total = body_field(r, "total");
  if (!total) total = body_meta_field(r, "total");
  if (!total || total->type != JSON_NUMBER) return 0;
  body_hold(r);
  json_push(L, body_text(r), total);
  body_unhold(r);
  return lua_type(L, -1) == LUA_TNUMBER; /* a number that Lua cannot hold is not a count */
}

/* request:release(): frees the body. */
int result_release(lua_State *L) {
  body_release(request_check_any(L, 1));
  return 0;
}

/* ---- results ---- */

/* The field `json` is absent if the body is not JSON. Without memory for it the call fails instead:
 * the program would take the absent field for a body that is not JSON. */
static int push_raw(lua_State *L, struct request *r) {
  struct json_error error;
  const struct buffer *body = &r->transfer.answer;
  lua_createtable(L, 0, 4);
  lua_pushinteger(L, (lua_Integer)r->transfer.status);
  lua_setfield(L, -2, "status");
  headers_push(L, &r->transfer.head);
  lua_setfield(L, -2, "headers");
  lua_pushlstring(L, body->length ? body->data : "", body->length);
  lua_setfield(L, -2, "body");
  if (body->length && json_check(&r->response.index, body->data, body->length, &error)) {
    json_push(L, body->data, &r->response.index.field[0]);
    lua_setfield(L, -2, "json");
  } else if (r->response.index.lacks_memory) {
    return failure_push_as(L, r, "decode", push_no_memory(L, r));
  }
  return 1;
}

/* Pushes true. If the deletion ends later, also pushes a record without fields, which leads to the
 * operation. */
static int push_deleted(lua_State *L, struct request *r) {
  int pending = is_pending(L, r);
  lua_pushboolean(L, 1);
  if (pending) push_empty_record(L, r);
  return 1 + pending;
}

static int push_result(lua_State *L, struct request *r) {
  const struct api_op *op = request_op(r);
  if (r->transfer.sink) return download_push_result(L, r);
  if (!op) return push_raw(L, r);
  if (op->kind == API_DELETE) return push_deleted(L, r);
  return op->kind == API_LIST ? page_push(L, r) : push_one(L, r);
}

/* request:result() → a record, true (and a record, see push_deleted), a raw response, or the values of page_push for a list; or nil,
 * message, err. Frees the body. */
int result_result(lua_State *L) {
  struct request *r = request_check(L, 1);
  lua_settop(L, 1);
  body_hold(r);
  int n = check_response(L, r);
  if (n == 1) n = push_result(L, r);
  body_unhold(r);
  body_release(r);
  return n;
}

static void set_shown(lua_State *L, const struct request *r, const char *name, const char *text, size_t length) {
  if (!text) return;
  secrets_push(L, r, text, length);
  lua_setfield(L, -2, name);
}

/* request:summary(body) → the log entry { method, path, status, seconds, timings, attempts,
 * request_id, code, message, reason, body } without the client's secrets. `body` is masked by the
 * caller, or nil. */
int result_summary(lua_State *L) {
  size_t length = 0;
  struct request *r = request_check(L, 1);
  const char *body = luaL_optlstring(L, 2, NULL, &length);
  lua_settop(L, 2);
  lua_createtable(L, 0, 10);
  set_shown(L, r, "body", body, length);
  lua_pushstring(L, r->transfer.method);
  lua_setfield(L, -2, "method");
  mask_push_path(L, r);
  lua_setfield(L, -2, "path");
  if (r->transfer.status) {
    lua_pushinteger(L, (lua_Integer)r->transfer.status);
    lua_setfield(L, -2, "status");
  }
  lua_pushnumber(L, (lua_Number)r->transfer.seconds);
  lua_setfield(L, -2, "seconds");
  lua_pushinteger(L, r->call.attempts);
  lua_setfield(L, -2, "attempts");
  failure_set_timings(L, r);
  failure_set_log(L, r);
  const char *id = header_lines_find(&r->transfer.head, "Twilio-Request-Id", &length);
  set_shown(L, r, "request_id", id, length);
  return 1;
}
