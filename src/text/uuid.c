#include "text/uuid.h"

#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* Bytes of a UUID: 0 to 5 have the milliseconds since 1970. Byte 6 has the version and, with byte 7,
 * the next 12 bits of the time. Byte 8 has the variant in its first two bits. The rest is random. */
enum { BYTES = 16, VERSION = 0x70, VARIANT = 0x80 };

static void put_time(unsigned char *bytes) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  uint64_t milliseconds = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
  uint64_t fraction = (uint64_t)now.tv_nsec % 1000000 * 4096 / 1000000;
  for (int i = 0; i < 6; i++) bytes[i] = (unsigned char)(milliseconds >> (40 - 8 * i));
  bytes[6] = (unsigned char)(VERSION | fraction >> 8);
  bytes[7] = (unsigned char)fraction;
}

int uuid_new(char out[UUID_SIZE]) {
  unsigned char b[BYTES];
  /* libcrypto gives a forked process other numbers than its parent. */
  if (RAND_bytes(b + 8, BYTES - 8) != 1) return 0;
  put_time(b);
  b[8] = (unsigned char)(VARIANT | (b[8] & 0x3f));
  snprintf(out, UUID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7],
           b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
  return 1;
}
