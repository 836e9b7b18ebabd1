#include "request/value.h"

#include <string.h>

#include "support/compat.h"
#include "support/misuse.h"
#include "text/dates.h"
#include "text/integer.h"
#include "text/json_mark.h"
#include "text/wire_text.h"

static const char encoder_key; /* registry key of the Lua layer's JSON encoder */

void value_set_encoder(lua_State *L, int index) {
  lua_pushvalue(L, index);
  compat_rawsetp(L, LUA_REGISTRYINDEX, &encoder_key);
}

/* ---- values ---- */

void value_refuse(lua_State *L, const struct value_target *target, const char *why) {
  char name[96];
  wire_snake(target->wire, target->length, name, sizeof name);
  misuse(L, "parameter '%s' %s", target->is_plain ? target->wire : name, why);
}

static void put_pair(const struct value_target *target, const char *value, size_t length) {
  if (target->out->length) buffer_addc(target->out, '&');
  wire_percent(target->out, target->wire, target->length);
  buffer_addc(target->out, '=');
  wire_percent(target->out, value, length);
}

/* Pushes the JSON text of the value at `index`. */
static const char *push_json(lua_State *L, int index, size_t *length) {
  index = compat_absindex(L, index);
  compat_rawgetp(L, LUA_REGISTRYINDEX, &encoder_key);
  lua_pushvalue(L, index);
  lua_call(L, 1, 1);
  return luaL_checklstring(L, -1, length);
}

void value_add_json(lua_State *L, int index, struct buffer *out) {
  size_t length;
  const char *text = push_json(L, index, &length);
  buffer_add(out, text, length);
  lua_pop(L, 1);
}

void value_add_nulls(lua_State *L, int from, int to) {
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

static int is_object(const struct value_target *target) {
  return target->class == API_OBJECT || target->class == API_NUMBERED;
}

/* Replaces the key on the stack's top, which is a number, by its text. */
static void key_to_text(lua_State *L, const struct value_target *target) {
  char text[WIRE_NUMBER_SIZE];
  size_t length = wire_number(L, -1, text);
  if (!length || strspn(text, "0123456789") != length) value_refuse(L, target, "has a key that is not the number of a placeholder");
  lua_pushlstring(L, text, length);
  lua_replace(L, -2);
}

/* Pushes a copy of the table at `table` whose number keys are texts: { "Ada" } becomes
 * { ["1"] = "Ada" }. */
static void push_numbered(lua_State *L, const struct value_target *target, int table) {
  lua_newtable(L);
  int copy = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    if (lua_type(L, -1) == LUA_TNUMBER) key_to_text(L, target);
    lua_pushvalue(L, -1);
    lua_rawget(L, copy);
    if (!lua_isnil(L, -1)) value_refuse(L, target, "has a placeholder twice, as a number and as text");
    lua_pop(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, copy);
  }
  value_add_nulls(L, table, copy);
}

/* Pushes the JSON text of the value at `index`. Raises if the value is an array but Twilio
 * documents an object. */
static const char *push_shaped_json(lua_State *L, const struct value_target *target, int index, size_t *length) {
  if (target->class == API_NUMBERED && lua_istable(L, index))
    push_numbered(L, target, index);
  else
    lua_pushvalue(L, index);
  const char *text = push_json(L, -1, length);
  lua_remove(L, -2);
  if (is_object(target) && *text == '[') value_refuse(L, target, "takes a table with names, got an array");
  return text;
}

static void put_json(lua_State *L, const struct value_target *target, int index) {
  size_t length;
  const char *text = push_shaped_json(L, target, index, &length);
  put_pair(target, text, length);
  lua_pop(L, 1);
}

/* ---- dates: seconds since the epoch, or tables like os.date("!*t") ---- */

static int is_date_class(const struct value_target *target) {
  return target->class == API_DATE || target->class == API_DATE_TIME;
}

static int64_t seconds_of_number(lua_State *L, const struct value_target *target, int index) {
  double seconds = (double)lua_tonumber(L, index);
  if (!(seconds > -1e12 && seconds < 1e12)) value_refuse(L, target, "is not a number of seconds since the epoch");
  int64_t whole = (int64_t)seconds;
  return whole > seconds ? whole - 1 : whole;
}

/* Returns a field of a date table, or the default `otherwise` if the field is absent. A negative
 * default means that the field is required. */
static int64_t date_part(lua_State *L, const struct value_target *target, int table, const char *name, int64_t otherwise) {
  lua_getfield(L, table, name);
  if (!lua_isnil(L, -1)) {
    double part = lua_isnumber(L, -1) ? (double)lua_tonumber(L, -1) : 0.5;
    if (!(part > -1e9 && part < 1e9 && part == (double)(int64_t)part))
      value_refuse(L, target, "is a date table with a field that is not a whole number");
    otherwise = (int64_t)part;
  } else if (otherwise < 0) {
    value_refuse(L, target, "is a table without year, month and day: a date is a string, seconds since the epoch, or like os.date('!*t')");
  }
  lua_pop(L, 1);
  return otherwise;
}

static int64_t seconds_of_table(lua_State *L, const struct value_target *target, int table) {
  lua_getfield(L, table, "isdst");
  if (lua_type(L, -1) == LUA_TBOOLEAN && lua_toboolean(L, -1))
    value_refuse(L, target, "is a date table in local time: os.date('!*t') makes one in UTC");
  lua_pop(L, 1);
  int64_t year = date_part(L, target, table, "year", -1), month = date_part(L, target, table, "month", -1),
          day = date_part(L, target, table, "day", -1);
  int64_t hour = date_part(L, target, table, "hour", 0), minute = date_part(L, target, table, "min", 0);
  return dates_from_civil(year, month, day, hour, minute, date_part(L, target, table, "sec", 0));
}

/* Writes the date that the number or table at `index` stands for. Returns 0 for any other value. */
static int date_text(lua_State *L, const struct value_target *target, int index, char out[DATES_SIZE]) {
  int type = lua_type(L, index);
  if (type != LUA_TNUMBER && (type != LUA_TTABLE || lua_rawlen(L, index) > 0)) return 0;
  int64_t seconds = type == LUA_TNUMBER ? seconds_of_number(L, target, index) : seconds_of_table(L, target, index);
  if (!dates_format(seconds, target->class == API_DATE_TIME, out)) value_refuse(L, target, "is not a date between the years 0 and 9999");
  return 1;
}

static void put_number(lua_State *L, const struct value_target *target, int index) {
  char text[WIRE_NUMBER_SIZE];
  size_t length = wire_number(L, index, text);
  if (!length) value_refuse(L, target, "is not a finite number");
  put_pair(target, text, length);
}

/* Raises because a scalar parameter got a table. If several values were sent, Twilio would use an
 * arbitrary one. */
static void refuse_table(lua_State *L, const struct value_target *target, int table) {
  if (lua_rawlen(L, table) > 0) value_refuse(L, target, "takes one value, got an array");
  lua_pushnil(L);
  value_refuse(L, target, lua_next(L, table) ? "takes a value, got a table with names" : "takes a value, got an empty table");
}

/* Returns the length of the array at `table`. Raises if it is not an array. */
static size_t check_list(lua_State *L, const struct value_target *target, int table) {
  size_t n = lua_rawlen(L, table), keys = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) keys++;
  if (keys != n) value_refuse(L, target, "takes an array, got a table with names or gaps");
  for (size_t i = 1; i <= n && target->class == API_ARRAY; i++) {
    lua_rawgeti(L, table, (int)i);
    if (lua_istable(L, -1)) value_refuse(L, target, "has a table in its array");
    lua_pop(L, 1);
  }
  return n;
}

static void put_array(lua_State *L, const struct value_target *target, int table) {
  struct value_target element = *target;
  size_t n = check_list(L, target, table);
  if (target->class == API_JSON_ARRAY) element.class = API_JSON_VALUE;
  for (size_t i = 1; i <= n; i++) {
    lua_rawgeti(L, table, (int)i);
    value_put(L, &element, -1);
    lua_pop(L, 1);
  }
}

/* Encodes { a = { b = 1 } } as Prefix.a.b=1. */
static void put_map(lua_State *L, const struct value_target *target, int table, int depth) {
  luaL_checkstack(L, 10, "map parameter");
  if (depth > 8) value_refuse(L, target, "is nested too deeply");
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING) value_refuse(L, target, "takes names as keys");
    lua_pushlstring(L, target->wire, target->length);
    lua_pushliteral(L, ".");
    lua_pushvalue(L, -4);
    lua_concat(L, 3);
    struct value_target inner = {target->out, NULL, 0, API_SCALAR, 0};
    inner.wire = lua_tolstring(L, -1, &inner.length);
    if (lua_istable(L, -2))
      put_map(L, &inner, lua_gettop(L) - 1, depth + 1);
    else
      value_put(L, &inner, -2);
    lua_pop(L, 2);
  }
}

/* The prefix of a map is the parameter's name without its ending `Data`. */
static void put_prefixed(lua_State *L, const struct value_target *target, int table) {
  static const char ending[] = "Data";
  size_t n = sizeof ending - 1;
  struct value_target prefix = *target;
  if (target->length > n && memcmp(target->wire + target->length - n, ending, n) == 0) prefix.length -= n;
  put_map(L, &prefix, table, 0);
}

static void put_text(lua_State *L, const struct value_target *target, int index) {
  size_t length;
  const char *text = lua_tolstring(L, index, &length);
  put_pair(target, text, length);
}

/* ---- TwiML: objects of lua/twilio/twiml.lua ---- */

/* If the table at `table` is a TwiML element, pushes the text of its document and returns 1. Raises
 * unless the parameter takes TwiML. The metatable's field __twiml returns the text, or nil for an
 * element inside of a document. */
static int push_twiml(lua_State *L, const struct value_target *target, int table) {
  if (!luaL_getmetafield(L, table, "__twiml")) return 0;
  if (target->length != 5 || memcmp(target->wire, "Twiml", 5) != 0) value_refuse(L, target, "takes no TwiML document");
  lua_pushvalue(L, table);
  lua_call(L, 1, 1);
  if (lua_type(L, -1) != LUA_TSTRING) value_refuse(L, target, "takes a TwiML document, got an element inside of one");
  return 1;
}

static void put_table(lua_State *L, const struct value_target *target, int table) {
  if (push_twiml(L, target, table)) {
    put_text(L, target, -1);
    lua_pop(L, 1);
    return;
  }
  switch (target->class) {
  case API_JSON_VALUE:
  case API_OBJECT:
  case API_NUMBERED: put_json(L, target, table); break;
  case API_MAP: put_prefixed(L, target, table); break;
  case API_ARRAY:
  case API_JSON_ARRAY: put_array(L, target, table); break;
  default: refuse_table(L, target, table);
  }
}

static void put_integer(lua_State *L, const struct value_target *target, int index) {
  size_t length;
  const char *digits = integer_test(L, index, &length);
  if (!digits) value_refuse(L, target, lua_pushfstring(L, "cannot be a %s", luaL_typename(L, index)));
  put_pair(target, digits, length);
}

void value_put(lua_State *L, const struct value_target *target, int index) {
  char date[DATES_SIZE];
  index = compat_absindex(L, index);
  luaL_checkstack(L, 8, "parameter");
  if (is_date_class(target) && date_text(L, target, index, date)) {
    put_pair(target, date, strlen(date));
    return;
  }
  switch (lua_type(L, index)) {
  case LUA_TSTRING: put_text(L, target, index); break;
  case LUA_TBOOLEAN: lua_toboolean(L, index) ? put_pair(target, "true", 4) : put_pair(target, "false", 5); break;
  case LUA_TNUMBER: put_number(L, target, index); break;
  case LUA_TTABLE: put_table(L, target, index); break;
  case LUA_TLIGHTUSERDATA:
    if (target->class != API_JSON_VALUE && !is_object(target)) value_refuse(L, target, "cannot be null: leave it out");
    put_json(L, target, index);
    break;
  default: put_integer(L, target, index);
  }
}

void value_put_header(lua_State *L, struct request *r, const struct value_target *target) {
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
  if (!text) value_refuse(L, target, lua_pushfstring(L, "is sent as a header and cannot be a %s", luaL_typename(L, -1)));
  if (wire_has_control(text, length)) value_refuse(L, target, "is sent as a header and contains control characters");
  request_add_header(L, r, target->wire, text);
}

void value_add_pairs(lua_State *L, int table, struct buffer *out) {
  table = compat_absindex(L, table);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING) misuse(L, "the name of a parameter must be a string, got a %s", luaL_typename(L, -2));
    struct value_target target = {out, NULL, 0, API_ARRAY, 1};
    target.wire = lua_tolstring(L, -2, &target.length);
    value_put(L, &target, -1);
    lua_pop(L, 1);
  }
}

/* ---- values of a JSON body ---- */

/* Replaces the value on the stack's top by an array for a JSON body. The array is marked, because
 * an empty table would be encoded as an object. A scalar becomes an array of one element. */
static void to_list(lua_State *L, const struct value_target *target) {
  int value = lua_gettop(L), is_table = lua_istable(L, value);
  if (lua_islightuserdata(L, value)) return; /* null, or the empty array of another library */
  if (!is_table && target->class == API_JSON_ARRAY) value_refuse(L, target, lua_pushfstring(L, "takes an array, got a %s", luaL_typename(L, value)));
  size_t n = is_table ? check_list(L, target, value) : 1;
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

void value_to_json(lua_State *L, const struct value_target *target) {
  char date[DATES_SIZE];
  int value = lua_gettop(L);
  size_t length;
  if (target->class == API_JSON_VALUE || target->class == API_MAP) return;
  if (luaL_getmetafield(L, value, "__twiml")) value_refuse(L, target, "takes no TwiML document");
  if (target->class == API_ARRAY || target->class == API_JSON_ARRAY) {
    to_list(L, target);
  } else if (is_object(target)) {
    if (!lua_istable(L, value) && !lua_islightuserdata(L, value))
      value_refuse(L, target, lua_pushfstring(L, "takes a table, got a %s", luaL_typename(L, value)));
    if (target->class == API_NUMBERED && lua_istable(L, value)) {
      push_numbered(L, target, value);
      lua_replace(L, value);
    } else {
      push_shaped_json(L, target, value, &length); /* checks the value, which is encoded with the body */
      lua_pop(L, 1);
    }
  } else if (is_date_class(target) && date_text(L, target, value, date)) {
    lua_pushstring(L, date);
    lua_replace(L, value);
  } else if (lua_istable(L, value)) {
    refuse_table(L, target, value);
  }
}
