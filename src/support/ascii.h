/* Tests for classes of ASCII characters. The functions of <ctype.h> depend on the locale of the
 * process. */
#ifndef TWILIO_ASCII_H
#define TWILIO_ASCII_H

#include <stddef.h>

/* Bits of ascii_span's `accepted`. */
enum {
  ASCII_UPPER = 1,
  ASCII_LOWER = 2,
  ASCII_DIGIT = 4,
  ASCII_HEX_UPPER = 8,  /* A to F */
  ASCII_HEX_LOWER = 16, /* a to f */
  ASCII_MARK = 32       /* - . _ ~, which URLs may contain unescaped, like letters and digits */
};

#pragma GCC visibility push(hidden)

/* Returns how many characters at the start of the text belong to the accepted classes. */
size_t ascii_span(const char *text, size_t length, unsigned accepted);

#pragma GCC visibility pop

static inline int is_digit(char c) {
  return c >= '0' && c <= '9';
}

static inline int is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

static inline int is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

static inline int is_letter(char c) {
  return is_lower((char)(c | 0x20));
}

static inline int is_hex(char c) {
  return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static inline char to_lower(char c) {
  return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

#endif
