/* userdata twilio.client: options, hosts. */
#ifndef TWILIO_CLIENT_H
#define TWILIO_CLIENT_H

#include <lua.h>

#include "client/credentials.h"
#include "support/buffer.h"
#include "transport/engine.h"

#pragma GCC visibility push(hidden)

#define TWILIO_VERSION "0.1.0"

/* The userdata's table, which its resources share and which so keeps it alive:
 * [1] the client, [2] the engine, [3] its resources by name, parent, wait, ready, transport, log, with OAuth what its family shares as oauth. */
struct client {
  struct client *parent;          /* the client whose account() made this one, or NULL; alive through `parent` in the table */
  struct transport_config route;  /* as engine.h wants it; those of one family share a serial */
  char *account_sid;              /* NULL: none, as OAuth allows */
  struct credentials credentials; /* of the root client alone, as all that follows */
  char *base_url;                 /* NULL: twilio.com; no slash at its end */
  char *region, *edge;            /* NULL: none */
  char *user_agent, *proxy, *ca_file;
  double timeout, connect_timeout; /* seconds */
  size_t max_response;             /* bytes */
  double grace;                    /* seconds that a request which may have left is waited for when `ready` says no; 0: none */
  double deadline;                 /* seconds for a call with all its attempts and waits; 0: none */
  double max_retry_wait;           /* seconds between two attempts at the most */
  unsigned retries;                /* further attempts at the most */
  long low_speed_limit;            /* bytes a second; slower for low_speed_time seconds is a failure */
  long low_speed_time;             /* 0: never */
  int has_log;
  int closed;
};

void client_register(lua_State *L); /* expects the table of methods on the stack's top */
int client_new(lua_State *L);       /* twilio.client(options) */

/* The client at `index`; raises when it is none. */
struct client *client_check(lua_State *L, int index);
struct client *client_test(lua_State *L, int index); /* NULL instead */

/* Raises when the client, or the one it came from, is closed. */
void client_check_open(lua_State *L, const struct client *c);
int client_is_closed(const struct client *c);

/* Raises when the client is one of account(sid) but a request with its credentials to this path would act on another
 * account; `what` is the operation in the message. The client is open. */
void client_check_account(lua_State *L, const struct client *c, const char *what, const char *path);

/* Whether twilio.client takes an option of that name. */
int client_is_option(const char *name);

const struct client *client_root(const struct client *c);

/* Appends scheme and host (and the base URL's path) for a product, "flex-api". */
void client_base(const struct client *c, const char *product, struct buffer *out);

/* Whether a segment of a link's path is "..", plain, encoded or with parameters ("..;x"): who resolves it may end up
 * outside of where the link seems to lie. */
int client_has_dots(const char *link);

/* Appends the URL of a link: a path stays on the product's host, an absolute
 * one must lie on the client's base URL or on twilio.com and is rewritten to the
 * client's hosts. Returns NULL, or pushes and returns what is wrong with the
 * link, to follow its name: "has a backslash in its path". */
const char *client_link(lua_State *L, const struct client *c, const char *product, const char *link, size_t length, struct buffer *out);

#pragma GCC visibility pop

#endif
