/* The options of twilio.client and of calls: one table describes each option. `table` is
 * the stack index of the table that the program passed, or 0 if there is none. */
#ifndef TWILIO_OPTIONS_H
#define TWILIO_OPTIONS_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

/* What takes an option: twilio.client, or one of the kinds of calls. */
enum option_scope { OPTION_OF_CLIENT = 1, OPTION_OF_LIST = 2, OPTION_OF_CALL = 4, OPTION_OF_PAGE = 8, OPTION_OF_RAW = 16 };

/* The numbers and flags among the options. A call starts from a copy of its client's settings, and
 * its own options replace them. */
struct settings {
  double timeout, connect_timeout; /* seconds for one attempt */
  double deadline;                 /* seconds for a call with all attempts and pauses; 0: none */
  double grace;                    /* seconds for an answer after `ready` said no; 0: none */
  double max_retry_wait;           /* seconds between two attempts */
  long retries;                    /* attempts after the first one */
  long low_speed_limit;            /* bytes per second */
  long low_speed_time;             /* an attempt fails if it is slower for so many seconds; 0: never */
  long max_response;               /* bytes of a response body */
  int is_repeatable;               /* the program declares that repeating the request is harmless */
};

/* Raises for a name that is not an option of this scope, and suggests a near match. */
void options_check_names(lua_State *L, int table, enum option_scope scope);

/* Whether the scope has an option of that name. */
int options_is_name(const char *name, enum option_scope scope);

/* Checks the types of the options of this scope, and writes those with a destination in `settings`.
 * */
void options_read(lua_State *L, int table, enum option_scope scope, struct settings *settings);

/* Copies the functions among a client's options between tables at absolute stack indices. */
void options_copy_functions(lua_State *L, int from, int to);

/* The defaults of twilio.client. */
void options_set_defaults(struct settings *settings);

/* ---- single options ---- */

/* Returns 0 if the option is absent. */
int options_boolean(lua_State *L, int table, const char *name);

/* Pushes the value and returns its text, or NULL if it is nil. Raises for an empty string, another
 * type and control characters. The message never shows the value. */
const char *options_text(lua_State *L, int table, const char *name);

/* Pushes and returns the value for an error message, such as "5 s", -1 or table. The value of a
 * secret option, and a string long enough to be a secret, is not shown. */
const char *options_push_shown(lua_State *L, int index, const char *name);

/* The environment variable, or NULL if it is unset or empty. Raises for control characters. */
const char *options_environment(lua_State *L, const char *name);

/* A copy of the text, to be freed with free(). Raises if there is no memory. */
char *options_copy(lua_State *L, const char *text, size_t length);

#pragma GCC visibility pop

#endif
