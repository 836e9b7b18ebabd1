/* src/api/lookup.c as a Lua module, for spec/api/lookup_spec.lua. Nodes and operations are numbers. */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "api/lookup.h"
#include "support/misuse.h"

int luaopen_lookup_probe(lua_State *L);

static uint16_t lookup_probe_index(lua_State *L, int index) {
  return (uint16_t)luaL_checkinteger(L, index);
}

static void push_optional(lua_State *L, lua_Integer n) {
  n < 0 ? lua_pushnil(L) : lua_pushinteger(L, n);
}

/* child(node, name) -> node, node of the own account or nil; or nil */
static int lookup_probe_child(lua_State *L) {
  struct lookup_child found;
  if (!lookup_child(lookup_probe_index(L, 1), luaL_checkstring(L, 2), &found)) return 0;
  lua_pushinteger(L, found.node);
  push_optional(L, found.own_account);
  return 2;
}

static int lookup_probe_ancestry(lua_State *L) {
  uint16_t nodes[LOOKUP_DEPTH];
  int n = lookup_ancestry(lookup_probe_index(L, 1), nodes);
  lua_newtable(L);
  for (int i = 0; i < n; i++) {
    lua_pushstring(L, lookup_node_name(nodes[i]));
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int lookup_probe_has_field(lua_State *L) {
  size_t length;
  const char *name = luaL_checklstring(L, 2, &length);
  lua_pushboolean(L, lookup_has_field(lookup_probe_index(L, 1), name, length));
  return 1;
}

static int lookup_probe_kind(lua_State *L) {
  push_optional(L, lookup_kind(luaL_checkstring(L, 1)));
  return 1;
}

/* operations(node, kind or -1) -> list of operations */
static int lookup_probe_operations(lua_State *L) {
  uint16_t node = lookup_probe_index(L, 1);
  int kind = (int)luaL_checkinteger(L, 2), n = 0;
  lua_newtable(L);
  for (int op = lookup_next_op(node, kind, -1); op >= 0; op = lookup_next_op(node, kind, op)) {
    lua_pushinteger(L, op);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

static int lookup_probe_op_node(lua_State *L) {
  uint16_t op = lookup_probe_index(L, 1), node = lookup_op_node(op, lookup_probe_index(L, 2));
  lua_pushinteger(L, node);
  lua_pushboolean(L, lookup_has_op(node, op));
  return 2;
}

static int lookup_probe_instance_op(lua_State *L) {
  const struct api_op *op = lookup_instance_op(lookup_probe_index(L, 1), (int)luaL_checkinteger(L, 2));
  push_optional(L, op ? op - api_ops : -1);
  return 1;
}

/* verb(node, name) -> operation, fixed; or nil */
static int lookup_probe_verb(lua_State *L) {
  const struct api_verb *verb = lookup_verb(lookup_probe_index(L, 1), luaL_checkstring(L, 2));
  if (!verb) return 0;
  lua_pushinteger(L, verb->op);
  lua_pushstring(L, API_STRING(verb->fixed));
  return 2;
}

static int lookup_probe_verb_names(lua_State *L) {
  const char *name;
  lua_newtable(L);
  for (uint16_t i = 0; (name = lookup_verb_name(i)); i++) {
    lua_pushstring(L, name);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* has_verb(node, name) -> whether a list has the verb, and whether a record has it */
static int lookup_probe_has_verb(lua_State *L) {
  lua_pushboolean(L, lookup_has_verb(lookup_probe_index(L, 1), luaL_checkstring(L, 2)));
  lua_pushboolean(L, lookup_has_record_verb(lookup_probe_index(L, 1), luaL_checkstring(L, 2)));
  return 2;
}

/* fans(node) -> the names of the inner lists */
static int lookup_probe_fans(lua_State *L) {
  uint16_t node = lookup_probe_index(L, 1);
  int n = 0;
  lua_newtable(L);
  for (const struct api_fan *fan = lookup_next_fan(node, NULL); fan; fan = lookup_next_fan(node, fan)) {
    lua_pushstring(L, API_STRING(fan->inner));
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

/* parameter(operation, name) -> the wire name, or nil */
static int lookup_probe_parameter(lua_State *L) {
  uint16_t op = lookup_probe_index(L, 1);
  int position = lookup_param(op, luaL_checkstring(L, 2));
  if (position < 0) return 0;
  lua_pushstring(L, API_STRING(lookup_param_at(&api_ops[op], position)->name));
  return 1;
}

/* aliases(operation) -> { [name] = whether it is a reroute } */
static int lookup_probe_aliases(lua_State *L) {
  uint16_t op = lookup_probe_index(L, 1);
  lua_newtable(L);
  for (const struct api_alias *a = lookup_next_alias(op, NULL); a; a = lookup_next_alias(op, a)) {
    lua_pushboolean(L, a->reroute);
    lua_setfield(L, -2, API_STRING(a->name));
  }
  return 1;
}

/* traits(operation or nil, name) -> some, all; or nil */
static int lookup_probe_traits(lua_State *L) {
  size_t length;
  const char *name = luaL_checklstring(L, 2, &length);
  unsigned some, all;
  if (!lookup_traits(lua_isnil(L, 1) ? NULL : &api_ops[lookup_probe_index(L, 1)], name, length, &some, &all)) return 0;
  lua_pushinteger(L, (lua_Integer)some);
  lua_pushinteger(L, (lua_Integer)all);
  return 2;
}

/* path(operation) -> list of segments; a placeholder is { name } */
static int lookup_probe_path(lua_State *L) {
  struct lookup_path p;
  struct lookup_segment s;
  int n = 0;
  lookup_path_start(&p, api_ops[lookup_probe_index(L, 1)].path);
  lua_newtable(L);
  while (lookup_path_next(&p, &s)) {
    if (s.is_placeholder) lua_newtable(L);
    lua_pushlstring(L, s.text, s.length);
    if (s.is_placeholder) lua_rawseti(L, -2, 1);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

static int lookup_probe_placeholder(lua_State *L) {
  struct lookup_segment s;
  if (!lookup_placeholder(api_ops[lookup_probe_index(L, 1)].path, (int)luaL_checkinteger(L, 2), &s)) return 0;
  lua_pushlstring(L, s.text, s.length);
  return 1;
}

/* fetch_op(product of this operation, path) -> operation, list of SIDs; or nil */
static int lookup_probe_fetch_op(lua_State *L) {
  struct lookup_segment sids[LOOKUP_DEPTH];
  int op = lookup_fetch_op(api_ops[lookup_probe_index(L, 1)].product, luaL_checkstring(L, 2), sids, (int)luaL_optinteger(L, 3, LOOKUP_DEPTH));
  if (op < 0) return 0;
  lua_pushinteger(L, op);
  lua_newtable(L);
  for (int i = 0; i < api_ops[op].n_path; i++) {
    lua_pushlstring(L, sids[i].text, sids[i].length);
    lua_rawseti(L, -2, i + 1);
  }
  return 2;
}

/* nearest(what, index, wanted, is_record) -> the nearest of the names that a lookup_offer function
 * offers, or "" */
static int lookup_probe_nearest(lua_State *L) {
  const char *what = luaL_checkstring(L, 1);
  uint16_t index = lookup_probe_index(L, 2);
  struct suggestion s;
  suggestion_start(&s, luaL_checkstring(L, 3));
  if (strcmp(what, "children") == 0) lookup_offer_children(&s, index);
  if (strcmp(what, "fields") == 0) lookup_offer_fields(&s, index);
  if (strcmp(what, "verbs") == 0) lookup_offer_verbs(&s, index, lua_toboolean(L, 4));
  if (strcmp(what, "parameters") == 0) lookup_offer_params(&s, index);
  lua_pushstring(L, s.nearest);
  return 1;
}

int luaopen_lookup_probe(lua_State *L) {
  static const luaL_Reg functions[] = {{"child", lookup_probe_child},
                                       {"ancestry", lookup_probe_ancestry},
                                       {"has_field", lookup_probe_has_field},
                                       {"kind", lookup_probe_kind},
                                       {"operations", lookup_probe_operations},
                                       {"op_node", lookup_probe_op_node},
                                       {"instance_op", lookup_probe_instance_op},
                                       {"verb", lookup_probe_verb},
                                       {"verb_names", lookup_probe_verb_names},
                                       {"has_verb", lookup_probe_has_verb},
                                       {"fans", lookup_probe_fans},
                                       {"parameter", lookup_probe_parameter},
                                       {"aliases", lookup_probe_aliases},
                                       {"traits", lookup_probe_traits},
                                       {"path", lookup_probe_path},
                                       {"placeholder", lookup_probe_placeholder},
                                       {"fetch_op", lookup_probe_fetch_op},
                                       {"nearest", lookup_probe_nearest},
                                       {NULL, NULL}};
  lua_newtable(L);
  compat_setfuncs(L, functions);
  return 1;
}
