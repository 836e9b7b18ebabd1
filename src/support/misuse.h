/* Errors for wrong use of the API. Each error is a string that starts with the caller's position,
 * "file:line: ". The caller is the first Lua function on the stack that is not part of this
 * library. */
#ifndef TWILIO_MISUSE_H
#define TWILIO_MISUSE_H

#include <stddef.h>

#include "support/compat.h"

#pragma GCC visibility push(hidden)

/* Raises the message. The format may contain %s, %d and %%. The arguments of %s are masked, see
 * redact.h. The function never returns. Its return type allows `return misuse(…)`. */
int misuse(lua_State *L, const char *format, ...) __attribute__((noreturn));

/* Registers as part of this library: the file of the Lua function at `index`, and the folder with
 * the same name. For twilio.lua, this is the folder twilio/. */
void misuse_own(lua_State *L, int index);

/* Whether the name is in the list, which ends with NULL. */
int misuse_is_name(const char *name, const char *const *names);

/* Raises "unknown option 'x' (did you mean 'y'?)" unless the name is in the list, which ends with
 * NULL. `what` is "option" in this message. */
void misuse_check_name(lua_State *L, const char *what, const char *name, const char *const *names);

/* Whether the name begins with two underscores. Serializers and debuggers read such fields of any
 * value to find out its type. They must get nil instead of an error. */
int misuse_is_probe(const char *name);

/* core.index(what, absent): returns an __index function for the metatable of a table of methods or
 * constants. The function raises an error for an unknown name, such as "an iterator has no 'eror'
 * (did you mean 'error'?)". `what` is "an iterator" in this message. The function returns nil for
 * three kinds of keys: keys that are not strings, names that misuse_is_probe accepts, and the names
 * in `absent`, a string with blanks between the names. */
int misuse_index(lua_State *L);

/* Finds the candidate that is nearest to a wanted name. Call suggestion_start, then
 * suggestion_offer for each candidate, then suggestion_push. */
struct suggestion {
  const char *wanted;
  size_t length;
  size_t distance; /* edit distance of `nearest`; while `nearest` is empty: the largest accepted */
  char nearest[64];
};

void suggestion_start(struct suggestion *suggestion, const char *wanted);
void suggestion_offer(struct suggestion *suggestion, const char *candidate);
/* Offers the string keys of the table at `index`. */
void suggestion_offer_keys(lua_State *L, struct suggestion *suggestion, int index);
/* Pushes and returns " (did you mean 'x'?)", or "" if no candidate is near. */
const char *suggestion_push(lua_State *L, const struct suggestion *suggestion);
/* The same for names that follow a dot or a colon in a program. A reserved word of Lua, such as
 * `local`, is a syntax error there. It is suggested with the underscore that the library accepts. */
const char *suggestion_push_name(lua_State *L, const struct suggestion *suggestion);

#pragma GCC visibility pop

#endif
