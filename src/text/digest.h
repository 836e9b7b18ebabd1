/* Digests, message authentication codes and base64, for webhooks and tokens. */
#ifndef TWILIO_DIGEST_H
#define TWILIO_DIGEST_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

struct digest_part {
  const char *bytes;
  size_t length;
};

/* Whether `code` is the HMAC-SHA-1 of the parts, which are read as one text. The comparison takes
 * the same time for any code of the right length. Returns 0 too if libcrypto fails. */
int digest_is_signed(struct digest_part key, const struct digest_part *parts, int count, struct digest_part code);

/* core.hmac(algorithm, key, part, …): returns the HMAC of up to 8 parts, which are read as one
 * text. The algorithm is "sha1" or "sha256". The result is the raw 20 or 32 bytes. */
int digest_hmac(lua_State *L);

/* Pushes the HMAC-SHA256 of the arguments from 3 on, as core.hmac does, with a key that Lua must not
 * see. The key must stay valid even if a finalizer runs. Returns 1. */
int digest_push_hmac(lua_State *L, const char *key, size_t length);

/* core.sha256(text): returns the SHA-256 as 64 hexadecimal digits in lower case. */
int digest_sha256(lua_State *L);

/* core.base64(bytes) and core.base64url(bytes): return the text of RFC 4648. base64url has no
 * padding. */
int digest_base64(lua_State *L);
int digest_base64url(lua_State *L);

/* core.base64_decode(text) and core.base64url_decode(text): return the bytes, or nil for a text that
 * the encoder above never writes. Two different texts therefore never have the same result. */
int digest_base64_decode(lua_State *L);
int digest_base64url_decode(lua_State *L);

/* core.equal(a, b): returns whether two strings are equal. The time depends on their lengths only,
 * so that an attacker cannot find out a secret byte by byte. */
int digest_equal(lua_State *L);

#pragma GCC visibility pop

#endif
