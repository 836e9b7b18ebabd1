/* Reading steps that checking and decoding of JSON share. */
#ifndef TWILIO_JSON_TEXT_H
#define TWILIO_JSON_TEXT_H

#include <stdint.h>
#include <string.h>

#pragma GCC visibility push(hidden)

#if defined(__SSE2__) && !defined(JSON_NO_SIMD)
#include <emmintrin.h>
#define JSON_SSE2
#endif

static inline const char *json_skip_space(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) p++;
  return p;
}

#ifndef JSON_SSE2
/* Whether one of the eight bytes is less than `limit`. The limit is at most 128. */
static inline int json_has_less(uint64_t bytes, unsigned limit) {
  const uint64_t each = UINT64_C(0x0101010101010101);
  return ((bytes - each * limit) & ~bytes & each * 0x80) != 0;
}

static inline int json_has_special(uint64_t bytes) {
  const uint64_t each = UINT64_C(0x0101010101010101);
  return json_has_less(bytes, 0x20) || json_has_less(bytes ^ each * '"', 1) || json_has_less(bytes ^ each * '\\', 1);
}
#endif

/* Returns the first quote, backslash or control character, or the end. Most bytes of a text are
 * skipped here, so the function examines 16 or 8 bytes at a time. */
static inline const char *json_skip_plain(const char *p, const char *end) {
#ifdef JSON_SSE2
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);
  for (; end - p >= 16; p += 16) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
    unsigned found = (unsigned)_mm_movemask_epi8(special);
    if (found) return p + __builtin_ctz(found);
  }
#else
  for (uint64_t bytes; end - p >= 8; p += 8) {
    memcpy(&bytes, p, sizeof bytes);
    if (json_has_special(bytes)) break;
  }
#endif
  while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) p++;
  return p;
}

/* Decodes the escape at *p into `out` and moves *p after it. The escape must be valid. Returns the
 * position after the output. The output has at most four bytes and is never longer than the
 * escape. */
char *json_read_escape(char *out, const char **p, const char *end);

#pragma GCC visibility pop

#endif
