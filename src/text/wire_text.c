#include "text/wire_text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ascii.h"
#include "support/compat.h"

static void percent(struct buffer *out, unsigned char c) {
  static const char hex[] = "0123456789ABCDEF";
  char code[3] = {'%', hex[c >> 4], hex[c & 15]};
  buffer_add(out, code, sizeof code);
}

void wire_percent(struct buffer *out, const char *text, size_t length) {
  unsigned unreserved = ASCII_UPPER | ASCII_LOWER | ASCII_DIGIT | ASCII_MARK; /* of RFC 3986 */
  int dots = length > 0 && length <= 2 && memcmp(text, "..", length) == 0;
  for (size_t i = 0; i < length; i++) {
    size_t run = dots ? 0 : ascii_span(text + i, length - i, unreserved);
    buffer_add(out, text + i, run);
    i += run;
    if (i < length) percent(out, (unsigned char)text[i]);
  }
}

/* Writes d.ddd × 10^exponent without an exponent. `digits` has n digits and no point. */
static size_t put_plain(char *out, const char *digits, int n, int exponent) {
  char *p = out;
  if (exponent < 0) *p++ = '0', *p++ = '.';
  for (int i = exponent; i < -1; i++) *p++ = '0';
  for (int i = 0; i < n; i++) {
    if (i == exponent + 1 && exponent >= 0) *p++ = '.';
    *p++ = digits[i];
  }
  for (int i = n; i <= exponent; i++) *p++ = '0';
  *p = '\0';
  return (size_t)(p - out);
}

static size_t put_double(char *out, double value) {
  char text[40], digits[24] = "";
  int precision = 14, n = 0;
  /* snprintf and strtod use the same locale, so strtod reads the decimal point that snprintf
   * wrote. */
  do snprintf(text, sizeof text, "%.*e", precision, value);
  while (precision++ < 16 && strtod(text, NULL) != value);
  const char *e = strchr(text, 'e');
  for (const char *p = text; p < e; p++)
    if (is_digit(*p)) digits[n++] = *p; /* skips the sign and the decimal point */
  while (n > 1 && digits[n - 1] == '0') n--;
  size_t sign = value < 0;
  if (sign) *out = '-';
  return sign + put_plain(out + sign, digits, n, (int)strtol(e + 1, NULL, 10));
}

/* A whole number below 2^63 is written with all its digits. Any other number is written with the
 * fewest digits that read back as the same number. */
size_t wire_number(lua_State *L, int index, char out[WIRE_NUMBER_SIZE]) {
  if (compat_isinteger(L, index)) return (size_t)snprintf(out, WIRE_NUMBER_SIZE, "%lld", (long long)lua_tointeger(L, index));
  double value = (double)lua_tonumber(L, index);
  if (isnan(value) || isinf(value)) return 0;
  if (value > -9.2e18 && value < 9.2e18 && value == (double)(int64_t)value) return (size_t)snprintf(out, WIRE_NUMBER_SIZE, "%lld", (long long)value);
  return put_double(out, value);
}

static int starts_word(const char *wire, size_t i, size_t length) {
  if (i == 0 || !is_upper(wire[i])) return 0;
  if (is_lower(wire[i - 1])) return 1;
  return (is_upper(wire[i - 1]) || is_digit(wire[i - 1])) && i + 1 < length && is_lower(wire[i + 1]);
}

static char snake_char(char c) {
  return c == '.' || c == '-' || c == ' ' ? '_' : to_lower(c);
}

static const char *ending_of(char inequality) {
  return inequality == '<' ? "_before" : "_after";
}

int wire_compare_snake(const char *name, const char *wire) {
  size_t length = strlen(wire);
  for (size_t i = 0; i < length; i++) {
    if (wire[i] == '<' || wire[i] == '>') return strcmp(name, ending_of(wire[i]));
    int order = starts_word(wire, i, length) ? (unsigned char)*name++ - '_' : 0;
    if (order == 0) order = (unsigned char)*name++ - (unsigned char)snake_char(wire[i]);
    if (order != 0) return order;
  }
  return (unsigned char)*name;
}

void wire_snake(const char *wire, size_t length, char *out, size_t size) {
  size_t n = 0;
  for (size_t i = 0; i < length && n + 2 < size; i++) {
    if (wire[i] == '<' || wire[i] == '>') {
      snprintf(out + n, size - n, "%s", ending_of(wire[i]));
      return;
    }
    if (starts_word(wire, i, length)) out[n++] = '_';
    out[n++] = snake_char(wire[i]);
  }
  out[n] = '\0';
}

int wire_has_control(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) return 1;
  return 0;
}

int wire_is_url_text(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)text[i] <= 0x20 || (unsigned char)text[i] >= 0x7f || text[i] == '#') return 0;
  return 1;
}

/* Length of the UTF-8 sequence at p, or 0 if it is malformed. The range of the second byte excludes
 * overlong forms, surrogates and code points above U+10FFFF. */
static size_t utf8_sequence(const unsigned char *p, size_t left) {
  if (*p < 0x80) return 1;
  if (*p < 0xc2 || *p > 0xf4) return 0;
  size_t n = *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
  unsigned char least = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : 0x80, most = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : 0xbf;
  if (n > left || p[1] < least || p[1] > most) return 0;
  for (size_t i = 2; i < n; i++)
    if ((p[i] & 0xc0) != 0x80) return 0;
  return n;
}

size_t wire_utf8_span(const char *text, size_t length) {
  size_t at = 0;
  while (at < length) {
    size_t n = utf8_sequence((const unsigned char *)text + at, length - at);
    if (!n) break;
    at += n;
  }
  return at;
}
