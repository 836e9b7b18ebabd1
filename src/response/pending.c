#include "response/pending.h"

#include <string.h>

#include "api/lookup.h"
#include "response/body.h"
#include "support/compat.h"
#include "text/headers.h"
#include "text/json_decode.h"

enum { ACCEPTED = 202 };

/* Pushes the header, otherwise the string field of the body, otherwise nil. */
static const char *push_named(lua_State *L, const struct request *r, const char *header, const char *name) {
  size_t length;
  const char *text = headers_find(&r->transfer.head, header, &length);
  const struct json_field *field = body_field(r, name);
  if (text && length)
    lua_pushlstring(L, text, length);
  else if (field && field->type == JSON_STRING)
    json_push(L, body_text(r), field);
  else
    lua_pushnil(L);
  return lua_tostring(L, -1);
}

/* Replaces the URL on the stack's top by the URL of the same path at the client's own host. Keeps a
 * URL that the client must not request. */
static void use_own_host(lua_State *L, struct request *r) {
  size_t length;
  const char *url = lua_tolstring(L, -1, &length), *product = API_STRING(api_products[request_op(r)->product]);
  struct buffer *own = &r->response.link; /* belongs to the request, so that an error does not leak it */
  int top = lua_gettop(L);
  buffer_clear(own);
  const char *fault = origin_add_link(L, client_origin(r->client), product, url, length, own);
  lua_settop(L, top);
  if (fault || own->failed) return;
  lua_pushlstring(L, own->data, own->length);
  lua_replace(L, top);
}

/* Pushes the last segment of the URL. */
static void push_last_segment(lua_State *L, const char *url) {
  size_t length = strcspn(url, "?#"), start = length;
  while (start && url[start - 1] != '/') start--;
  lua_pushlstring(L, url + start, length - start);
}

void pending_push(lua_State *L, struct request *r) {
  int64_t seconds;
  int top = lua_gettop(L);
  if (r->transfer.status != ACCEPTED || !request_op(r)) {
    lua_pushnil(L);
    return;
  }
  const char *url = push_named(L, r, "Location", "statusUrl");
  if (!url || !*url) {
    lua_settop(L, top);
    lua_pushnil(L);
    return;
  }
  use_own_host(L, r);
  lua_createtable(L, 0, 3);
  if (!push_named(L, r, "Operation-Id", "operationId")) {
    lua_pop(L, 1);
    push_last_segment(L, lua_tostring(L, top + 1));
  }
  lua_setfield(L, -2, "id");
  lua_pushvalue(L, top + 1);
  lua_setfield(L, -2, "url");
  if (body_retry_after(r, &seconds)) {
    lua_pushinteger(L, (lua_Integer)seconds);
    lua_setfield(L, -2, "retry_after");
  }
  lua_replace(L, top + 1);
}

const char *pending_push_resource(lua_State *L, int relative, const struct resource *from, int url) {
  struct lookup_segment segments[RESOURCE_SIDS];
  struct sid sids[RESOURCE_SIDS];
  uint16_t nodes[LOOKUP_DEPTH];
  int own = lookup_next_op(from->node, -1, -1);
  const char *path = origin_path(client_origin(from->client), lua_tostring(L, url));
  int op = own < 0 ? -1 : lookup_fetch_op(api_ops[own].product, path, segments, RESOURCE_SIDS);
  if (op < 0) return "no resource of the API has this URL";
  uint16_t node = lookup_op_node((uint16_t)op, 0);
  int n = api_ops[op].n_path, i = 0;
  for (int depth = lookup_ancestry(node, nodes); depth-- > 0;)
    for (int takes = depth ? api_nodes[nodes[depth]].arity : n - i; takes > 0 && i < n; takes--, i++)
      sids[i] = (struct sid){nodes[depth], segments[i].text, segments[i].length};
  resource_push(L, relative, from->client, NULL, node, sids, n);
  return NULL;
}
