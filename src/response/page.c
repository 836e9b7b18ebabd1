#include "response/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/lookup.h"
#include "response/body.h"
#include "response/record.h"
#include "support/compat.h"
#include "text/json_decode.h"
#include "text/wire_text.h"

/* Pushes a link or a token. Returns 0 if it is absent, null or empty. */
static int push_paging_field(lua_State *L, const struct request *r, const struct json_field *field) {
  if (!field || field->type == JSON_NULL || (field->type == JSON_STRING && field->end - field->value == 2)) return 0;
  json_push(L, body_text(r), field);
  return 1;
}

/* Replaces the token on the stack's top by a link: the URL of this page, in which the parameter
 * `name` is the token. */
static void token_to_link(lua_State *L, struct request *r, const char *name) {
  struct buffer *link = &r->response.link;
  size_t length, n = strlen(name);
  const char *query = strchr(r->transfer.url, '?');
  buffer_clear(link);
  buffer_add(link, r->transfer.url, strcspn(r->transfer.url, "?"));
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
  wire_percent(link, token, length);
  if (link->failed) luaL_error(L, "out of memory");
  lua_pushlstring(L, link->data, link->length);
  lua_replace(L, -2);
}

/* Returns the name of the operation's parameter for a page token. */
static const char *token_parameter(const struct request *r) {
  static const char *const names[] = {"PageToken", "pageToken", "Token"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (lookup_param(r->asked.op, names[i]) >= 0) return names[i];
  return "PageToken";
}

/* Some responses have no link, but the number of the page and a flag for a further page. If the
 * number is unusable, pushes `true` as the link. Following that link fails. Without the link, an
 * iteration would end as if the list were complete. */
static int push_number_link(lua_State *L, struct request *r, int back) {
  static const double most = 9007199254740992.0; /* 2^53: larger numbers are inexact */
  const struct json_field *more = body_field(r, back ? "has_prev" : "has_next"), *page = body_field(r, "current_page");
  if (!more || more->type != JSON_TRUE) return 0;
  double number = -1;
  if (page && page->type == JSON_NUMBER) {
    json_push(L, body_text(r), page);
    if (lua_type(L, -1) == LUA_TNUMBER) number = (double)lua_tonumber(L, -1) + (back ? -1 : 1);
    lua_pop(L, 1);
  }
  if (!(number >= 0 && number < most && number == (double)(int64_t)number)) return lua_pushboolean(L, 1), 1;
  char text[24];
  snprintf(text, sizeof text, "%" PRId64, (int64_t)number);
  lua_pushstring(L, text);
  token_to_link(L, r, "Page");
  return 1;
}

/* Pushes the link to the next or the previous page. Returns 0 and pushes nothing if there is none. */
static int push_page_link(lua_State *L, struct request *r, int back) {
  if (push_paging_field(L, r, body_field(r, back ? "previous_page_uri" : "next_page_uri"))) return 1;
  if (push_paging_field(L, r, body_meta_field(r, back ? "previous_page_url" : "next_page_url"))) return 1;
  int found = push_paging_field(L, r, body_meta_field(r, back ? "previous_token" : "next_token"));
  if (!found && !push_paging_field(L, r, body_meta_field(r, back ? "previousToken" : "nextToken"))) return push_number_link(L, r, back);
  if (lua_type(L, -1) == LUA_TSTRING) token_to_link(L, r, token_parameter(r));
  return 1;
}

int page_link(lua_State *L) {
  struct request *r = request_check(L, 1);
  body_hold(r);
  int n = push_page_link(L, r, 0);
  body_unhold(r);
  return n;
}

/* Adds the paging fields of one depth to the table on the stack's top. Leaves out null fields and
 * the records. */
static void add_paging(lua_State *L, const struct request *r, const struct json_field *fields, uint32_t count, unsigned depth) {
  for (uint32_t i = 0; i < count; i++) {
    const struct json_field *field = &fields[i];
    if (field->depth != depth || field->type == JSON_NULL || field->type == JSON_ARRAY || (depth == 1 && field->type == JSON_OBJECT)) continue;
    json_push_key(L, body_text(r), field);
    json_push(L, body_text(r), field);
    lua_rawset(L, -3);
  }
}

static void push_records(lua_State *L, struct request *r) {
  record_push_shared(L, r);
  int shared = lua_gettop(L);
  lua_createtable(L, (int)r->response.n_records, 0);
  for (uint32_t n = 1; n <= r->response.n_records; n++) {
    const struct json_field *element = body_seek(r, n);
    lua_pushvalue(L, shared);
    if (element->type == JSON_OBJECT)
      record_push(L, r->asked.resource, body_text(r), element, body_inside(r, element));
    else
      json_push(L, body_text(r), element);
    lua_rawseti(L, shared + 1, (int)n);
    lua_pop(L, 1);
  }
  lua_remove(L, shared);
}

static void push_paging(lua_State *L, const struct request *r) {
  lua_newtable(L);
  if (r->response.index.count) add_paging(L, r, r->response.index.field + 1, r->response.index.count - 1, 1);
  const struct json_field *meta = body_field(r, "meta");
  if (meta && meta->type == JSON_OBJECT) add_paging(L, r, meta + 1, body_inside(r, meta), 2);
}

int page_push(lua_State *L, struct request *r) {
  push_records(L, r);
  push_paging(L, r);
  if (!push_page_link(L, r, 0)) lua_pushnil(L);
  if (!push_page_link(L, r, 1)) lua_pushnil(L);
  compat_gettable(L, 1);
  lua_rawgeti(L, -1, REQUEST_OWNER);
  lua_remove(L, -2);
  return 5;
}
