#include "request/parameters.h"

#include <string.h>

#include "support/compat.h"
#include "support/misuse.h"
#include "text/dates.h"
#include "text/integer.h"
#include "text/json_mark.h"
#include "text/wire_text.h"

static const char encoder_key; /* registry key of the Lua layer's JSON encoder */

void parameters_set_encoder(lua_State *L, int index) {
  lua_pushvalue(L, index);
  compat_rawsetp(L, LUA_REGISTRYINDEX, &encoder_key);
}

/* ---- names ---- */

static const struct api_param *param_at(const struct api_op *op, int position) {
  return &api_param_table[api_params[op->first_param + position]];
}

static int is_named(const char *name, const char *wire) {
  if ((name[0] | 0x20) != (wire[0] | 0x20)) return 0; /* ignores case; fails for most names */
  return wire_is_snake_of(name, wire) || strcmp(name, wire) == 0;
}

static int find_named(const struct api_op *op, const char *name) {
  for (int i = 0; i < op->n_params; i++)
    if (is_named(name, API_STRING(param_at(op, i)->name))) return i;
  return -1;
}

/* Finds `from` for `from_`: `end_` is a keyword of Lua, and `from` one of other languages. */
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
    if (api_aliases[i].op == op_index && !api_aliases[i].reroute && strcmp(API_STRING(api_aliases[i].name), name) == 0)
      position = api_aliases[i].target;
  return position < 0 ? find_without_underscore(op, name) : position;
}

/* Parameters of lists that are not filters. */
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
    if (misuse_is_name(API_STRING(param_at(op, i)->name), page_names)) continue;
    snake(param_at(op, i), known);
    luaL_addstring(&b, n++ ? ", " : "this list has the filters ");
    luaL_addstring(&b, known);
  }
  if (n == 0) luaL_addstring(&b, "this list has no filters");
  luaL_pushresult(&b);
  return lua_tostring(L, -1);
}

static void unknown(lua_State *L, uint16_t op_index, const char *name) {
  const struct api_op *op = &api_ops[op_index];
  struct suggestion s;
  char known[96];
  if (options_is_name(name, OPTION_OF_CALL))
    misuse(L, "unknown parameter '%s': it is an option, and options stand in a table after that of the parameters", name);
  suggestion_start(&s, name);
  for (int i = 0; i < op->n_params; i++) {
    snake(param_at(op, i), known);
    suggestion_offer(&s, known);
  }
  for (uint16_t i = 0; i < api_alias_count; i++)
    if (api_aliases[i].op == op_index) suggestion_offer(&s, API_STRING(api_aliases[i].name));
  if (op->kind == API_LIST && !s.nearest[0]) misuse(L, "unknown parameter '%s': %s", name, push_filters(L, op_index));
  misuse(L, "unknown parameter '%s'%s", name, suggestion_push(L, &s));
}

/* ---- values ---- */

struct target {
  struct buffer *out;
  const char *wire;
  size_t length; /* of `wire` */
  enum api_class class;
  int is_plain; /* of a raw request or `extra`: messages show the name unchanged */
};

static void refuse(lua_State *L, const struct target *t, const char *why) {
  char name[96];
  wire_snake(t->wire, t->length, name, sizeof name);
  misuse(L, "parameter '%s' %s", t->is_plain ? t->wire : name, why);
}

static void put_pair(const struct target *t, const char *value, size_t length) {
  if (t->out->length) buffer_addc(t->out, '&');
  wire_percent(t->out, t->wire, t->length);
  buffer_addc(t->out, '=');
  wire_percent(t->out, value, length);
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

/* Copies the nulls of the decoded object at `from` to the table at `to`. */
static void add_nulls(lua_State *L, int from, int to) {
  if (!json_mark_push_nulls(L, from)) return;
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawget(L, from);
    int is_null = lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!is_null) continue;
    lua_pushvalue(L, -1);
    lua_pushlightuserdata(L, NULL);
    lua_rawset(L, to);
  }
  lua_pop(L, 1);
}

/* ---- JSON objects ---- */

static int is_object(const struct target *t) {
  return t->class == API_OBJECT || t->class == API_NUMBERED;
}

/* Replaces the number on the stack's top, a key, by its text. */
static void key_to_text(lua_State *L, const struct target *t) {
  char text[WIRE_NUMBER_SIZE];
  size_t length = wire_number(L, -1, text);
  if (!length || strspn(text, "0123456789") != length) refuse(L, t, "has a number as a key that is no placeholder's");
  lua_pushlstring(L, text, length);
  lua_replace(L, -2);
}

/* Pushes a copy of the table at `table` whose number keys are texts: { "Ada" } becomes
 * { ["1"] = "Ada" }. */
static void push_numbered(lua_State *L, const struct target *t, int table) {
  lua_newtable(L);
  int copy = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    if (lua_type(L, -1) == LUA_TNUMBER) key_to_text(L, t);
    lua_pushvalue(L, -1);
    lua_rawget(L, copy);
    if (!lua_isnil(L, -1)) refuse(L, t, "has a placeholder twice, as a number and as text");
    lua_pop(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, copy);
  }
  add_nulls(L, table, copy);
}

/* Pushes the JSON text of the value at `index`. Raises if it is an array and Twilio documents an
 * object. */
static const char *push_shaped_json(lua_State *L, const struct target *t, int index, size_t *length) {
  if (t->class == API_NUMBERED && lua_istable(L, index))
    push_numbered(L, t, index);
  else
    lua_pushvalue(L, index);
  const char *text = push_json(L, -1, length);
  lua_remove(L, -2);
  if (is_object(t) && *text == '[') refuse(L, t, "takes a table with names, got an array");
  return text;
}

static void put_json(lua_State *L, const struct target *t, int index) {
  size_t length;
  const char *text = push_shaped_json(L, t, index, &length);
  put_pair(t, text, length);
  lua_pop(L, 1);
}

/* ---- dates: seconds since the epoch, or tables like os.date("!*t") ---- */

static int is_date(const struct target *t) {
  return t->class == API_DATE || t->class == API_DATE_TIME;
}

static int64_t seconds_of_number(lua_State *L, const struct target *t, int index) {
  double seconds = (double)lua_tonumber(L, index);
  if (!(seconds > -1e12 && seconds < 1e12)) refuse(L, t, "is no number of seconds since the epoch");
  int64_t whole = (int64_t)seconds;
  return whole > seconds ? whole - 1 : whole;
}

/* A field of a date table. It is required if the default is negative. */
static int64_t date_part(lua_State *L, const struct target *t, int table, const char *name, int64_t otherwise) {
  lua_getfield(L, table, name);
  if (!lua_isnil(L, -1)) {
    double part = lua_isnumber(L, -1) ? (double)lua_tonumber(L, -1) : 0.5;
    if (!(part > -1e9 && part < 1e9 && part == (double)(int64_t)part)) refuse(L, t, "is a date table with a field that is no whole number");
    otherwise = (int64_t)part;
  } else if (otherwise < 0) {
    refuse(L, t, "is a table without year, month and day: a date is a string, seconds since the epoch, or like os.date('!*t')");
  }
  lua_pop(L, 1);
  return otherwise;
}

static int64_t seconds_of_table(lua_State *L, const struct target *t, int table) {
  lua_getfield(L, table, "isdst");
  if (lua_type(L, -1) == LUA_TBOOLEAN && lua_toboolean(L, -1)) refuse(L, t, "is a date table in local time: os.date('!*t') makes one in UTC");
  lua_pop(L, 1);
  int64_t year = date_part(L, t, table, "year", -1), month = date_part(L, t, table, "month", -1), day = date_part(L, t, table, "day", -1);
  int64_t hour = date_part(L, t, table, "hour", 0), minute = date_part(L, t, table, "min", 0);
  return dates_from_civil(year, month, day, hour, minute, date_part(L, t, table, "sec", 0));
}

/* Writes the date of the number or table at `index`. Returns 0 for another value. */
static int date_text(lua_State *L, const struct target *t, int index, char out[DATES_SIZE]) {
  int type = lua_type(L, index);
  if (type != LUA_TNUMBER && (type != LUA_TTABLE || lua_rawlen(L, index) > 0)) return 0;
  int64_t seconds = type == LUA_TNUMBER ? seconds_of_number(L, t, index) : seconds_of_table(L, t, index);
  if (!dates_format(seconds, t->class == API_DATE_TIME, out)) refuse(L, t, "is no date between the years 0 and 9999");
  return 1;
}

static void put_number(lua_State *L, const struct target *t, int index) {
  char text[WIRE_NUMBER_SIZE];
  size_t length = wire_number(L, index, text);
  if (!length) refuse(L, t, "is not a finite number");
  put_pair(t, text, length);
}

static void put_value(lua_State *L, const struct target *t, int index);

/* Raises for a table as the value of a scalar parameter. Of several values, Twilio would use an
 * arbitrary one. */
static void refuse_table(lua_State *L, const struct target *t, int table) {
  if (lua_rawlen(L, table) > 0) refuse(L, t, "takes one value, got an array");
  lua_pushnil(L);
  refuse(L, t, lua_next(L, table) ? "takes a value, got a table with names" : "takes a value, got an empty table");
}

/* Returns the length of the array at `table`. Raises if it is not an array. */
static size_t check_list(lua_State *L, const struct target *t, int table) {
  size_t n = lua_rawlen(L, table), keys = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) keys++;
  if (keys != n) refuse(L, t, "takes an array, got a table with names or gaps");
  for (size_t i = 1; i <= n && t->class == API_ARRAY; i++) {
    lua_rawgeti(L, table, (int)i);
    if (lua_istable(L, -1)) refuse(L, t, "has a table in its array");
    lua_pop(L, 1);
  }
  return n;
}

static void put_array(lua_State *L, const struct target *t, int table) {
  struct target element = *t;
  size_t n = check_list(L, t, table);
  if (t->class == API_JSON_ARRAY) element.class = API_JSON_VALUE;
  for (size_t i = 1; i <= n; i++) {
    lua_rawgeti(L, table, (int)i);
    put_value(L, &element, -1);
    lua_pop(L, 1);
  }
}

/* Encodes { a = { b = 1 } } as Prefix.a.b=1. */
static void put_map(lua_State *L, const struct target *t, int table, int depth) {
  luaL_checkstack(L, 10, "map parameter");
  if (depth > 8) refuse(L, t, "is nested too deeply");
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING) refuse(L, t, "takes names as keys");
    lua_pushlstring(L, t->wire, t->length);
    lua_pushliteral(L, ".");
    lua_pushvalue(L, -4);
    lua_concat(L, 3);
    struct target inner = {t->out, NULL, 0, API_SCALAR, 0};
    inner.wire = lua_tolstring(L, -1, &inner.length);
    if (lua_istable(L, -2))
      put_map(L, &inner, lua_gettop(L) - 1, depth + 1);
    else
      put_value(L, &inner, -2);
    lua_pop(L, 2);
  }
}

/* The prefix of a map is the parameter's name without its ending `Data`. */
static void put_prefixed(lua_State *L, const struct target *t, int table) {
  static const char ending[] = "Data";
  size_t n = sizeof ending - 1;
  struct target prefix = *t;
  if (t->length > n && memcmp(t->wire + t->length - n, ending, n) == 0) prefix.length -= n;
  put_map(L, &prefix, table, 0);
}

static void put_table(lua_State *L, const struct target *t, int table) {
  switch (t->class) {
  case API_JSON_VALUE:
  case API_OBJECT:
  case API_NUMBERED: put_json(L, t, table); break;
  case API_MAP: put_prefixed(L, t, table); break;
  case API_ARRAY:
  case API_JSON_ARRAY: put_array(L, t, table); break;
  default: refuse_table(L, t, table);
  }
}

static void put_text(lua_State *L, const struct target *t, int index) {
  size_t length;
  const char *text = lua_tolstring(L, index, &length);
  put_pair(t, text, length);
}

static void put_integer(lua_State *L, const struct target *t, int index) {
  size_t length;
  const char *digits = integer_test(L, index, &length);
  if (!digits) refuse(L, t, lua_pushfstring(L, "cannot be a %s", luaL_typename(L, index)));
  put_pair(t, digits, length);
}

static void put_value(lua_State *L, const struct target *t, int index) {
  char date[DATES_SIZE];
  index = compat_absindex(L, index);
  luaL_checkstack(L, 8, "parameter");
  if (is_date(t) && date_text(L, t, index, date)) {
    put_pair(t, date, strlen(date));
    return;
  }
  switch (lua_type(L, index)) {
  case LUA_TSTRING: put_text(L, t, index); break;
  case LUA_TBOOLEAN: lua_toboolean(L, index) ? put_pair(t, "true", 4) : put_pair(t, "false", 5); break;
  case LUA_TNUMBER: put_number(L, t, index); break;
  case LUA_TTABLE: put_table(L, t, index); break;
  case LUA_TLIGHTUSERDATA:
    if (t->class != API_JSON_VALUE && !is_object(t)) refuse(L, t, "cannot be null: leave it out");
    put_json(L, t, index);
    break;
  default: put_integer(L, t, index);
  }
}

static void put_header(lua_State *L, struct request *r, const struct target *t) {
  char number[WIRE_NUMBER_SIZE] = "";
  const char *text = NULL;
  size_t length = 0;
  if (lua_type(L, -1) == LUA_TSTRING)
    text = lua_tolstring(L, -1, &length);
  else if (lua_isboolean(L, -1))
    text = lua_toboolean(L, -1) ? "true" : "false";
  else if (lua_type(L, -1) == LUA_TNUMBER && wire_number(L, -1, number))
    text = number;
  else
    text = integer_test(L, -1, NULL);
  if (!text) refuse(L, t, lua_pushfstring(L, "is sent as a header and cannot be a %s", luaL_typename(L, -1)));
  if (wire_has_control(text, length)) refuse(L, t, "is sent as a header and contains control characters");
  request_add_header(L, r, t->wire, text);
}

void parameters_add_pairs(lua_State *L, int table, struct buffer *out) {
  table = compat_absindex(L, table);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING) misuse(L, "parameters are named, got a %s as a name", luaL_typename(L, -2));
    struct target t = {out, NULL, 0, API_ARRAY, 1};
    t.wire = lua_tolstring(L, -2, &t.length);
    put_value(L, &t, -1);
    lua_pop(L, 1);
  }
}

/* ---- collecting: values by position, so that they are sent in the order of the API table ---- */

struct collected {
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

/* Collects the name and value on the stack's top, and leaves them there. */
static void collect_one(lua_State *L, struct collected *c) {
  size_t length;
  if (lua_type(L, -2) != LUA_TSTRING) misuse(L, "parameters are named: { to = … }, got a %s as a name", luaL_typename(L, -2));
  const char *name = lua_tolstring(L, -2, &length);
  int position = strlen(name) == length ? parameters_find(c->op_index, name) : -1;
  if (position >= 0) {
    see(L, c, position, name);
    lua_pushvalue(L, -1);
    lua_replace(L, c->values + position);
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
  lua_newtable(L); /* the nulls of a decoded object are sent too */
  add_nulls(L, params, lua_gettop(L));
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
    see(L, c, i, API_STRING(param_at(c->op, i)->name));
    lua_replace(L, c->values + i);
  }
}

static void add_page_size(lua_State *L, struct collected *c, long page_size) {
  int position = page_size > 0 ? parameters_find(c->op_index, "PageSize") : -1;
  if (position < 0 || is_seen(c, position)) return;
  see(L, c, position, "PageSize");
  lua_pushinteger(L, (lua_Integer)page_size);
  lua_replace(L, c->values + position);
}

static struct target target_of(const struct api_param *p, struct buffer *out) {
  const char *wire = API_STRING(p->name);
  struct target t = {out, wire, strlen(wire), API_CLASS(p->traits), 0};
  return t;
}

/* Replaces the value on the stack's top by an array for a JSON body. The array is marked, because
 * an empty table would be encoded as an object. A scalar becomes an array of one element. */
static void to_list(lua_State *L, const struct target *t) {
  int value = lua_gettop(L), is_table = lua_istable(L, value);
  if (lua_islightuserdata(L, value)) return; /* null, or the empty array of another library */
  if (!is_table && t->class == API_JSON_ARRAY) refuse(L, t, lua_pushfstring(L, "takes an array, got a %s", luaL_typename(L, value)));
  size_t n = is_table ? check_list(L, t, value) : 1;
  lua_createtable(L, (int)n, 0);
  json_mark_push_array(L);
  lua_setmetatable(L, -2);
  for (size_t i = 1; i <= n; i++) {
    if (is_table)
      lua_rawgeti(L, value, (int)i);
    else
      lua_pushvalue(L, value);
    lua_rawseti(L, -2, (int)i);
  }
  lua_replace(L, value);
}

/* Replaces the value on the stack's top by its form in a JSON body. */
static void to_json_value(lua_State *L, const struct target *t) {
  char date[DATES_SIZE];
  int value = lua_gettop(L);
  size_t length;
  if (t->class == API_JSON_VALUE || t->class == API_MAP) return;
  if (t->class == API_ARRAY || t->class == API_JSON_ARRAY) {
    to_list(L, t);
  } else if (is_object(t)) {
    if (!lua_istable(L, value) && !lua_islightuserdata(L, value))
      refuse(L, t, lua_pushfstring(L, "takes a table, got a %s", luaL_typename(L, value)));
    if (t->class == API_NUMBERED && lua_istable(L, value)) {
      push_numbered(L, t, value);
      lua_replace(L, value);
    } else {
      push_shaped_json(L, t, value, &length); /* checks the value, which is encoded with the body */
      lua_pop(L, 1);
    }
  } else if (is_date(t) && date_text(L, t, value, date)) {
    lua_pushstring(L, date);
    lua_replace(L, value);
  } else if (lua_istable(L, value)) {
    refuse_table(L, t, value);
  }
}

static void send_json(lua_State *L, struct request *r, const struct collected *c) {
  for (int i = 0; i < c->op->n_params; i++) {
    const struct api_param *p = param_at(c->op, i);
    if (!is_seen(c, i) || API_LOCATION(p->traits) != API_BODY) continue;
    struct target t = target_of(p, &r->asked.body);
    lua_pushvalue(L, c->values + i);
    to_json_value(L, &t);
    lua_setfield(L, c->others, t.wire);
  }
  parameters_add_json(L, c->others, &r->asked.body);
}

static void send_one(lua_State *L, struct request *r, const struct api_param *p) {
  struct target t = target_of(p, API_LOCATION(p->traits) == API_BODY ? &r->asked.body : &r->asked.query);
  if (API_LOCATION(p->traits) == API_HEADER)
    put_header(L, r, &t);
  else
    put_value(L, &t, -1);
}

/* Whether the value is a table that would send nothing. */
static int is_nothing(lua_State *L, const struct collected *c, int position, int json) {
  const struct api_param *p = param_at(c->op, position);
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

/* Raises with all missing required parameters. */
static void check_required(lua_State *L, const struct collected *c, int json) {
  int missing = 0, top = lua_gettop(L);
  luaL_checkstack(L, c->op->n_params + 4, "parameters");
  for (int i = 0; i < c->op->n_params; i++) {
    char name[96];
    if (!(param_at(c->op, i)->traits & API_REQUIRED) || (is_seen(c, i) && !is_nothing(L, c, i, json))) continue;
    snake(param_at(c->op, i), name);
    lua_pushfstring(L, missing++ ? ", '%s'" : "'%s'", name);
  }
  if (!missing) return;
  lua_concat(L, missing);
  misuse(L, "missing required parameter%s %s", missing > 1 ? "s" : "", lua_tostring(L, top + 1));
}

/* Encodes the collected values except those of a JSON body, which send_json encodes as a whole. */
static void send_collected(lua_State *L, struct request *r, const struct collected *c, int json) {
  for (int i = 0; i < c->op->n_params; i++) {
    const struct api_param *p = param_at(c->op, i);
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
  add_nulls(L, from, to);
}

void parameters_add(lua_State *L, struct request *r, int params, int extra, int given, long page_size) {
  struct collected c = {&api_ops[r->asked.op], r->asked.op, 0, 0, {0}};
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
  if (extra && !json) parameters_add_pairs(L, extra, c.op->method == API_GET || c.op->method == API_DELETES ? &r->asked.query : &r->asked.body);
  if (json) send_json(L, r, &c);
  lua_settop(L, top);
}
