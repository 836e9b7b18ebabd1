/* The options of twilio.client and of calls. One table in options.c describes all of them. The
 * argument `table` is the stack index of the table that the program passed. It is 0 if the program
 * passed none, which options_text does not allow. */
#ifndef TWILIO_OPTIONS_H
#define TWILIO_OPTIONS_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

/* Where an option is allowed: in twilio.client, in one of these kinds of calls, or in record:wait_for,
 * twilio.sleep and twilio.map. */
enum option_scope {
  OPTION_OF_CLIENT = 1,
  OPTION_OF_LIST = 2,
  OPTION_OF_CALL = 4,
  OPTION_OF_PAGE = 8,
  OPTION_OF_RAW = 16,
  OPTION_OF_CSV = 32,
  OPTION_OF_WAIT_FOR = 64,
  OPTION_OF_SLEEP = 128,
  OPTION_OF_MAP = 256
};

/* The numbers and flags among the options. Each call has a copy of its client's settings, in which
 * the options of the call replace the client's. */
struct settings {
  double timeout, connect_timeout; /* seconds, for one attempt */
  double deadline;                 /* seconds, for a call with all attempts and pauses; 0: none */
  double grace;                    /* seconds to wait after `ready` returned false; 0: none */
  double max_retry_wait;           /* the longest pause between two attempts, in seconds */
  double interval, max_interval;   /* of wait_for: the first and the longest pause, in seconds */
  long retries;                    /* the largest number of attempts after the first one */
  long low_speed_limit;            /* bytes per second */
  long low_speed_time;             /* seconds below the limit until an attempt fails; 0: never */
  long max_response;               /* the largest response body, in bytes */
  int is_repeatable;               /* the program declares that repeating the request is harmless */
};

/* Raises if the table has a name that is not an option of this scope. Suggests a near match. */
void options_check_names(lua_State *L, int table, enum option_scope scope);

/* Whether an option of that name is allowed in the scope. */
int options_is_name(const char *name, enum option_scope scope);

/* Checks the options of this scope, and copies those that are fields of `settings`. options_text
 * checks the text options. */
void options_read(lua_State *L, int table, enum option_scope scope, struct settings *settings);

/* core.check_options("wait_for", "sleep" or "map", options): checks names and values of the options,
 * or of nil. The Lua layer checks `limit`, `rate` and `stop_on` itself. Returns the options interval
 * and max_interval, or their defaults. */
int options_check(lua_State *L);

/* Copies the options that are functions from the table at `from` to the table at `to`. Both stack
 * indices are absolute. */
void options_copy_functions(lua_State *L, int from, int to);

/* Sets the defaults of twilio.client. */
void options_set_defaults(struct settings *settings);

/* ---- single options ---- */

/* Returns the option as 0 or 1; 0 if it is absent. Raises if it is not a boolean. */
int options_boolean(lua_State *L, int table, const char *name);

/* Pushes the option and returns its text, or NULL if it is nil. Raises if the option is not a
 * string, is empty or contains control characters. The message never shows the text. */
const char *options_text(lua_State *L, int table, const char *name);

/* Pushes and returns a text that shows the value at `index` in an error message: the number, the
 * boolean, the quoted string, or the name of another type. For a secret option, and for a string
 * that is long enough to be a secret, the text has only the type or the length. */
const char *options_push_shown(lua_State *L, int index, const char *name);

/* Returns the value of the environment variable, or NULL if it is unset or empty. Raises if it
 * contains control characters. */
const char *options_environment(lua_State *L, const char *name);

/* Returns a copy of the text, which the caller frees with free(). Raises if there is no memory. */
char *options_copy(lua_State *L, const char *text, size_t length);

#pragma GCC visibility pop

#endif
