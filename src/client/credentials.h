/* The credentials of a client, of one kind: HTTP Basic with an auth token or an API key; a bearer
 * token; or OAuth client credentials, which are exchanged for access tokens (call/access_token.h).
 * */
#ifndef TWILIO_CREDENTIALS_H
#define TWILIO_CREDENTIALS_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

enum credentials_kind { CREDENTIALS_BASIC, CREDENTIALS_BEARER, CREDENTIALS_OAUTH };

/* The header line of an access token, a secret. Reference-counted: the client holds the newest one,
 * and a request holds the one that it was sent with, because libcurl reads it during the transfer.
 * */
struct bearer {
  unsigned holders;
  char line[]; /* "Authorization: Bearer …" */
};

struct credentials {
  enum credentials_kind kind;
  char *authorization;             /* "Authorization: Basic …" with CREDENTIALS_BASIC, otherwise NULL */
  char *auth_token, *api_secret;   /* to replace them where a response repeats them; or NULL */
  char *client_id, *client_secret; /* with CREDENTIALS_OAUTH, otherwise NULL */
  struct bearer *bearer;           /* the given token, or the newest one of OAuth; NULL: none yet */
  double until;                    /* when the token of OAuth expires, on poller_now's clock */
};

/* Reads the credentials from the options or, if they have none, from the environment. Raises if
 * they are incomplete, of two kinds, or obviously swapped. *account_sid becomes a copy to be freed
 * with free(), or NULL if none is given, which OAuth and a bearer token allow. */
void credentials_read(lua_State *L, struct credentials *c, char **account_sid, int options);

/* The header line of every request. NULL with OAuth, whose tokens change. */
const char *credentials_line(const struct credentials *c);

/* Whether an access token of OAuth has to be requested: it is absent or has expired. */
int credentials_needs_token(const struct credentials *c);

/* Makes `newest` the token of the client until this time on poller_now's clock. Takes its hold. */
void credentials_set_token(struct credentials *c, struct bearer *newest, double until);

/* Twilio refused this token: unless the client has a newer one, another token has to be requested.
 * */
void credentials_expire_token(struct credentials *c, const struct bearer *refused);

/* Overwrites the secrets. credentials_free frees their memory. */
void credentials_close(struct credentials *c);
void credentials_free(struct credentials *c);

/* Overwrites a secret before it is freed. NULL is allowed. */
void credentials_wipe(char *secret);

/* A new header line with one holder, or NULL if there is no memory. */
struct bearer *bearer_new(const char *token, size_t length);
struct bearer *bearer_hold(struct bearer *b);
/* Ends a hold and sets *held to NULL. The last holder wipes and frees the line. */
void bearer_drop(struct bearer **held);

#pragma GCC visibility pop

#endif
