#include "request/parameters.h"

#include <string.h>

#include "api/lookup.h"
#include "request/value.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/wire_text.h"

/* ---- names ---- */

/* The parameters of a list that are not filters. */
static const char *const page_names[] = {"Page", "PageSize", "PageToken", "pageToken", "pageSize", NULL};

static void snake(const struct api_param *p, char out[96]) {
  const char *wire = API_STRING(p->name);
  wire_snake(wire, strlen(wire), out, 96);
}

/* Pushes the filters of a list for an error message. */
static const char *push_filters(lua_State *L, uint16_t op_index) {
  const struct api_op *op = &api_ops[op_index];
  luaL_Buffer b;
  int n = 0;
  luaL_buffinit(L, &b);
  for (int i = 0; i < op->n_params; i++) {
    char known[96];
    if (misuse_is_name(API_STRING(lookup_param_at(op, i)->name), page_names)) continue;
    snake(lookup_param_at(op, i), known);
    luaL_addstring(&b, n++ ? ", " : "this list has the filters ");
    luaL_addstring(&b, known);
  }
  if (n == 0) luaL_addstring(&b, "this list has no filters");
  luaL_pushresult(&b);
  return lua_tostring(L, -1);
}

static void unknown(lua_State *L, uint16_t op_index, const char *name) {
  struct suggestion s;
  if (options_is_name(name, OPTION_OF_CALL))
    misuse(L, "unknown parameter '%s': it is an option: pass options in the table after the parameters", name);
  suggestion_start(&s, name);
  lookup_offer_params(&s, op_index);
  if (api_ops[op_index].kind == API_LIST && !s.nearest[0]) misuse(L, "unknown parameter '%s': %s", name, push_filters(L, op_index));
  misuse(L, "unknown parameter '%s'%s", name, suggestion_push_name(L, &s));
}

/* ---- collecting: values by position, so that they are sent in the order of the API table ---- */

struct collected {
  struct request *request;
  const struct api_op *op;
  uint16_t op_index;
  int values;             /* stack index of the value at position 0; the others follow */
  int others;             /* stack index of a table of further fields for an open JSON body */
  unsigned char seen[32]; /* one bit per position */
};

static int is_open(const struct api_op *op) {
  return op->open && (op->content == API_JSON || op->content == API_SCIM);
}

static int is_seen(const struct collected *c, int position) {
  return c->seen[position >> 3] >> (position & 7) & 1;
}

static void see(lua_State *L, struct collected *c, int position, const char *name) {
  if (is_seen(c, position)) misuse(L, "parameter '%s' is given twice, under two names", name);
  c->seen[position >> 3] |= (unsigned char)(1 << (position & 7));
}

/* Whether the name is if_none_match, which every fetch has: Twilio's documents leave it out. */
static int is_condition(const struct collected *c, const char *name) {
  return c->op->kind == API_FETCH && strcmp(name, "if_none_match") == 0;
}

/* Adds the header If-None-Match with the value on the stack's top. */
static void add_condition(lua_State *L, struct request *r) {
  size_t length;
  if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "parameter 'if_none_match' must be a string, an ETag, got %s", luaL_typename(L, -1));
  const char *etag = lua_tolstring(L, -1, &length);
  if (length == 0 || wire_has_control(etag, length)) misuse(L, "parameter 'if_none_match' is empty or contains control characters");
  request_add_header(L, r, "If-None-Match", etag);
}

/* Collects the name and value on the stack's top, and leaves them there. */
static void collect_one(lua_State *L, struct collected *c) {
  size_t length;
  if (lua_type(L, -2) != LUA_TSTRING) misuse(L, "the name of a parameter must be a string, as in { to = … }, got a %s", luaL_typename(L, -2));
  const char *name = lua_tolstring(L, -2, &length);
  int position = strlen(name) == length ? lookup_param(c->op_index, name) : -1;
  if (position >= 0) {
    see(L, c, position, name);
    lua_pushvalue(L, -1);
    lua_replace(L, c->values + position);
  } else if (is_condition(c, name)) {
    add_condition(L, c->request);
  } else if (is_open(c->op)) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, c->others);
  } else if (c->op->kind != API_LIST || (strcmp(name, "limit") != 0 && strcmp(name, "prefetch") != 0)) {
    unknown(L, c->op_index, name);
  }
}

static void collect(lua_State *L, struct collected *c, int params) {
  for (lua_pushnil(L); lua_next(L, params); lua_pop(L, 1)) collect_one(L, c);
  if (c->op->content != API_JSON && c->op->content != API_SCIM) return;
  lua_newtable(L); /* null fields of a decoded object are sent too */
  value_add_nulls(L, params, lua_gettop(L));
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) collect_one(L, c);
  lua_pop(L, 1);
}

static void collect_given(lua_State *L, struct collected *c, int given) {
  for (int i = 0; i < c->op->n_params; i++) {
    lua_rawgeti(L, given, i + 1);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      continue;
    }
    see(L, c, i, API_STRING(lookup_param_at(c->op, i)->name));
    lua_replace(L, c->values + i);
  }
}

/* Finds PageSize, pageSize or, in a list that has neither, Size. Without a documented maximum, Size
 * may mean something else. */
static int find_page_size(const struct collected *c) {
  int position = lookup_param(c->op_index, "page_size");
  return position < 0 && c->op->max_page ? lookup_param(c->op_index, "size") : position;
}

static void add_page_size(lua_State *L, struct collected *c, long page_size) {
  int position = page_size > 0 ? find_page_size(c) : -1;
  if (position < 0 || is_seen(c, position)) return;
  see(L, c, position, "page_size");
  lua_pushinteger(L, (lua_Integer)page_size);
  lua_replace(L, c->values + position);
}

static struct value_target target_of(const struct api_param *p, struct buffer *out) {
  const char *wire = API_STRING(p->name);
  struct value_target t = {out, wire, strlen(wire), API_CLASS(p->traits), 0};
  return t;
}

static void send_json(lua_State *L, struct request *r, const struct collected *c) {
  for (int i = 0; i < c->op->n_params; i++) {
    const struct api_param *p = lookup_param_at(c->op, i);
    if (!is_seen(c, i) || API_LOCATION(p->traits) != API_BODY) continue;
    struct value_target t = target_of(p, &r->asked.body);
    lua_pushvalue(L, c->values + i);
    value_to_json(L, &t);
    lua_setfield(L, c->others, t.wire);
  }
  value_add_json(L, c->others, &r->asked.body);
}

/* A call with a key is repeated. Twilio would ignore an empty key, and another call would repeat a
 * key such as `false`. */
static void check_key(lua_State *L, const struct value_target *t) {
  size_t length;
  int type = lua_type(L, -1);
  const char *text = type == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
  if (type == LUA_TBOOLEAN) value_refuse(L, t, "must be a string, got boolean");
  if (text && strspn(text, " \t") == length) value_refuse(L, t, "is empty: leave it out for a key of the library's own");
}

static void send_one(lua_State *L, struct request *r, const struct api_param *p) {
  struct value_target t = target_of(p, API_LOCATION(p->traits) == API_BODY ? &r->asked.body : &r->asked.query);
  if (API_LOCATION(p->traits) != API_HEADER) {
    value_put(L, &t, -1);
    return;
  }
  if (strcmp(t.wire, PARAMETERS_KEY) == 0) check_key(L, &t);
  value_put_header(L, r, &t);
}

/* Whether the value is an empty table, for which nothing would be sent. */
static int is_nothing(lua_State *L, const struct collected *c, int position, int json) {
  const struct api_param *p = lookup_param_at(c->op, position);
  enum api_class class = API_CLASS(p->traits);
  int top = lua_gettop(L), empty;
  if (class != API_ARRAY && class != API_JSON_ARRAY && class != API_MAP) return 0;
  if (json && API_LOCATION(p->traits) == API_BODY) return 0;
  lua_pushvalue(L, c->values + position);
  lua_pushnil(L);
  empty = lua_istable(L, top + 1) && !lua_next(L, top + 1);
  lua_settop(L, top);
  return empty;
}

/* Raises if required parameters are missing. The message names all of them. */
static void check_required(lua_State *L, const struct collected *c, int json) {
  int missing = 0, top = lua_gettop(L);
  luaL_checkstack(L, c->op->n_params + 4, "parameters");
  for (int i = 0; i < c->op->n_params; i++) {
    char name[96];
    if (!(lookup_param_at(c->op, i)->traits & API_REQUIRED) || (is_seen(c, i) && !is_nothing(L, c, i, json))) continue;
    snake(lookup_param_at(c->op, i), name);
    lua_pushfstring(L, missing++ ? ", '%s'" : "'%s'", name);
  }
  if (!missing) return;
  lua_concat(L, missing);
  misuse(L, "missing required parameter%s %s", missing > 1 ? "s" : "", lua_tostring(L, top + 1));
}

/* Encodes the collected values except those of a JSON body, which send_json encodes as a whole. */
static void send_collected(lua_State *L, struct request *r, const struct collected *c, int json) {
  for (int i = 0; i < c->op->n_params; i++) {
    const struct api_param *p = lookup_param_at(c->op, i);
    if (!is_seen(c, i) || (json && API_LOCATION(p->traits) == API_BODY)) continue;
    lua_pushvalue(L, c->values + i);
    send_one(L, r, p);
    lua_pop(L, 1);
  }
}

static void add_fields(lua_State *L, int from, int to) {
  for (lua_pushnil(L); lua_next(L, from); lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, to);
  }
  value_add_nulls(L, from, to);
}

void parameters_add(lua_State *L, struct request *r, int params, int extra, int given, long page_size) {
  struct collected c = {r, &api_ops[r->asked.op], r->asked.op, 0, 0, {0}};
  int json = c.op->content == API_JSON || c.op->content == API_SCIM, top = lua_gettop(L);
  luaL_checkstack(L, c.op->n_params + 20, "parameters");
  json ? lua_newtable(L) : lua_pushnil(L);
  c.others = top + 1;
  c.values = top + 2;
  lua_settop(L, top + 1 + c.op->n_params);
  if (given) collect_given(L, &c, given);
  if (params) collect(L, &c, params);
  add_page_size(L, &c, page_size);
  check_required(L, &c, json);
  send_collected(L, r, &c, json);
  if (extra && json) add_fields(L, extra, c.others);
  if (extra && !json) value_add_pairs(L, extra, c.op->method == API_GET || c.op->method == API_DELETES ? &r->asked.query : &r->asked.body);
  if (json) send_json(L, r, &c);
  lua_settop(L, top);
}
