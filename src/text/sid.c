#include "text/sid.h"

#include "support/ascii.h"

enum { LETTERS = 2 };

static int is_letter_of_sid(char c, unsigned accepted) {
  return is_upper(c) || ((accepted & SID_LOWER_LETTERS) && is_lower(c));
}

static int is_digit_of_sid(char c, unsigned accepted) {
  return is_hex(c) && (!is_upper(c) || (accepted & SID_UPPER_DIGITS));
}

int sid_is(const char *text, size_t length, unsigned accepted) {
  if (accepted & SID_ANY_LENGTH ? length <= LETTERS : length != SID_LENGTH) return 0;
  for (size_t i = 0; i < length; i++)
    if (!(i < LETTERS ? is_letter_of_sid(text[i], accepted) : is_digit_of_sid(text[i], accepted))) return 0;
  return 1;
}
