/* Twilio's REST API as data.
 *
 * api.c is generated (tools/generate.lua, `make api`): constant tables that
 * refer to one another by index and to their strings by offset, so that they
 * need no relocation, no work at load time, and one copy serves all processes.
 *
 * The accessor tree: node 0 is the client itself, its children the products,
 * theirs the versions, and so on down. A node may be called with `arity` SIDs
 * (`calls(sid)`), which leads to node `called` (nearly always itself) with the
 * SIDs remembered; its operations are told apart by their kind and by how many
 * of the SIDs their path takes.
 *
 * Another name of a node (`caller_ids`) is a node of its own whose children and
 * operations are those of the node it stands for, as are `called` and arity;
 * the children's `parent` is the original. Verbs stand once for each name.
 * `accounts` below the root has the children of the product accounts, the
 * operations of api.v2010.accounts, and leads there when called. Children are
 * sorted by name, the transparent ones behind the others in the order of their
 * lookup; parameters by location and name; verbs by node; aliases by operation. */
#ifndef TWILIO_API_H
#define TWILIO_API_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

enum api_kind { API_LIST, API_CREATE, API_FETCH, API_UPDATE, API_DELETE, API_PATCH };
enum api_method { API_GET, API_POST, API_PUT, API_PATCHES, API_DELETES };
enum api_content { API_NO_BODY, API_FORM, API_JSON, API_SCIM };
enum api_auth { API_BASIC, API_OAUTH, API_NO_AUTH };

/* Bits of api_node.flags */
enum {
  API_TRANSPARENT = 1, /* the parent's unknown names are looked up below this node, siblings in their order:
                          versions of a product (the default one first), and api > v2010 > account */
  API_OWN_ACCOUNT = 2  /* reaching this node takes the client's own account SID as its SID (`account`) */
};

struct api_node {
  uint16_t name;        /* string */
  uint16_t parent;      /* node; 0 for the children of the root and for the root */
  uint16_t called;      /* the node that a call with SIDs leads to */
  uint16_t first_child; /* its children stand together */
  uint16_t first_op;    /* so do its operations */
  uint16_t first_field; /* into api_fields: the names of its records' fields, sorted */
  uint8_t n_children, n_ops;
  uint8_t n_fields; /* 0: the documents do not describe its records */
  uint8_t arity;    /* how many SIDs a call takes at the most: 0, 1 or 2 */
  uint8_t flags;
};

/* Where a parameter goes, what its value is, and marks: api_param.traits */
enum { API_QUERY, API_BODY, API_HEADER };
enum api_class {
  API_SCALAR, /* string, number: whatever the Lua value says */
  API_BOOLEAN,
  API_INTEGER,
  API_DATE,       /* 2009-07-06 */
  API_DATE_TIME,  /* 2009-07-06T20:30:00Z */
  API_JSON_VALUE, /* JSON text in a form or query parameter; the value itself in a JSON body */
  API_ARRAY,      /* the key is repeated */
  API_JSON_ARRAY, /* the key is repeated, each element is JSON text */
  API_MAP,        /* of the parameter `PrefixData`, { a = { b = 1 } } is sent as Prefix.a.b=1: the wire name without its `Data` */
  API_OBJECT,     /* as API_JSON_VALUE, but an array is no value of it */
  API_NUMBERED    /* an API_OBJECT whose names are placeholders' numbers: an array is {"1": …, "2": …} */
};
#define API_LOCATION(traits) ((traits)&3)
#define API_CLASS(traits) ((enum api_class)((traits) >> 2 & 15))
#define API_REQUIRED 0x40
#define API_PERSONAL 0x80  /* personal data: masked in logs */
#define API_HARMLESS 0x100 /* an enum, booleans, numbers, dates or HTTP methods: shown in logs */

struct api_param {
  uint16_t name;   /* string: the wire name, `StartTime<` */
  uint16_t traits; /* location | class << 2 | marks */
};

struct api_path {
  uint16_t parent; /* the path that this one continues, as index + 1; 0: none */
  uint16_t suffix; /* string, "/Calls/{CallSid}"; the `.json` ending is a mark of the operation */
};

struct api_op {
  uint16_t path;
  uint16_t first_param; /* into api_params, n_params of them; path parameters are in the path alone */
  uint8_t n_params;
  uint8_t n_path;   /* how many {SIDs} the path has */
  uint8_t product;  /* host label: api_products */
  uint8_t max_page; /* index into api_page_sizes; 0: not stated */
  unsigned kind : 3, method : 3, content : 2, auth : 2;
  unsigned suffix : 1; /* the path ends in .json */
  unsigned open : 1;   /* takes a JSON body of any names */
  unsigned scim : 1;   /* answers with application/scim+json */
  /* Bit i: the answer repeats SID number i of the path as the field of that name, {AccountSid} as
   * `account_sid`. An answer with another SID there belongs to another request. */
  unsigned repeats : 6;
};

/* A verb beyond the kinds: calls:hangup(). On the node that stands here. */
struct api_verb {
  uint16_t node, name;
  uint16_t op;
  uint16_t fixed;      /* string: "Status=completed", "&" between several; may be empty */
  uint16_t positional; /* string: wire names of the arguments behind the SIDs, in order, blank between,
                          "Url Method=POST" (default behind =; without one it is required); may be empty */
};

/* Another name for a parameter of an operation, or a parameter that chooses another operation. */
struct api_alias {
  uint16_t op, name;
  uint16_t target;  /* a parameter's position within the operation's list; with reroute an operation, whose path takes the value as its last SID */
  uint16_t reroute; /* 1 or 0 */
};

/* Lists of one place that are those of another: the transcriptions of a call
 * are those of its recordings. `node` is where the list is asked for: by the
 * parameter `param`, or (when `param` is "") by the last SID that leads there.
 * The records of `outer`, a place that takes the SIDs before that one, are
 * walked with that SID as the list parameter `through` (`CallSid`; it must be
 * passed, or all records of the account are walked), and of each of them the
 * child `inner` is asked for its list. */
struct api_fan {
  uint16_t node, param, outer, through, inner; /* node, string, node, string, string */
};

extern const char api_strings[];
extern const struct api_node api_nodes[];
extern const struct api_op api_ops[];
extern const struct api_path api_paths[];
extern const uint16_t api_fields[];              /* lists of strings; equal lists stand once */
extern const struct api_param api_param_table[]; /* distinct parameters */
extern const uint16_t api_params[];              /* lists of indices into it; equal lists stand once */
extern const uint16_t api_products[];            /* strings: host labels, "flex-api" */
extern const uint16_t api_page_sizes[];
extern const struct api_verb api_verbs[];
extern const struct api_alias api_aliases[];
extern const struct api_fan api_fans[];
extern const uint16_t api_node_count, api_op_count, api_param_count, api_verb_count, api_alias_count, api_fan_count;

#define API_STRING(offset) (api_strings + (offset))

#pragma GCC visibility pop

#endif
