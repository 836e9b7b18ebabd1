/* Misuse raises: an error string that starts with the position of the caller,
 * the first function on the stack that is not part of this library. */
#ifndef TWILIO_MISUSE_H
#define TWILIO_MISUSE_H

#include <stddef.h>

#include "support/compat.h"

#pragma GCC visibility push(hidden)

/* Raises the message behind the caller's position. Of the formats there are %s, %d and %%; texts are
 * masked, see redact.h.
 * Returns never; the int is for `return misuse(…)`. */
int misuse(lua_State *L, const char *format, ...) __attribute__((noreturn));

/* Takes note of the function at `index`: what was loaded from its file, or from
 * the folder beside it of the same name, belongs to this library. */
void misuse_own(lua_State *L, int index);

/* Whether the name is among those of a list that ends with NULL. */
int misuse_is_name(const char *name, const char *const *names);

/* Raises unless the name is one of the list (NULL ends it): "unknown option 'x' (did you mean 'y'?)". */
void misuse_check_name(lua_State *L, const char *what, const char *name, const char *const *names);

/* Whether the name begins with two underscores. Serializers and debuggers read such names of any
 * value to find out what kind of value it is. They get nil where other unknown names raise. */
int misuse_is_probe(const char *name);

/* core.index(what, absent): pushes an __index function for the metatable of a table of methods or
 * constants. The function raises for an unknown name: "an iterator has no 'eror' (did you mean
 * 'error'?)". `absent` is a string of names, separated by blanks, that are nil where the table does
 * not have them. A key that is not a string is nil. */
int misuse_index(lua_State *L);

/* The nearest of several names to one that was not found. */
struct suggestion {
  const char *wanted;
  size_t length;
  size_t distance; /* of the nearest so far */
  char nearest[64];
};

void suggestion_start(struct suggestion *s, const char *wanted);
void suggestion_offer(struct suggestion *s, const char *candidate);
/* Offers the keys of the table at `index` that are strings. */
void suggestion_offer_keys(lua_State *L, struct suggestion *s, int index);
/* Pushes " (did you mean 'x'?)", or "" when nothing comes near. */
const char *suggestion_push(lua_State *L, const struct suggestion *s);

#pragma GCC visibility pop

#endif
