/* userdata twilio.request: one call of an operation, from its arguments to its response. Only the
 * Lua layer holds the userdata. Programs never see it. */
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

#define REQUEST_VALIDATION_HEADER "Twilio-Client-Validation"

enum { REQUEST_RAW = 0xffff }; /* the `op` of client:request{…} */

/* Slots of the userdata's table. request:deny() adds two named fields: `denial`, the end of the
 * message, and `err`, the error table. */
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
  struct settings settings;               /* the client's, changed by the options of the call */
  struct buffer url, query, body;         /* request_seal appends the query to the URL */
  struct buffer path;                     /* the path of the URL, for messages */
  struct curl_slist accept, content_type; /* constant texts; data is NULL: header not sent */
  struct curl_slist authorization;        /* the text belongs to the credentials or to `bearer` */
  struct curl_slist validation;           /* the text is that of validation_line */
  struct buffer validation_line;          /* signature of an attempt, see request_signature.h */
  struct curl_slist *headers;             /* further headers; owned by the request */
  int takes_bearer;                       /* each attempt takes the client's newest access token */
  struct bearer *bearer;                  /* the access token of the attempt, held; or NULL */
  const char *refusal;                    /* why the request must not be sent; NULL: it may be */
};

/* The progress of the call. Written by call/ alone. */
struct call {
  unsigned attempts;       /* begun so far */
  unsigned extra_attempts; /* allowed beyond settings.retries, because a token had expired */
  unsigned generation;     /* of the process that began the call, see startup_generation */
  unsigned decided;        /* the attempt that the retry decision belongs to; 0: none yet */
  double next_attempt;     /* when it begins, on poller_now's clock; 0: there is none */
  double deadline;         /* on poller_now's clock; 0: none */
  double begun;            /* when the last attempt of a secret request began */
  unsigned redirects;      /* followed so far */
  struct buffer target;    /* the URL of a redirect that the next attempt follows, or empty */
  const char *unfollowed;  /* why a redirect within the origin is not followed, or NULL */
  int is_doubtful;         /* Twilio may have carried out an earlier attempt */
  int is_given_up;         /* set since the last attempt began: no further attempt */
  int has_renewed_token;   /* this call has caused a request for an access token */
  int is_denied;           /* no access token was obtained: the request is not sent */
  int is_secret;           /* a request for an access token: errors hide its body, which is wiped */
  int cannot_wait;         /* the refusal is of the kind `host`: the host cannot wait here */
};

/* The response. Written by response/ alone. */
struct response {
  struct json_index index;        /* index of the body; empty until the body was checked */
  uint32_t array, n_records;      /* of a list: index entry of the records' array; their number */
  uint32_t cursor, cursor_number; /* index entry and number of the record that was read last */
  unsigned holds;                 /* how many callers are reading the body, see body_hold */
  int is_released;                /* the body is freed when the last hold ends */
  struct buffer link;             /* a buffer in which the link to another page is built */
};

/* `transfer` is one attempt. request/ sets what to send, call/ the timeout, and transport/ the
 * outcome. If no transfer takes place, call/ or response/ sets the outcome instead. */
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

/* Returns the request at `index`. Raises for any other value and for a finalized request. */
struct request *request_check(lua_State *L, int index);

/* Like request_check, but also returns a finalized request, which is zeroed. Methods that end a
 * request use this function, because a finalizer of the program may call them after the request's
 * own finalizer. */
struct request *request_check_any(lua_State *L, int index);

const struct api_op *request_op(const struct request *r); /* NULL for a raw request */

/* Whether the call began in the parent process, before a fork. The parent process continues the
 * call and may send the request. This process must not send the request. */
int request_is_inherited(const struct request *r);

/* Whether the request has the header Idempotency-Key. Twilio carries out all requests with one key
 * once, and answers each of them with the first response. */
int request_has_key(const struct request *r);

/* Whether the request may be repeated although Twilio may have received it. The program, the HTTP
 * method or a key allows this. Requests for access tokens may always be repeated. */
int request_is_repeatable(const struct request *r);

/* The option `timeout` in milliseconds. A deadline may shorten the timeout of an attempt. */
long request_timeout_ms(const struct request *r);

/* ---- making a request: call these functions in this order ---- */

/* Pushes a request whose owner is the client or resource at `owner`. */
struct request *request_push(lua_State *L, int owner, struct client *client);

/* Sets Authorization, Accept and Content-Type. */
void request_set_headers(struct request *r, enum api_auth auth, enum api_content content, enum api_content answer);

/* Adds a header, which replaces every earlier header of that name. Raises if there is no memory. */
void request_add_header(lua_State *L, struct request *r, const char *name, const char *value);

/* Sets *settings to a copy of the client's settings, changed by the options of the call. Raises for
 * wrong options. */
void request_read_options(lua_State *L, int options, enum option_scope scope, const struct client *client, struct settings *settings);

/* Sets the settings of the request at `request`. If there are options, also sets its wait, cancel
 * and ready from them. */
void request_set_options(lua_State *L, int request, int options, const struct settings *settings);

/* Completes the URL, and fills in the transfer. Raises if this or an earlier function of this
 * section had too little memory. */
void request_seal(lua_State *L, struct request *r, enum api_method method, int has_body);

/* Pushes a request for another page of the list that the request at `index` reads. The new request
 * is refused if the link is NULL or the client must not follow the link. */
void request_push_link(lua_State *L, int index, const char *link, size_t length);

/* Returns `index` if the argument is a table, 0 if it is nil or absent. Raises for other values. */
int request_optional_table(lua_State *L, int index, const char *what);

/* ---- used by call/ ---- */

/* Marks the request as refused: it is never sent, and fails with this text. Copies the text. */
void request_refuse(struct request *r, const char *text);

/* Gives the request the client's newest access token. Cancels a transfer in flight, because libcurl
 * may be reading the previous token. Raises if there is no token. */
void request_take_bearer(lua_State *L, struct request *r);

/* Appends name=value pairs to the form of a sealed request. */
struct secret_pair {
  const char *name, *value;
};
void request_add_secrets(lua_State *L, struct request *r, const struct secret_pair *pairs, size_t n);

/* Makes *url the URL of the request, and leaves the previous URL in *url. The text must be
 * null-terminated by buffer_cstr, and no transfer may be in flight. */
void request_move(struct request *r, struct buffer *url);

/* Overwrites the body that was sent and the body that was received. */
void request_wipe(struct request *r);

#pragma GCC visibility pop

#endif
