#include "response/download_result.h"

#include <stdio.h>
#include <string.h>

#include "response/failure.h"
#include "support/compat.h"
#include "text/headers.h"
#include "transport/sink.h"

/* A size above 2^31 would not fit into the integers of some Luas. */
static void push_size(lua_State *L, uint64_t size) {
  compat_pushint64(L, (int64_t)size);
}

static void set_download_header(lua_State *L, const struct request *r, const char *header, const char *name) {
  size_t length;
  const char *text = headers_find(&r->transfer.head, header, &length);
  if (!text) return;
  lua_pushlstring(L, text, length);
  lua_setfield(L, -2, name);
}

int download_push_result(lua_State *L, struct request *r) {
  lua_createtable(L, 0, 6);
  push_size(L, r->transfer.sink->offset);
  lua_setfield(L, -2, "size");
  lua_pushinteger(L, (lua_Integer)r->transfer.status);
  lua_setfield(L, -2, "status");
  lua_pushinteger(L, (lua_Integer)r->call.attempts);
  lua_setfield(L, -2, "attempts");
  set_download_header(L, r, "Content-Type", "content_type");
  set_download_header(L, r, "ETag", "etag");
  headers_push(L, &r->transfer.head);
  lua_setfield(L, -2, "headers");
  return 1;
}

int download_check(lua_State *L, struct request *r) {
  const struct transfer *t = &r->transfer;
  if (r->asked.refusal || t->code != CURLE_OK) return failure_push(L, r);
  if (t->sink->is_complete) return lua_pushboolean(L, 1), 1;
  if (t->status > 299) return failure_push(L, r);
  return failure_push_as(L, r, "decode", lua_pushfstring(L, "%d, but the answer has no file", (int)t->status));
}

void download_take_response(struct transfer *t) {
  const char *why = NULL;
  t->code = sink_respond(t->sink, t->status, &t->head, &why);
  if (t->code == CURLE_OK && t->sink->takes_body) {
    if (t->answer.length) t->code = sink_take(t->sink, t->answer.data, t->answer.length, 0, &why);
    buffer_clear(&t->answer);
    if (t->code == CURLE_OK) t->code = sink_end(t->sink);
  }
  if (t->code != CURLE_OK) snprintf(t->reason, sizeof t->reason, "%s", why ? why : curl_easy_strerror(t->code));
}

static struct request *check_download(lua_State *L) {
  struct request *r = request_check(L, 1);
  if (!r->transfer.sink) luaL_error(L, "the request is no download");
  return r;
}

int download_chunk(lua_State *L) {
  struct request *r = check_download(L);
  struct buffer *waiting = &r->transfer.sink->waiting;
  if (!waiting->length) return 0;
  lua_pushlstring(L, waiting->data, waiting->length);
  buffer_clear(waiting);
  engine_resume(&r->transfer);
  return 1;
}

int download_received(lua_State *L) {
  const struct sink *sink = check_download(L)->transfer.sink;
  push_size(L, sink->offset);
  if (!sink->has_total) return 1;
  push_size(L, sink->total);
  return 2;
}

int download_patience(lua_State *L) {
  lua_pushnumber(L, (lua_Number)check_download(L)->asked.settings.timeout);
  return 1;
}

int download_expire(lua_State *L) {
  struct request *r = check_download(L);
  char why[80];
  snprintf(why, sizeof why, "no byte arrived within %g seconds", r->asked.settings.timeout);
  r->transfer.sink->has_expired = 1;
  engine_expire(&r->transfer, why);
  return 0;
}

int download_finish(lua_State *L) {
  struct request *r = request_check_any(L, 1);
  if (!r->transfer.sink) return 0;
  engine_cancel(&r->transfer);
  sink_close(r->transfer.sink);
  return 0;
}

int download_write_error(lua_State *L) {
  const struct sink *sink = check_download(L)->transfer.sink;
  if (!sink->error) return 0;
  lua_pushstring(L, strerror(sink->error));
  return 1;
}
