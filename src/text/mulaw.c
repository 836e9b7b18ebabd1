#include "text/mulaw.h"

#include "support/compat.h"
#include "support/misuse.h"

/* A byte has a sign, three bits of an exponent and four bits of a mantissa, all inverted. The bias
 * makes the leading bit of the magnitude the one at position exponent + 7. */
enum { BIAS = 0x84, LARGEST = 32767 - BIAS };

static int sample_of(unsigned char byte) {
  int bits = ~byte & 0xff;
  int magnitude = (((bits & 0x0f) << 3) + BIAS) << (bits >> 4 & 7);
  return bits & 0x80 ? BIAS - magnitude : magnitude - BIAS;
}

/* Like the reference encoder of ITU-T G.191, takes the ones' complement of a negative sample. */
static unsigned char byte_of(int sample) {
  int sign = sample < 0 ? 0x80 : 0, exponent = 7;
  int magnitude = sample < 0 ? ~sample : sample;
  if (magnitude > LARGEST) magnitude = LARGEST;
  magnitude += BIAS;
  while (exponent > 0 && !(magnitude & 0x80 << exponent)) exponent--;
  return (unsigned char)~(sign | exponent << 4 | (magnitude >> (exponent + 3) & 0x0f));
}

int mulaw_decode(lua_State *L) {
  size_t length;
  const unsigned char *audio = (const unsigned char *)luaL_checklstring(L, 1, &length);
  if (length > (size_t)-1 / 4) return misuse(L, "the audio is too long");
  unsigned char *out = compat_newuserdata(L, 2 * length + 1);
  for (size_t i = 0; i < length; i++) {
    unsigned sample = (unsigned)sample_of(audio[i]);
    out[2 * i] = (unsigned char)(sample & 0xff);
    out[2 * i + 1] = (unsigned char)(sample >> 8 & 0xff);
  }
  lua_pushlstring(L, (const char *)out, 2 * length);
  return 1;
}

int mulaw_encode(lua_State *L) {
  size_t length;
  const unsigned char *samples = (const unsigned char *)luaL_checklstring(L, 1, &length);
  if (length % 2) return misuse(L, "samples have two bytes each, got an odd number of bytes");
  unsigned char *out = compat_newuserdata(L, length / 2 + 1);
  for (size_t i = 0; i < length / 2; i++) {
    int sample = samples[2 * i] | samples[2 * i + 1] << 8;
    out[i] = byte_of(sample < 0x8000 ? sample : sample - 0x10000);
  }
  lua_pushlstring(L, (const char *)out, length / 2);
  return 1;
}
