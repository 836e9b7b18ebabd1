#include "request/describe.h"

#include <lauxlib.h>
#include <string.h>

#include "api/lookup.h"
#include "request/resource.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/wire_text.h"

/* Appends the value on the stack's top to the array below it. */
static void append_description(lua_State *L) {
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
}

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void set_boolean(lua_State *L, const char *name, int value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, int value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

/* ---- parameters ---- */

static void push_param(lua_State *L, const struct api_param *param) {
  static const char *const locations[] = {"query", "body", "header"};
  static const char *const classes[] = {"scalar", "boolean",    "integer", "date",   "date_time", "json",
                                        "array",  "json_array", "map",     "object", "numbered"};
  char name[LOOKUP_NAME_SIZE];
  const char *wire = API_STRING(param->name);
  wire_snake(wire, strlen(wire), name, sizeof name);
  lua_createtable(L, 0, 6);
  set_string(L, "name", name);
  set_string(L, "wire", wire);
  set_string(L, "class", classes[API_CLASS(param->traits)]);
  set_string(L, "location", locations[API_LOCATION(param->traits)]);
  set_boolean(L, "is_required", (param->traits & API_REQUIRED) != 0);
  set_boolean(L, "is_personal", (param->traits & API_PERSONAL) != 0);
}

static void push_params(lua_State *L, const struct api_op *op) {
  lua_createtable(L, op->n_params, 0);
  for (int i = 0; i < op->n_params; i++) {
    push_param(L, lookup_param_at(op, i));
    lua_rawseti(L, -2, i + 1);
  }
}

static void push_aliases(lua_State *L, uint16_t op) {
  lua_newtable(L);
  for (const struct api_alias *a = lookup_next_alias(op, NULL); a; a = lookup_next_alias(op, a)) {
    lua_pushstring(L, API_STRING(a->name));
    append_description(L);
  }
}

/* ---- operations and verbs ---- */

static void push_path(lua_State *L, const struct api_op *op) {
  struct lookup_path p;
  struct lookup_segment segment;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  lookup_path_start(&p, op->path);
  while (lookup_path_next(&p, &segment)) {
    luaL_addstring(&b, segment.is_placeholder ? "/{" : "/");
    luaL_addlstring(&b, segment.text, segment.length);
    if (segment.is_placeholder) luaL_addchar(&b, '}');
  }
  if (op->suffix) luaL_addstring(&b, ".json");
  luaL_pushresult(&b);
}

static void push_op(lua_State *L, uint16_t number) {
  static const char *const kinds[] = {"list", "create", "fetch", "update", "delete", "patch"};
  static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  static const char *const contents[] = {"none", "form", "json", "scim"};
  static const char *const auths[] = {"basic", "oauth", "none"};
  const struct api_op *op = &api_ops[number];
  lua_createtable(L, 0, 10);
  set_string(L, "kind", kinds[op->kind]);
  set_string(L, "method", methods[op->method]);
  set_string(L, "host", API_STRING(api_products[op->product]));
  push_path(L, op);
  lua_setfield(L, -2, "path");
  set_string(L, "content", contents[op->content]);
  set_string(L, "auth", auths[op->auth]);
  set_boolean(L, "is_open", op->open);
  set_boolean(L, "has_strings", op->strings);
  push_params(L, op);
  lua_setfield(L, -2, "parameters");
  push_aliases(L, number);
  lua_setfield(L, -2, "aliases");
}

static void push_ops(lua_State *L, uint16_t node) {
  lua_newtable(L);
  for (int i = lookup_next_op(node, -1, -1); i >= 0; i = lookup_next_op(node, -1, i)) {
    push_op(L, (uint16_t)i);
    append_description(L);
  }
}

static void push_verbs(lua_State *L, uint16_t node) {
  lua_newtable(L);
  for (const struct api_verb *v = lookup_next_verb(node, NULL); v; v = lookup_next_verb(node, v)) {
    lua_createtable(L, 0, 5);
    set_string(L, "name", API_STRING(v->name));
    push_op(L, v->op);
    lua_setfield(L, -2, "operation");
    set_string(L, "fixed", API_STRING(v->fixed));
    set_string(L, "positional", API_STRING(v->positional));
    set_boolean(L, "takes_parameters", lookup_verb_takes_params(v));
    append_description(L);
  }
}

static void push_fans(lua_State *L, uint16_t node) {
  lua_newtable(L);
  for (const struct api_fan *fan = lookup_next_fan(node, NULL); fan; fan = lookup_next_fan(node, fan)) {
    lua_pushstring(L, API_STRING(fan->param));
    append_description(L);
  }
}

/* ---- resources ---- */

/* Appends the children of a node to the array on the stack's top, and then those that are found
 * below its transparent children. */
static void add_children(lua_State *L, uint16_t node, const char *via) {
  const struct api_node *n = &api_nodes[node];
  for (uint16_t i = n->first_child; i < n->first_child + n->n_children; i++) {
    lua_createtable(L, 0, 2);
    set_string(L, "name", lookup_node_name(i));
    set_string(L, "via", via);
    append_description(L);
  }
  for (uint16_t i = n->first_child; i < n->first_child + n->n_children; i++)
    if (api_nodes[i].flags & API_TRANSPARENT) add_children(L, i, lookup_node_name(i));
}

static void push_record_fields(lua_State *L, uint16_t node) {
  char name[LOOKUP_NAME_SIZE];
  lua_createtable(L, api_nodes[node].n_fields, 0);
  for (int i = 0; lookup_field(node, i, name); i++) {
    lua_pushstring(L, name);
    lua_rawseti(L, -2, i + 1);
  }
}

/* Returns nil, the name that is meant, and the number of the wrong name. */
static int describe_unknown(lua_State *L, uint16_t node, const char *name, int number) {
  struct suggestion suggestion;
  lua_pushnil(L);
  const char *verb = resource_verb_meant(node, name);
  suggestion_start(&suggestion, name);
  lookup_offer_children(&suggestion, node);
  lookup_offer_verbs(&suggestion, node, 0);
  lua_pushstring(L, verb ? verb : suggestion.nearest[0] ? suggestion.nearest : NULL);
  lua_pushinteger(L, number);
  return 3;
}

int describe(lua_State *L) {
  uint16_t node = 0;
  int own = 0;
  for (int i = 1; i <= lua_gettop(L); i++) {
    struct lookup_child found;
    if (lua_isboolean(L, i)) {
      node = api_nodes[node].called;
      continue;
    }
    const char *name = luaL_checkstring(L, i);
    if (!lookup_child(node, name, &found)) return describe_unknown(L, node, name, i);
    own |= found.own_account >= 0;
    node = found.node;
  }
  lua_createtable(L, 0, 8);
  set_string(L, "name", node ? lookup_node_name(node) : "");
  set_number(L, "arity", api_nodes[node].arity);
  set_number(L, "given", own);
  lua_newtable(L);
  add_children(L, node, NULL);
  lua_setfield(L, -2, "children");
  push_ops(L, node);
  lua_setfield(L, -2, "operations");
  push_verbs(L, node);
  lua_setfield(L, -2, "verbs");
  push_fans(L, node);
  lua_setfield(L, -2, "lists");
  push_record_fields(L, node);
  lua_setfield(L, -2, "fields");
  return 1;
}
