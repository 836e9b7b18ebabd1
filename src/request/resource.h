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

/* Whether the node has a child of that name. */
int resource_has_child(uint16_t node, const char *name);

/* Whether Twilio's API documents have a field of that name in the node's records. Always 1 if the
 * documents do not describe the records. */
int resource_has_field(uint16_t node, const char *name, size_t length);

/* Offer names to the suggestion: the fields of the node's records, the node's children, or the
 * node's verbs. With is_record, only the verbs of a single record are offered. */
struct suggestion;
void resource_offer_fields(struct suggestion *s, uint16_t node);
void resource_offer_children(struct suggestion *s, uint16_t node);
void resource_offer_verbs(struct suggestion *s, uint16_t node, int is_record);

/* Returns the name of parameter number `wanted` of a path, or NULL. The first parameter is number
 * 0. The name ends at "}", and more text follows: "CallSid}/Recordings". *at must be 0. The
 * recursion counts the parameters in *at. */
const char *resource_path_parameter(uint16_t path, int wanted, int *at);

/* Pushes the method of that name, if the name is a verb of a single record of the node. Otherwise
 * returns 0 and pushes nothing. */
int resource_push_record_verb(lua_State *L, uint16_t node, const char *name);
/* Stores the Lua layer's table of methods, which is at `index`. Its keys are the names of verbs. */
void resource_set_verbs(lua_State *L, int index);

/* The __index of a client. Finds the client's methods (upvalue 1), account_sid, the products, and
 * the resources of the client's account. */
int resource_index_client(lua_State *L);

/* Checks the SID at `index`, and raises if it is invalid. Replaces a number on the stack by its
 * text. s->text points to the string on the stack. */
void resource_to_sid(lua_State *L, int index, struct sid *s);

/* Returns the enum api_kind of a verb such as list, iter or get; -1 for another name. */
int resource_kind(const char *verb);

/* Pushes 'verify.v2.services("VA1")'. Phone numbers, labels, identities and keys are masked. */
const char *resource_push_name(lua_State *L, const struct resource *r);

/* Returns how many SIDs a call such as calls(sid) may still add. */
int resource_missing_sids(const struct resource *r);

/* Returns a number of SIDs as a message has it: "no SID", "one SID", "two SIDs". */
const char *resource_sid_count(int n);

/* Returns the node's name. */
const char *resource_node_name(uint16_t node);

#pragma GCC visibility pop

#endif
