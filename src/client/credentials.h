/* What a client proves with who it is: an account's auth token or an API key (HTTP basic), OAuth's client credentials,
 * which are exchanged for access tokens (token.h), or one token that the program has from elsewhere. */
#ifndef TWILIO_CREDENTIALS_H
#define TWILIO_CREDENTIALS_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

enum credentials_kind { CREDENTIALS_BASIC, CREDENTIALS_BEARER, CREDENTIALS_OAUTH };

/* A header line of an access token, secret. The client has the newest; a request holds on to the one that it is sent
 * with, for libcurl reads it as long as the transfer lasts. */
struct bearer {
  unsigned holders;
  char line[]; /* "Authorization: Bearer …" */
};

struct credentials {
  enum credentials_kind kind;
  char *authorization;             /* "Authorization: Basic …", secret; else NULL */
  char *auth_token;                /* for webhooks, secret; NULL without one */
  char *api_secret;                /* of an API key, to be found where an answer repeats it; NULL without one */
  char *client_id, *client_secret; /* of OAuth, the second secret; else NULL */
  struct bearer *bearer;           /* the token that was given, or OAuth's newest; NULL: none was asked for yet */
  double until;                    /* of OAuth, on poller_now's clock: from then on another token is asked for */
};

/* Reads the options' set, or else the environment's; raises when something is missing, too much, or cannot be right.
 * *account_sid: a copy for free(), NULL when none is given, as is allowed beside OAuth and a given token. */
void credentials_read(lua_State *L, struct credentials *c, char **account_sid, int options);

/* The header line that all requests have alike; NULL with OAuth, whose tokens come and go. */
const char *credentials_line(const struct credentials *c);

/* Whether an access token of OAuth has to be requested, as there is none or it has expired. */
int credentials_needs_token(const struct credentials *c);

/* Makes `newest` the token of the client until this time on poller_now's clock. Takes its hold. */
void credentials_set_token(struct credentials *c, struct bearer *newest, double until);

/* Twilio refused this token: unless the client has a newer one, another token has to be requested. */
void credentials_expire_token(struct credentials *c, const struct bearer *refused);

/* Overwrites the secrets, whose memory stays until credentials_free. */
void credentials_close(struct credentials *c);
void credentials_free(struct credentials *c);

/* Overwrites a secret before its memory goes back. */
void credentials_wipe(char *secret);

/* A new line with one holder; NULL without memory. */
struct bearer *bearer_new(const char *token, size_t length);
struct bearer *bearer_hold(struct bearer *b);
/* Lets go of it: the last holder wipes it. *place becomes NULL. */
void bearer_drop(struct bearer **place);

#pragma GCC visibility pop

#endif
