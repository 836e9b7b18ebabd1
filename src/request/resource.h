/* userdata twilio.resource: a node of the API tree with the SIDs of its path. */
#ifndef TWILIO_RESOURCE_H
#define TWILIO_RESOURCE_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"

#pragma GCC visibility push(hidden)

enum { RESOURCE_SIDS = 6 }; /* the largest number of SIDs in any path */

struct sid {
  uint16_t node; /* the node that was called with the SID */
  const char *text;
  size_t length;
};

/* The userdata's table is the client's table. The texts of the SIDs are after the struct. */
struct resource {
  struct client *client;
  uint16_t node;
  uint8_t n_sids;
  struct sid sid[RESOURCE_SIDS];
  char text[];
};

void resource_register(lua_State *L);

struct resource *resource_test(lua_State *L, int index); /* NULL for another value */

/* Pushes a resource of the node, with the SIDs of `base` (NULL: none) and then the SIDs `more`. The
 * value at `relative` must be the client or one of its resources: the new resource gets its table. */
struct resource *resource_push(lua_State *L, int relative, struct client *client, const struct resource *base, uint16_t node, const struct sid *more,
                               int n_more);

/* Pushes the child of that name of `node`. The child has the SIDs of `parent` (NULL: none). The
 * value at `relative` is as in resource_push. Returns 0 and pushes nothing if there is no such
 * child. */
int resource_push_child(lua_State *L, int relative, struct client *client, const struct resource *parent, uint16_t node, const char *name);

/* Pushes the method of that name, if the name is a verb of a single record of the node. Otherwise
 * returns 0 and pushes nothing. */
int resource_push_record_verb(lua_State *L, uint16_t node, const char *name);
/* Stores the Lua layer's table of methods, which is at `index`. Its keys are the names of verbs. */
void resource_set_verbs(lua_State *L, int index);

/* Returns the verb of the node that a word of everyday language means, such as create for send; NULL
 * for other words. */
const char *resource_verb_meant(uint16_t node, const char *word);

/* The __index of a client. Finds the client's methods (upvalue 1), account_sid, the products, and
 * the resources of the client's account. */
int resource_index_client(lua_State *L);

/* Checks the SID at `index`, and raises if it is invalid. Replaces a number on the stack by its
 * text. s->text points to the string on the stack. */
void resource_to_sid(lua_State *L, int index, struct sid *s);

/* Pushes 'verify.v2.services("VA1")'. Phone numbers, labels, identities and keys are masked. */
const char *resource_push_name(lua_State *L, const struct resource *resource);

/* Returns how many SIDs a call such as calls(sid) may still add. */
int resource_missing_sids(const struct resource *resource);

/* Returns a number of SIDs as a message has it: "no SID", "one SID", "two SIDs". */
const char *resource_sid_count(int n);

#pragma GCC visibility pop

#endif
