#include "request/request_signature.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "support/compat.h"
#include "text/signed_text.h"

enum {
  LIFETIME = 300,    /* seconds */
  LINES = 256,       /* bytes of a canonical request in addition to its URL and Authorization */
  CLAIMS_LIMIT = 512 /* bytes of the claims: two SIDs, a time, names and a hash */
};

/* Returns the value of the header Authorization, or NULL if the request does not have this header.
 * Programs may set it in client:request. */
static const char *authorization_of(const struct request *r) {
  static const char name[] = "Authorization:";
  for (const struct curl_slist *header = r->transfer.headers; header; header = header->next) {
    if (!header->data || strncasecmp(header->data, name, sizeof name - 1) != 0) continue;
    const char *value = header->data + sizeof name - 1;
    return value + strspn(value, " ");
  }
  return NULL;
}

/* Writes the hash of the canonical request. The text contains the Authorization header, and is
 * therefore overwritten. Its memory is reserved first, because growing would leave copies. */
static int hash_request(const struct signed_request *signed_request, char hash[SIGNED_TEXT_SHA256]) {
  struct buffer text = {0};
  size_t room = LINES + 3 * strlen(signed_request->url) + (signed_request->authorization ? strlen(signed_request->authorization) : 0);
  int ok =
      buffer_reserve(&text, room) && signed_text_canonical(&text, signed_request) && !text.failed && signed_text_sha256(text.data, text.length, hash);
  if (text.data) OPENSSL_cleanse(text.data, text.capacity);
  buffer_free(&text);
  return ok;
}

static void add_base64url(struct buffer *out, const char *bytes, size_t length) {
  if (!buffer_reserve(out, SIGNED_TEXT_BASE64(length))) return;
  out->length += signed_text_base64url(out->data + out->length, bytes, length);
}

/* Appends "header.claims" of the token. Returns 0 on failure. */
static int add_claims(struct buffer *out, const struct client_validation *validation, const struct signed_request *signed_request) {
  char hash[SIGNED_TEXT_SHA256], claims[CLAIMS_LIMIT];
  if (!hash_request(signed_request, hash)) return 0;
  int n = snprintf(claims, sizeof claims, "%s\"exp\":%lld,\"hrh\":\"%s\",\"rqh\":\"%s\"}", validation->claims, (long long)time(NULL) + LIFETIME,
                   signed_text_headers(signed_request), hash);
  if (n < 0 || (size_t)n >= sizeof claims) return 0;
  buffer_adds(out, validation->header);
  buffer_addc(out, '.');
  add_base64url(out, claims, (size_t)n);
  return !out->failed;
}

/* Appends the signature of what was written since `start`. */
static int add_signature(struct buffer *out, const struct client_validation *validation, size_t start) {
  struct buffer signature = {0};
  int ok = 0;
  if (buffer_reserve(&signature, client_validation_size(validation))) {
    signature.length = client_validation_sign(validation, out->data + start, out->length - start, signature.data);
    buffer_addc(out, '.');
    add_base64url(out, signature.data, signature.length);
    ok = signature.length > 0;
  }
  buffer_free(&signature);
  return ok;
}

void request_signature_renew(lua_State *L, struct request *r) {
  const struct client_validation *validation = &client_root(r->client)->validation;
  const struct transfer *t = &r->transfer;
  struct buffer *line = &r->asked.validation_line;
  if (!validation->is_required) return;
  if (!validation->key) luaL_error(L, "the client is closed");
  engine_cancel(&r->transfer);
  const struct signed_request signed_request = {t->method, t->url, authorization_of(r), t->body, t->body_length};
  buffer_clear(line);
  buffer_adds(line, REQUEST_VALIDATION_HEADER ": ");
  size_t start = line->length;
  if (!add_claims(line, validation, &signed_request) || !add_signature(line, validation, start) || !buffer_cstr(line))
    luaL_error(L, "out of memory for a signature");
  r->asked.validation.data = line->data;
}
