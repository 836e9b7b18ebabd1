#include "text/network.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "support/ascii.h"
#include "support/compat.h"

struct address {
  unsigned char bytes[16];
  int size; /* 4 or 16 bytes; 0: malformed */
};

static struct address parse_address(const char *text) {
  static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  struct address a = {{0}, 0};
  if (inet_pton(AF_INET, text, a.bytes) == 1) {
    a.size = 4;
  } else if (inet_pton(AF_INET6, text, a.bytes) == 1) {
    a.size = 16;
    if (memcmp(a.bytes, mapped, sizeof mapped) == 0) {
      memmove(a.bytes, a.bytes + sizeof mapped, 4);
      a.size = 4;
    }
  }
  return a;
}

/* Reads the digits after the slash. Returns -1 if they are no number from 0 to `most`. */
static int parse_bits(const char *text, int most) {
  size_t n = strlen(text);
  if (n < 1 || n > 3) return -1;
  for (size_t i = 0; i < n; i++)
    if (!is_digit(text[i])) return -1;
  long bits = strtol(text, NULL, 10);
  return bits <= most ? (int)bits : -1;
}

static int has_same_bits(const unsigned char *a, const unsigned char *b, int bits) {
  int whole = bits / 8, rest = bits % 8;
  if (memcmp(a, b, (size_t)whole) != 0) return 0;
  return rest == 0 || ((a[whole] ^ b[whole]) & (0xff << (8 - rest))) == 0;
}

int network_contains(lua_State *L) {
  char text[64] = "";
  const char *address = luaL_checkstring(L, 1), *network = luaL_checkstring(L, 2), *slash = strchr(network, '/');
  size_t length = slash ? (size_t)(slash - network) : strlen(network);
  if (length >= sizeof text) return 0;
  memcpy(text, network, length);
  struct address base = parse_address(text), a = parse_address(address);
  int bits = base.size && slash ? parse_bits(slash + 1, 8 * base.size) : 8 * base.size;
  if (!base.size || bits < 0) return 0;
  lua_pushboolean(L, a.size == base.size && has_same_bits(a.bytes, base.bytes, bits));
  return 1;
}
