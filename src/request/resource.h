/* userdata twilio.resource: a node of the API tree with the SIDs of its path. */
#ifndef TWILIO_RESOURCE_H
#define TWILIO_RESOURCE_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"

#pragma GCC visibility push(hidden)

enum { RESOURCE_SIDS = 6 }; /* the largest number in any path */

struct sid {
  uint16_t node; /* the node that was called with it */
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

/* Pushes a resource with the SIDs of `base` (NULL: none) and the SIDs `more`. The userdata at
 * `relative` is the client or one of its resources. */
struct resource *resource_push(lua_State *L, int relative, struct client *client, const struct resource *base, uint16_t node, const struct sid *more,
                               int n_more);

/* Pushes the resource of that name below `parent`, whose userdata is at `relative`. Returns 0 and
 * pushes nothing if there is none. */
int resource_push_child(lua_State *L, int relative, struct client *client, const struct resource *parent, uint16_t node, const char *name);

/* Whether the node has a child of that name. */
int resource_has_child(uint16_t node, const char *name);

/* Whether the documents have a field of that name in the node's records. Always 1 where they do not
 * describe the records. */
int resource_has_field(uint16_t node, const char *name, size_t length);

/* Offer near matches: the fields of the node's records, its children, and its verbs. With
 * is_record, only the verbs of a single record. */
struct suggestion;
void resource_offer_fields(struct suggestion *s, uint16_t node);
void resource_offer_children(struct suggestion *s, uint16_t node);
void resource_offer_verbs(struct suggestion *s, uint16_t node, int is_record);

/* The name of a path's parameter, counted from 0, as the text "CallSid}…"; or NULL. *at must be 0:
 * it counts the parameters while the function recurses. */
const char *resource_path_parameter(uint16_t path, int wanted, int *at);

/* Pushes the method of a verb of single records. Returns 0 and pushes nothing if the node has no
 * such verb. */
int resource_push_record_verb(lua_State *L, uint16_t node, const char *name);
/* Keeps the Lua layer's table of methods at `index`. Its keys are the names of verbs. */
void resource_set_verbs(lua_State *L, int index);

/* The __index of a client: its methods (upvalue 1), account_sid, the products and the resources of
 * its account. */
int resource_index_client(lua_State *L);

/* Checks the SID at `index`. A number is replaced by its text. *s points to the string on the
 * stack. */
void resource_to_sid(lua_State *L, int index, struct sid *s);

/* The enum api_kind of a verb such as list, iter or get, or -1. */
int resource_kind(const char *verb);

/* Pushes 'verify.v2.services("VA1")'. Phone numbers, labels, identities and keys are masked. */
const char *resource_push_name(lua_State *L, const struct resource *r);

/* The node's name. */
const char *resource_node_name(uint16_t node);

#pragma GCC visibility pop

#endif
