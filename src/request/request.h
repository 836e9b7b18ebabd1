/* userdata twilio.request: one call of an operation, from its arguments to its response. The Lua
 * layer alone has it, from the beginning of the call to its end. */
#ifndef TWILIO_REQUEST_H
#define TWILIO_REQUEST_H

#include <lua.h>

#include "api/api.h"
#include "client/client.h"
#include "client/options.h"
#include "request/resource.h"
#include "text/json.h"
#include "transport/engine.h"

#pragma GCC visibility push(hidden)

enum { REQUEST_RAW = 0xffff }; /* the `op` of client:request{…} */

/* Slots of the userdata's table. Once an access token was denied, its fields `denial` and `err`
 * have the text and the error table. */
enum request_slot {
  REQUEST_OWNER = 1, /* the client or resource that the call was made on; keeps the client alive */
  REQUEST_RECORD,    /* the record that the response renews, or nil */
  REQUEST_SHARED,    /* the table that the records of the response share, or nil */
  REQUEST_WAIT,      /* the call's own options wait, cancel and ready, or nil */
  REQUEST_CANCELLER,
  REQUEST_READY
};

/* What is sent. Written by request/ alone. */
struct asked {
  const struct resource *resource;        /* NULL for a raw request; alive through REQUEST_OWNER */
  uint16_t op;                            /* in api_ops, or REQUEST_RAW */
  struct settings settings;               /* the client's, replaced by the options of the call */
  struct buffer url, query, body;         /* the query is part of the URL once the request is sealed */
  struct buffer path;                     /* of the URL, for messages */
  struct curl_slist accept, content_type; /* constant texts; data is NULL if the header is not sent */
  struct curl_slist authorization;        /* the text belongs to the credentials or to `bearer` */
  struct curl_slist *headers;             /* further headers, owned */
  int takes_bearer;                       /* each attempt takes the client's newest access token */
  struct bearer *bearer;                  /* the access token of the attempt, held; or NULL */
  const char *refusal;                    /* why the request must not be sent; NULL: it may be */
};

/* The progress of the call. Written by call/ alone. */
struct call {
  unsigned attempts;       /* begun so far */
  unsigned extra_attempts; /* allowed in addition to settings.retries, because a token had expired */
  unsigned generation;     /* of the process that began the call, see startup_generation */
  unsigned decided;        /* the attempt that the retry decision belongs to; 0: none yet */
  double next_attempt;     /* when it begins, on poller_now's clock; 0: there is none */
  double deadline;         /* on poller_now's clock; 0: none */
  double begun;            /* when the last attempt of a secret request began */
  int is_doubtful;         /* Twilio may have carried out an earlier attempt */
  int is_given_up;         /* cancelled since the last attempt began: no further attempt */
  int has_renewed_token;   /* an access token was requested on behalf of this call */
  int is_denied;           /* no access token was obtained: the request is not sent */
  int is_secret;           /* a request for an access token: errors do not show it, and it is wiped */
  int cannot_wait;         /* the refusal is of the kind `host`: the host cannot wait here */
};

/* The response. Written by response/ alone. */
struct response {
  struct json_index index;        /* of the body, once it was checked */
  uint32_t array, n_records;      /* the records of a list: the index entry of their array */
  uint32_t cursor, cursor_number; /* the index entry of the record read last, and its number */
  unsigned holds;                 /* how many callers read the body, see body_hold */
  int is_released;                /* the last hold releases the body */
  struct buffer link;             /* to another page, while it is built */
};

/* The `transfer` is one attempt. request/ fills in what to send, call/ its timeout, and transport/
 * the outcome. call/ and response/ replace the outcome when no transfer took place. */
struct request {
  struct client *client; /* NULL after the finalizer */
  struct transfer transfer;
  struct asked asked;
  struct call call;
  struct response response;
};

extern const char *const request_methods[]; /* HTTP methods by enum api_method */

/* Makes the metatable. The table of methods is on the stack's top, and is popped. */
void request_register(lua_State *L);

/* The request at `index`. Raises for another value, and for a finalized request. */
struct request *request_check(lua_State *L, int index);

/* The same, but returns a finalized request, which is zeroed. For methods that end a request: a
 * finalizer of the program may call them after the request's own finalizer. */
struct request *request_check_any(lua_State *L, int index);

const struct api_op *request_op(const struct request *r); /* NULL for a raw request */

/* Whether the process forked since the call began. The parent process continues the call and may
 * send the request, so that this process must not send it. */
int request_is_inherited(const struct request *r);

/* Whether the program or the HTTP method allows repeating a request that Twilio may have received.
 * */
int request_is_repeatable(const struct request *r);

/* The timeout of an attempt that no deadline shortens. */
long request_timeout_ms(const struct request *r);

/* ---- making a request, in this order ---- */

/* Pushes a request whose owner is the client or resource at `owner`. */
struct request *request_push(lua_State *L, int owner, struct client *client);

/* Sets Authorization, Accept and Content-Type. */
void request_set_headers(struct request *r, enum api_auth auth, enum api_content content, enum api_content answer);

/* Adds a header line, and removes an earlier one of that name. Raises if there is no memory. */
void request_add_header(lua_State *L, struct request *r, const char *name, const char *value);

/* Checks the options of a call and reads them into the client's settings. */
void request_read_options(lua_State *L, int options, enum option_scope scope, const struct client *client, struct settings *settings);

/* Sets the settings and, from the options, the functions of the request at `request`. */
void request_set_options(lua_State *L, int request, int options, const struct settings *settings);

/* Hands everything to the transfer. Raises if memory was short on the way. */
void request_seal(lua_State *L, struct request *r, enum api_method method, int has_body);

/* Pushes a request for another page of the list that the request at `index` asked for. A link of
 * NULL, and one that the client does not follow, makes a refused request. */
void request_push_link(lua_State *L, int index, const char *link, size_t length);

/* Returns `index` if there is a table, 0 if there is nothing. Raises for other values. */
int request_optional_table(lua_State *L, int index, const char *what);

/* ---- for the call ---- */

/* The request must not be sent. The text is copied. */
void request_refuse(struct request *r, const char *text);

/* Takes the client's newest access token. Raises if there is none. */
void request_take_bearer(lua_State *L, struct request *r);

/* Appends name=value pairs to the form of a sealed request. */
struct secret_pair {
  const char *name, *value;
};
void request_add_secrets(lua_State *L, struct request *r, const struct secret_pair *pairs, size_t n);

/* Overwrites what was sent and received. */
void request_wipe(struct request *r);

#pragma GCC visibility pop

#endif
