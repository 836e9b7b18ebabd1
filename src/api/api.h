/* Twilio's REST API as constant tables.
 *
 * `make api` generates api.c. The tables refer to one another by index, and to strings by offset
 * into api_strings. The tables contain no pointers, so they need no relocation when the module is
 * loaded, and all processes share one copy.
 *
 * The accessor tree. Node 0 is the client. Its children are the products (`api`). The children of a
 * product are its versions (`v2010`). The resources are below the versions. A program walks the
 * tree by name: client.api.v2010.accounts(sid).calls. A node may be called with up to `arity` SIDs.
 * The call leads to the node `called`, which is usually the same node. An operation of a node is
 * selected by two properties: its kind (list, create, …), and the number of SIDs in its path.
 *
 * Other names. `caller_ids` is another name of `outgoing_caller_ids`. The other name has its own
 * row in api_nodes. The row shares the children, operations, `called` and `arity` of the original
 * node. The shared children have the original node as `parent`. A verb has one row for each name of
 * its node.
 *
 * The node `accounts` below the root serves two purposes. Its children are the children of the
 * product `accounts`. Its operations are the operations of api.v2010.accounts, and a call with a
 * SID leads to that node.
 *
 * Order. Children are sorted by name. Transparent children (API_TRANSPARENT) come last, in the
 * order of lookup. Parameters are sorted by Lua name, verbs by node, aliases by operation. Only
 * lookup.c depends on the order. */
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
  /* If the parent has no child with a name, the name is looked up below this node. Versions of a
   * product are transparent, the default version first. The nodes api, v2010 and account are
   * transparent too. */
  API_TRANSPARENT = 1,
  API_OWN_ACCOUNT = 2 /* the node `account`: its SID is the account SID of the client */
};

enum { API_MAX_ARITY = 3 }; /* the largest number of SIDs in one call; tools/tree.lua has the same number */

struct api_node {
  uint16_t name;        /* offset into api_strings */
  uint16_t parent;      /* index into api_nodes; 0 for the root and for its children */
  uint16_t called;      /* index into api_nodes: the node that a call with SIDs leads to */
  uint16_t first_child; /* index into api_nodes, n_children rows */
  uint16_t first_op;    /* index into api_ops, n_ops rows */
  uint16_t first_field; /* index into api_fields, n_fields rows: sorted field names of a record */
  uint8_t n_children, n_ops;
  uint8_t n_fields;  /* 0 if Twilio's OpenAPI documents do not describe the records */
  uint8_t arity : 4; /* largest number of SIDs in a call: 0 to API_MAX_ARITY */
  uint8_t flags : 4;
};

/* The parts of api_param.traits: the location, the class of the value, and flags */
enum { API_QUERY, API_BODY, API_HEADER };
enum api_class {
  API_SCALAR, /* a string or number */
  API_BOOLEAN,
  API_INTEGER,
  API_DATE,       /* 2009-07-06 */
  API_DATE_TIME,  /* 2009-07-06T20:30:00Z */
  API_JSON_VALUE, /* JSON text in a form or query; in a JSON body, the value itself */
  API_ARRAY,      /* the key is repeated for each element */
  API_JSON_ARRAY, /* the key is repeated for each element, which is encoded as JSON text */
  API_MAP,        /* { a = { b = 1 } } for `PrefixData` is sent as Prefix.a.b=1 (without `Data`) */
  API_OBJECT,     /* as API_JSON_VALUE; an array is refused */
  API_NUMBERED    /* as API_OBJECT; an array becomes {"1": …, "2": …} (template placeholders) */
};
#define API_LOCATION(traits) ((traits)&3)
#define API_CLASS(traits) ((enum api_class)((traits) >> 2 & 15))
#define API_REQUIRED 0x40
#define API_PERSONAL 0x80  /* personal data, which logs mask */
#define API_HARMLESS 0x100 /* an enum, boolean, number, date or HTTP method, which logs show */

struct api_param {
  uint16_t name;   /* offset into api_strings: the wire name, `StartTime<` */
  uint16_t traits; /* location | class << 2 | flags */
};

struct api_path {
  uint16_t parent; /* index + 1 of the path that comes before the suffix; 0 if there is none */
  uint16_t suffix; /* offset into api_strings: "/Calls/{CallSid}", without ".json" */
};

struct api_op {
  uint16_t path;        /* index into api_paths */
  uint16_t first_param; /* index into api_params, n_params rows, without path parameters */
  uint8_t n_params;
  uint8_t product; /* index into api_products */
  uint16_t kind : 3, method : 3, content : 2, auth : 2;
  uint16_t n_path : 3;        /* number of SIDs in the path */
  uint16_t suffix : 1;        /* the path ends in .json */
  uint16_t open : 1;          /* accepts a JSON body with any keys */
  uint16_t scim : 1;          /* the response is application/scim+json */
  uint16_t max_page : 4;      /* of a list: index into api_page_sizes; 0 if the documents state no maximum */
  uint16_t strings : 1;       /* the elements of the list are strings, not records */
  uint16_t is_idempotent : 1; /* has the header Idempotency-Key: Twilio acts once for each key */
  /* Bit i is set if the response repeats SID i of the path as a field: {AccountSid} as
   * `account_sid`. A response with another SID in that field belongs to another request and is
   * rejected. */
  uint16_t repeats : 6;
};

/* A method that is not one of the kinds, such as calls:hangup(). */
struct api_verb {
  uint16_t node; /* index into api_nodes */
  uint16_t name; /* offset into api_strings */
  uint16_t op;   /* index into api_ops */
  /* Offset into api_strings: parameters with fixed values, such as "Status=completed", separated by
   * "&". The string may be empty. */
  uint16_t fixed;
  /* Offset into api_strings: the wire names of the arguments after the SIDs. Example: "Url
   * Method=POST" means that Url is required, and that Method is POST by default. The string may be
   * empty. */
  uint16_t positional;
};

/* Another name for a parameter, or a "reroute": a parameter that selects another operation. */
struct api_alias {
  uint16_t op;   /* index into api_ops */
  uint16_t name; /* offset into api_strings */
  /* The position of the parameter in the operation's list. For a reroute: index into api_ops of the
   * other operation. The value of the parameter becomes the last SID in the path of the other
   * operation. */
  uint16_t target;
  uint16_t reroute; /* 1 for a reroute, otherwise 0 */
};

/* A list that the library combines from several lists. For example, Twilio has no list of the
 * transcriptions of a call. The library lists the recordings of the call, and then the
 * transcriptions of each recording.
 *
 * The list belongs to `node`. The library starts with one SID: the value of the parameter `param`
 * or, if `param` is "", the last SID before `node`. The records of `outer` are listed with this SID
 * as the parameter `through` (`CallSid`). Without this parameter all records of the account would
 * be listed. Then, for each record, its child `inner` is listed. */
struct api_fan {
  uint16_t node;    /* index into api_nodes: transcriptions */
  uint16_t param;   /* offset into api_strings: "call" */
  uint16_t outer;   /* index into api_nodes: recordings */
  uint16_t through; /* offset into api_strings: "CallSid" */
  uint16_t inner;   /* offset into api_strings: "transcriptions" */
};

extern const char api_strings[];
extern const struct api_node api_nodes[];
extern const struct api_op api_ops[];
extern const struct api_path api_paths[];

/* Names of record fields. Nodes with equal fields share a list. An entry below api_named_field is an
 * offset into api_strings. Another entry minus api_named_field is an index into api_param_table: the
 * name of the field is the snake_case of that parameter's wire name. This saves 7 KB of strings. */
extern const uint16_t api_fields[];
extern const uint16_t api_named_field;

/* api_param_table has each distinct parameter once. api_params has the parameter lists of the
 * operations, as indices into api_param_table. Operations with equal parameters share a list. */
extern const struct api_param api_param_table[];
extern const uint16_t api_params[];

/* Offsets into api_strings: the host label of each product, such as "flex-api". */
extern const uint16_t api_products[];

/* The distinct maxima of the page size. */
extern const uint16_t api_page_sizes[];

extern const struct api_verb api_verbs[];
extern const struct api_alias api_aliases[];
extern const struct api_fan api_fans[];
extern const uint16_t api_node_count, api_op_count, api_param_count, api_verb_count, api_alias_count, api_fan_count;

#define API_STRING(offset) (api_strings + (offset))

#pragma GCC visibility pop

#endif
