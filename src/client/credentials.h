/* The credentials of a client. A client has one kind of credentials:
 *   HTTP Basic, with an auth token or an API key
 *   a bearer token
 *   OAuth client credentials, with which access tokens are requested (see call/access_token.h) */
#ifndef TWILIO_CREDENTIALS_H
#define TWILIO_CREDENTIALS_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

enum credentials_kind { CREDENTIALS_BASIC, CREDENTIALS_BEARER, CREDENTIALS_OAUTH };

/* The header line with a bearer token or an access token, which is a secret. Reference-counted: the
 * client holds the newest token. A request holds the token that it is sent with, because libcurl
 * reads the line during the transfer. */
struct bearer {
  unsigned holders;
  char line[]; /* "Authorization: Bearer …" */
};

struct credentials {
  enum credentials_kind kind;
  char *authorization;             /* "Authorization: Basic …"; NULL unless CREDENTIALS_BASIC */
  char *auth_token, *api_secret;   /* or NULL; hidden in responses that repeat them; sign tokens */
  char *api_key;                   /* SID of the API key, or NULL; not a secret */
  char *client_id, *client_secret; /* with CREDENTIALS_OAUTH, otherwise NULL */
  struct bearer *bearer;           /* bearer_token, or the newest access token; NULL: none yet */
  double until;                    /* time (poller_now) from which the access token is not used */
};

/* Reads the credentials from the options or, if they have none, from the environment. Raises if
 * they are incomplete, of two kinds, or obviously swapped. *account_sid becomes a copy, which the
 * caller frees with free(). It is NULL if no account SID is given, as OAuth and a bearer token
 * allow. */
void credentials_read(lua_State *L, struct credentials *credentials, char **account_sid, int options);

/* Returns the header line of all requests. Returns NULL for OAuth, because access tokens change. */
const char *credentials_line(const struct credentials *credentials);

/* Whether an access token must be requested: the client uses OAuth, and has no token that is still
 * usable. */
int credentials_needs_token(const struct credentials *credentials);

/* Makes `newest` the access token, to be used until this time on poller_now's clock. Takes over one
 * hold of `newest` from the caller. */
void credentials_set_token(struct credentials *credentials, struct bearer *newest, double until);

/* Called when Twilio has refused this token. Another token must be requested then, unless the
 * client has a newer one already. */
void credentials_expire_token(struct credentials *credentials, const struct bearer *refused);

/* credentials_close overwrites the secrets. credentials_free also frees their memory. */
void credentials_close(struct credentials *credentials);
void credentials_free(struct credentials *credentials);

/* Overwrites a secret before it is freed. NULL is allowed. */
void credentials_wipe(char *secret);

/* Returns a new header line with one holder, or NULL if there is no memory. */
struct bearer *bearer_new(const char *token, size_t length);
struct bearer *bearer_hold(struct bearer *bearer); /* adds a holder and returns b */
/* Ends a hold and sets *held to NULL. The last holder wipes and frees the line. */
void bearer_drop(struct bearer **held);

#pragma GCC visibility pop

#endif
