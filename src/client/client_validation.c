#include "client/client_validation.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "client/options.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/signed_text.h"

enum { LEAST_BITS = 2048 };

static const char option[] = "client_validation";
static const char *const field_names[] = {"key", "credential_sid", NULL};

/* ---- the key ---- */

/* Without this function libcrypto asks for the password of an encrypted key at the terminal. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcrypto declares the type */
static int no_password(char *out, int size, int is_writing, void *user) {
  (void)out, (void)size, (void)is_writing, (void)user;
  return -1;
}

/* Returns NULL on failure. libcurl reads the error queue of the thread, so no error may stay in
 * it. */
static EVP_PKEY *parse_key(const char *pem, size_t length) {
  BIO *text = length <= INT_MAX ? BIO_new_mem_buf(pem, (int)length) : NULL; /* does not copy the text */
  if (!text) return NULL;
  ERR_set_mark();
  EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, no_password, NULL);
  ERR_pop_to_mark();
  BIO_free(text);
  return key;
}

/* Returns the reason why the text is not a usable key. */
static const char *key_problem(const char *pem) {
  if (!strstr(pem, "-----BEGIN ")) return "is not PEM text: pass the content of the key's file, which begins with -----BEGIN";
  if (strstr(pem, "\\n")) return "has the two characters \\n in place of a line end: replace them by line ends";
  if (strstr(pem, "ENCRYPTED")) return "is encrypted: decrypt the key, for example with 'openssl pkey'";
  if (strstr(pem, "PUBLIC KEY-----")) return "is a public key: pass the private key, with which the client signs";
  if (strstr(pem, "CERTIFICATE-----")) return "is a certificate: pass the private key, with which the client signs";
  return "is not a private key that libcrypto can read";
}

/* Signs an empty text, so that a damaged key is found when the client is made. */
static int can_sign(const struct client_validation *validation) {
  char *signature = malloc(client_validation_size(validation));
  int ok = signature && client_validation_sign(validation, "", 0, signature) > 0;
  free(signature);
  return ok;
}

static void read_key(lua_State *L, struct client_validation *validation, int table) {
  size_t length;
  lua_getfield(L, table, "key");
  if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "%s.key must be a string, the PEM text of the private key, got %s", option, luaL_typename(L, -1));
  const char *pem = lua_tolstring(L, -1, &length);
  validation->key = parse_key(pem, length);
  if (!validation->key) misuse(L, "%s.key %s", option, key_problem(pem));
  if (EVP_PKEY_base_id(validation->key) != EVP_PKEY_RSA) misuse(L, "%s.key is not an RSA key", option);
  int bits = EVP_PKEY_bits(validation->key);
  if (!can_sign(validation)) misuse(L, "%s.key is damaged: libcrypto cannot sign with it", option);
  if (bits < LEAST_BITS) misuse(L, "%s.key has %d bits, and Twilio needs RSA keys of at least %d bits", option, bits, LEAST_BITS);
  lua_pop(L, 1);
}

/* ---- the token's constant parts ---- */

/* Accepts letters and digits only, because the text is copied into JSON without escapes. */
static int is_sid(const char *text, const char *prefix) {
  static const char characters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return strncmp(text, prefix, 2) == 0 && text[2] && text[strspn(text, characters)] == '\0';
}

static const char *read_credential(lua_State *L, int table) {
  lua_getfield(L, table, "credential_sid");
  if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "%s.credential_sid must be a string, got %s", option, luaL_typename(L, -1));
  const char *sid = lua_tostring(L, -1);
  if (!is_sid(sid, "CR")) misuse(L, "%s.credential_sid must be the SID of the public key at Twilio (CR…)", option);
  return sid;
}

static void set_texts(lua_State *L, struct client_validation *validation, const char *credential, const char *api_key, const char *account) {
  const char *header = lua_pushfstring(L, "{\"alg\":\"RS256\",\"cty\":\"twilio-pkrv;v=1\",\"kid\":\"%s\",\"typ\":\"JWT\"}", credential);
  size_t length = strlen(header);
  validation->header = malloc(SIGNED_TEXT_BASE64(length));
  if (!validation->header) luaL_error(L, "out of memory");
  signed_text_base64url(validation->header, header, length);
  const char *claims = lua_pushfstring(L, "{\"iss\":\"%s\",\"sub\":\"%s\",", api_key, account);
  validation->claims = options_copy(L, claims, strlen(claims));
  lua_pop(L, 2);
}

void client_validation_read(lua_State *L, struct client_validation *validation, const struct credentials *credentials, const char *account_sid,
                            int options) {
  int top = lua_gettop(L);
  lua_getfield(L, options, option);
  int table = lua_gettop(L);
  validation->is_required = !lua_isnil(L, table);
  if (validation->is_required) {
    if (!lua_istable(L, table)) misuse(L, "option '%s' must be a table { key = …, credential_sid = … }, got %s", option, luaL_typename(L, table));
    lua_pushnil(L);
    while (lua_next(L, table)) {
      lua_pop(L, 1);
      if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "the name of a field of '%s' must be a string, got a %s", option, luaL_typename(L, -1));
      misuse_check_name(L, "field of client_validation", lua_tostring(L, -1), field_names);
    }
    if (!credentials->api_key || !account_sid)
      misuse(L, "%s needs api_key, api_secret and account_sid: Twilio validates requests with an API key", option);
    if (!is_sid(credentials->api_key, "SK")) misuse(L, "%s needs the SID of an API key (SK…) as api_key", option);
    if (!is_sid(account_sid, "AC")) misuse(L, "%s needs the SID of an account (AC…) as account_sid", option);
    read_key(L, validation, table);
    set_texts(L, validation, read_credential(L, table), credentials->api_key, account_sid);
  }
  lua_settop(L, top);
}

/* ---- signing ---- */

size_t client_validation_size(const struct client_validation *validation) {
  return (size_t)EVP_PKEY_size(validation->key);
}

size_t client_validation_sign(const struct client_validation *validation, const char *text, size_t length, char *out) {
  size_t size = client_validation_size(validation);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  ERR_set_mark();
  int ok = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, validation->key) == 1 &&
           EVP_DigestSign(context, (unsigned char *)out, &size, (const unsigned char *)text, length) == 1;
  ERR_pop_to_mark();
  EVP_MD_CTX_free(context);
  return ok ? size : 0;
}

/* ---- lifetime ---- */

void client_validation_close(struct client_validation *validation) {
  EVP_PKEY_free(validation->key);
  validation->key = NULL;
}

void client_validation_free(struct client_validation *validation) {
  client_validation_close(validation);
  free(validation->header);
  free(validation->claims);
  *validation = (struct client_validation){0};
}
