/* userdata twilio.request: one operation with its arguments, made into method,
 * URL, headers and body; then its transfer and the answer. It lives between a
 * call's beginning and its end, in the hands of the Lua layer alone. */
#ifndef TWILIO_REQUEST_H
#define TWILIO_REQUEST_H

#include <lua.h>

#include "api/api.h"
#include "call/retry.h"
#include "client/client.h"
#include "request/resource.h"
#include "text/json.h"
#include "transport/engine.h"

#pragma GCC visibility push(hidden)

enum { REQUEST_RAW = 0xffff }; /* as op: client:request{…} */

/* The userdata's table: [1] the client or resource it belongs to, [2] the record
 * that the answer renews, or nil, [3] what the answer's records share, [4] the
 * call's own wait function, or nil, [5] its canceller, or nil, [6] its ready function, or nil; `denial` and `err` once it was denied, the text and the
 * table of why. */
struct request {
  struct transfer transfer;
  struct client *client;
  const struct resource *place; /* where it was asked; NULL for a raw one */
  uint16_t op;
  uint16_t attempts;
  struct retry retry;
  struct buffer url, query, body, path;   /* path: of the URL, for messages */
  struct curl_slist authorization;        /* its text is the client's, who wipes it when it closes, or the bearer's */
  struct curl_slist accept, content_type; /* constant texts; NULL: there is none, or another one among … */
  struct curl_slist *headers;             /* … the others, behind these */
  struct json_index index;                /* of the answer, once it was checked */
  struct bearer *bearer;                  /* the access token of the attempt, held; NULL before it and without OAuth */
  int takes_bearer;                       /* each attempt takes the newest access token of the client */
  int renewed;                            /* a new access token was asked for on behalf of this call */
  int denied;                             /* the request is not sent: no access token could be had */
  int is_secret;                          /* body and answer hold secrets: no error shows them, and they are wiped */
  double begun;                           /* when the last attempt of a secret one did, on poller_now's clock */
  const char *refused;                    /* the request is not sent: its link points elsewhere, or … */
  int cannot_wait;                        /* … this place of the host cannot wait for its answer */
  unsigned reading;                       /* how many calls read the answer, see body_hold */
  int is_released;                        /* one of them asked to release it: the last one does */
  uint32_t array, n_records;              /* a list's records: where their array stands in the index */
  uint32_t cursor, cursor_number;         /* the entry of the record last read, and its number */
};

void request_register(lua_State *L); /* expects the table of methods on the stack's top */

/* The request at `index`; raises for any other value and for a request that was finalized. */
struct request *request_check(lua_State *L, int index);

/* The same without an error for a finalized request, which is zeroed. Methods that end a request
 * use this one: a finalizer of the program may call them after the request's own finalizer. */
struct request *request_check_any(lua_State *L, int index);

/* Begins another attempt of the request at `index`. Raises when its client is closed, and when
 * the answer of the attempt before is being read. Returns NULL when there is no attempt, because the
 * call is inherited (see retry.h) and has ended. */
struct request *request_begin(lua_State *L, int index);

/* Pushes a request for another page of the list that the request at `index` asked for. */
void request_push_link(lua_State *L, int index, const char *link, size_t length);

extern const char *const request_methods[]; /* by enum api_method */

/* Making one: pushes a request whose table holds the value at `owner`, its client or resource, … */
struct request *request_push(lua_State *L, int owner, struct client *client);
/* … with authorization, Accept and Content-Type, … */
void request_set_headers(struct request *r, enum api_auth auth, enum api_content content, enum api_content answer);
/* … the options at a stack index (0: none), whose names depend on what is asked for, … */
enum request_what { REQUEST_OF_LIST, REQUEST_OF_ONE, REQUEST_OF_PAGE, REQUEST_OF_RAW };
void request_check_options(lua_State *L, int options, enum request_what what);
int request_is_option(const char *name);
void request_set_options(lua_State *L, int request, int options);
/* … and at last everything handed to the transfer; raises when memory was short on the way. */
void request_seal(lua_State *L, struct request *r, enum api_method method, int has_body);

/* The table at `index`, 0 when it is absent; raises for anything else. */
int request_optional_table(lua_State *L, int index, const char *what);

/* Adds a header line, in the place of an earlier one of that name; raises without memory. */
void request_add_header(lua_State *L, struct request *r, const char *name, const char *value);

const struct api_op *request_op(const struct request *r); /* NULL for a raw one */

#pragma GCC visibility pop

#endif
