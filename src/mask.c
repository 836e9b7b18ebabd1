#include "mask.h"

#include <string.h>
#include <strings.h>

#include "compat.h"

enum {
  FEWEST_DIGITS = 7, /* of a phone number */
  SHORT_DIGITS = 8,  /* of one that keeps two digits */
  BARE_DIGITS = 10,  /* at least, of one within a text that has no "+" */
  MOST_DIGITS = 15,
  SEGMENT_SIZE = 320 /* longer segments of a path are no phone number and no address */
};

static const char hidden[] = "***";

static int is_digit(char c) {
  return c >= '0' && c <= '9';
}

static int is_letter(char c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* The length of "+", or of "%2B", at the beginning of the text. */
static size_t plus_length(const char *text, size_t length) {
  if (length > 0 && *text == '+') return 1;
  return length > 2 && strncasecmp(text, "%2b", 3) == 0 ? 3 : 0;
}

/* How far digits go, with what people write between them, up to the last one. */
static size_t digits_length(const char *text, size_t length, int *digits) {
  static const char between[] = " -.()";
  size_t end = 0;
  *digits = 0;
  for (size_t i = 0; i < length && (is_digit(text[i]) || memchr(between, text[i], sizeof between - 1)); i++)
    if (is_digit(text[i])) end = i + 1, ++*digits;
  return end;
}

static void add_digits(luaL_Buffer *b, const char *text, size_t length, int digits) {
  int hide = digits - (digits < SHORT_DIGITS ? 2 : 4);
  for (size_t i = 0; i < length; i++) luaL_addchar(b, is_digit(text[i]) && hide-- > 0 ? '*' : text[i]);
}

/* The last "@" of a text without blanks, encoded or not; NULL when there is none. */
static const char *find_at(const char *text, size_t length) {
  if (memchr(text, ' ', length)) return NULL;
  for (size_t i = length; i-- > 0;)
    if (text[i] == '@' || (length - i > 2 && memcmp(text + i, "%40", 3) == 0)) return text + i;
  return NULL;
}

static int ends_word(char c) {
  static const char ends[] = " \t\r\n\"'<>(),;/?&=";
  return memchr(ends, c, sizeof ends - 1) != NULL;
}

/* How much stands before the "@" in the word at the beginning of the text; 0: it has none. */
static size_t user_length(const char *text, size_t length) {
  size_t end = 0;
  while (end < length && !ends_word(text[end])) end++;
  const char *at = find_at(text, end);
  return at ? (size_t)(at - text) : 0;
}

/* The length of the digits at the beginning of the text that are all of a word and as many as a whole phone number has, else 0. */
static size_t bare_length(const char *text, size_t length) {
  size_t n = 0;
  while (n < length && is_digit(text[n])) n++;
  return n < BARE_DIGITS || n > MOST_DIGITS || (n < length && is_letter(text[n])) ? 0 : n;
}

static void add_text(luaL_Buffer *b, const char *text, size_t length) {
  for (size_t i = 0; i < length;) {
    char before = i > 0 ? text[i - 1] : ' ';
    size_t user = ends_word(before) ? user_length(text + i, length - i) : 0;
    if (user) {
      luaL_addstring(b, hidden);
      i += user;
      continue;
    }
    size_t n = is_digit(before) || is_letter(before) ? 0 : bare_length(text + i, length - i);
    size_t plus = n ? 0 : plus_length(text + i, length - i);
    int digits = (int)n;
    if (plus) n = digits_length(text + i + plus, length - i - plus, &digits);
    size_t shown = n || plus ? plus : 1; /* before the digits, or all that is taken now */
    luaL_addlstring(b, text + i, shown);
    i += shown;
    if (digits < FEWEST_DIGITS) continue;
    add_digits(b, text + i, n, digits);
    i += n;
  }
}

static int is_date(const char *text, size_t length) {
  return length == 10 && text[4] == '-' && text[7] == '-';
}

/* Where the digits begin in a text that is one phone number, "+1 (555) 867-5310" or "whatsapp:+1555…"; 0 with *digits = 0 when it is none. */
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
  if (n == length - at && *digits >= FEWEST_DIGITS && !is_date(text, length)) return at;
  *digits = 0;
  return 0;
}

static int is_number(const char *text, size_t length) {
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
  add_text(b, from, length - (size_t)(from - text));
}

void mask_push_value(lua_State *L, const char *text, size_t length, int is_personal) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  add_value(&b, text, length, is_personal);
  luaL_pushresult(&b);
}

/* Paths */

/* Whether segment number `wanted` of the operation's path, counted from 0, is a
 * parameter whose values the documents mark: all of these names are, wherever
 * they stand in a path. *at: how many segments its ancestors have. */
static int is_personal_segment(uint16_t path, int wanted, int *at) {
  static const char *const marked[] = {"/{Identity}", "/{Key}"};
  if (api_paths[path].parent && is_personal_segment((uint16_t)(api_paths[path].parent - 1), wanted, at)) return 1;
  for (const char *p = strchr(API_STRING(api_paths[path].suffix), '/'); p; p = strchr(p + 1, '/')) {
    if ((*at)++ != wanted) continue;
    for (size_t i = 0; i < sizeof marked / sizeof *marked; i++)
      if (strncmp(p, marked[i], strlen(marked[i])) == 0) return 1;
  }
  return 0;
}

/* A segment of a request's path, without the ".json" behind the last one. */
struct segment {
  const char *text;
  size_t length;
  int number, is_personal;
};

/* The segment behind this one, at first the one before the first slash; 0: there is none. */
static int next_segment(const struct request *r, struct segment *s) {
  static const char ending[] = ".json";
  const struct api_op *op = request_op(r);
  const char *end = r->path.data + r->path.length, *from = s->text ? memchr(s->text, '/', (size_t)(end - s->text)) : r->path.data;
  size_t tail = sizeof ending - 1;
  int at = 0;
  if (!from || !r->path.length) return 0;
  s->number = s->text ? s->number + 1 : -1;
  s->text = s->text ? from + 1 : from;
  const char *slash = memchr(s->text, '/', (size_t)(end - s->text));
  s->length = (size_t)((slash ? slash : end) - s->text);
  if (s->length >= tail && memcmp(s->text + s->length - tail, ending, tail) == 0) s->length -= tail;
  s->is_personal = op && s->number >= 0 && is_personal_segment(op->path, s->number, &at);
  return 1;
}

static int hex_digit(char c) {
  return is_digit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* The segment with its escapes undone; returns its length, 0 when it is too long. */
static size_t decode(const struct segment *s, char out[SEGMENT_SIZE]) {
  size_t n = 0;
  if (s->length > SEGMENT_SIZE) return 0;
  for (size_t i = 0; i < s->length; n++) {
    int high = s->text[i] == '%' && i + 2 < s->length ? hex_digit(s->text[i + 1]) : -1, low = high < 0 ? -1 : hex_digit(s->text[i + 2]);
    out[n] = low < 0 ? s->text[i] : (char)(high << 4 | low);
    i += low < 0 ? 1 : 3;
  }
  return n;
}

/* As it stands in the path or, where only that shows the number in it, "%28555%29%20867…", without its escapes. */
static void add_segment(luaL_Buffer *b, const struct segment *s) {
  char plain[SEGMENT_SIZE];
  size_t length = decode(s, plain);
  if (is_number(plain, length) && !is_number(s->text, s->length))
    add_value(b, plain, length, s->is_personal);
  else
    add_value(b, s->text, s->length, s->is_personal);
}

void mask_push_path(lua_State *L, const struct request *r) {
  struct segment s = {0};
  const char *shown = r->path.data;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  if (!r->path.length) luaL_addstring(&b, "(elsewhere)");
  while (next_segment(r, &s)) {
    luaL_addlstring(&b, shown, (size_t)(s.text - shown));
    add_segment(&b, &s);
    shown = s.text + s.length;
  }
  if (r->path.length) luaL_addlstring(&b, shown, r->path.length - (size_t)(shown - r->path.data));
  luaL_pushresult(&b);
}

/* Messages */

/* Replaces `from` by `to`, both on the stack's top and popped, in the text below them. */
static void replace(lua_State *L) {
  if (*lua_tostring(L, -2)) { /* luaL_gsub finds an empty text without end */
    luaL_gsub(L, lua_tostring(L, -3), lua_tostring(L, -2), lua_tostring(L, -1));
    lua_replace(L, -4);
  }
  lua_pop(L, 2);
}

/* What is masked in the path is no better in a text that repeats it, with or without its escapes. */
static void replace_echo(lua_State *L, const struct segment *s) {
  enum { SHORTEST = 5 }; /* to be looked for without a slash before it */
  char plain[SEGMENT_SIZE];
  size_t length = decode(s, plain);
  luaL_Buffer b;
  lua_pushliteral(L, "/");
  lua_pushlstring(L, s->text, s->length);
  lua_concat(L, 2);
  luaL_buffinit(L, &b);
  luaL_addchar(&b, '/');
  add_segment(&b, s);
  luaL_pushresult(&b);
  if (lua_rawequal(L, -1, -2)) {
    lua_pop(L, 2);
    return;
  }
  replace(L);
  if (length < SHORTEST) return;
  lua_pushlstring(L, plain, length);
  mask_push_value(L, plain, length, s->is_personal);
  replace(L);
}

void mask_push_message(lua_State *L, const struct request *r, const char *text, size_t length) {
  struct segment s = {0};
  luaL_Buffer b;
  lua_pushlstring(L, text, length);
  while (next_segment(r, &s)) replace_echo(L, &s);
  text = lua_tolstring(L, -1, &length);
  luaL_buffinit(L, &b);
  add_text(&b, text, length);
  luaL_pushresult(&b);
  lua_remove(L, -2);
}

/* Parameters */

static int is_named(const struct api_param *p, const char *name, size_t length) {
  const char *wire = API_STRING(p->name);
  return strlen(wire) == length && strncasecmp(wire, name, length) == 0;
}

/* 0: the operation has no such parameter; 1: it has; 2: and it is marked. */
static int find_named(const struct api_op *op, const char *name, size_t length) {
  for (int i = 0; i < op->n_params; i++) {
    const struct api_param *p = &api_param_table[api_params[op->first_param + i]];
    if (is_named(p, name, length)) return p->traits & API_PERSONAL ? 2 : 1;
  }
  return 0;
}

int mask_is_personal(const struct request *r, const char *name, size_t length) {
  const struct api_op *op = request_op(r);
  int own = op ? find_named(op, name, length) : 0;
  if (own) return own > 1;
  for (uint16_t other = 0; other < api_op_count; other++)
    if (find_named(&api_ops[other], name, length) > 1) return 1;
  return 0;
}
