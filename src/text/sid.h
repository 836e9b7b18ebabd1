/* SIDs: two letters and 32 hexadecimal digits, such as CA1234567890abcdef1234567890abcdef. */
#ifndef TWILIO_SID_H
#define TWILIO_SID_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

enum { SID_LENGTH = 34 };

/* Bits of `accepted`. Without any, a SID has two capital letters and 32 digits (0 to 9, a to f). */
enum {
  SID_UPPER_DIGITS = 1,  /* hexadecimal digits A to F */
  SID_LOWER_LETTERS = 2, /* letters in lower case */
  SID_ANY_LENGTH = 4,    /* any number of digits, but at least one */
  SID_TYPED = 8          /* identifiers of newer APIs: mem_store_ and 26 letters and digits */
};

/* Whether the text is a SID. */
int sid_is(const char *text, size_t length, unsigned accepted);

#pragma GCC visibility pop

#endif
