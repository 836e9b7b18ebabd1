#include "client/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/compat.h"
#include "support/misuse.h"
#include "text/wire_text.h"

/* ---- the table ---- */

enum {
  CLIENT = OPTION_OF_CLIENT,
  CSV = OPTION_OF_CSV,
  LIST = OPTION_OF_LIST | CSV,
  OPERATION = LIST | OPTION_OF_CALL,
  DOWNLOAD = OPTION_OF_DOWNLOAD,
  WAIT_FOR = OPTION_OF_WAIT_FOR,
  CALL = OPERATION | OPTION_OF_PAGE | OPTION_OF_RAW | WAIT_FOR | DOWNLOAD,
  BOTH = OPTION_OF_CLIENT | CALL,
  SLEEP = OPTION_OF_SLEEP,
  MAP = OPTION_OF_MAP
};

/* SPECIAL and SECRET options are read by the file that uses them. Messages show no SECRET value. */
enum option_type { SPECIAL, SECRET, SECONDS, WHOLE, BOOLEAN, FUNCTION, CANCELLER };

enum { BILLION = 1000000000 };

#define SETTING(field) offsetof(struct settings, field)

static const struct option {
  const char *name;
  int scopes;
  enum option_type type;
  size_t destination; /* in struct settings: a double for SECONDS, a long for WHOLE, an int for BOOLEAN */
  long least, most;   /* of WHOLE */
  long default_value; /* of SECONDS and WHOLE, for a client */
} options[] = {
    {"account_sid", CLIENT, SECRET, 0, 0, 0, 0},
    {"auth_token", CLIENT, SECRET, 0, 0, 0, 0},
    {"api_key", CLIENT, SECRET, 0, 0, 0, 0},
    {"api_secret", CLIENT, SECRET, 0, 0, 0, 0},
    {"client_id", CLIENT, SECRET, 0, 0, 0, 0},
    {"client_secret", CLIENT, SECRET, 0, 0, 0, 0},
    {"bearer_token", CLIENT, SECRET, 0, 0, 0, 0},
    {"client_validation", CLIENT, SECRET, 0, 0, 0, 0},
    {"region", CLIENT, SPECIAL, 0, 0, 0, 0},
    {"edge", CLIENT, SPECIAL, 0, 0, 0, 0},
    {"base_url", CLIENT, SECRET, 0, 0, 0, 0},
    {"allow_http", CLIENT, SPECIAL, 0, 0, 0, 0},
    {"proxy", CLIENT, SECRET, 0, 0, 0, 0},
    {"ca_file", CLIENT, SPECIAL, 0, 0, 0, 0},
    {"user_agent", CLIENT, SPECIAL, 0, 0, 0, 0},
    {"limit", LIST | MAP, SPECIAL, 0, 0, 0, 0},
    {"rate", MAP, SPECIAL, 0, 0, 0, 0},
    {"stop_on", MAP, SPECIAL, 0, 0, 0, 0},
    {"prefetch", LIST, SPECIAL, 0, 0, 0, 0},
    {"columns", CSV, SPECIAL, 0, 0, 0, 0},
    {"progress", CSV | MAP | DOWNLOAD, FUNCTION, 0, 0, 0, 0},
    {"safe", CSV, SPECIAL, 0, 0, 0, 0},
    {"max_size", DOWNLOAD, SPECIAL, 0, 0, 0, 0},
    {"extra", OPERATION, SPECIAL, 0, 0, 0, 0},
    {"transport", CLIENT, FUNCTION, 0, 0, 0, 0},
    {"log", CLIENT, FUNCTION, 0, 0, 0, 0},
    {"trace", CLIENT, FUNCTION, 0, 0, 0, 0},
    {"wait", BOTH | SLEEP | MAP, FUNCTION, 0, 0, 0, 0},
    {"ready", BOTH | SLEEP, FUNCTION, 0, 0, 0, 0},
    {"cancel", CALL | SLEEP, CANCELLER, 0, 0, 0, 0},
    {"repeatable", CALL, BOOLEAN, SETTING(is_repeatable), 0, 0, 0},
    {"timeout", BOTH, SECONDS, SETTING(timeout), 0, 0, 30},
    {"connect_timeout", BOTH, SECONDS, SETTING(connect_timeout), 0, 0, 5},
    {"max_response", CLIENT, WHOLE, SETTING(max_response), 1, BILLION, 32 << 20},
    {"deadline", BOTH, SECONDS, SETTING(deadline), 0, 0, 0},
    {"grace", BOTH, SECONDS, SETTING(grace), 0, 0, 0},
    {"max_retry_wait", BOTH, SECONDS, SETTING(max_retry_wait), 0, 0, 30},
    {"interval", WAIT_FOR, SECONDS, SETTING(interval), 0, 0, 1},
    {"max_interval", WAIT_FOR, SECONDS, SETTING(max_interval), 0, 0, 15},
    {"retries", BOTH, WHOLE, SETTING(retries), 0, 100, 3},
    {"low_speed_limit", BOTH, WHOLE, SETTING(low_speed_limit), 1, BILLION, 1},
    {"low_speed_time", BOTH, WHOLE, SETTING(low_speed_time), 1, 1000000, 0},
};

enum { N_OPTIONS = sizeof options / sizeof *options };

static const struct option *find_option(const char *name) {
  for (size_t i = 0; i < N_OPTIONS; i++)
    if (strcmp(options[i].name, name) == 0) return &options[i];
  return NULL;
}

int options_is_name(const char *name, enum option_scope scope) {
  const struct option *option = find_option(name);
  return option && (option->scopes & (int)scope);
}

static int is_secret_option(const char *name) {
  const struct option *option = find_option(name);
  return option && option->type == SECRET;
}

/* ---- names ---- */

/* Whether `word` is one of the two words of the name: "account" and "sid" are those of "account_sid". A
 * word among more, such as "limit" in "low_speed_limit", says too little. */
static int has_part(const char *name, const char *word) {
  const char *second = strchr(name, '_');
  size_t first = second ? (size_t)(second - name) : 0, length = strlen(word);
  if (!second || strchr(second + 1, '_')) return 0;
  return strcmp(second + 1, word) == 0 || (length == first && strncmp(name, word, length) == 0);
}

/* Offers the options that have the wanted name as a part, unless an option with a similar name was
 * found. */
static void offer_longer_names(struct suggestion *suggestion, enum option_scope scope) {
  if (suggestion->nearest[0] || !suggestion->length) return;
  suggestion->distance = sizeof suggestion->nearest;
  for (size_t i = 0; i < N_OPTIONS; i++)
    if ((options[i].scopes & (int)scope) && has_part(options[i].name, suggestion->wanted)) suggestion_offer(suggestion, options[i].name);
}

static void refuse_name(lua_State *L, const char *name, enum option_scope scope) {
  struct suggestion suggestion;
  int is_client = scope == OPTION_OF_CLIENT;
  if (is_client && options_is_name(name, OPTION_OF_CALL)) misuse(L, "unknown option '%s': it is an option of a call, not of twilio.client", name);
  if (!is_client && options_is_name(name, OPTION_OF_CLIENT)) misuse(L, "unknown option '%s': it is an option of twilio.client, for all calls", name);
  suggestion_start(&suggestion, name);
  for (size_t i = 0; i < N_OPTIONS; i++)
    if (options[i].scopes & (int)scope) suggestion_offer(&suggestion, options[i].name);
  offer_longer_names(&suggestion, scope);
  misuse(L, "unknown option '%s'%s", name, suggestion_push(L, &suggestion));
}

void options_check_names(lua_State *L, int table, enum option_scope scope) {
  if (!table) return;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      misuse(L, "the name of an option must be a string%s, got a %s", scope == OPTION_OF_CLIENT ? ", as in twilio.client{ account_sid = … }" : "",
             luaL_typename(L, -1));
    const char *name = lua_tostring(L, -1);
    if (!options_is_name(name, scope)) refuse_name(L, name, scope);
  }
}

/* ---- values ---- */

/* Pushes the option and returns 1, or pushes nothing and returns 0 if it is absent. */
static int push_option(lua_State *L, int table, const char *name) {
  if (!table) return 0;
  lua_getfield(L, table, name);
  if (!lua_isnil(L, -1)) return 1;
  lua_pop(L, 1);
  return 0;
}

enum { SHOWN = 10 }; /* bytes: secrets are longer, edges and regions are not */

static void push_quoted(lua_State *L, const char *text, size_t length) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addchar(&b, '"');
  for (size_t i = 0; i < length; i++) {
    char code[8];
    int is_control = (unsigned char)text[i] < 0x20 || text[i] == 0x7f;
    snprintf(code, sizeof code, is_control ? "\\%d" : "%c", text[i]);
    luaL_addstring(&b, code);
  }
  luaL_addchar(&b, '"');
  luaL_pushresult(&b);
}

const char *options_push_shown(lua_State *L, int index, const char *name) {
  size_t length;
  int type = lua_type(L, index), is_secret = is_secret_option(name);
  if (type == LUA_TSTRING) {
    const char *text = lua_tolstring(L, index, &length);
    is_secret || length > SHOWN ? (void)lua_pushfstring(L, "a string of %d bytes", (int)length) : push_quoted(L, text, length);
  } else if (type == LUA_TNUMBER && !is_secret) {
    lua_pushvalue(L, index);
  } else {
    lua_pushstring(L, type != LUA_TBOOLEAN ? luaL_typename(L, index) : lua_toboolean(L, index) ? "true" : "false");
  }
  return lua_tostring(L, -1);
}

/* Returns the number on the stack's top. For any other type returns -1, which no option allows. */
static double check_number(lua_State *L) {
  return lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : -1.0;
}

static double read_seconds(lua_State *L, const char *name) {
  double seconds = check_number(L);
  if (!(seconds > 0 && seconds <= 1e6)) misuse(L, "option '%s' must be a positive number of seconds, got %s", name, options_push_shown(L, -1, name));
  return seconds;
}

static long read_whole(lua_State *L, const struct option *option) {
  double value = check_number(L);
  if (!(value >= (double)option->least && value <= (double)option->most && value == (double)(long)value))
    misuse(L, "option '%s' must be a whole number from %d to %d, got %s", option->name, (int)option->least, (int)option->most,
           options_push_shown(L, -1, option->name));
  return (long)value;
}

static int read_boolean(lua_State *L, const char *name) {
  if (!lua_isboolean(L, -1)) misuse(L, "option '%s' must be a boolean, got %s", name, options_push_shown(L, -1, name));
  return lua_toboolean(L, -1);
}

static void check_function(lua_State *L, const char *name) {
  if (!lua_isfunction(L, -1)) misuse(L, "option '%s' must be a function, got %s", name, options_push_shown(L, -1, name));
}

/* A canceller is a table. Its metatable has the __name that lua/twilio/canceller.lua sets. */
static void check_canceller(lua_State *L, const char *name) {
  int value = lua_gettop(L);
  const char *type = lua_istable(L, value) && luaL_getmetafield(L, value, "__name") ? lua_tostring(L, -1) : NULL;
  if (!type || strcmp(type, "twilio.canceller") != 0) misuse(L, "option '%s' must be a twilio.canceller(), got %s", name, luaL_typename(L, value));
}

/* Reads the value on the stack's top. */
static void read_option(lua_State *L, const struct option *option, struct settings *settings) {
  void *destination = (char *)settings + option->destination;
  switch (option->type) {
  case SECONDS: *(double *)destination = read_seconds(L, option->name); break;
  case WHOLE: *(long *)destination = read_whole(L, option); break;
  case BOOLEAN: *(int *)destination = read_boolean(L, option->name); break;
  case FUNCTION: check_function(L, option->name); break;
  case CANCELLER: check_canceller(L, option->name); break;
  case SPECIAL:
  case SECRET: break;
  }
}

void options_read(lua_State *L, int table, enum option_scope scope, struct settings *settings) {
  int top = lua_gettop(L);
  for (size_t i = 0; table && i < N_OPTIONS; i++) {
    const struct option *option = &options[i];
    if (!(option->scopes & (int)scope) || option->type == SPECIAL || option->type == SECRET || !push_option(L, table, option->name)) continue;
    read_option(L, option, settings);
    lua_settop(L, top);
  }
}

/* The scopes of functions that are written in Lua. */
static enum option_scope check_scope(lua_State *L, int index) {
  static const char *const scope_names[] = {"wait_for", "sleep", "map", NULL};
  static const enum option_scope scopes[] = {OPTION_OF_WAIT_FOR, OPTION_OF_SLEEP, OPTION_OF_MAP};
  return scopes[luaL_checkoption(L, index, NULL, scope_names)];
}

int options_check(lua_State *L) {
  struct settings settings;
  enum option_scope scope = check_scope(L, 1);
  int table = lua_isnoneornil(L, 2) ? 0 : 2;
  if (table && !lua_istable(L, table)) return misuse(L, "the options must be a table, got %s", luaL_typename(L, table));
  options_set_defaults(&settings);
  options_check_names(L, table, scope);
  options_read(L, table, scope, &settings);
  lua_pushnumber(L, (lua_Number)settings.interval);
  lua_pushnumber(L, (lua_Number)settings.max_interval);
  return 2;
}

void options_copy_functions(lua_State *L, int from, int to) {
  for (size_t i = 0; i < N_OPTIONS; i++) {
    if (options[i].type != FUNCTION) continue;
    lua_getfield(L, from, options[i].name);
    lua_setfield(L, to, options[i].name);
  }
}

void options_set_defaults(struct settings *settings) {
  memset(settings, 0, sizeof *settings);
  for (size_t i = 0; i < N_OPTIONS; i++) {
    void *destination = (char *)settings + options[i].destination;
    if (options[i].type == SECONDS) *(double *)destination = (double)options[i].default_value;
    if (options[i].type == WHOLE) *(long *)destination = options[i].default_value;
  }
}

/* ---- single options ---- */

int options_boolean(lua_State *L, int table, const char *name) {
  if (!push_option(L, table, name)) return 0;
  int value = read_boolean(L, name);
  lua_pop(L, 1);
  return value;
}

const char *options_text(lua_State *L, int table, const char *name) {
  size_t length;
  lua_getfield(L, table, name);
  if (lua_isnil(L, -1)) return NULL;
  if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "option '%s' must be a string, got %s", name, options_push_shown(L, -1, name));
  const char *text = lua_tolstring(L, -1, &length);
  if (length == 0) misuse(L, "option '%s' is empty", name);
  if (wire_has_control(text, length)) misuse(L, "option '%s' contains control characters", name);
  return text;
}

const char *options_environment(lua_State *L, const char *name) {
  const char *value = getenv(name);
  if (!value || !*value) return NULL;
  if (wire_has_control(value, strlen(value))) misuse(L, "the environment variable %s contains control characters", name);
  return value;
}

char *options_copy(lua_State *L, const char *text, size_t length) {
  char *mine = malloc(length + 1);
  if (!mine) luaL_error(L, "out of memory");
  memcpy(mine, text, length);
  mine[length] = '\0';
  return mine;
}
