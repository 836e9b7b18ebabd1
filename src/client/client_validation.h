/* The option `client_validation`: a client signs each of its requests with an RSA key. Twilio calls
 * this feature public key client validation. */
#ifndef TWILIO_CLIENT_VALIDATION_H
#define TWILIO_CLIENT_VALIDATION_H

#include <lua.h>
#include <openssl/evp.h>
#include <stddef.h>

#include "client/credentials.h"

#pragma GCC visibility push(hidden)

/* Owns its texts and the key. libcrypto overwrites a private key when it frees it. */
struct client_validation {
  EVP_PKEY *key;   /* NULL: the client signs nothing, or is closed */
  char *header;    /* the header of the token: JSON as base64url */
  char *claims;    /* the beginning of the claims: {"iss":"SK…","sub":"AC…", */
  int is_required; /* the option was given */
};

/* Reads the option. Messages never show the key. Raises unless all of these conditions hold:
 *   - key is an RSA private key of at least 2048 bits, as PEM text without a password.
 *   - credential_sid is a SID that begins with CR.
 *   - The client has an account SID and an API key. */
void client_validation_read(lua_State *L, struct client_validation *validation, const struct credentials *credentials, const char *account_sid,
                            int options);

/* Writes the RS256 signature of the text to `out`, which has room for client_validation_size bytes.
 * Returns the length, or 0 if libcrypto failed. */
size_t client_validation_sign(const struct client_validation *validation, const char *text, size_t length, char *out);
size_t client_validation_size(const struct client_validation *validation);

/* client_validation_close frees the key. client_validation_free frees the texts too. */
void client_validation_close(struct client_validation *validation);
void client_validation_free(struct client_validation *validation);

#pragma GCC visibility pop

#endif
