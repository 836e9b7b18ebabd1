#include "text/json_text.h"

#include "support/ascii.h"

static unsigned hex4(const char *p) {
  unsigned n = 0;
  for (int i = 0; i < 4; i++) n = n << 4 | (unsigned)(is_digit(p[i]) ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
  return n;
}

/* Writes a code point as UTF-8 and returns the position after it. */
static char *put_utf8(char *out, unsigned code) {
  if (code < 0x80) {
    *out++ = (char)code;
    return out;
  }
  if (code < 0x800) {
    *out++ = (char)(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      *out++ = (char)(0xE0 | code >> 12);
    } else {
      *out++ = (char)(0xF0 | code >> 18);
      *out++ = (char)(0x80 | (code >> 12 & 0x3F));
    }
    *out++ = (char)(0x80 | (code >> 6 & 0x3F));
  }
  *out++ = (char)(0x80 | (code & 0x3F));
  return out;
}

/* Reads the \u escape at *p, or two that are a surrogate pair, and moves *p after it. Returns
 * U+FFFD for an unpaired surrogate. */
static unsigned read_unicode(const char **p, const char *end) {
  unsigned code = hex4(*p + 2), low;
  *p += 6;
  if (code < 0xD800 || code > 0xDFFF) return code;
  if (code > 0xDBFF || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u') return 0xFFFD;
  low = hex4(*p + 2);
  if (low < 0xDC00 || low > 0xDFFF) return 0xFFFD;
  *p += 6;
  return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

char *json_read_escape(char *out, const char **p, const char *end) {
  static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
  const char *letter;
  if ((*p)[1] == 'u') return put_utf8(out, read_unicode(p, end));
  letter = strchr(letters, (*p)[1]);
  *out++ = letter ? meanings[letter - letters] : (*p)[1]; /* \" \\ \/ */
  *p += 2;
  return out;
}
