#include "response.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "encode.h"
#include "failure.h"
#include "head.h"
#include "mask.h"
#include "misuse.h"
#include "parameters.h"
#include "record.h"
#include "request.h"

static void release(struct request *r) {
  if (r->reading) return; /* the collector has it */
  buffer_free(&r->transfer.answer);
  json_free(&r->index);
  r->n_records = 0;
}

/* What a transport gave instead of the network */

static void take_headers(lua_State *L, struct buffer *head, int headers) {
  lua_pushnil(L);
  while (lua_next(L, headers)) {
    lua_pushvalue(L, -2); /* a copy: lua_tostring would change a number key under lua_next */
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

static void take_failure(lua_State *L, struct transfer *t) {
  t->code = CURLE_RECV_ERROR;
  snprintf(t->reason, sizeof t->reason, "%s", lua_type(L, 3) == LUA_TSTRING ? lua_tostring(L, 3) : "the transport failed");
  for (char *p = t->reason; *p; p++)
    if ((unsigned char)*p < 0x20 || *p == 0x7f) *p = ' ';
}

static void take_response(lua_State *L, struct transfer *t) {
  size_t length;
  lua_getfield(L, 2, "status");
  lua_getfield(L, 2, "headers");
  lua_getfield(L, 2, "body");
  lua_Number status = lua_isnumber(L, -3) ? lua_tonumber(L, -3) : 0;
  if (!(status >= 200 && status <= 999)) misuse(L, "transport returned a response whose status is no number from 200 to 999");
  if (!lua_isnil(L, -2) && !lua_istable(L, -2)) misuse(L, "transport returned headers that are no table but a %s", luaL_typename(L, -2));
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING) misuse(L, "transport returned a body that is no string but a %s", luaL_typename(L, -1));
  t->status = (long)status;
  if (lua_istable(L, -2)) take_headers(L, &t->head, lua_gettop(L) - 1);
  const char *body = lua_tolstring(L, -1, &length);
  if (body) buffer_add(&t->answer, body, length);
  if (t->head.failed || t->answer.failed) luaL_error(L, "out of memory");
  if (t->answer.length > t->max_response) t->code = CURLE_FILESIZE_EXCEEDED;
}

/* request:answer(response, message): what options.transport returned, { status,
 * headers, body } or nil and a message, takes the place of a transfer. */
int response_answer(lua_State *L) {
  struct request *r = request_check(L, 1);
  struct transfer *t = &r->transfer;
  engine_cancel(t);
  release(r); /* an index belongs to the answer that it was made of */
  buffer_clear(&t->head);
  t->starts = 1;
  t->code = CURLE_OK;
  t->status = 0;
  t->seconds = 0;
  memset(&t->timings, 0, sizeof t->timings);
  t->reason[0] = '\0';
  lua_settop(L, 3);
  if (lua_istable(L, 2))
    take_response(L, t);
  else if (lua_isnil(L, 2))
    take_failure(L, t);
  else
    misuse(L, "transport returns { status, headers, body } or nil and a message, got %s", luaL_typename(L, 2));
  t->state = TRANSFER_DONE;
  return 0;
}

/* request:fail(kind, text) → nil, message, err: the answer is there but cannot be used */
int response_fail(lua_State *L) {
  return failure_push_as(L, request_check(L, 1), luaL_checkstring(L, 2), luaL_checkstring(L, 3));
}

/* Fields of the answer */

static const char *text_of(const struct request *r) {
  return r->transfer.answer.data;
}

static const struct json_field *root_field(const struct request *r, const char *name) {
  return json_find_root(&r->index, text_of(r), name);
}

/* How many entries of the index follow this one and lie inside its value. */
static uint32_t entries_inside(const struct request *r, const struct json_field *f) {
  const struct json_field *end = r->index.field + r->index.count, *next = f + 1;
  while (next < end && next->value < f->end) next++;
  return (uint32_t)(next - f - 1);
}

static const struct json_field *meta_field(const struct request *r, const char *name) {
  const struct json_field *meta = root_field(r, "meta");
  if (!meta || meta->type != JSON_OBJECT) return NULL;
  return json_find(meta + 1, entries_inside(r, meta), 2, text_of(r), name, strlen(name));
}

static const struct json_field *array_of_meta_key(lua_State *L, const struct request *r) {
  size_t length;
  const struct json_field *key = meta_field(r, "key"), *found = NULL;
  if (!key || key->type != JSON_STRING) return NULL;
  json_push(L, text_of(r), key);
  const char *name = lua_tolstring(L, -1, &length);
  found = json_find(r->index.field + 1, r->index.count - 1, 1, text_of(r), name, length);
  lua_pop(L, 1);
  return found && found->type == JSON_ARRAY ? found : NULL;
}

/* The records are payload[meta.key], else Resources, else the only array. */
static const struct json_field *find_array(lua_State *L, const struct request *r) {
  const struct json_field *found = array_of_meta_key(L, r);
  if (!found) found = root_field(r, "Resources");
  if (found) return found->type == JSON_ARRAY ? found : NULL;
  if (root_field(r, "totalResults")) return NULL;
  int arrays = 0;
  for (uint32_t i = 1; i < r->index.count; i++) {
    const struct json_field *f = &r->index.field[i];
    if (f->depth == 1 && f->type == JSON_ARRAY) found = f, arrays++;
  }
  return arrays == 1 ? found : NULL;
}

/* SCIM leaves Resources out when there are none. */
static int is_empty_list(lua_State *L, const struct request *r) {
  const struct json_field *total = root_field(r, "totalResults");
  if (!total || root_field(r, "Resources")) return 0;
  json_push(L, text_of(r), total);
  int empty = lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) == 0;
  lua_pop(L, 1);
  return empty;
}

/* Notes where the list's records are; returns what is wrong, or NULL. */
static const char *find_records(lua_State *L, struct request *r) {
  const struct json_field *array = find_array(L, r);
  r->n_records = 0;
  if (!array) return is_empty_list(L, r) ? NULL : "the answer has no list of records";
  r->array = (uint32_t)(array - r->index.field);
  r->cursor = r->array + 1;
  r->cursor_number = 1;
  uint32_t inside = entries_inside(r, array);
  for (uint32_t i = 1; i <= inside; i++) {
    if (array[i].depth != 2) continue;
    if (array[i].type != JSON_OBJECT) return "the answer's list has an element that is no record";
    r->n_records++;
  }
  return NULL;
}

/* Checking */

static int is_redirect_record(const struct request *r, const struct api_op *op) {
  return r->transfer.status >= 300 && r->transfer.status < 400 && op && op->kind == API_FETCH && r->transfer.answer.length > 0;
}

static const char *parse(lua_State *L, struct request *r) {
  struct json_error error;
  const struct buffer *body = &r->transfer.answer;
  if (!json_check(&r->index, body->data, body->length, &error))
    return lua_pushfstring(L, "%d, but the answer is no JSON: %s at byte %d", (int)r->transfer.status, error.message, (int)error.offset + 1);
  if (r->index.field[0].type != JSON_OBJECT) return "the answer is JSON, but no object";
  return NULL;
}

/* A deletion that was sent again, by us or by libcurl, finds nothing left to delete when the first had done it. */
static int is_deleted(const struct request *r, const struct api_op *op) {
  const struct transfer *t = &r->transfer;
  return op && op->kind == API_DELETE && t->code == CURLE_OK && t->status == 404 && (r->retry.is_doubtful || t->starts > 1);
}

static int needs_body(const struct request *r, const struct api_op *op) {
  return op && (op->kind == API_LIST || (op->kind == API_FETCH && r->transfer.status != 204));
}

/* Pushes true, or nil, message, err, and returns how many these are. */
static int check(lua_State *L, struct request *r) {
  const struct api_op *op = request_op(r);
  long status = r->transfer.status;
  luaL_checkstack(L, 20, "response");
  if (!r->refused && r->transfer.state != TRANSFER_DONE) return luaL_error(L, "the request is not done");
  if (!r->refused && is_deleted(r, op)) return lua_pushboolean(L, 1), 1;
  int redirected = is_redirect_record(r, op);
  if (r->refused || r->transfer.code != CURLE_OK || (!redirected && (status < 200 || status > 299))) return failure_push(L, r);
  if (op && op->kind != API_DELETE && (r->transfer.answer.length > 0 || needs_body(r, op))) {
    const char *wrong = r->transfer.answer.length ? parse(L, r) : "the answer is empty";
    if (!wrong && op->kind == API_LIST) wrong = find_records(L, r);
    if (redirected && (wrong || !root_field(r, "redirect_to"))) return failure_push(L, r);
    if (wrong) return failure_push_as(L, r, "decode", wrong);
  }
  lua_pushboolean(L, 1);
  return 1;
}

/* Lets the collector work as if the bytes were in the Lua heap: a program that
 * leaves many lists early would else fill the memory with answers that look to
 * Lua like a few hundred bytes each. A collector that was stopped stays so, but
 * on PUC Lua 5.1, which cannot be asked. */
static void tell_collector(lua_State *L, size_t bytes) {
#ifdef LUA_GCISRUNNING
  if (!lua_gc(L, LUA_GCISRUNNING, 0)) return;
#endif
  if (bytes > INT_MAX) bytes = INT_MAX;
  if (bytes >> 10) (void)lua_gc(L, LUA_GCSTEP, (int)(bytes >> 10));
}

/* request:check() → true, or nil, message, err. For a list that is read record by record: its answer is kept until release(). */
int response_check(lua_State *L) {
  struct request *r = request_check(L, 1);
  lua_settop(L, 1);
  int n = check(L, r);
  tell_collector(L, r->transfer.answer.capacity + r->index.capacity * sizeof *r->index.field);
  return n;
}

/* Records */

static void push_header(lua_State *L, const struct request *r, const char *name) {
  size_t length;
  const char *text = head_find(&r->transfer.head, name, &length);
  if (text)
    lua_pushlstring(L, text, length);
  else
    lua_pushnil(L);
}

/* Pushes the table that the records of this answer share, made once an answer. */
static void push_shared(lua_State *L, const struct request *r) {
  compat_gettable(L, 1);
  lua_rawgeti(L, -1, 3);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_createtable(L, 6, 0);
    lua_rawgeti(L, -2, 1);
    lua_rawseti(L, -2, RECORD_PLACE);
    push_header(L, r, "Twilio-Request-Id");
    lua_rawseti(L, -2, RECORD_REQUEST_ID);
    push_header(L, r, "Twilio-Concurrent-Requests");
    const char *concurrent = lua_tostring(L, -1);
    if (concurrent && *concurrent && strspn(concurrent, "0123456789") == strlen(concurrent)) {
      lua_pushinteger(L, (lua_Integer)strtol(concurrent, NULL, 10));
      lua_replace(L, -2);
    }
    lua_rawseti(L, -2, RECORD_CONCURRENT);
    lua_pushinteger(L, (lua_Integer)r->transfer.status);
    lua_rawseti(L, -2, RECORD_STATUS);
    lua_pushinteger(L, r->attempts);
    lua_rawseti(L, -2, RECORD_ATTEMPTS);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, 3);
  }
  lua_remove(L, -2);
}

static void push_record(lua_State *L, const struct request *r, const char *text, const struct json_field *object, uint32_t count) {
  push_shared(L, r);
  record_push(L, r->place, text, object, count);
  lua_remove(L, -2);
}

/* A record without fields, for a success that says nothing more. */
static void push_empty_record(lua_State *L, const struct request *r) {
  static const struct json_field object = {.end = 2, .type = JSON_OBJECT};
  push_record(L, r, "{}", &object, 0);
}

static int push_one(lua_State *L, const struct request *r) {
  int empty = r->index.count == 0;
  compat_gettable(L, 1);
  lua_rawgeti(L, -1, 2);
  lua_remove(L, -2);
  int renews = !lua_isnil(L, -1);
  if (empty && renews) return 1;
  if (empty)
    push_empty_record(L, r);
  else
    push_record(L, r, text_of(r), r->index.field, r->index.count - 1);
  if (!renews) return 1;
  record_renew(L, -2);
  return 1;
}

/* request:count() → how many records the page has */
int response_count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)request_check(L, 1)->n_records);
  return 1;
}

/* Moves the cursor to record number n; cheap when asked in order. */
static const struct json_field *seek(struct request *r, uint32_t n) {
  const struct json_field *field = r->index.field;
  if (n < r->cursor_number) r->cursor = r->array + 1, r->cursor_number = 1;
  while (r->cursor_number < n) {
    r->cursor++;
    if (field[r->cursor].depth == 2) r->cursor_number++;
  }
  return &field[r->cursor];
}

/* request:record(n) → record number n of the page, 1 to count() */
int response_record(lua_State *L) {
  struct request *r = request_check(L, 1);
  lua_Integer n = luaL_checkinteger(L, 2);
  if (n < 1 || n > (lua_Integer)r->n_records) return 0;
  const struct json_field *object = seek(r, (uint32_t)n);
  r->reading = 1;
  push_record(L, r, text_of(r), object, entries_inside(r, object));
  r->reading = 0;
  return 1;
}

/* request:total() → the number of records on all pages where the answer says it, else nil */
int response_total(lua_State *L) {
  const struct request *r = request_check(L, 1);
  const struct json_field *total = root_field(r, "total");
  if (!total) total = meta_field(r, "total");
  if (!total || total->type != JSON_NUMBER) return 0;
  json_push(L, text_of(r), total);
  return 1;
}

/* request:release(): gives back the memory of an answer that has been read. */
int response_release(lua_State *L) {
  release(request_check(L, 1));
  return 0;
}

/* Pages */

/* Pushes a link or a token; null and an empty text say that there is none. */
static int push_field(lua_State *L, const struct request *r, const struct json_field *f) {
  if (!f || f->type == JSON_NULL || (f->type == JSON_STRING && f->end - f->value == 2)) return 0;
  json_push(L, text_of(r), f);
  return 1;
}

/* Replaces the token on the stack's top by path and query of this page with the parameter `name` set to it. */
static void token_to_link(lua_State *L, struct request *r, const char *name) {
  struct buffer *link = &r->query; /* its own content is in the URL already */
  size_t length, n = strlen(name);
  const char *query = strchr(r->transfer.url, '?');
  buffer_clear(link);
  buffer_add(link, r->path.data, r->path.length);
  buffer_addc(link, '?');
  while (query && *query) {
    size_t pair = strcspn(++query, "&");
    if (strncmp(query, name, n) != 0 || query[n] != '=') {
      buffer_add(link, query, pair);
      buffer_addc(link, '&');
    }
    query += pair;
  }
  const char *token = lua_tolstring(L, -1, &length);
  buffer_adds(link, name);
  buffer_addc(link, '=');
  encode_percent(link, token, length);
  if (link->failed) luaL_error(L, "out of memory");
  lua_pushlstring(L, link->data, link->length);
  lua_replace(L, -2);
}

/* The wire name under which the operation takes a page's token. */
static const char *token_parameter(const struct request *r) {
  static const char *const names[] = {"PageToken", "pageToken", "Token"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (parameters_find(r->op, names[i]) >= 0) return names[i];
  return "PageToken";
}

/* Pages that say no more than their number and whether there is another one. */
static int push_number_link(lua_State *L, struct request *r, int back) {
  const struct json_field *more = root_field(r, back ? "has_prev" : "has_next"), *page = root_field(r, "current_page");
  if (!more || more->type != JSON_TRUE || !page || page->type != JSON_NUMBER) return 0;
  lua_pushfstring(L, "%d", (int)strtol(text_of(r) + page->value, NULL, 10) + (back ? -1 : 1));
  token_to_link(L, r, "Page");
  return 1;
}

/* Pushes the link to the next or the previous page; 0 (and nothing pushed) when there is none. */
static int push_link(lua_State *L, struct request *r, int back) {
  if (push_field(L, r, root_field(r, back ? "previous_page_uri" : "next_page_uri"))) return 1;
  if (push_field(L, r, meta_field(r, back ? "previous_page_url" : "next_page_url"))) return 1;
  int found = push_field(L, r, meta_field(r, back ? "previous_token" : "next_token"));
  if (!found && !push_field(L, r, meta_field(r, back ? "previousToken" : "nextToken"))) return push_number_link(L, r, back);
  if (lua_type(L, -1) == LUA_TSTRING) token_to_link(L, r, token_parameter(r));
  return 1;
}

/* request:link() → the link to the next page, nil at the end */
int response_link(lua_State *L) {
  return push_link(L, request_check(L, 1), 0);
}

/* request:follow(link, options) → a request for that page, which may be refused(); without options it has those of this request */
int response_follow(lua_State *L) {
  size_t length;
  request_check(L, 1);
  if (lua_type(L, 2) != LUA_TSTRING) lua_pushliteral(L, ""), lua_replace(L, 2); /* no link at all is refused like a foreign one */
  const char *link = lua_tolstring(L, 2, &length);
  int options = request_optional_table(L, 3, "the options");
  request_check_options(L, options, REQUEST_OF_PAGE);
  request_push_link(L, 1, link, length);
  if (options) request_set_options(L, lua_gettop(L), options);
  return 1;
}

/* Adds the fields of one depth, but for null and the records themselves, to the table on the stack's top. */
static void add_paging(lua_State *L, const struct request *r, const struct json_field *fields, uint32_t count, unsigned depth) {
  for (uint32_t i = 0; i < count; i++) {
    const struct json_field *f = &fields[i];
    if (f->depth != depth || f->type == JSON_NULL || f->type == JSON_ARRAY || (depth == 1 && f->type == JSON_OBJECT)) continue;
    json_push_key(L, text_of(r), f);
    json_push(L, text_of(r), f);
    lua_rawset(L, -3);
  }
}

static void push_records(lua_State *L, struct request *r) {
  push_shared(L, r);
  int shared = lua_gettop(L);
  lua_createtable(L, (int)r->n_records, 0);
  for (uint32_t n = 1; n <= r->n_records; n++) {
    const struct json_field *object = seek(r, n);
    lua_pushvalue(L, shared);
    record_push(L, r->place, text_of(r), object, entries_inside(r, object));
    lua_rawseti(L, shared + 1, (int)n);
    lua_pop(L, 1);
  }
  lua_remove(L, shared);
}

static void push_paging(lua_State *L, const struct request *r) {
  lua_newtable(L);
  if (r->index.count) add_paging(L, r, r->index.field + 1, r->index.count - 1, 1);
  const struct json_field *meta = root_field(r, "meta");
  if (meta && meta->type == JSON_OBJECT) add_paging(L, r, meta + 1, entries_inside(r, meta), 2);
}

/* Pushes an array of the page's records, a table of its paging fields, the links to the next page and to the one before, or nil. */
static int push_page(lua_State *L, struct request *r) {
  push_records(L, r);
  push_paging(L, r);
  if (!push_link(L, r, 0)) lua_pushnil(L);
  if (!push_link(L, r, 1)) lua_pushnil(L);
  return 4;
}

/* Raw answers */

static int push_raw(lua_State *L, struct request *r) {
  struct json_error error;
  const struct buffer *body = &r->transfer.answer;
  lua_createtable(L, 0, 4);
  lua_pushinteger(L, (lua_Integer)r->transfer.status);
  lua_setfield(L, -2, "status");
  head_push(L, &r->transfer.head);
  lua_setfield(L, -2, "headers");
  lua_pushlstring(L, body->length ? body->data : "", body->length);
  lua_setfield(L, -2, "body");
  if (body->length && json_check(&r->index, body->data, body->length, &error)) {
    json_push(L, body->data, &r->index.field[0]);
    lua_setfield(L, -2, "json");
  }
  return 1;
}

static int push_result(lua_State *L, struct request *r) {
  const struct api_op *op = request_op(r);
  if (!op) return push_raw(L, r);
  if (op->kind == API_DELETE) return lua_pushboolean(L, 1), 1;
  return op->kind == API_LIST ? push_page(L, r) : push_one(L, r);
}

/* request:result() → what the call returns: a record, true, a raw answer; for a
 * list an array of records, a table of paging fields, the links to the next page
 * and to the one before. Or nil, message, err. Gives back the answer's memory. */
int response_result(lua_State *L) {
  struct request *r = request_check(L, 1);
  lua_settop(L, 1);
  int n = check(L, r);
  if (n == 1) n = push_result(L, r);
  release(r);
  return n;
}

/* request:summary() → { method, path, status, seconds, timings, attempts, request_id, reason } for the log */
int response_summary(lua_State *L) {
  const struct request *r = request_check(L, 1);
  lua_createtable(L, 0, 8);
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
  lua_pushinteger(L, r->attempts);
  lua_setfield(L, -2, "attempts");
  failure_set_timings(L, r);
  push_header(L, r, "Twilio-Request-Id");
  lua_setfield(L, -2, "request_id");
  if (r->transfer.code != CURLE_OK) {
    lua_pushstring(L, r->transfer.reason[0] ? r->transfer.reason : curl_easy_strerror(r->transfer.code));
    lua_setfield(L, -2, "reason");
  }
  return 1;
}
