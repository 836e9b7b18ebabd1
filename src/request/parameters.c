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

static void snake_name_of(const struct api_param *param, char out[96]) {
  const char *wire = API_STRING(param->name);
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
    snake_name_of(lookup_param_at(op, i), known);
    luaL_addstring(&b, n++ ? ", " : "this list has the filters ");
    luaL_addstring(&b, known);
  }
  if (n == 0) luaL_addstring(&b, "this list has no filters");
  luaL_pushresult(&b);
  return lua_tostring(L, -1);
}

static void unknown_param(lua_State *L, uint16_t op_index, const char *name) {
  struct suggestion suggestion;
  if (options_is_name(name, OPTION_OF_CALL))
    misuse(L, "unknown parameter '%s': it is an option: pass options in the table after the parameters", name);
  suggestion_start(&suggestion, name);
  lookup_offer_params(&suggestion, op_index);
  if (api_ops[op_index].kind == API_LIST && !suggestion.nearest[0]) misuse(L, "unknown parameter '%s': %s", name, push_filters(L, op_index));
  misuse(L, "unknown parameter '%s'%s", name, suggestion_push_name(L, &suggestion));
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

static int takes_other_params(const struct api_op *op) {
  return op->open && (op->content == API_JSON || op->content == API_SCIM);
}

static int is_seen(const struct collected *collected, int position) {
  return collected->seen[position >> 3] >> (position & 7) & 1;
}

static void mark_seen(lua_State *L, struct collected *collected, int position, const char *name) {
  if (is_seen(collected, position)) misuse(L, "parameter '%s' is given twice, under two names", name);
  collected->seen[position >> 3] |= (unsigned char)(1 << (position & 7));
}

/* Whether the name is if_none_match, which every fetch has: Twilio's documents leave it out. */
static int is_condition(const struct collected *collected, const char *name) {
  return collected->op->kind == API_FETCH && strcmp(name, "if_none_match") == 0;
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
static void collect_one(lua_State *L, struct collected *collected) {
  size_t length;
  if (lua_type(L, -2) != LUA_TSTRING) misuse(L, "the name of a parameter must be a string, as in { to = … }, got a %s", luaL_typename(L, -2));
  const char *name = lua_tolstring(L, -2, &length);
  int position = strlen(name) == length ? lookup_param(collected->op_index, name) : -1;
  if (position >= 0) {
    mark_seen(L, collected, position, name);
    lua_pushvalue(L, -1);
    lua_replace(L, collected->values + position);
  } else if (is_condition(collected, name)) {
    add_condition(L, collected->request);
  } else if (takes_other_params(collected->op)) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, collected->others);
  } else if (collected->op->kind != API_LIST || (strcmp(name, "limit") != 0 && strcmp(name, "prefetch") != 0)) {
    unknown_param(L, collected->op_index, name);
  }
}

static void collect_params(lua_State *L, struct collected *collected, int params) {
  for (lua_pushnil(L); lua_next(L, params); lua_pop(L, 1)) collect_one(L, collected);
  if (collected->op->content != API_JSON && collected->op->content != API_SCIM) return;
  lua_newtable(L); /* null fields of a decoded object are sent too */
  value_add_nulls(L, params, lua_gettop(L));
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) collect_one(L, collected);
  lua_pop(L, 1);
}

static void collect_given(lua_State *L, struct collected *collected, int given) {
  for (int i = 0; i < collected->op->n_params; i++) {
    lua_rawgeti(L, given, i + 1);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      continue;
    }
    mark_seen(L, collected, i, API_STRING(lookup_param_at(collected->op, i)->name));
    lua_replace(L, collected->values + i);
  }
}

/* Finds PageSize, pageSize or, in a list that has neither, Size. Without a documented maximum, Size
 * may mean something else. */
static int find_page_size(const struct collected *collected) {
  int position = lookup_param(collected->op_index, "page_size");
  return position < 0 && collected->op->max_page ? lookup_param(collected->op_index, "size") : position;
}

static void add_page_size(lua_State *L, struct collected *collected, long page_size) {
  int position = page_size > 0 ? find_page_size(collected) : -1;
  if (position < 0 || is_seen(collected, position)) return;
  mark_seen(L, collected, position, "page_size");
  lua_pushinteger(L, (lua_Integer)page_size);
  lua_replace(L, collected->values + position);
}

static struct value_target target_of(const struct api_param *param, struct buffer *out) {
  const char *wire = API_STRING(param->name);
  struct value_target target = {out, wire, strlen(wire), API_CLASS(param->traits), 0};
  return target;
}

static void send_json(lua_State *L, struct request *r, const struct collected *collected) {
  for (int i = 0; i < collected->op->n_params; i++) {
    const struct api_param *param = lookup_param_at(collected->op, i);
    if (!is_seen(collected, i) || API_LOCATION(param->traits) != API_BODY) continue;
    struct value_target target = target_of(param, &r->asked.body);
    lua_pushvalue(L, collected->values + i);
    value_to_json(L, &target);
    lua_setfield(L, collected->others, target.wire);
  }
  value_add_json(L, collected->others, &r->asked.body);
}

/* A call with a key is repeated. Twilio would ignore an empty key, and another call would repeat a
 * key such as `false`. */
static void check_idempotency_key(lua_State *L, const struct value_target *target) {
  size_t length;
  int type = lua_type(L, -1);
  const char *text = type == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
  if (type == LUA_TBOOLEAN) value_refuse(L, target, "must be a string, got boolean");
  if (text && strspn(text, " \t") == length) value_refuse(L, target, "is empty: leave it out for a key of the library's own");
}

static void send_one(lua_State *L, struct request *r, const struct api_param *param) {
  struct value_target target = target_of(param, API_LOCATION(param->traits) == API_BODY ? &r->asked.body : &r->asked.query);
  if (API_LOCATION(param->traits) != API_HEADER) {
    value_put(L, &target, -1);
    return;
  }
  if (strcmp(target.wire, PARAMETERS_KEY) == 0) check_idempotency_key(L, &target);
  value_put_header(L, r, &target);
}

/* Whether the value is an empty table, for which nothing would be sent. */
static int is_nothing(lua_State *L, const struct collected *collected, int position, int json) {
  const struct api_param *param = lookup_param_at(collected->op, position);
  enum api_class class = API_CLASS(param->traits);
  int top = lua_gettop(L), empty;
  if (class != API_ARRAY && class != API_JSON_ARRAY && class != API_MAP) return 0;
  if (json && API_LOCATION(param->traits) == API_BODY) return 0;
  lua_pushvalue(L, collected->values + position);
  lua_pushnil(L);
  empty = lua_istable(L, top + 1) && !lua_next(L, top + 1);
  lua_settop(L, top);
  return empty;
}

/* Raises if required parameters are missing. The message names all of them. */
static void check_required(lua_State *L, const struct collected *collected, int json) {
  int missing = 0, top = lua_gettop(L);
  luaL_checkstack(L, collected->op->n_params + 4, "parameters");
  for (int i = 0; i < collected->op->n_params; i++) {
    char name[96];
    if (!(lookup_param_at(collected->op, i)->traits & API_REQUIRED) || (is_seen(collected, i) && !is_nothing(L, collected, i, json))) continue;
    snake_name_of(lookup_param_at(collected->op, i), name);
    lua_pushfstring(L, missing++ ? ", '%s'" : "'%s'", name);
  }
  if (!missing) return;
  lua_concat(L, missing);
  misuse(L, "missing required parameter%s %s", missing > 1 ? "s" : "", lua_tostring(L, top + 1));
}

/* Encodes the collected values except those of a JSON body, which send_json encodes as a whole. */
static void send_collected(lua_State *L, struct request *r, const struct collected *collected, int json) {
  for (int i = 0; i < collected->op->n_params; i++) {
    const struct api_param *param = lookup_param_at(collected->op, i);
    if (!is_seen(collected, i) || (json && API_LOCATION(param->traits) == API_BODY)) continue;
    lua_pushvalue(L, collected->values + i);
    send_one(L, r, param);
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
  struct collected collected = {r, &api_ops[r->asked.op], r->asked.op, 0, 0, {0}};
  int json = collected.op->content == API_JSON || collected.op->content == API_SCIM, top = lua_gettop(L);
  luaL_checkstack(L, collected.op->n_params + 20, "parameters");
  json ? lua_newtable(L) : lua_pushnil(L);
  collected.others = top + 1;
  collected.values = top + 2;
  lua_settop(L, top + 1 + collected.op->n_params);
  if (given) collect_given(L, &collected, given);
  if (params) collect_params(L, &collected, params);
  add_page_size(L, &collected, page_size);
  check_required(L, &collected, json);
  send_collected(L, r, &collected, json);
  if (extra && json) add_fields(L, extra, collected.others);
  if (extra && !json)
    value_add_pairs(L, extra, collected.op->method == API_GET || collected.op->method == API_DELETES ? &r->asked.query : &r->asked.body);
  if (json) send_json(L, r, &collected);
  lua_settop(L, top);
}
