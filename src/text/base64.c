#include "text/base64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#include "support/compat.h"
#include "support/misuse.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_encode(lua_State *L) {
  size_t length;
  const char *bytes = luaL_checklstring(L, 1, &length);
  if (length > INT_MAX / 2) return misuse(L, "a string is too long for base64"); /* libcrypto counts in int */
  unsigned char *out = compat_newuserdata(L, (length + 2) / 3 * 4 + 1);
  int n = EVP_EncodeBlock(out, (const unsigned char *)bytes, (int)length);
  lua_pushlstring(L, (const char *)out, (size_t)n);
  return 1;
}

/* Returns the number of "=" at the end, or -1 unless all characters before are digits, and the bits
 * that the last digit has in excess are zero. */
static int check_digits(const char *text, size_t length) {
  int padding = 0;
  while (padding < 2 && length > 0 && text[length - 1] == '=') padding++, length--;
  if (strspn(text, digits) != length) return -1;
  if (!padding) return 0;
  int last = length ? (int)(strchr(digits, text[length - 1]) - digits) : 0;
  return last & (padding == 2 ? 15 : 3) ? -1 : padding;
}

int base64_decode(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  int padding = length % 4 || length > INT_MAX ? -1 : check_digits(text, length);
  if (padding < 0) return 0;
  unsigned char *out = compat_newuserdata(L, length / 4 * 3 + 1);
  int n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)length);
  if (n < padding) return 0;
  lua_pushlstring(L, (const char *)out, (size_t)(n - padding));
  return 1;
}
