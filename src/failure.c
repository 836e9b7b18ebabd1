#include "failure.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "compat.h"
#include "dates.h"
#include "json.h"

enum { BODY_KEPT = 64 << 10 }; /* of an answer's body, in err.body */

const char *failure_header(const struct request *r, const char *name, size_t *length) {
  size_t n = strlen(name);
  const char *p = r->transfer.head.data, *end = p ? p + r->transfer.head.length : p;
  while (p < end) {
    const char *line_end = memchr(p, '\n', (size_t)(end - p));
    if (!line_end) line_end = end;
    if ((size_t)(line_end - p) > n && p[n] == ':' && strncasecmp(p, name, n) == 0) {
      p += n + 1;
      while (p < line_end && (*p == ' ' || *p == '\t')) p++;
      while (line_end > p && (line_end[-1] == '\r' || line_end[-1] == ' ')) line_end--;
      *length = (size_t)(line_end - p);
      return p;
    }
    p = line_end < end ? line_end + 1 : end;
  }
  return NULL;
}

/* Kinds */

static const char *kind_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return "timeout";
    case CURLE_FILESIZE_EXCEEDED: return "too_large";
    case CURLE_ABORTED_BY_CALLBACK: return "cancelled";
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
    case CURLE_SSL_INVALIDCERTSTATUS: return "tls";
    default: return "network";
  }
}

static const char *sent(const struct request *r) {
  if (r->refused || r->transfer.starts == 0) return "no";
  return r->transfer.status ? "yes" : "maybe";
}

/* The error table, on the stack's top */

static void set_text(lua_State *L, const char *name, const char *text, size_t length) {
  if (!text || !length) return;
  lua_pushlstring(L, text, length);
  lua_setfield(L, -2, name);
}

static void set_retry_after(lua_State *L, const struct request *r) {
  size_t length;
  int64_t when;
  const char *text = failure_header(r, "Retry-After", &length);
  if (!text || !length || length > 40) return;
  if (dates_parse(text, length, &when)) {
    int64_t now = (int64_t)time(NULL);
    lua_pushnumber(L, (lua_Number)(when > now ? when - now : 0));
  } else if (strspn(text, "0123456789") >= length) {
    double seconds = 0;
    for (size_t i = 0; i < length; i++) seconds = seconds * 10 + (text[i] - '0');
    lua_pushnumber(L, (lua_Number)seconds);
  } else {
    return;
  }
  lua_setfield(L, -2, "retry_after");
}

static void push_table(lua_State *L, const struct request *r, const char *kind) {
  size_t length = 0, kept = r->transfer.answer.length;
  lua_createtable(L, 0, 12);
  set_text(L, "kind", kind, strlen(kind));
  set_text(L, "method", r->transfer.method, strlen(r->transfer.method));
  set_text(L, "url", r->transfer.url, strlen(r->transfer.url));
  set_text(L, "sent", sent(r), strlen(sent(r)));
  lua_pushinteger(L, r->attempts);
  lua_setfield(L, -2, "attempts");
  if (r->transfer.status) {
    lua_pushinteger(L, (lua_Integer)r->transfer.status);
    lua_setfield(L, -2, "status");
  }
  const char *id = failure_header(r, "Twilio-Request-Id", &length);
  set_text(L, "request_id", id, length);
  set_text(L, "body", r->transfer.answer.data, kept < BODY_KEPT ? kept : BODY_KEPT);
  set_retry_after(L, r);
}

/* Pushes the first of several root fields of the error body that is there and not null; 0 when none is. */
static int push_first(lua_State *L, const struct request *r, const char *const *names) {
  for (; *names; names++) {
    const struct json_field *f = json_find(r->index.field + 1, r->index.count - 1, 1, r->transfer.answer.data, *names, strlen(*names));
    if (!f || f->type == JSON_NULL) continue;
    json_push(L, r->transfer.answer.data, f);
    return 1;
  }
  return 0;
}

/* {code, message, more_info, status, details}, RFC 9457's {type, title, detail,
 * status, code}, {code, message, httpStatusCode, params}: all into our names. */
static int set_twilio_error(lua_State *L, struct request *r) {
  static const char *const fields[][6] = {{"code", "code", NULL},
                                          {"message", "message", "detail", "title", "error_description", NULL},
                                          {"more_info", "more_info", "type", NULL},
                                          {"details", "details", "params", "errors", NULL}};
  struct json_error error;
  const struct buffer *body = &r->transfer.answer;
  if (!body->length || !json_check(&r->index, body->data, body->length, &error) || r->index.field[0].type != JSON_OBJECT) return 0;
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (push_first(L, r, fields[i] + 1)) lua_setfield(L, -2, fields[i][0]);
  return 1;
}

/* Messages */

/* Pushes the text as one line of at most 500 bytes. */
static void push_line(lua_State *L, const char *text) {
  char line[501];
  size_t n = 0;
  for (; text[n] && n < sizeof line - 1; n++) line[n] = (unsigned char)text[n] < 0x20 || text[n] == 0x7f ? ' ' : text[n];
  lua_pushlstring(L, line, n);
}

/* "GET /2010-04-01/…: ", never with the query, which may hold personal data. */
static void push_where(lua_State *L, const struct request *r) {
  push_line(L, r->path.length ? r->path.data : "(elsewhere)");
  lua_pushfstring(L, "%s %s: ", r->transfer.method, lua_tostring(L, -1));
  lua_remove(L, -2);
}

/* Completes nil, message, err: the err table is on the stack's top, the text is what happened. */
static int finish(lua_State *L, const struct request *r, const char *text) {
  push_line(L, text);
  lua_getfield(L, -2, "message");
  if (lua_isnil(L, -1)) {
    lua_pushvalue(L, -2);
    lua_setfield(L, -4, "message");
  }
  lua_pop(L, 1);
  push_where(L, r);
  lua_insert(L, -2);
  lua_getfield(L, -3, "request_id");
  if (lua_isnil(L, -1))
    lua_pushliteral(L, "");
  else
    lua_pushfstring(L, " (request %s)", lua_tostring(L, -1));
  lua_remove(L, -2);
  lua_concat(L, 3);
  lua_pushnil(L);
  lua_insert(L, -3);
  lua_insert(L, -2);
  return 3;
}

int failure_push_as(lua_State *L, const struct request *r, const char *kind, const char *text) {
  luaL_checkstack(L, 12, "failure");
  push_table(L, r, kind);
  return finish(L, r, text);
}

static int push_transport_failure(lua_State *L, const struct request *r) {
  const char *reason = r->transfer.reason[0] ? r->transfer.reason : curl_easy_strerror(r->transfer.code);
  const char *kind = kind_of(r->transfer.code);
  if (strcmp(kind, "too_large") == 0) reason = lua_pushfstring(L, "the answer is larger than max_response (%d KiB)", (int)(r->transfer.max_response >> 10));
  return failure_push_as(L, r, kind, reason);
}

/* "404, error 20404: The requested resource was not found", or the status with what kind of body came. */
static int push_status_failure(lua_State *L, struct request *r) {
  size_t length = 0;
  long status = r->transfer.status;
  push_table(L, r, status < 400 ? "untrusted" : "api");
  int parsed = set_twilio_error(L, r), table = lua_gettop(L);
  lua_getfield(L, table, "message");
  lua_getfield(L, table, "code");
  const char *message = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL, *code = lua_tostring(L, -1);
  const char *type = failure_header(r, "Content-Type", &length);
  char text[600];
  if (status < 400)
    snprintf(text, sizeof text, "%ld, a redirect, which is not followed", status);
  else if (parsed)
    snprintf(text, sizeof text, "%ld%s%s%s%s", status, code ? ", error " : "", code ? code : "", message ? ": " : "", message ? message : "");
  else
    snprintf(text, sizeof text, "%ld, answered with %.*s instead of JSON (a proxy on the way?)", status, type ? (int)(length < 60 ? length : 60) : 8,
             type ? type : "no type");
  lua_settop(L, table);
  return finish(L, r, text);
}

int failure_push(lua_State *L, struct request *r) {
  luaL_checkstack(L, 12, "failure");
  if (r->refused) return failure_push_as(L, r, "untrusted", r->refused);
  if (r->transfer.code != CURLE_OK) return push_transport_failure(L, r);
  return push_status_failure(L, r);
}
