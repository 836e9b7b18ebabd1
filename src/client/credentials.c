#include "client/credentials.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "client/options.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/sid.h"
#include "transport/poller.h"

void credentials_wipe(char *secret) {
  if (secret) OPENSSL_cleanse(secret, strlen(secret));
}

/* ---- bearers ---- */

static const char bearer_prefix[] = "Authorization: Bearer ";

struct bearer *bearer_new(const char *token, size_t length) {
  struct bearer *bearer = malloc(sizeof *bearer + sizeof bearer_prefix + length);
  if (!bearer) return NULL;
  bearer->holders = 1;
  memcpy(bearer->line, bearer_prefix, sizeof bearer_prefix - 1);
  memcpy(bearer->line + sizeof bearer_prefix - 1, token, length);
  bearer->line[sizeof bearer_prefix - 1 + length] = '\0';
  return bearer;
}

struct bearer *bearer_hold(struct bearer *bearer) {
  bearer->holders++;
  return bearer;
}

void bearer_drop(struct bearer **held) {
  struct bearer *bearer = *held;
  *held = NULL;
  if (!bearer || --bearer->holders) return;
  credentials_wipe(bearer->line);
  free(bearer);
}

/* ---- reading ---- */

enum { ACCOUNT_SID, AUTH_TOKEN, API_KEY, API_SECRET, FROM_ENVIRONMENT, BEARER_TOKEN = FROM_ENVIRONMENT, CLIENT_ID, CLIENT_SECRET, GIVEN };

/* All values come from one source, the options or the environment. `names` is for messages. */
struct given {
  const char *value[GIVEN];
  const char *const *names;
};

static const char *const credential_options[] = {"account_sid", "auth_token", "api_key", "api_secret", "bearer_token", "client_id", "client_secret"};
static const char *const variable_names[] = {"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET"};

/* Uses the environment if the options have no credentials. Their account_sid may be given, but must
 * then equal TWILIO_ACCOUNT_SID. */
static void add_environment(lua_State *L, struct given *given) {
  for (int i = AUTH_TOKEN; i < GIVEN; i++)
    if (given->value[i]) return;
  const char *account_sid = options_environment(L, variable_names[ACCOUNT_SID]), *asked = given->value[ACCOUNT_SID];
  if (asked && (!account_sid || strcmp(account_sid, asked) != 0)) return;
  given->names = variable_names;
  for (int i = 0; i < FROM_ENVIRONMENT; i++) given->value[i] = options_environment(L, variable_names[i]);
}

/* Raises if only one half of a pair is given, or credentials of two kinds. */
static void check_kinds(lua_State *L, const struct given *given) {
  const char *const *value = given->value, *const *names = given->names;
  if (value[API_KEY] && !value[API_SECRET]) misuse(L, "an API key also needs its secret: %s", names[API_SECRET]);
  if (value[API_SECRET] && !value[API_KEY]) misuse(L, "an API secret also needs its key: %s", names[API_KEY]);
  if (value[CLIENT_ID] && !value[CLIENT_SECRET]) misuse(L, "client_id also needs its secret: client_secret");
  if (value[CLIENT_SECRET] && !value[CLIENT_ID]) misuse(L, "client_secret also needs its id: client_id");
  if (value[BEARER_TOKEN] && strchr(value[BEARER_TOKEN], ' ')) misuse(L, "bearer_token must be the token alone, without a blank");
  if ((value[API_KEY] != NULL) + (value[CLIENT_ID] != NULL) + (value[BEARER_TOKEN] != NULL) > 1)
    misuse(L, "a client has one kind of credentials: api_key with api_secret, client_id with client_secret, or bearer_token");
}

/* Whether the text is a SID with this prefix. No secret of Twilio has this form. */
static int has_sid_prefix(const char *text, const char *prefix) {
  return text && strncmp(text, prefix, strlen(prefix)) == 0 && sid_is(text, strlen(text), 0);
}

/* Raises if a secret is a SID. Without this check the first call would fail with a 401 that does
 * not tell the cause. */
static void check_swapped(lua_State *L, const struct given *given) {
  static const struct {
    int secret, id;
    const char *prefix, *what;
  } pairs[] = {{AUTH_TOKEN, ACCOUNT_SID, "AC", "an account"},
               {AUTH_TOKEN, API_KEY, "SK", "an API key"},
               {API_SECRET, API_KEY, "SK", "an API key"},
               {CLIENT_SECRET, CLIENT_ID, "OQ", "an OAuth app"}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (has_sid_prefix(given->value[pairs[i].secret], pairs[i].prefix))
      misuse(L, "%s holds the SID of %s (%s…), which belongs in %s: are they swapped?", given->names[pairs[i].secret], pairs[i].what, pairs[i].prefix,
             given->names[pairs[i].id]);
}

static void check_basic(lua_State *L, const struct given *given) {
  const char *const *value = given->value, *const *names = given->names;
  if (!value[API_KEY] && !value[AUTH_TOKEN]) {
    if (value[ACCOUNT_SID])
      misuse(L, "no credentials for account %s: %s, or %s and %s, must be given in addition to %s",
             strncmp(value[ACCOUNT_SID], "AC", 2) ? "…" : value[ACCOUNT_SID], names[AUTH_TOKEN], names[API_KEY], names[API_SECRET],
             names[ACCOUNT_SID]); /* any other text may be the token, so hide it */
    misuse(L, "no credentials: pass account_sid and auth_token, or set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
              " (nginx hides the environment from its workers unless nginx.conf says 'env TWILIO_ACCOUNT_SID;' and so on)");
  }
  if (!value[ACCOUNT_SID]) misuse(L, "%s also needs the account SID: %s", value[API_KEY] ? "an API key" : "an auth token", names[ACCOUNT_SID]);
  if (strchr(value[value[API_KEY] ? API_KEY : ACCOUNT_SID], ':')) misuse(L, "a SID must not contain ':'");
}

static void check_given_account(lua_State *L, const struct given *given) {
  const char *const *names = given->names, *sid = given->value[ACCOUNT_SID];
  if (sid && strncmp(sid, "SK", 2) == 0)
    misuse(L, "%s is the SID of an API key: pass it as %s with %s, and the account's own SID (AC…)", names[ACCOUNT_SID], names[API_KEY],
           names[API_SECRET]);
}

static void set_basic(lua_State *L, struct credentials *credentials, const char *user, const char *password) {
  static const char prefix[] = "Authorization: Basic ";
  size_t n = strlen(user) + 1 + strlen(password);
  char *plain = malloc(n + 1), *header = malloc(sizeof prefix + 4 * ((n + 2) / 3));
  if (plain && header) {
    memcpy(header, prefix, sizeof prefix);
    memcpy(plain, user, strlen(user));
    plain[strlen(user)] = ':';
    memcpy(plain + strlen(user) + 1, password, strlen(password) + 1);
    EVP_EncodeBlock((unsigned char *)header + sizeof prefix - 1, (const unsigned char *)plain, (int)n);
    OPENSSL_cleanse(plain, n);
  }
  free(plain);
  credentials->authorization = plain ? header : NULL;
  if (!plain) free(header);
  if (!credentials->authorization) luaL_error(L, "out of memory");
}

static char *copy_secret(lua_State *L, const char *text) {
  return text ? options_copy(L, text, strlen(text)) : NULL;
}

void credentials_read(lua_State *L, struct credentials *credentials, char **account_sid, int options) {
  struct given given = {{NULL}, credential_options};
  int top = lua_gettop(L);
  luaL_checkstack(L, GIVEN, "credentials");
  for (int i = 0; i < GIVEN; i++) given.value[i] = options_text(L, options, credential_options[i]); /* keeps the text on the stack */
  add_environment(L, &given);
  check_swapped(L, &given);
  check_kinds(L, &given);
  const char *const *value = given.value;
  credentials->kind = value[CLIENT_ID] ? CREDENTIALS_OAUTH : value[BEARER_TOKEN] ? CREDENTIALS_BEARER : CREDENTIALS_BASIC;
  if (credentials->kind == CREDENTIALS_BASIC) check_basic(L, &given);
  check_given_account(L, &given);
  *account_sid = copy_secret(L, value[ACCOUNT_SID]);
  credentials->auth_token = copy_secret(L, value[AUTH_TOKEN]);
  credentials->api_secret = copy_secret(L, value[API_SECRET]);
  credentials->api_key = copy_secret(L, value[API_KEY]);
  credentials->client_id = copy_secret(L, value[CLIENT_ID]);
  credentials->client_secret = copy_secret(L, value[CLIENT_SECRET]);
  if (credentials->kind == CREDENTIALS_BASIC)
    set_basic(L, credentials, value[value[API_KEY] ? API_KEY : ACCOUNT_SID], value[value[API_KEY] ? API_SECRET : AUTH_TOKEN]);
  if (credentials->kind == CREDENTIALS_BEARER) credentials->bearer = bearer_new(value[BEARER_TOKEN], strlen(value[BEARER_TOKEN]));
  if (credentials->kind == CREDENTIALS_BEARER && !credentials->bearer) luaL_error(L, "out of memory");
  lua_settop(L, top);
}

const char *credentials_line(const struct credentials *credentials) {
  if (credentials->kind == CREDENTIALS_OAUTH) return NULL;
  return credentials->kind == CREDENTIALS_BEARER ? credentials->bearer->line : credentials->authorization;
}

/* ---- access tokens ---- */

int credentials_needs_token(const struct credentials *credentials) {
  return credentials->kind == CREDENTIALS_OAUTH && !(credentials->bearer && poller_now() < credentials->until);
}

void credentials_set_token(struct credentials *credentials, struct bearer *newest, double until) {
  bearer_drop(&credentials->bearer);
  credentials->bearer = newest;
  credentials->until = until;
}

void credentials_expire_token(struct credentials *credentials, const struct bearer *refused) {
  if (credentials->bearer == refused) credentials->until = 0;
}

/* ---- lifetime ---- */

void credentials_close(struct credentials *credentials) {
  credentials_wipe(credentials->authorization);
  credentials_wipe(credentials->auth_token);
  credentials_wipe(credentials->api_secret);
  credentials_wipe(credentials->client_secret);
  if (credentials->bearer) credentials_wipe(credentials->bearer->line);
  credentials->until = 0;
}

static void free_secret(char **secret) {
  credentials_wipe(*secret);
  free(*secret);
  *secret = NULL;
}

void credentials_free(struct credentials *credentials) {
  free_secret(&credentials->authorization);
  free_secret(&credentials->auth_token);
  free_secret(&credentials->api_secret);
  free_secret(&credentials->api_key);
  free_secret(&credentials->client_id);
  free_secret(&credentials->client_secret);
  bearer_drop(&credentials->bearer);
}
