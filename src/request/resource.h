/* userdata twilio.resource: a place in the API tree, a node with the SIDs that lead to it. */
#ifndef TWILIO_RESOURCE_H
#define TWILIO_RESOURCE_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"

#pragma GCC visibility push(hidden)

enum { RESOURCE_SIDS = 6 }; /* the most that any path takes */

struct sid {
  uint16_t node; /* the node whose call took it */
  const char *text;
  size_t length;
};

/* The userdata's table is the client's; the texts of its SIDs stand behind it. */
struct resource {
  struct client *client;
  uint16_t node;
  uint8_t n_sids;
  struct sid sid[RESOURCE_SIDS];
  char text[];
};

void resource_register(lua_State *L);

struct resource *resource_test(lua_State *L, int index); /* NULL when it is none */

/* Pushes a resource: a node, the SIDs of `base` (NULL: none) and further ones.
 * `table` is the stack index of a userdata of the client's family. */
struct resource *resource_push(lua_State *L, int relative, struct client *client, const struct resource *base, uint16_t node, const struct sid *more,
                               int n_more);

/* Pushes the resource of that name below `place`, whose userdata is at `relative`; 0 (and nothing pushed) when there is none. */
int resource_push_child(lua_State *L, int relative, struct client *client, const struct resource *place, uint16_t node, const char *name);

/* Whether the node has a child of that name. */
int resource_has_child(uint16_t node, const char *name);

/* Whether the documents have a field of that name in the node's records. Always 1 where they do not
 * describe the records. */
int resource_has_field(uint16_t node, const char *name, size_t length);

/* Offer near matches: the names of the fields of the node's records, of its children, and of its
 * verbs, with is_record only those of one record. */
struct suggestion;
void resource_offer_fields(struct suggestion *s, uint16_t node);
void resource_offer_children(struct suggestion *s, uint16_t node);
void resource_offer_verbs(struct suggestion *s, uint16_t node, int is_record);

/* The name of the path's parameter number `wanted`, counted from 0, as "CallSid}…", or NULL. *at
 * counts the parameters passed so far, and must be 0. */
const char *resource_path_parameter(uint16_t path, int wanted, int *at);

/* Pushes the method when the node knows a verb of that name; 0 (and nothing pushed) when it does not. */
int resource_push_verb(lua_State *L, uint16_t node, const char *name);
/* The same for verbs that one record knows. */
int resource_push_record_verb(lua_State *L, uint16_t node, const char *name);
/* Keeps the Lua layer's table of methods (at `index`), in which verbs are found by name. */
void resource_set_verbs(lua_State *L, int index);

/* __index of a client: the products and the account's own resources. Stack: client, name. `methods`
 * is the stack index of the client's own methods, for near matches. */
int resource_child_of_client(lua_State *L, int methods);

/* The SID at `index`, checked; *s keeps pointing at the string on the stack, where a number is replaced by its text. */
void resource_to_sid(lua_State *L, int index, struct sid *s);

/* The kind that a verb's name stands for (list, iter, get, …), or -1. */
int resource_kind(const char *verb);

/* Pushes 'verify.v2.services("VA1")'. Phone numbers, labels, identities and keys are masked. */
const char *resource_push_name(lua_State *L, const struct resource *r);

/* The node's name. */
const char *resource_node_name(uint16_t node);

#pragma GCC visibility pop

#endif
