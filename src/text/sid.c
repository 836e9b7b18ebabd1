#include "text/sid.h"

#include "support/ascii.h"

enum { LETTERS = 2, TYPED_DIGITS = 26 };

/* Whether the text is words in lower case, each followed by `_`, and then 26 letters and digits. */
static int is_typed(const char *text, size_t length) {
  if (length < TYPED_DIGITS + 2 || !is_lower(*text)) return 0;
  size_t words = length - TYPED_DIGITS;
  if (text[words - 1] != '_') return 0;
  for (size_t i = 0; i < words; i++)
    if (!is_lower(text[i]) && !(text[i] == '_' && text[i - 1] != '_')) return 0;
  return ascii_span(text + words, TYPED_DIGITS, ASCII_LOWER | ASCII_UPPER | ASCII_DIGIT) == TYPED_DIGITS;
}

int sid_is(const char *text, size_t length, unsigned accepted) {
  unsigned letters = ASCII_UPPER | (accepted & SID_LOWER_LETTERS ? ASCII_LOWER : 0);
  unsigned digits = ASCII_DIGIT | ASCII_HEX_LOWER | (accepted & SID_UPPER_DIGITS ? ASCII_HEX_UPPER : 0);
  if ((accepted & SID_TYPED) && is_typed(text, length)) return 1;
  if (accepted & SID_ANY_LENGTH ? length <= LETTERS : length != SID_LENGTH) return 0;
  return ascii_span(text, LETTERS, letters) == LETTERS && ascii_span(text + LETTERS, length - LETTERS, digits) == length - LETTERS;
}
