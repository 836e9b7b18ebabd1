/* userdata twilio.client: credentials, origin and settings of an account. */
#ifndef TWILIO_CLIENT_H
#define TWILIO_CLIENT_H

#include <lua.h>

#include "client/client_validation.h"
#include "client/credentials.h"
#include "client/options.h"
#include "client/origin.h"
#include "transport/engine.h"

#pragma GCC visibility push(hidden)

#define TWILIO_VERSION "0.1.0"

/* Slots of the userdata's table. The client's resources share this table, which keeps the client
 * alive. The table also has named fields:
 *   engine                       the userdata twilio.engine
 *   parent                       the client that account() was called on; nil in a root
 *   wait, ready, transport, log  the functions among the options
 *   oauth                        see set_oauth in client.c
 * CLIENT_RESOURCES is a cache: a table from names to resources. */
enum client_slot { CLIENT_SELF = 1, CLIENT_RESOURCES };

/* Owns its texts. A family is a root client, which twilio.client made, and all clients that
 * account() made from a client of the family. The whole family uses the credentials, origin and
 * settings of the root. In the other clients these fields are empty. */
struct client {
  struct client *parent;                    /* NULL in the root */
  struct transport_config transport_config; /* with the root's texts and the family's serial */
  char *account_sid;                        /* NULL: none, which OAuth and bearer tokens allow */
  struct credentials credentials;
  struct client_validation validation;
  struct origin origin;
  struct settings settings;
  char *user_agent, *proxy, *ca_file; /* see struct transport_config */
  int has_log;
  int is_closed; /* close() was called on this client; see client_is_closed */
};

/* Makes the metatable. The table of methods is on the stack's top, and is popped. `index` becomes
 * __index: its first upvalue is the table of methods. */
void client_register(lua_State *L, lua_CFunction index);

int client_new(lua_State *L); /* twilio.client(options) */

/* Returns the client at `index`. Raises if the value is not a client. */
struct client *client_check(lua_State *L, int index);

const struct client *client_root(const struct client *client);

/* Return the credentials and the origin of the root client. */
struct credentials *client_credentials(struct client *client);
const struct origin *client_origin(const struct client *client);

/* Whether the client or one of its ancestors is closed. */
int client_is_closed(const struct client *client);
void client_check_open(lua_State *L, const struct client *client); /* raises if client_is_closed() */

/* Raises if account(sid) made the client, and a request to this path would act on an account other
 * than `sid`. `what` names the operation in the message. The client must be open. */
void client_check_account(lua_State *L, const struct client *client, const char *what, const char *path);

#pragma GCC visibility pop

#endif
