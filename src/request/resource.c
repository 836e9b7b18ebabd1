#include "request/resource.h"

#include <string.h>

#include "api/lookup.h"
#include "request/path_mask.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "support/userdata.h"
#include "text/wire_text.h"

static const char resource_name[] = "twilio.resource";
static const char verbs_key; /* registry key of the Lua layer's table of methods */

struct resource *resource_test(lua_State *L, int index) {
  return userdata_test(L, index, resource_name);
}

const char *resource_sid_count(int n) {
  static const char *const counts[] = {"no SID", "one SID", "two SIDs", "three SIDs"};
  return n >= 0 && n < (int)(sizeof counts / sizeof *counts) ? counts[n] : "more SIDs";
}

struct resource *resource_push(lua_State *L, int relative, struct client *client, const struct resource *base, uint16_t node, const struct sid *more,
                               int n_more) {
  struct sid all[RESOURCE_SIDS];
  int n = base ? base->n_sids : 0;
  size_t bytes = 0;
  relative = compat_absindex(L, relative);
  if (n + n_more > RESOURCE_SIDS) misuse(L, "too many SIDs for '%s'", lookup_node_name(node));
  if (n) memcpy(all, base->sid, (size_t)n * sizeof *all);
  if (n_more) memcpy(all + n, more, (size_t)n_more * sizeof *all);
  n += n_more;
  for (int i = 0; i < n; i++) bytes += all[i].length + 1;
  struct resource *resource = userdata_new(L, sizeof *resource + bytes, 0, resource_name);
  compat_gettable(L, relative);
  compat_settable(L, -2);
  resource->client = client;
  resource->node = node;
  resource->n_sids = (uint8_t)n;
  char *at = resource->text;
  for (int i = 0; i < n; i++) {
    resource->sid[i] = all[i];
    resource->sid[i].text = memcpy(at, all[i].text, all[i].length);
    at += all[i].length + 1; /* userdata_new has zeroed the NUL */
  }
  return resource;
}

/* ---- children ---- */

int resource_push_child(lua_State *L, int relative, struct client *client, const struct resource *parent, uint16_t node, const char *name) {
  struct lookup_child found;
  if (!lookup_child(node, name, &found)) return 0;
  client_check_open(L, client); /* a closed client must not be used */
  struct sid own = {0};
  if (found.own_account >= 0) {
    if (!client->account_sid) misuse(L, "'%s' belongs to an account: the client needs account_sid, or use client:account(sid)", name);
    own.node = (uint16_t)found.own_account;
    own.text = client->account_sid;
    own.length = strlen(client->account_sid);
  }
  resource_push(L, relative, client, parent, found.node, &own, found.own_account >= 0);
  return 1;
}

/* ---- verbs ---- */

void resource_set_verbs(lua_State *L, int index) {
  lua_pushvalue(L, index);
  compat_rawsetp(L, LUA_REGISTRYINDEX, &verbs_key);
}

static int push_method(lua_State *L, const char *name) {
  compat_rawgetp(L, LUA_REGISTRYINDEX, &verbs_key);
  lua_getfield(L, -1, name); /* the Lua layer creates a method at its first use */
  lua_remove(L, -2);
  return 1;
}

/* Words of other libraries and everyday language, each with the verb to suggest. If a word occurs
 * several times, the first verb that the node has is suggested. */
static const struct {
  const char *word, *verb;
} habits[] = {
    {"send", "create"},     {"dial", "create"},   {"place", "create"},       {"call", "create"},     {"start", "create"},   {"originate", "create"},
    {"add", "create"},      {"insert", "create"}, {"new", "create"},         {"post", "create"},     {"invite", "create"},  {"buy", "create"},
    {"purchase", "create"}, {"check", "create"},  {"verify", "create"},      {"request", "create"},  {"put", "create"},     {"put", "update"},
    {"all", "list"},        {"get_all", "list"},  {"find", "list"},          {"find", "fetch"},      {"search", "list"},    {"query", "list"},
    {"filter", "list"},     {"each", "iter"},     {"iterate", "iter"},       {"ipairs", "iter"},     {"walk", "iter"},      {"size", "count"},
    {"total", "count"},     {"length", "count"},  {"read", "fetch"},         {"read", "list"},       {"load", "fetch"},     {"retrieve", "fetch"},
    {"show", "fetch"},      {"lookup", "fetch"},  {"remove", "delete"},      {"destroy", "delete"},  {"del", "delete"},     {"release", "delete"},
    {"edit", "update"},     {"modify", "update"}, {"change", "update"},      {"set", "update"},      {"save", "update"},    {"hang_up", "hangup"},
    {"end_", "hangup"},     {"stop", "hangup"},   {"terminate", "hangup"},   {"complete", "hangup"}, {"close", "hangup"},   {"redirect", "route"},
    {"transfer", "route"},  {"end_", "complete"}, {"terminate", "complete"}, {"stop", "complete"},   {"close", "complete"}, {"remove", "kick"},
    {"cancel", "update"},   {"stop", "update"},   {"complete", "update"},    {"close", "update"}};

const char *resource_verb_meant(uint16_t node, const char *word) {
  for (size_t i = 0; i < sizeof habits / sizeof *habits; i++)
    if (strcmp(habits[i].word, word) == 0 && lookup_has_verb(node, habits[i].verb)) return habits[i].verb;
  return NULL;
}

int resource_push_record_verb(lua_State *L, uint16_t node, const char *name) {
  return lookup_has_record_verb(node, name) && push_method(L, name);
}

/* ---- metamethods ---- */

static const struct resource *check_resource(lua_State *L) {
  const struct resource *resource = resource_test(L, 1);
  if (!resource) misuse(L, "a twilio.resource is expected, got %s", luaL_typename(L, 1));
  return resource;
}

static const char *check_child_name(lua_State *L) {
  size_t length;
  if (lua_type(L, 2) != LUA_TSTRING) misuse(L, "a name is expected, got %s", luaL_typename(L, 2));
  const char *name = lua_tolstring(L, 2, &length);
  if (strlen(name) != length) misuse(L, "a name contains a NUL byte");
  return name;
}

/* Raises for an unknown name. Adds the node's children and verbs to the names that were offered to
 * the suggestion. */
static int unknown_child(lua_State *L, struct suggestion *suggestion, uint16_t node, const char *where) {
  const char *verb = resource_verb_meant(node, suggestion->wanted);
  if (verb) return misuse(L, "%s has no '%s': use '%s'", where, suggestion->wanted, verb);
  lookup_offer_children(suggestion, node);
  lookup_offer_verbs(suggestion, node, 0);
  return misuse(L, "%s has no '%s'%s", where, suggestion->wanted, suggestion_push_name(L, suggestion));
}

/* Pushes a product, a resource of the client's account, or nil. Stack: client, name. */
static int push_child_of_client(lua_State *L) {
  const char *name = check_child_name(L);
  struct suggestion suggestion;
  if (resource_push_child(L, 1, client_check(L, 1), NULL, 0, name)) return 1;
  if (misuse_is_probe(name)) return lua_pushnil(L), 1;
  suggestion_start(&suggestion, name);
  suggestion_offer_keys(L, &suggestion, lua_upvalueindex(1));
  suggestion_offer(&suggestion, "account_sid");
  return unknown_child(L, &suggestion, 0, "the client");
}

/* Pushes an object of the Lua layer, such as client.jwt. The table on the stack's top has the
 * function that makes the object. Each client makes it once. */
static int push_object(lua_State *L) {
  client_check_open(L, client_check(L, 1));
  compat_gettable(L, 1);
  lua_rawgeti(L, -1, CLIENT_RESOURCES);
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);
  if (!lua_isnil(L, -1)) return 1;
  lua_rawgeti(L, 3, 1);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, 5);
  return 1;
}

/* Resources are cached, because most programs use the same ones again and again. */
int resource_index_client(lua_State *L) {
  const struct client *client = client_check(L, 1);
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    if (lua_istable(L, -1)) return push_object(L);
    if (!lua_isnil(L, -1)) return 1;
    if (strcmp(lua_tostring(L, 2), "account_sid") == 0) return lua_pushstring(L, client_is_closed(client) ? NULL : client->account_sid), 1;
  }
  client_check_open(L, client);
  lua_settop(L, 2);
  compat_gettable(L, 1);
  lua_rawgeti(L, 3, CLIENT_RESOURCES);
  lua_pushvalue(L, 2);
  lua_rawget(L, 4);
  if (!lua_isnil(L, 5)) return 1;
  push_child_of_client(L);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, 4);
  return 1;
}

static int resource_index(lua_State *L) {
  const struct resource *resource = check_resource(L);
  const char *name = check_child_name(L);
  if (lookup_has_verb(resource->node, name)) return push_method(L, name);
  if (resource_push_child(L, 1, resource->client, resource, resource->node, name)) return 1;
  if (misuse_is_probe(name)) return 0;
  struct suggestion suggestion;
  suggestion_start(&suggestion, name);
  return unknown_child(L, &suggestion, resource->node, resource_push_name(L, resource));
}

void resource_to_sid(lua_State *L, int index, struct sid *s) {
  char number[WIRE_NUMBER_SIZE];
  index = compat_absindex(L, index);
  if (lua_type(L, index) == LUA_TNUMBER) {
    size_t length = wire_number(L, index, number);
    if (!length) misuse(L, "a SID is not a finite number");
    lua_pushlstring(L, number, length);
    lua_replace(L, index);
  }
  if (lua_type(L, index) != LUA_TSTRING) misuse(L, "a SID is a string, got %s", luaL_typename(L, index));
  s->text = lua_tolstring(L, index, &s->length);
  if (s->length == 0) misuse(L, "a SID is empty");
  if (wire_has_control(s->text, s->length)) misuse(L, "a SID contains control characters");
}

int resource_missing_sids(const struct resource *resource) {
  int n = api_nodes[resource->node].arity;
  for (int i = 0; i < resource->n_sids; i++) n -= resource->sid[i].node == api_nodes[resource->node].called;
  return n < 0 ? 0 : n;
}

/* calls(sid) → the resource with its SIDs. calls() returns the resource itself. */
static int resource_call(lua_State *L) {
  const struct resource *resource = check_resource(L);
  struct sid sids[API_MAX_ARITY];
  int n = lua_gettop(L) - 1, most = resource_missing_sids(resource);
  if (n == 0) return lua_settop(L, 1), 1;
  if (n == 2 && lua_isnil(L, 2) && lua_isnil(L, 3)) return misuse(L, "%s is not an iterator: use :iter()", resource_push_name(L, resource));
  if (n > most || n > API_MAX_ARITY) return misuse(L, "%s takes %s, got %d", resource_push_name(L, resource), resource_sid_count(most), n);
  uint16_t node = api_nodes[resource->node].called;
  for (int i = 0; i < n; i++) {
    resource_to_sid(L, i + 2, &sids[i]);
    sids[i].node = node;
  }
  resource_push(L, 1, resource->client, resource, node, sids, n);
  return 1;
}

/* Appends the node's name and SIDs to the text on the stack's top. */
static void add_name(lua_State *L, const struct resource *resource, uint16_t node) {
  int opened = 0;
  lua_pushstring(L, lookup_node_name(node));
  lua_concat(L, 2);
  for (int i = 0; i < resource->n_sids; i++) {
    if (resource->sid[i].node != node) continue;
    lua_pushstring(L, opened++ ? "\", \"" : "(\"");
    path_mask_push_sid(L, node, resource->sid[i].text, resource->sid[i].length);
    lua_concat(L, 3);
  }
  if (!opened) return;
  lua_pushliteral(L, "\")");
  lua_concat(L, 2);
}

const char *resource_push_name(lua_State *L, const struct resource *resource) {
  uint16_t path[LOOKUP_DEPTH];
  int n = lookup_ancestry(resource->node, path);
  lua_pushliteral(L, "");
  while (n--) {
    add_name(L, resource, path[n]);
    if (!n) break;
    lua_pushliteral(L, ".");
    lua_concat(L, 2);
  }
  return lua_tostring(L, -1);
}

static int resource_tostring(lua_State *L) {
  const struct resource *resource = check_resource(L);
  lua_pushliteral(L, "twilio.resource ");
  resource_push_name(L, resource);
  lua_concat(L, 2);
  return 1;
}

static int resource_assign(lua_State *L) {
  return misuse(L, "cannot assign to a field of a resource");
}

void resource_register(lua_State *L) {
  static const luaL_Reg meta[] = {{"__call", resource_call}, {"__tostring", resource_tostring}, {"__newindex", resource_assign}, {NULL, NULL}};
  lua_newtable(L);
  userdata_metatable(L, resource_name, meta, resource_index);
}
