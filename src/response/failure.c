#include "response/failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "response/body.h"
#include "response/hint.h"
#include "response/mask.h"
#include "response/own_secrets.h"
#include "support/compat.h"
#include "text/headers.h"
#include "text/json_decode.h"
#include "transport/sink.h"
#include "transport/upload.h"

enum { BODY_KEPT = 64 << 10 }; /* bytes of the body in err.body */

/* ---- kinds ---- */

const char *failure_kind(const struct transfer *t) {
  switch (t->code) {
  case CURLE_OPERATION_TIMEDOUT: return "timeout";
  case CURLE_FILESIZE_EXCEEDED: return "too_large";
  case CURLE_ABORTED_BY_CALLBACK: return "cancelled";
  case CURLE_RANGE_ERROR:
  case CURLE_BAD_CONTENT_ENCODING: return "decode";
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_ENGINE_NOTFOUND:
  case CURLE_SSL_ENGINE_SETFAILED:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_ENGINE_INITFAILED:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
    /* libcurl has sent the request on a connection that was lost, and failed to open another */
    return t->starts ? "network" : "tls";
  default: return "network";
  }
}

static const char *sent_of(const struct request *r) {
  if (r->transfer.status) return "yes";
  return r->transfer.starts || r->call.is_doubtful || request_is_inherited(r) ? "maybe" : "no";
}

/* A response may repeat the client's secrets. This function replaces them in place, before a failed
 * response is read. The secrets of a closed client are wiped and cannot be found. The response of a
 * closed client is therefore not shown at all. */
static void hide_secrets(struct request *r) {
  struct transfer *t = &r->transfer;
  struct buffer *const texts[] = {&t->head, &t->answer};
  body_drop_index(r);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (client_root(r->client)->is_closed) buffer_clear(texts[i]);
    if (texts[i]->length) texts[i]->length = secrets_hide(r, texts[i]->data, texts[i]->length);
  }
}

/* ---- the error table, on the stack's top ---- */

static void set_err_text(lua_State *L, const char *name, const char *text, size_t length) {
  if (!text || !length) return;
  lua_pushlstring(L, text, length);
  lua_setfield(L, -2, name);
}

void failure_set_timings(lua_State *L, const struct request *r) {
  const struct timings *t = &r->transfer.timings;
  const struct {
    const char *name;
    double seconds;
  } steps[] = {
      {"name_lookup", t->name_lookup}, {"connect", t->connect}, {"tls", t->tls}, {"first_byte", t->first_byte}, {"total", r->transfer.seconds}};
  if (r->transfer.seconds <= 0) return;
  lua_createtable(L, 0, 5);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    if (steps[i].seconds <= 0) continue;
    lua_pushnumber(L, (lua_Number)steps[i].seconds);
    lua_setfield(L, -2, steps[i].name);
  }
  lua_setfield(L, -2, "timings");
}

static void push_err_table(lua_State *L, struct request *r, const char *kind) {
  hide_secrets(r);
  size_t length = 0, kept = r->transfer.answer.length;
  int64_t seconds;
  lua_createtable(L, 0, 14);
  failure_set_timings(L, r);
  set_err_text(L, "kind", kind, strlen(kind));
  set_err_text(L, "method", r->transfer.method, strlen(r->transfer.method));
  secrets_push(L, r, r->transfer.url, strlen(r->transfer.url));
  lua_setfield(L, -2, "url");
  set_err_text(L, "sent", sent_of(r), strlen(sent_of(r)));
  lua_pushinteger(L, r->call.attempts);
  lua_setfield(L, -2, "attempts");
  if (r->transfer.status) {
    lua_pushinteger(L, (lua_Integer)r->transfer.status);
    lua_setfield(L, -2, "status");
  }
  const char *id = header_lines_find(&r->transfer.head, "Twilio-Request-Id", &length);
  set_err_text(L, "request_id", id, length);
  if (!r->call.is_secret) set_err_text(L, "body", r->transfer.answer.data, kept < BODY_KEPT ? kept : BODY_KEPT);
  if (body_retry_after(r, &seconds)) {
    lua_pushinteger(L, (lua_Integer)seconds);
    lua_setfield(L, -2, "retry_after");
  }
}

/* Twilio's products have several forms of errors: {code, message, more_info, status, details}; RFC
 * 9457: {type, title, detail, status, code}; {code, message, httpStatusCode, params}; {error:
 * {code, message}}. Each field of err is the first of these fields that is present, has the right
 * type and is no empty text. */
static const struct wanted {
  const char *name;
  int is_text;
  const char *fields[6];
} wanted[] = {{"code", 0, {"code", NULL}},
              {"message", 1, {"message", "detail", "title", "error_description", "error", NULL}},
              {"more_info", 1, {"more_info", "type", NULL}},
              {"details", 0, {"details", "params", "errors", NULL}}};

static const struct json_field *find_wanted(const struct request *r, const struct wanted *w) {
  for (const char *const *name = w->fields; *name; name++) {
    const struct json_field *field = body_error_field(r, *name);
    if (!field || field->type == JSON_NULL) continue;
    if (!w->is_text || (field->type == JSON_STRING && field->end - field->value > 2)) return field; /* 2: an empty text */
  }
  return NULL;
}

static const char explainer_key; /* registry key of the Lua layer's function that explains codes */

void failure_set_explainer(lua_State *L, int index) {
  lua_pushvalue(L, index);
  compat_rawsetp(L, LUA_REGISTRYINDEX, &explainer_key);
}

/* Sets the message of the table on the stack's top to the title of the response's code, if the
 * response has a code but no message. The explainer loads a Lua file. If there is no such file, the
 * program still gets the failure of its call. Lack of memory raises here as anywhere else. */
static void set_title(lua_State *L, const struct request *r) {
  const struct json_field *code = find_wanted(r, &wanted[0]);
  if (!code || find_wanted(r, &wanted[1]) || (code->type != JSON_NUMBER && code->type != JSON_STRING)) return;
  compat_rawgetp(L, LUA_REGISTRYINDEX, &explainer_key);
  json_push(L, r->transfer.answer.data, code);
  int failed = lua_pcall(L, 1, 1, 0);
  if (failed == LUA_ERRMEM) lua_error(L);
  if (!failed && lua_type(L, -1) == LUA_TSTRING)
    lua_setfield(L, -2, "message");
  else
    lua_pop(L, 1);
}

static int set_twilio_error(lua_State *L, struct request *r) {
  if (!body_read_error(r)) return 0;
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    const struct json_field *field = find_wanted(r, &wanted[i]);
    if (!field) continue;
    json_push(L, r->transfer.answer.data, field);
    lua_setfield(L, -2, wanted[i].name);
  }
  set_title(L, r);
  return 1;
}

/* ---- messages ---- */

/* Replaces the text on the stack's top by one line of at most 500 bytes. */
static void to_line(lua_State *L) {
  char line[500];
  size_t n, length;
  const char *text = lua_tolstring(L, -1, &length);
  if (length > sizeof line)
    for (length = sizeof line; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;) length--; /* does not cut a UTF-8 character */
  for (n = 0; n < length; n++) line[n] = (unsigned char)text[n] < 0x20 || text[n] == 0x7f ? ' ' : text[n];
  lua_pushlstring(L, line, n);
  lua_replace(L, -2);
}

static void mask_top(lua_State *L, const struct request *r) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  mask_push_message(L, r, text, length);
  lua_replace(L, -2);
}

/* Upvalue 1 is the message. */
static int error_tostring(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  return 1;
}

/* Makes tostring(err) return the message. __tostring is in a metatable, so that pairs(err) does not
 * find it. */
static void set_tostring(lua_State *L, int err, int message) {
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "twilio.error");
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, message);
  lua_pushcclosure(L, error_tostring, 1);
  lua_setfield(L, -2, "__tostring");
  lua_setmetatable(L, err);
}

/* Replaces the error table and the text on the stack's top by nil, message, err. Programs log the
 * message. The message therefore has neither the query nor complete phone numbers. The error table
 * has both. */
static int finish_failure(lua_State *L, const struct request *r) {
  int err = lua_gettop(L) - 1;
  size_t length = 0, whole;
  const char *text = lua_tolstring(L, -1, &whole);
  secrets_push(L, r, text, whole); /* before the text is cut: half a secret would not be found */
  lua_replace(L, err + 1);
  const char *id = header_lines_find(&r->transfer.head, "Twilio-Request-Id", &length);
  to_line(L);
  lua_getfield(L, err, "message");
  if (lua_isnil(L, -1)) {
    lua_pushvalue(L, err + 1);
    lua_setfield(L, err, "message");
  }
  lua_pop(L, 1);
  lua_pushnil(L);
  lua_insert(L, err);
  lua_pushvalue(L, err + 2);
  mask_top(L, r);
  mask_push_path(L, r);
  to_line(L);
  lua_pushlstring(L, length ? id : "", length);
  to_line(L);
  lua_pushfstring(L, "%s %s: %s%s%s%s", r->transfer.method, lua_tostring(L, -2), lua_tostring(L, -3), length ? " (request " : "", lua_tostring(L, -1),
                  length ? ")" : "");
  lua_insert(L, err + 1);
  lua_settop(L, err + 2);
  set_tostring(L, err + 2, err + 1);
  return 3;
}

int failure_push_as(lua_State *L, struct request *r, const char *kind, const char *text) {
  luaL_checkstack(L, 12, "failure");
  push_err_table(L, r, kind);
  lua_pushstring(L, text);
  return finish_failure(L, r);
}

/* Returns the name of the option whose time limit has expired. */
static const char *limit_of(const struct request *r) {
  const struct transfer *t = &r->transfer;
  static const char slow[] = "Operation too slow"; /* libcurl's text: there is no separate error code */
  if (strncmp(t->reason, slow, sizeof slow - 1) == 0) return "options low_speed_limit and low_speed_time";
  if (t->sink && t->sink->has_expired) return "option timeout";
  if (t->timeout_ms <= 0 || t->seconds * 1000 < (double)t->timeout_ms - 1) return "option connect_timeout";
  return t->timeout_ms < request_timeout_ms(r) ? "option deadline" : "option timeout";
}

/* Adds the path of the file that an upload could not read to the error table on the stack's top. */
static void set_err_file(lua_State *L, const struct transfer *t) {
  if (t->code != CURLE_READ_ERROR || !t->upload || !t->upload->failed) return;
  set_err_text(L, "path", t->upload->failed, strlen(t->upload->failed));
  const char *reason = strerror(t->upload->error);
  set_err_text(L, "reason", reason, strlen(reason));
}

static int push_transport_failure(lua_State *L, struct request *r) {
  const struct transfer *t = &r->transfer;
  const char *reason = t->reason[0] ? t->reason : curl_easy_strerror(t->code);
  char size[24];
  if (t->code == CURLE_OPERATION_TIMEDOUT && t->seconds > 0) /* 0: a transport's, whose message says it all */
    reason = lua_pushfstring(L, "%s (%s)", reason, limit_of(r));
  if (t->code == CURLE_FILESIZE_EXCEEDED && t->status && t->sink && t->sink->takes_body)
    snprintf(size, sizeof size, "%llu", (unsigned long long)t->sink->limit),
        reason = lua_pushfstring(L, "the file is larger than max_size, %s bytes", size);
  else if (t->code == CURLE_FILESIZE_EXCEEDED && t->status) /* the body is too large, not the headers */
    reason = lua_pushfstring(L, "the answer is larger than max_response, %d bytes", (int)r->asked.settings.max_response);
  if (t->status) reason = lua_pushfstring(L, "%d, but %s", (int)t->status, reason);
  reason = lua_pushfstring(L, "%s%s", reason, hint_push(L, r, 0));
  int is_file = (t->sink && t->sink->error) || (t->upload && t->code == CURLE_READ_ERROR);
  int n = failure_push_as(L, r, is_file ? "file" : failure_kind(t), reason);
  set_err_file(L, t);
  return n;
}

/* Pushes "404, error 20404: The requested resource was not found", from the table at `err`. */
static void push_error_text(lua_State *L, long status, int err) {
  lua_getfield(L, err, "code");
  lua_getfield(L, err, "message");
  const char *message = lua_tostring(L, -1), *code = lua_isstring(L, -2) ? lua_tostring(L, -2) : NULL;
  lua_pushfstring(L, "%d%s%s%s%s", (int)status, code ? ", error " : "", code ? code : "", message ? ": " : "", message ? message : "");
}

/* Pushes the status and the type of a body that is not an error of Twilio. */
static void push_strange_text(lua_State *L, const struct request *r) {
  size_t length = 0;
  const char *type = header_lines_find(&r->transfer.head, "Content-Type", &length);
  if (!r->transfer.answer.length) {
    const char *body = client_root(r->client)->is_closed ? "whose body is not shown: the client is closed" : "with an empty body";
    lua_pushfstring(L, "%d, %s", (int)r->transfer.status, body);
    return;
  }
  if (r->response.index.lacks_memory) {
    lua_pushfstring(L, "%d, and there is not enough memory to read the response", (int)r->transfer.status);
    return;
  }
  lua_pushlstring(L, type ? type : "none", type ? length : strlen("none"));
  lua_pushfstring(L, "%d, and the body is not a JSON object (content type: %s); is there a proxy on the way?", (int)r->transfer.status,
                  lua_tostring(L, -1));
}

static void push_redirect_text(lua_State *L, const struct request *r) {
  const char *why = r->call.unfollowed ? r->call.unfollowed : "";
  lua_pushfstring(L, "%d, a redirect, which is not followed%s%s", (int)r->transfer.status, *why ? ": " : "", why);
}

static int push_status_failure(lua_State *L, struct request *r) {
  long status = r->transfer.status;
  int is_redirect = status < 400 && status != 304; /* 304: not modified */
  push_err_table(L, r, is_redirect ? "untrusted" : "api");
  int err = lua_gettop(L);
  size_t length = 0;
  const char *location = header_lines_find(&r->transfer.head, "Location", &length);
  if (is_redirect) set_err_text(L, "location", location, length);
  if (is_redirect)
    push_redirect_text(L, r);
  else if (set_twilio_error(L, r))
    push_error_text(L, status, err);
  else
    push_strange_text(L, r);
  const char *text = lua_tostring(L, -1);
  lua_getfield(L, err, "code");
  lua_pushfstring(L, "%s%s", text, hint_push(L, r, (long)lua_tointeger(L, -1)));
  lua_insert(L, err + 1);
  lua_settop(L, err + 1);
  return finish_failure(L, r);
}

void failure_set_log(lua_State *L, struct request *r) {
  const struct transfer *t = &r->transfer;
  if (t->code != CURLE_OK) {
    const char *reason = t->reason[0] ? t->reason : curl_easy_strerror(t->code);
    mask_push_message(L, r, reason, strlen(reason));
    lua_setfield(L, -2, "reason");
    return;
  }
  if (t->status < 400) return;
  hide_secrets(r);
  if (!body_read_error(r)) return;
  for (size_t i = 0; i < 2; i++) { /* code and message */
    const struct json_field *field = find_wanted(r, &wanted[i]);
    if (!field || (field->type != JSON_STRING && field->type != JSON_NUMBER)) continue;
    json_push(L, t->answer.data, field);
    if (field->type == JSON_STRING) to_line(L), mask_top(L, r);
    lua_setfield(L, -2, wanted[i].name);
  }
  set_title(L, r);
}

/* Pushes nil, message, err. access_token_deny has stored the reason in the table of the request,
 * which is at index 1. */
static int push_denial(lua_State *L, const struct request *r) {
  compat_gettable(L, 1);
  lua_getfield(L, -1, "err");
  set_err_text(L, "sent", sent_of(r), strlen(sent_of(r)));
  lua_getfield(L, -2, "denial");
  lua_remove(L, -3);
  return finish_failure(L, r);
}

int failure_push(lua_State *L, struct request *r) {
  luaL_checkstack(L, 12, "failure");
  if (r->call.is_denied) return push_denial(L, r);
  if (r->asked.refusal) return failure_push_as(L, r, r->call.cannot_wait ? "host" : "untrusted", r->asked.refusal);
  if (r->transfer.code != CURLE_OK) return push_transport_failure(L, r);
  return push_status_failure(L, r);
}
