/* Misuse raises: an error string that starts with the position of the caller,
 * the first function on the stack that is not part of this library. */
#ifndef TWILIO_MISUSE_H
#define TWILIO_MISUSE_H

#include <stddef.h>

#include "compat.h"

#pragma GCC visibility push(hidden)

/* Raises the message (lua_pushfstring's formats) behind the caller's position.
 * Returns never; the int is for `return misuse(…)`. */
int misuse(lua_State *L, const char *format, ...) __attribute__((noreturn));

/* Takes note of the function at `index`: what was loaded from its file, or from
 * the folder beside it of the same name, belongs to this library. */
void misuse_own(lua_State *L, int index);

/* Whether the name is among those of a list that ends with NULL. */
int misuse_is_name(const char *name, const char *const *names);

/* Raises unless the name is one of the list (NULL ends it): "unknown option 'x' (did you mean 'y'?)". */
void misuse_check_name(lua_State *L, const char *what, const char *name, const char *const *names);

/* The nearest of several names to one that was not found. */
struct suggestion {
  const char *wanted;
  size_t length;
  size_t distance; /* of the nearest so far */
  char nearest[64];
};

void suggestion_start(struct suggestion *s, const char *wanted);
void suggestion_offer(struct suggestion *s, const char *candidate);
/* Pushes " (did you mean 'x'?)", or "" when nothing comes near. */
const char *suggestion_push(lua_State *L, const struct suggestion *s);

#pragma GCC visibility pop

#endif
