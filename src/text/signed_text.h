/* The texts of signatures: hexadecimal SHA-256, base64url, and the canonical form of a request for
 * Twilio's public key client validation. Nothing here uses Lua. */
#ifndef TWILIO_SIGNED_TEXT_H
#define TWILIO_SIGNED_TEXT_H

#include <stddef.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

enum { SIGNED_TEXT_SHA256 = 65 }; /* 64 digits and a NUL */

/* Writes the SHA-256 as hexadecimal digits in lower case, null-terminated. Returns 0 if libcrypto
 * failed. */
int signed_text_sha256(const char *text, size_t length, char out[SIGNED_TEXT_SHA256]);

/* The bytes that signed_text_base64url needs at `out`, with a NUL. */
#define SIGNED_TEXT_BASE64(length) (((length) + 2) / 3 * 4 + 1)

/* Writes base64url without padding (RFC 4648), null-terminated. Returns its length. `length` is at
 * most INT_MAX / 2. */
size_t signed_text_base64url(char *out, const char *bytes, size_t length);

/* The parts of a request that its signature covers. */
struct signed_request {
  const char *method;
  const char *url;           /* absolute and percent-encoded */
  const char *authorization; /* the value of the header; NULL: the header is not sent */
  const char *body;          /* NULL: no body */
  size_t body_length;
};

/* Returns the names of the signed headers as the claim `hrh` has them. */
const char *signed_text_headers(const struct signed_request *signed_request);

/* Appends the canonical request: lines with the method, path, query, signed headers and their
 * names, and the hash of the body. Sets `out->failed` if memory is exhausted. Returns 0 if
 * libcrypto failed. */
int signed_text_canonical(struct buffer *out, const struct signed_request *signed_request);

#pragma GCC visibility pop

#endif
