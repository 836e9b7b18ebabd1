#include "support/redact.h"

#include <string.h>
#include <strings.h>

#include "support/ascii.h"
#include "support/compat.h"

enum {
  FEWEST_DIGITS = 7, /* shorter digit sequences are not phone numbers */
  SHORT_DIGITS = 8,  /* numbers with fewer digits show two digits, other numbers show four */
  BARE_DIGITS = 10,  /* fewest digits of a number without "+" and separators within a text */
  SID_DIGITS = 32    /* after the two letters of a SID */
};

static const char hidden[] = "***";

static int is_alphanumeric(char c) {
  return is_digit(c) || is_letter(c);
}

/* Length of "+" or "%2B" at the start of the text, otherwise 0. */
static size_t plus_length(const char *text, size_t length) {
  if (length > 0 && *text == '+') return 1;
  return length > 2 && strncasecmp(text, "%2b", 3) == 0 ? 3 : 0;
}

static int is_separator(char c) {
  return c != '\0' && strchr(" -._()", c) != NULL;
}

/* Length of the digits and separators at the start of the text, up to the last digit. */
static size_t digits_length(const char *text, size_t length, int *digits) {
  size_t end = 0;
  *digits = 0;
  for (size_t i = 0; i < length && (is_digit(text[i]) || is_separator(text[i])); i++)
    if (is_digit(text[i])) end = i + 1, ++*digits;
  return end;
}

static void add_digits(luaL_Buffer *b, const char *text, size_t length, int digits) {
  int hide = digits - (digits < SHORT_DIGITS ? 2 : 4);
  for (size_t i = 0; i < length; i++) luaL_addchar(b, is_digit(text[i]) && hide-- > 0 ? '*' : text[i]);
}

/* Returns the last "@" or "%40" of a text without blanks, otherwise NULL. */
static const char *find_at(const char *text, size_t length) {
  if (memchr(text, ' ', length)) return NULL;
  for (size_t i = length; i-- > 0;)
    if (text[i] == '@' || (length - i > 2 && memcmp(text + i, "%40", 3) == 0)) return text + i;
  return NULL;
}

int redact_has_at(const char *text, size_t length) {
  return find_at(text, length) != NULL;
}

static int ends_word(char c) {
  static const char ends[] = " \t\r\n\"'<>(),;/?&=";
  return memchr(ends, c, sizeof ends - 1) != NULL;
}

/* Length of the name before the "@" in the word at the start of the text. 0 if there is no "@". */
static size_t user_length(const char *text, size_t length) {
  size_t end = 0;
  while (end < length && !ends_word(text[end])) end++;
  const char *at = find_at(text, end);
  return at ? (size_t)(at - text) : 0;
}

static size_t count_digits(const char *text, size_t length) {
  size_t n = 0;
  while (n < length && is_digit(text[n])) n++;
  return n;
}

/* Length of a number such as "(555) 867-5310" or "555.867.5310" at the start of the text,
 * otherwise 0. */
static size_t grouped_length(const char *text, size_t length) {
  static const size_t groups[] = {3, 3, 4};
  size_t at = length > 0 && *text == '(';
  for (int group = 0; group < 3; group++) {
    if (count_digits(text + at, length - at) != groups[group]) return 0;
    at += groups[group];
    if (group == 0 && at + 1 < length && text[at] == ')' && text[at + 1] == ' ') at++; /* two separators */
    if (group < 2 && (at == length || !is_separator(text[at++]))) return 0;
  }
  return at < length && is_letter(text[at]) ? 0 : at;
}

/* Length of the SID at the start of the text, otherwise 0. */
static size_t sid_length(const char *text, size_t length) {
  size_t n = 2;
  if (length < n + SID_DIGITS || !is_upper(text[0]) || !is_upper(text[1])) return 0;
  while (n < length && is_hex(text[n])) n++;
  return n == 2 + SID_DIGITS && (n == length || !is_alphanumeric(text[n])) ? n : 0;
}

/* Length of a number without "+" at the start of the text, otherwise 0. Only a number at the
 * start of a word may contain separators. */
static size_t bare_length(const char *text, size_t length, int begins_word, int *digits) {
  size_t n = count_digits(text, length);
  if (n < BARE_DIGITS) n = begins_word ? grouped_length(text, length) : 0;
  *digits = 0;
  for (size_t i = 0; i < n; i++) *digits += is_digit(text[i]);
  return n;
}

/* Adds "***" for the name before an "@" at the start of the text. Returns the length of the
 * name, or 0. */
static size_t add_user(luaL_Buffer *b, const char *text, size_t length) {
  size_t user = user_length(text, length);
  if (user) luaL_addstring(b, hidden);
  return user;
}

/* Adds a masked phone number, or one byte if the text does not start with a number. Returns the
 * number of bytes that were read. `before` is the byte before the text. */
static size_t add_number(luaL_Buffer *b, const char *text, size_t length, char before) {
  int digits;
  size_t n = is_digit(before) ? 0 : bare_length(text, length, !is_letter(before), &digits);
  if (n) {
    add_digits(b, text, n, digits);
    return n;
  }
  size_t plus = plus_length(text, length);
  luaL_addlstring(b, text, plus ? plus : 1);
  if (!plus) return 1;
  n = digits_length(text + plus, length - plus, &digits);
  if (digits < FEWEST_DIGITS) return plus;
  add_digits(b, text + plus, n, digits);
  return plus + n;
}

static void add_plain(luaL_Buffer *b, const char *text, size_t length) {
  for (size_t i = 0; i < length;) {
    char before = i > 0 ? text[i - 1] : ' ';
    size_t sid = is_alphanumeric(before) ? 0 : sid_length(text + i, length - i);
    size_t user = ends_word(before) ? add_user(b, text + i, length - i) : 0;
    if (!user && sid) luaL_addlstring(b, text + i, sid);
    i += user ? user : sid ? sid : add_number(b, text + i, length - i, before);
  }
}

static int is_date_text(const char *text, size_t length) {
  return length == 10 && text[4] == '-' && text[7] == '-';
}

/* Finds the digits in a text that is one phone number: "+1 (555) 867-5310" or "whatsapp:+1555…".
 * Returns their offset and sets *digits to their number, which is 0 for any other text. */
static size_t find_number(const char *text, size_t length, int *digits) {
  size_t at = 0;
  while (at < length && is_letter(text[at])) at++;
  if (at > 0 && at < length && text[at] == ':')
    at++;
  else if (at > 0 && at + 2 < length && strncasecmp(text + at, "%3a", 3) == 0)
    at += 3;
  else
    at = 0;
  at += plus_length(text + at, length - at);
  size_t n = digits_length(text + at, length - at, digits);
  if (n == length - at && *digits >= FEWEST_DIGITS && !is_date_text(text, length)) return at;
  *digits = 0;
  return 0;
}

int redact_is_number(const char *text, size_t length) {
  int digits;
  (void)find_number(text, length, &digits);
  return digits > 0;
}

static void add_value(luaL_Buffer *b, const char *text, size_t length, int is_personal) {
  int digits;
  size_t number = find_number(text, length, &digits);
  const char *at = find_at(text, length), *from = text;
  if (digits) {
    luaL_addlstring(b, text, number);
    add_digits(b, text + number, length - number, digits);
    return;
  }
  if (is_personal || at) luaL_addstring(b, hidden);
  if (is_personal) return;
  if (at) from = at;
  add_plain(b, from, length - (size_t)(from - text));
}

void redact_push_value(lua_State *L, const char *text, size_t length, int is_personal) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  add_value(&b, text, length, is_personal);
  luaL_pushresult(&b);
}

void redact_push_text(lua_State *L, const char *text, size_t length) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  add_plain(&b, text, length);
  luaL_pushresult(&b);
}
