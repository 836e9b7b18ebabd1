/* userdata twilio.client: credentials, origin and settings of an account. */
#ifndef TWILIO_CLIENT_H
#define TWILIO_CLIENT_H

#include <lua.h>

#include "client/credentials.h"
#include "client/options.h"
#include "client/origin.h"
#include "transport/engine.h"

#pragma GCC visibility push(hidden)

#define TWILIO_VERSION "0.1.0"

/* Slots of the userdata's table. The resources of the client have the same table, which keeps the
 * client alive. Its named fields are: engine, parent (the userdata of the client whose account()
 * made this one), the functions wait, ready, transport and log, and oauth (see client.c). */
enum client_slot { CLIENT_SELF = 1, CLIENT_ENGINE, CLIENT_RESOURCES }; /* the last one: resources by name */

/* Owns its texts. The root client of a family is the one that twilio.client made. Its account()
 * clients use its credentials, origin and settings, and their own copies are empty. */
struct client {
  struct client *parent;                    /* NULL in the root */
  struct transport_config transport_config; /* points to texts of the root; one serial per family */
  char *account_sid;                        /* NULL: none, which OAuth and bearer tokens allow */
  struct credentials credentials;
  struct origin origin;
  struct settings settings;
  char *user_agent, *proxy, *ca_file; /* see struct transport_config */
  int has_log;
  int is_closed; /* this client alone, see client_is_closed */
};

/* Makes the metatable. The table of methods is on the stack's top, and is popped. `index` becomes
 * __index: its first upvalue is the table of methods. */
void client_register(lua_State *L, lua_CFunction index);

int client_new(lua_State *L); /* twilio.client(options) */

/* The client at `index`. Raises for another value. */
struct client *client_check(lua_State *L, int index);

const struct client *client_root(const struct client *c);

/* The credentials and the origin of the root. */
struct credentials *client_credentials(struct client *c);
const struct origin *client_origin(const struct client *c);

/* Whether the client, or a client that it came from, is closed. */
int client_is_closed(const struct client *c);
void client_check_open(lua_State *L, const struct client *c); /* raises if it is */

/* Raises if the client came from account(sid), and a request to this path would act on another
 * account. `what` names the operation in the message. The client must be open. */
void client_check_account(lua_State *L, const struct client *c, const char *what, const char *path);

#pragma GCC visibility pop

#endif
