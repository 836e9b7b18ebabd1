#include "call/request_methods.h"

#include <string.h>

#include "call/access_token.h"
#include "call/attempt.h"
#include "call/retry.h"
#include "request/download.h"
#include "request/operation.h"
#include "request/raw_request.h"
#include "request/request.h"
#include "request/upload_body.h"
#include "response/download_result.h"
#include "response/mask.h"
#include "response/page.h"
#include "response/record.h"
#include "response/record_sid.h"
#include "response/result.h"
#include "support/compat.h"
#include "support/lazy.h"
#include "text/headers.h"

/* ---- new requests ---- */

/* Arranges the stack for operation_new: resource, verb, record or nil, arguments. */
int request_methods_new(lua_State *L) {
  luaL_checkstring(L, 2);
  luaL_checkstack(L, 30, "request");
  if (record_test(L, 1)) {
    record_push_resource(L, 1);
    lua_pushvalue(L, 1);
    lua_insert(L, 3);
    lua_replace(L, 1);
  } else {
    lua_pushnil(L);
    lua_insert(L, 3);
  }
  attempt_start_clock(operation_new(L));
  return 3;
}

int request_methods_new_raw(lua_State *L) {
  attempt_start_clock(raw_request_new(L));
  return 1;
}

int request_methods_new_download(lua_State *L) {
  attempt_start_clock(download_new(L));
  return 1;
}

/* request:follow(link, options) → a request for another page, which may be refused. Without
 * options, the new request has the options of this request. */
static int follow(lua_State *L) {
  size_t length = 0;
  const struct request *from = request_check(L, 1);
  const char *link = lua_type(L, 2) == LUA_TSTRING ? lua_tolstring(L, 2, &length) : NULL;
  int options = request_optional_table(L, 3, "the options");
  struct settings settings;
  request_read_options(L, options, OPTION_OF_PAGE, from->client, &settings);
  request_push_link(L, 1, link, length);
  if (options) request_set_options(L, lua_gettop(L), options, &settings);
  attempt_start_clock(request_check(L, -1));
  return 1;
}

/* ---- state ---- */

/* request:done() → whether there is a response or a failure */
static int is_done(lua_State *L) {
  lua_pushboolean(L, request_check(L, 1)->transfer.state == TRANSFER_DONE);
  return 1;
}

/* request:id() → the number that engine:completed() returns for this request */
static int id(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)request_check(L, 1)->transfer.id);
  return 1;
}

/* request:attempts() → the number of attempts begun so far */
static int attempts(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)request_check(L, 1)->call.attempts);
  return 1;
}

/* request:body() → the body as it is sent, nil if there is none. Bodies with credentials are
 * hidden, and bodies of other types than a form and JSON. */
static int body(lua_State *L) {
  const struct request *r = request_check(L, 1);
  const struct transfer *t = &r->transfer;
  if (!t->body || !t->body_length || r->call.is_secret || t->upload) return 0;
  lua_pushlstring(L, t->body, t->body_length);
  return 1;
}

/* request:knows(name) → whether the documents have a parameter of that name, and whether its values
 * are harmless in a log */
static int knows_param(lua_State *L) {
  size_t length;
  const struct request *r = request_check(L, 1);
  const char *name = luaL_checklstring(L, 2, &length);
  int is_harmless, is_known = mask_find_parameter(r, name, length, &is_harmless);
  lua_pushboolean(L, is_known);
  lua_pushboolean(L, is_harmless);
  return 2;
}

/* request:refused() → whether the request must not be sent */
static int is_refused(lua_State *L) {
  lua_pushboolean(L, request_check(L, 1)->asked.refusal != NULL);
  return 1;
}

/* request:refuse(text): ends the call, because the host cannot wait for its response here. */
static int refuse_request(lua_State *L) {
  struct request *r = request_check(L, 1);
  const char *text = luaL_checkstring(L, 2);
  engine_cancel(&r->transfer);
  request_refuse(r, text);
  r->call.cannot_wait = 1;
  return 0;
}

/* request:closed() → whether no further attempt may begin: the client is closed, the call was given
 * up, or the process forked */
static int is_closed(lua_State *L) {
  const struct request *r = request_check(L, 1);
  lua_pushboolean(L, r->call.is_given_up || client_is_closed(r->client) || request_is_inherited(r));
  return 1;
}

/* request:hooks() → the client's table (see client.h); the call's own wait, canceller and ready, each
 * or nil; the number of attempts; whether the request must not be sent */
static int hooks(lua_State *L) {
  const struct request *r = request_check_any(L, 1);
  compat_gettable(L, 1);
  lua_rawgeti(L, -1, REQUEST_OWNER);
  compat_gettable(L, -1);
  lua_rawgeti(L, -3, REQUEST_WAIT);
  lua_rawgeti(L, -4, REQUEST_CANCELLER);
  lua_rawgeti(L, -5, REQUEST_READY);
  lua_pushinteger(L, (lua_Integer)r->call.attempts);
  lua_pushboolean(L, r->asked.refusal != NULL);
  return 6;
}

/* Adds the headers of a download to the table on the stack's top. */
static void export_range(lua_State *L, struct sink *sink) {
  if (!sink) return;
  for (const struct curl_slist *header = sink_headers(sink, NULL); header; header = header->next)
    headers_push_line(L, header->data, strlen(header->data));
  if (!sink->range[0]) return;
  lua_pushfstring(L, "bytes=%s", sink->range);
  lua_setfield(L, -2, "range");
}

static void push_exported(lua_State *L, const struct request *r) {
  lua_createtable(L, 0, 6);
  lua_pushstring(L, r->transfer.method);
  lua_setfield(L, -2, "method");
  lua_pushstring(L, r->transfer.url);
  lua_setfield(L, -2, "url");
  lua_pushnumber(L, (lua_Number)(r->transfer.sink ? request_timeout_ms(r) : r->transfer.timeout_ms) / 1000);
  lua_setfield(L, -2, "timeout");
  lua_pushinteger(L, r->call.attempts);
  lua_setfield(L, -2, "attempt");
  if (r->transfer.body) {
    lua_pushlstring(L, r->transfer.body, r->transfer.body_length);
    lua_setfield(L, -2, "body");
  }
  upload_body_export(L, r);
  lua_newtable(L);
  lua_pushstring(L, r->transfer.route->user_agent);
  lua_setfield(L, -2, "user-agent");
  export_range(L, r->transfer.sink);
  for (const struct curl_slist *header = r->transfer.headers; header; header = header->next) headers_push_line(L, header->data, strlen(header->data));
  lua_setfield(L, -2, "headers");
}

/* request:export() → { method, url, headers, body, timeout, attempt }, for the option `transport`.
 * Begins an attempt. Returns nil if the call has ended instead. */
static int export(lua_State *L) {
  const struct request *r = attempt_begin(L, 1);
  if (!r) return 0;
  push_exported(L, r);
  return 1;
}

/* request:exchange() → the request as export() returns it, and what a transport would have returned
 * for the last attempt: { status, headers, body }; or nil, a message, and { kind, sent } */
static int exchange(lua_State *L) {
  struct request *r = request_check(L, 1);
  if (r->transfer.state != TRANSFER_DONE) return luaL_error(L, "the request is not done");
  push_exported(L, r);
  return 1 + result_push_answer(L, r);
}

void request_methods_register(lua_State *L) {
  static const luaL_Reg methods[] = {{"done", is_done},
                                     {"id", id},
                                     {"attempts", attempts},
                                     {"refused", is_refused},
                                     {"closed", is_closed},
                                     {"hooks", hooks},
                                     {"check", result_check},
                                     {"result", result_result},
                                     {"count", result_count},
                                     {"record", result_record},
                                     {"total", result_total},
                                     {"release", result_release},
                                     {"link", page_link},
                                     {"retry", retry_next},
                                     {"give_up", retry_give_up},
                                     {"deadline", retry_deadline},
                                     {"export", export},
                                     {"follow", follow},
                                     {"answer", result_answer},
                                     {"refuse", refuse_request},
                                     {"needs_token", access_token_needed},
                                     {"identify", access_token_identify},
                                     {"take_token", access_token_take},
                                     {"deny", access_token_deny},
                                     {NULL, NULL}};
  /* The first use of a lazy method calls a C function, in which finalizers may run. A method is therefore
   * not lazy if the Lua layer calls it right after it has asked whether another coroutine or a finalizer
   * has moved the request. */
  static const luaL_Reg rare[] = {{"body", body},
                                  {"knows", knows_param},
                                  {"exchange", exchange},
                                  {"summary", result_summary},
                                  {"fail", result_fail},
                                  {"start_clock", retry_start_clock},
                                  {"linger", retry_linger},
                                  {"chunk", download_chunk},
                                  {"received", download_received},
                                  {"write_error", download_write_error},
                                  {"finish", download_finish},
                                  {"patience", download_patience},
                                  {"expire", download_expire},
                                  {NULL, NULL}};
  compat_setfuncs(L, methods);
  lazy_set_functions(L, rare);
  request_register(L);
}
