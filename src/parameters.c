#include "parameters.h"

#include <string.h>

#include "compat.h"
#include "dates.h"
#include "encode.h"
#include "misuse.h"

static const char encoder_key; /* registry: the JSON encoder of the Lua layer */

void parameters_set_encoder(lua_State *L, int index) {
  lua_pushvalue(L, index);
  compat_rawsetp(L, LUA_REGISTRYINDEX, &encoder_key);
}

/* Names */

static const struct api_param *param_at(const struct api_op *op, int position) { return &api_param_table[api_params[op->first_param + position]]; }

static int is_named(const char *name, const char *wire) { return encode_is_snake_of(name, wire) || strcmp(name, wire) == 0; }

static int find_named(const struct api_op *op, const char *name) {
  for (int i = 0; i < op->n_params; i++)
    if (is_named(name, API_STRING(param_at(op, i)->name))) return i;
  return -1;
}

/* `from_` and `end_` stand for names that other languages, or Lua itself, reserve. */
static int find_without_underscore(const struct api_op *op, const char *name) {
  char plain[64];
  size_t length = strlen(name);
  if (length < 2 || length > sizeof plain || name[length - 1] != '_') return -1;
  memcpy(plain, name, length - 1);
  plain[length - 1] = '\0';
  return find_named(op, plain);
}

int parameters_find(uint16_t op_index, const char *name) {
  const struct api_op *op = &api_ops[op_index];
  int position = find_named(op, name);
  for (uint16_t i = 0; position < 0 && i < api_alias_count; i++)
    if (api_aliases[i].op == op_index && !api_aliases[i].reroute && strcmp(API_STRING(api_aliases[i].name), name) == 0) position = api_aliases[i].target;
  return position < 0 ? find_without_underscore(op, name) : position;
}

static void snake(const struct api_param *p, char out[96]) {
  const char *wire = API_STRING(p->name);
  encode_snake(wire, strlen(wire), out, 96);
}

static int unknown(lua_State *L, const struct api_op *op, const char *name) {
  struct suggestion s;
  char known[96];
  suggestion_start(&s, name);
  for (int i = 0; i < op->n_params; i++) {
    snake(param_at(op, i), known);
    suggestion_offer(&s, known);
  }
  return misuse(L, "unknown parameter '%s'%s", name, suggestion_push(L, &s));
}

/* Values */

struct target {
  struct buffer *out;
  const char *wire;
  enum api_class class;
};

static int refuse(lua_State *L, const struct target *t, const char *why) {
  char name[96];
  encode_snake(t->wire, strlen(t->wire), name, sizeof name);
  return misuse(L, "parameter '%s' %s", name, why);
}

static void put_pair(const struct target *t, const char *value, size_t length) {
  if (t->out->length) buffer_addc(t->out, '&');
  encode_percent(t->out, t->wire, strlen(t->wire));
  buffer_addc(t->out, '=');
  encode_percent(t->out, value, length);
}

/* Pushes the JSON text of the value at `index`. */
static const char *push_json(lua_State *L, int index, size_t *length) {
  index = compat_absindex(L, index);
  compat_rawgetp(L, LUA_REGISTRYINDEX, &encoder_key);
  lua_pushvalue(L, index);
  lua_call(L, 1, 1);
  return luaL_checklstring(L, -1, length);
}

void parameters_add_json(lua_State *L, int index, struct buffer *out) {
  size_t length;
  const char *text = push_json(L, index, &length);
  buffer_add(out, text, length);
  lua_pop(L, 1);
}

static void put_json(lua_State *L, const struct target *t, int index) {
  size_t length;
  const char *text = push_json(L, index, &length);
  put_pair(t, text, length);
  lua_pop(L, 1);
}

static void put_date(lua_State *L, const struct target *t, int64_t seconds) {
  char text[DATES_SIZE];
  if (!dates_format(seconds, t->class == API_DATE_TIME, text)) refuse(L, t, "is no date between the years 0 and 9999");
  put_pair(t, text, strlen(text));
}

static int is_date(const struct target *t) { return t->class == API_DATE || t->class == API_DATE_TIME; }

static void put_number(lua_State *L, const struct target *t, int index) {
  char text[ENCODE_NUMBER_SIZE];
  if (is_date(t)) {
    double seconds = (double)lua_tonumber(L, index);
    if (!(seconds > -1e12 && seconds < 1e12)) refuse(L, t, "is no number of seconds since the epoch");
    put_date(L, t, (int64_t)(seconds < 0 ? seconds - 0.999999 : seconds));
    return;
  }
  size_t length = encode_number(L, index, text);
  if (!length) refuse(L, t, "is not a finite number");
  put_pair(t, text, length);
}

/* A field of an os.date("!*t")-like table. */
static int64_t date_part(lua_State *L, const struct target *t, int table, const char *name, int64_t otherwise) {
  lua_getfield(L, table, name);
  if (!lua_isnil(L, -1)) {
    if (!lua_isnumber(L, -1)) refuse(L, t, "is a date table with a field that is no number");
    otherwise = (int64_t)lua_tonumber(L, -1);
  } else if (otherwise < 0) {
    refuse(L, t, "is a table without year, month and day: a date is a string, seconds since the epoch, or like os.date('!*t')");
  }
  lua_pop(L, 1);
  return otherwise;
}

static void put_date_table(lua_State *L, const struct target *t, int table) {
  int64_t year = date_part(L, t, table, "year", -1), month = date_part(L, t, table, "month", -1), day = date_part(L, t, table, "day", -1);
  int64_t hour = date_part(L, t, table, "hour", 0), minute = date_part(L, t, table, "min", 0);
  put_date(L, t, dates_from_civil(year, month, day, hour, minute, date_part(L, t, table, "sec", 0)));
}

static void put_value(lua_State *L, const struct target *t, int index);

static void put_array(lua_State *L, const struct target *t, int table) {
  struct target element = *t;
  size_t n = lua_rawlen(L, table);
  if (t->class == API_JSON_ARRAY) element.class = API_JSON_VALUE;
  if (n == 0 && (lua_pushnil(L), lua_next(L, table))) refuse(L, t, "takes an array, got a table with other keys");
  for (size_t i = 1; i <= n; i++) {
    lua_rawgeti(L, table, (int)i);
    if (lua_istable(L, -1) && element.class != API_JSON_VALUE) refuse(L, t, "has a table in its array");
    put_value(L, &element, -1);
    lua_pop(L, 1);
  }
}

/* { a = { b = 1 } } as Prefix.a.b=1 */
static void put_map(lua_State *L, const struct target *t, int table, int depth) {
  luaL_checkstack(L, 6, "map parameter");
  if (depth > 8) refuse(L, t, "is nested too deeply");
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING) refuse(L, t, "takes names as keys");
    struct target inner = {t->out, lua_pushfstring(L, "%s.%s", t->wire, lua_tostring(L, -2)), API_SCALAR};
    if (lua_istable(L, -2))
      put_map(L, &inner, lua_gettop(L) - 1, depth + 1);
    else
      put_value(L, &inner, -2);
    lua_pop(L, 2);
  }
}

static void put_table(lua_State *L, const struct target *t, int table) {
  if (t->class == API_JSON_VALUE)
    put_json(L, t, table);
  else if (t->class == API_MAP)
    put_map(L, t, table, 0);
  else if (is_date(t) && lua_rawlen(L, table) == 0)
    put_date_table(L, t, table);
  else
    put_array(L, t, table);
}

static void put_value(lua_State *L, const struct target *t, int index) {
  size_t length;
  const char *text;
  index = compat_absindex(L, index);
  luaL_checkstack(L, 8, "parameter");
  switch (lua_type(L, index)) {
    case LUA_TSTRING:
      text = lua_tolstring(L, index, &length);
      put_pair(t, text, length);
      break;
    case LUA_TBOOLEAN:
      text = lua_toboolean(L, index) ? "true" : "false";
      put_pair(t, text, strlen(text));
      break;
    case LUA_TNUMBER: put_number(L, t, index); break;
    case LUA_TTABLE: put_table(L, t, index); break;
    case LUA_TLIGHTUSERDATA: refuse(L, t, "cannot be null: leave it out"); break;
    default: refuse(L, t, lua_pushfstring(L, "cannot be a %s", luaL_typename(L, index)));
  }
}

static void put_header(lua_State *L, struct request *r, const struct target *t) {
  char number[ENCODE_NUMBER_SIZE] = "";
  const char *text = NULL;
  size_t length = 0;
  if (lua_type(L, -1) == LUA_TSTRING)
    text = lua_tolstring(L, -1, &length);
  else if (lua_isboolean(L, -1))
    text = lua_toboolean(L, -1) ? "true" : "false";
  else if (lua_type(L, -1) == LUA_TNUMBER && encode_number(L, -1, number))
    text = number;
  if (!text) refuse(L, t, lua_pushfstring(L, "is sent as a header and cannot be a %s", luaL_typename(L, -1)));
  if (encode_has_control(text, length)) refuse(L, t, "is sent as a header and contains control characters");
  request_add_header(L, r, t->wire, text);
}

void parameters_add_pairs(lua_State *L, int table, struct buffer *out) {
  table = compat_absindex(L, table);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING) misuse(L, "parameters are named, got a %s as a name", luaL_typename(L, -2));
    struct target t = {out, lua_tostring(L, -2), API_ARRAY};
    put_value(L, &t, -1);
    lua_pop(L, 1);
  }
}

/* Collecting: the user's names become positions in the operation's list, so that what is sent has one order. */

struct collected {
  const struct api_op *op;
  uint16_t op_index;
  int values;             /* stack index of a table: position + 1 → value */
  int others;             /* names that an open JSON body takes: name → value */
  unsigned char seen[32]; /* a bit a position */
};

static int is_open(const struct api_op *op) { return op->open && (op->content == API_JSON || op->content == API_SCIM); }

static int is_seen(const struct collected *c, int position) { return c->seen[position >> 3] >> (position & 7) & 1; }

static void see(lua_State *L, struct collected *c, int position, const char *name) {
  if (is_seen(c, position)) misuse(L, "parameter '%s' is given twice, under two names", name);
  c->seen[position >> 3] |= (unsigned char)(1 << (position & 7));
}

/* The name and value on the stack's top; leaves them there. */
static void collect_one(lua_State *L, struct collected *c) {
  size_t length;
  if (lua_type(L, -2) != LUA_TSTRING) misuse(L, "parameters are named: { to = … }, got a %s as a name", luaL_typename(L, -2));
  const char *name = lua_tolstring(L, -2, &length);
  int position = strlen(name) == length ? parameters_find(c->op_index, name) : -1;
  if (position >= 0) {
    see(L, c, position, name);
    lua_pushvalue(L, -1);
    lua_rawseti(L, c->values, position + 1);
  } else if (is_open(c->op)) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, c->others);
  } else if (c->op->kind != API_LIST || (strcmp(name, "limit") != 0 && strcmp(name, "prefetch") != 0)) {
    unknown(L, c->op, name);
  }
}

static void collect(lua_State *L, struct collected *c, int params) {
  lua_pushnil(L);
  while (lua_next(L, params)) {
    collect_one(L, c);
    lua_pop(L, 1);
  }
}

static void collect_given(lua_State *L, struct collected *c, int given) {
  for (int i = 0; i < c->op->n_params; i++) {
    lua_rawgeti(L, given, i + 1);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      continue;
    }
    see(L, c, i, API_STRING(param_at(c->op, i)->name));
    lua_rawseti(L, c->values, i + 1);
  }
}

static void add_page_size(lua_State *L, struct collected *c, long page_size) {
  int position = page_size > 0 ? parameters_find(c->op_index, "PageSize") : -1;
  if (position < 0 || is_seen(c, position)) return;
  see(L, c, position, "PageSize");
  lua_pushinteger(L, (lua_Integer)page_size);
  lua_rawseti(L, c->values, position + 1);
}

static void send_json(lua_State *L, struct request *r, const struct collected *c) {
  for (int i = 0; i < c->op->n_params; i++) {
    const struct api_param *p = param_at(c->op, i);
    if (!is_seen(c, i) || API_LOCATION(p->traits) != API_BODY) continue;
    lua_rawgeti(L, c->values, i + 1);
    lua_setfield(L, c->others, API_STRING(p->name));
  }
  parameters_add_json(L, c->others, &r->body);
}

static void send_one(lua_State *L, struct request *r, const struct api_param *p) {
  struct target t = {&r->query, API_STRING(p->name), API_CLASS(p->traits)};
  if (API_LOCATION(p->traits) == API_HEADER) {
    put_header(L, r, &t);
    return;
  }
  if (API_LOCATION(p->traits) == API_BODY) t.out = &r->body;
  put_value(L, &t, -1);
}

void parameters_add(lua_State *L, struct request *r, int params, int extra, int given, long page_size) {
  struct collected c = {&api_ops[r->op], r->op, 0, 0, {0}};
  int json = c.op->content == API_JSON || c.op->content == API_SCIM, top = lua_gettop(L);
  luaL_checkstack(L, 10, "parameters");
  lua_newtable(L);
  c.values = lua_gettop(L);
  lua_newtable(L);
  c.others = c.values + 1;
  if (given) collect_given(L, &c, given);
  if (params) collect(L, &c, params);
  add_page_size(L, &c, page_size);
  for (int i = 0; i < c.op->n_params; i++) {
    const struct api_param *p = param_at(c.op, i);
    char name[96];
    if (!is_seen(&c, i)) {
      if (!(p->traits & API_REQUIRED)) continue;
      snake(p, name);
      misuse(L, "missing required parameter '%s'", name);
    }
    if (json && API_LOCATION(p->traits) == API_BODY) continue;
    lua_rawgeti(L, c.values, i + 1);
    send_one(L, r, p);
    lua_pop(L, 1);
  }
  if (extra && json) {
    lua_pushnil(L);
    while (lua_next(L, extra)) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, c.others);
    }
  } else if (extra) {
    parameters_add_pairs(L, extra, c.op->method == API_GET || c.op->method == API_DELETES ? &r->query : &r->body);
  }
  if (json) send_json(L, r, &c);
  lua_settop(L, top);
}
