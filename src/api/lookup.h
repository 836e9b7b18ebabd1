/* Finds names in the API table, and walks its nodes and paths. All code above this layer that needs
 * more than one row of the table uses these functions.
 *
 * Functions named lookup_next_… visit the rows of a node or an operation one by one: pass NULL or -1
 * first, and then the previous result. After the last row they return NULL or -1 again. */
#ifndef TWILIO_LOOKUP_H
#define TWILIO_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

#include "api/api.h"

#pragma GCC visibility push(hidden)

enum {
  LOOKUP_DEPTH = 16,    /* no node has more ancestors, and no path has more rows */
  LOOKUP_NAME_SIZE = 96 /* bytes: no name in the table is longer than 63, see spec/api/api_spec.lua */
};

struct suggestion;

/* ---- nodes ---- */

struct lookup_child {
  uint16_t node;
  int own_account; /* the node that the client's account SID belongs to, or -1 */
};

/* Finds the child of that name. Searches the node's children first, and then the children of its
 * transparent children. `local_` finds the child `local`, whose name is a keyword of Lua. Returns 0
 * if there is no such child. */
int lookup_child(uint16_t node, const char *name, struct lookup_child *found);

const char *lookup_node_name(uint16_t node);

/* Writes the node and its ancestors, without the root. Returns their number. */
int lookup_ancestry(uint16_t node, uint16_t out[LOOKUP_DEPTH]);

/* Whether Twilio's API documents have a field of that name in the node's records. Always 1 if the
 * documents do not describe the records. */
int lookup_has_field(uint16_t node, const char *name, size_t length);

/* Writes the name of the field with this number in the node's records. The first one is number 0.
 * The names are sorted. Returns 0 after the last one, and if the documents do not describe the
 * records. */
int lookup_field(uint16_t node, int number, char out[LOOKUP_NAME_SIZE]);

/* ---- operations and verbs ---- */

/* Returns the enum api_kind of a verb such as list, iter or get; -1 for another name. */
int lookup_kind(const char *verb);

/* The node's operations of this kind, or all operations if the kind is -1, as indices into
 * api_ops. */
int lookup_next_op(uint16_t node, int kind, int previous);

/* Returns the node that has the operation: `preferred` if possible. */
uint16_t lookup_op_node(uint16_t op, uint16_t preferred);
int lookup_has_op(uint16_t node, uint16_t op);

/* Returns the operation that addresses one record of the node, or NULL. Some resources, such as the
 * statistics of all workers, are fetched without a further SID: their fetch operation has n_sids
 * SIDs, and is preferred. Otherwise returns the operation with the most SIDs. */
const struct api_op *lookup_instance_op(uint16_t node, int n_sids);

const struct api_verb *lookup_verb(uint16_t node, const char *name);
/* The node's rows in api_verbs. */
const struct api_verb *lookup_next_verb(uint16_t node, const struct api_verb *previous);
/* Whether the verb takes a table of parameters. A verb with fixed or positional parameters does
 * not, and neither does a verb whose operation has no parameters. */
int lookup_verb_takes_params(const struct api_verb *verb);
/* Returns the name of a verb of any node, or NULL after the last one. The first verb is number 0. */
const char *lookup_verb_name(uint16_t number);
const struct api_fan *lookup_next_fan(uint16_t node, const struct api_fan *previous);

/* Whether the node has the verb: an operation of its kind, or a row in api_verbs. */
int lookup_has_verb(uint16_t node, const char *name);

/* Like lookup_has_verb, for the verbs of a single record. */
int lookup_has_record_verb(uint16_t node, const char *name);

/* ---- parameters ---- */

const struct api_param *lookup_param_at(const struct api_op *op, int position);

/* Finds a parameter by its Lua name, wire name, or alias. A name may end in `_`, because `end` and
 * `from` are keywords of programming languages. Returns its position in the operation's list, or
 * -1. */
int lookup_param(uint16_t op, const char *name);

/* The rows of api_aliases for the operation: other names of its parameters, and its reroutes. */
const struct api_alias *lookup_next_alias(uint16_t op, const struct api_alias *previous);

/* Finds the traits of parameters by a wire name, without regard to upper and lower case: of the
 * operation's parameter, otherwise of all parameters of this name. *some has the traits that at least one
 * of these parameters has, *all the traits that each of them has. `op` may be NULL. Returns 0 if
 * there is no such parameter. */
int lookup_traits(const struct api_op *op, const char *wire, size_t length, unsigned *some, unsigned *all);

/* ---- paths ---- */

/* A segment of a path's template: the text between two slashes, or the name of a placeholder without
 * its braces. `text` is not null-terminated. */
struct lookup_segment {
  const char *text;
  size_t length;
  int is_placeholder;
};

struct lookup_path {
  const char *rest; /* of the row that is being read */
  uint16_t rows[LOOKUP_DEPTH];
  int n_rows;
};

/* Starts before the first segment of the path. */
void lookup_path_start(struct lookup_path *p, uint16_t path);

/* Moves to the next segment. Returns 0 at the end. */
int lookup_path_next(struct lookup_path *p, struct lookup_segment *segment);

/* Finds the last segment of the path. Returns its number. The first segment is number 0. */
int lookup_last_segment(uint16_t path, struct lookup_segment *segment);

/* Finds the placeholder with this number. The first one is number 0. Returns 0 if there is none. */
int lookup_placeholder(uint16_t path, int number, struct lookup_segment *segment);

/* Finds the operation that fetches a record by this path. A query may follow the path. Writes the
 * segments of the path that are SIDs, at most `most`. `product` is an index into api_products. Returns
 * -1 if there is no such operation, or if a SID is percent-encoded. */
int lookup_fetch_op(uint8_t product, const char *path, struct lookup_segment *sids, int most);

/* ---- near matches ---- */

/* Offer names to the suggestion. With is_record, only the verbs of a single record are offered. */
void lookup_offer_children(struct suggestion *suggestion, uint16_t node);
void lookup_offer_fields(struct suggestion *suggestion, uint16_t node);
void lookup_offer_verbs(struct suggestion *suggestion, uint16_t node, int is_record);
void lookup_offer_params(struct suggestion *suggestion, uint16_t op);

#pragma GCC visibility pop

#endif
