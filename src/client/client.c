#include "client/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "client/base_url.h"
#include "client/engine_of_state.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "support/userdata.h"
#include "text/wire_text.h"
#include "transport/proxy.h"
#include "transport/startup.h"

static const char client_name[] = "twilio.client";

struct client *client_check(lua_State *L, int index) {
  struct client *client = userdata_test(L, index, client_name);
  if (!client) misuse(L, "a twilio.client is expected, got %s (called with '.' instead of ':'?)", luaL_typename(L, index));
  return client;
}

const struct client *client_root(const struct client *client) {
  while (client->parent) client = client->parent;
  return client;
}

struct credentials *client_credentials(struct client *client) {
  while (client->parent) client = client->parent;
  return &client->credentials;
}

const struct origin *client_origin(const struct client *client) {
  return &client_root(client)->origin;
}

int client_is_closed(const struct client *client) {
  for (; client; client = client->parent)
    if (client->is_closed) return 1;
  return 0;
}

void client_check_open(lua_State *L, const struct client *client) {
  if (client_is_closed(client)) misuse(L, "the client is closed");
}

/* Twilio acts on the account in the path. If the path has no account, Twilio acts on the account of
 * the credentials, which belong to the root client. */
void client_check_account(lua_State *L, const struct client *client, const char *what, const char *path) {
  const char *own = client_root(client)->account_sid;
  if (!client->parent || strstr(path, "/Accounts/") || (own && strcmp(own, client->account_sid) == 0)) return;
  misuse(L,
         "%s is not for account %s: the path names no account, so Twilio would act on the one that the credentials belong to."
         " Make a client with that account's own credentials",
         what, client->account_sid);
}

/* ---- options ---- */

/* proxy = false also disables the proxy that the environment sets. */
static void set_proxy(lua_State *L, struct client *client, int options) {
  lua_getfield(L, options, "proxy");
  int is_off = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (is_off) {
    client->proxy = options_copy(L, "", 0);
    return;
  }
  const char *text = options_text(L, options, "proxy"), *problem = text ? proxy_problem(text) : NULL;
  if (problem) misuse(L, "option 'proxy' must be a URL such as http://user:password@proxy.example:3128: %s", problem);
  if (text && client->origin.base_url && strncmp(client->origin.base_url, "http://", 7) == 0 && !base_url_is_loopback(proxy_host(text)) &&
      !options_boolean(L, options, "allow_http"))
    misuse(L, "base_url is http:// and the proxy is not on this machine: the proxy would read the credentials."
              " Use https://, or pass allow_http = true if the network is secured by other means");
  if (text) client->proxy = options_copy(L, text, strlen(text));
  lua_pop(L, 1);
}

/* "Lua/5.4" or "LuaJIT/2.1.…". The registry is read instead of the global `jit`, because some
 * programs raise for undefined globals. */
static const char *push_lua_version(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  lua_getfield(L, -1, "jit");
  if (lua_istable(L, -1)) lua_getfield(L, -1, "version");
  const char *jit = lua_tostring(L, -1);
  return luaL_gsub(L, jit ? jit : LUA_VERSION, " ", "/");
}

static void set_user_agent(lua_State *L, struct client *client, int options) {
  struct utsname system = {0};
  uname(&system);
  int top = lua_gettop(L);
  const char *lua = push_lua_version(L), *extension = options_text(L, options, "user_agent");
  const char *text = lua_pushfstring(L, "twilio-lua/" TWILIO_VERSION " (%s %s) %s%s%s", system.sysname, system.machine, lua, extension ? " " : "",
                                     extension ? extension : "");
  client->user_agent = options_copy(L, text, strlen(text));
  lua_settop(L, top);
}

static void set_ca_file(lua_State *L, struct client *client, int options) {
  const char *text = options_text(L, options, "ca_file");
  if (text) client->ca_file = options_copy(L, text, strlen(text));
  lua_pop(L, 1);
}

/* ---- lifetime ---- */

/* Pushes the client and its table. */
static struct client *push_client(lua_State *L) {
  struct client *client = userdata_new(L, sizeof *client, 0, client_name);
  lua_newtable(L);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, CLIENT_SELF);
  engine_of_state_push(L);
  lua_setfield(L, -2, "engine");
  lua_newtable(L);
  lua_rawseti(L, -2, CLIENT_RESOURCES);
  lua_pushvalue(L, -1);
  compat_settable(L, -3);
  return client;
}

/* Makes the table that all clients of an OAuth family share. Its field `client` is the root client.
 * While a request for an access token is in flight, lua/twilio/token.lua adds a field `renewal`. */
static void set_oauth(lua_State *L, int client, int table) {
  lua_newtable(L);
  lua_pushvalue(L, client);
  lua_setfield(L, -2, "client");
  lua_setfield(L, table, "oauth");
}

static void set_transport_config(struct client *client) {
  client->transport_config.user_agent = client->user_agent;
  client->transport_config.proxy = client->proxy;
  client->transport_config.ca_file = client->ca_file;
  client->transport_config.serial = startup_serial();
}

int client_new(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  if (!lua_istable(L, 1)) return misuse(L, "twilio.client takes a table of options, got %s", luaL_typename(L, 1));
  if (lua_gettop(L) > 1) return misuse(L, "twilio.client takes one table of options");
  options_check_names(L, 1, OPTION_OF_CLIENT);
  struct client *client = push_client(L);
  int table = lua_gettop(L);
  credentials_read(L, &client->credentials, &client->account_sid, 1);
  client_validation_read(L, &client->validation, &client->credentials, client->account_sid, 1);
  if (client->credentials.kind == CREDENTIALS_OAUTH) set_oauth(L, table - 1, table);
  origin_read(L, &client->origin, 1);
  set_user_agent(L, client, 1);
  set_proxy(L, client, 1);
  set_ca_file(L, client, 1);
  options_set_defaults(&client->settings);
  options_read(L, 1, OPTION_OF_CLIENT, &client->settings);
  options_copy_functions(L, 1, table);
  lua_getfield(L, table, "log");
  client->has_log = !lua_isnil(L, -1);
  set_transport_config(client);
  lua_settop(L, table - 1);
  return 1;
}

/* client:account(sid) → a client with the same credentials and settings for another account */
static int client_account(lua_State *L) {
  struct client *parent = client_check(L, 1);
  size_t length;
  if (lua_type(L, 2) != LUA_TSTRING) return misuse(L, "account takes an account SID, got %s", luaL_typename(L, 2));
  const char *sid = lua_tolstring(L, 2, &length);
  if (length == 0 || wire_has_control(sid, length)) return misuse(L, "the account SID is empty or contains control characters");
  client_check_open(L, parent);
  struct client *client = push_client(L);
  int table = lua_gettop(L);
  client->parent = parent; /* set before transport_config, because the finalizer of a client without a parent cancels its family */
  client->account_sid = options_copy(L, sid, length);
  client->transport_config = client_root(parent)->transport_config;
  compat_gettable(L, 1);
  options_copy_functions(L, table + 1, table);
  lua_getfield(L, table + 1, "oauth");
  lua_setfield(L, table, "oauth");
  lua_pushvalue(L, 1);
  lua_setfield(L, table, "parent");
  lua_settop(L, table - 1);
  return 1;
}

/* client:close() and __close: cancels the requests in flight and wipes the secrets. Never raises,
 * and may be called again. The texts are freed by __gc only, because a finalizer may close the
 * client during any allocation, while a caller still reads them. */
static int client_close(lua_State *L) {
  struct client *client = client_check(L, 1);
  if (client->is_closed) return 0;
  client->is_closed = 1;
  compat_gettable(L, 1);
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "engine"); /* the key exists, so nothing is allocated */
    engine_of_state_cancel(L, -1, &client->transport_config, client->parent == NULL);
  }
  credentials_close(&client->credentials);
  client_validation_close(&client->validation);
  credentials_wipe(client->proxy); /* may contain a password */
  return 0;
}

static int client_gc(lua_State *L) {
  struct client *client = client_check(L, 1);
  client_close(L);
  credentials_free(&client->credentials);
  client_validation_free(&client->validation);
  origin_free(&client->origin);
  char **const texts[] = {&client->user_agent, &client->proxy, &client->ca_file, &client->account_sid};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    free(*texts[i]);
    *texts[i] = NULL;
  }
  return 0;
}

static int client_tostring(lua_State *L) {
  const struct client *client = client_check(L, 1);
  lua_pushfstring(L, "twilio.client %s", client_is_closed(client) ? "(closed)" : client->account_sid ? client->account_sid : "(no account)");
  return 1;
}

static int client_assign(lua_State *L) {
  return misuse(L, "cannot assign to a field of a client: pass the options to twilio.client");
}

void client_register(lua_State *L, lua_CFunction index) {
  static const luaL_Reg meta[] = {
      {"__gc", client_gc}, {"__close", client_close}, {"__tostring", client_tostring}, {"__newindex", client_assign}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"close", client_close}, {"account", client_account}, {NULL, NULL}};
  compat_setfuncs(L, methods);
  userdata_metatable(L, client_name, meta, index);
}
