#include "text/digest.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "support/ascii.h"
#include "support/compat.h"
#include "text/signed_text.h"

/* ---- algorithms ---- */

/* OpenSSL 3 looks up the implementation of EVP_sha1() under a lock in each pass of an HMAC, which
 * takes as long as hashing a webhook. It is therefore fetched once, and kept until the process ends.
 * NULL if the algorithm is not available. */
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
static EVP_MD *fetched_sha1, *fetched_sha256;

static void fetch_digests(void) {
  fetched_sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
  fetched_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static void fetch_digests_once(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, fetch_digests);
}

static const EVP_MD *sha1(void) {
  fetch_digests_once();
  return fetched_sha1;
}

static const EVP_MD *sha256(void) {
  fetch_digests_once();
  return fetched_sha256;
}
#else
static const EVP_MD *sha1(void) {
  return EVP_sha1();
}

static const EVP_MD *sha256(void) {
  return EVP_sha256();
}
#endif

/* ---- HMAC (RFC 2104) ---- */

enum { BLOCK_SIZE = 64 }; /* of SHA-1 and SHA-256 */

/* write_hmac creates and frees `context`. The functions that it calls must not raise. */
struct hmac {
  EVP_MD_CTX *context;
  const EVP_MD *md;
  unsigned char key[BLOCK_SIZE];
};

/* Starts a digest of the key, each byte of which is combined with `pad`. */
static int start_pass(struct hmac *hmac, unsigned char pad) {
  unsigned char block[BLOCK_SIZE];
  for (int i = 0; i < BLOCK_SIZE; i++) block[i] = hmac->key[i] ^ pad;
  int ok = EVP_DigestInit_ex(hmac->context, hmac->md, NULL) && EVP_DigestUpdate(hmac->context, block, sizeof block);
  OPENSSL_cleanse(block, sizeof block);
  return ok;
}

/* A key that is longer than a block is replaced by its digest. */
static int take_key(struct hmac *hmac, const char *key, size_t length) {
  if (length > sizeof hmac->key) return EVP_Digest(key, length, hmac->key, NULL, hmac->md, NULL);
  memcpy(hmac->key, key, length);
  return 1;
}

static int add_parts(struct hmac *hmac, const struct digest_part *parts, int count) {
  for (int i = 0; i < count; i++)
    if (!EVP_DigestUpdate(hmac->context, parts[i].bytes, parts[i].length)) return 0;
  return 1;
}

/* Writes the code and returns its size, or 0 if libcrypto failed. HMAC() of OpenSSL 3 takes twice
 * as long for a webhook, because it looks up the algorithm several times. */
static unsigned write_hmac(const EVP_MD *md, struct digest_part key, const struct digest_part *parts, int count, unsigned char out[EVP_MAX_MD_SIZE]) {
  struct hmac hmac = {EVP_MD_CTX_new(), md, {0}};
  unsigned size = 0;
  int ok = md && hmac.context && take_key(&hmac, key.bytes, key.length) && start_pass(&hmac, 0x36) && add_parts(&hmac, parts, count) &&
           EVP_DigestFinal_ex(hmac.context, out, &size) && start_pass(&hmac, 0x5c) && EVP_DigestUpdate(hmac.context, out, size) &&
           EVP_DigestFinal_ex(hmac.context, out, &size);
  EVP_MD_CTX_free(hmac.context);
  OPENSSL_cleanse(hmac.key, sizeof hmac.key);
  return ok ? size : 0;
}

int digest_is_signed(struct digest_part key, const struct digest_part *parts, int count, struct digest_part signature) {
  unsigned char code[EVP_MAX_MD_SIZE], text[SIGNED_TEXT_BASE64(EVP_MAX_MD_SIZE)];
  unsigned size = write_hmac(sha1(), key, parts, count, code);
  if (!size) return 0;
  size_t length = (size_t)EVP_EncodeBlock(text, code, (int)size);
  return signature.length == length && CRYPTO_memcmp(text, signature.bytes, length) == 0;
}

enum { MAX_PARTS = 8 };

/* The arguments of the Lua function from the third on are the parts. */
static int push_hmac(lua_State *L, const EVP_MD *md, const char *key, size_t length) {
  unsigned char out[EVP_MAX_MD_SIZE];
  struct digest_part parts[MAX_PARTS];
  int count = lua_gettop(L) - 2;
  luaL_argcheck(L, count <= MAX_PARTS, MAX_PARTS + 3, "too many parts");
  for (int i = 0; i < count; i++) parts[i].bytes = luaL_checklstring(L, i + 3, &parts[i].length);
  unsigned size = write_hmac(md, (struct digest_part){key, length}, parts, count, out);
  if (!size) return luaL_error(L, "libcrypto cannot compute an HMAC");
  lua_pushlstring(L, (const char *)out, size);
  return 1;
}

int digest_hmac(lua_State *L) {
  static const char *const names[] = {"sha1", "sha256", NULL};
  const EVP_MD *md = luaL_checkoption(L, 1, NULL, names) ? sha256() : sha1();
  size_t length;
  const char *key = luaL_checklstring(L, 2, &length);
  return push_hmac(L, md, key, length);
}

int digest_push_hmac(lua_State *L, const char *key, size_t length) {
  return push_hmac(L, sha256(), key, length);
}

/* ---- SHA-256 ---- */

int digest_sha256(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  char digits[SIGNED_TEXT_SHA256];
  if (!signed_text_sha256(text, length, digits)) return luaL_error(L, "libcrypto cannot compute a SHA-256");
  lua_pushstring(L, digits);
  return 1;
}

/* ---- base64 (RFC 4648) ---- */

enum { MAX_BYTES = INT_MAX / 2 }; /* EVP_EncodeBlock counts in int, and writes 4/3 of this */

static int push_base64(lua_State *L, int is_url) {
  size_t length;
  const char *bytes = luaL_checklstring(L, 1, &length);
  if (length > MAX_BYTES) return luaL_error(L, "too long for base64");
  char *out = compat_newuserdata(L, SIGNED_TEXT_BASE64(length));
  size_t n =
      is_url ? signed_text_base64url(out, bytes, length) : (size_t)EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)bytes, (int)length);
  lua_pushlstring(L, out, n);
  return 1;
}

int digest_base64(lua_State *L) {
  return push_base64(L, 0);
}

int digest_base64url(lua_State *L) {
  return push_base64(L, 1);
}

/* Returns the six bits of a digit, or -1. */
static int digit_value(char c, int is_url) {
  if (is_upper(c)) return c - 'A';
  if (is_lower(c)) return c - 'a' + 26;
  if (is_digit(c)) return c - '0' + 52;
  if (c == (is_url ? '-' : '+')) return 62;
  return c == (is_url ? '_' : '/') ? 63 : -1;
}

/* Decodes n digits without padding. Returns the number of bytes, or -1 for a text that no encoder
 * writes: with a character outside the alphabet, or with unused bits that are not zero. */
static long decode_base64(const char *text, size_t n, int is_url, char *out) {
  unsigned bits = 0;
  int count = 0;
  char *p = out;
  for (size_t i = 0; i < n; i++) {
    int value = digit_value(text[i], is_url);
    if (value < 0) return -1;
    bits = (bits << 6 | (unsigned)value) & 0xfff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    *p++ = (char)(bits >> count);
  }
  int is_complete = count < 6 && (bits & ((1U << count) - 1)) == 0;
  return is_complete ? (long)(p - out) : -1;
}

static int push_decoded(lua_State *L, int is_url) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  size_t n = length;
  if (!is_url) {
    if (length % 4) return 0;
    while (n && length - n < 2 && text[n - 1] == '=') n--;
  }
  char *out = compat_newuserdata(L, n / 4 * 3 + 3);
  long size = decode_base64(text, n, is_url, out);
  if (size < 0) return 0;
  lua_pushlstring(L, out, (size_t)size);
  return 1;
}

int digest_base64_decode(lua_State *L) {
  return push_decoded(L, 0);
}

int digest_base64url_decode(lua_State *L) {
  return push_decoded(L, 1);
}

/* ---- comparison ---- */

int digest_equal(lua_State *L) {
  size_t length, other_length;
  const char *text = luaL_checklstring(L, 1, &length), *other = luaL_checklstring(L, 2, &other_length);
  lua_pushboolean(L, length == other_length && CRYPTO_memcmp(text, other, length) == 0);
  return 1;
}
