#include "text/sid.h"

#include "support/ascii.h"

enum { LETTERS = 2, TYPED_DIGITS = 26 };

static int is_letter_of_sid(char c, unsigned accepted) {
  return is_upper(c) || ((accepted & SID_LOWER_LETTERS) && is_lower(c));
}

static int is_digit_of_sid(char c, unsigned accepted) {
  return is_hex(c) && (!is_upper(c) || (accepted & SID_UPPER_DIGITS));
}

/* Whether the text is words in lower case, each followed by `_`, and then letters and digits. */
static int is_typed(const char *text, size_t length) {
  if (length < TYPED_DIGITS + 2 || !is_lower(*text)) return 0;
  size_t words = length - TYPED_DIGITS;
  if (text[words - 1] != '_') return 0;
  for (size_t i = 0; i < words; i++)
    if (!is_lower(text[i]) && !(text[i] == '_' && text[i - 1] != '_')) return 0;
  for (size_t i = words; i < length; i++)
    if (!is_lower(text[i]) && !is_upper(text[i]) && !is_digit(text[i])) return 0;
  return 1;
}

int sid_is(const char *text, size_t length, unsigned accepted) {
  if ((accepted & SID_TYPED) && is_typed(text, length)) return 1;
  if (accepted & SID_ANY_LENGTH ? length <= LETTERS : length != SID_LENGTH) return 0;
  for (size_t i = 0; i < length; i++)
    if (!(i < LETTERS ? is_letter_of_sid(text[i], accepted) : is_digit_of_sid(text[i], accepted))) return 0;
  return 1;
}
