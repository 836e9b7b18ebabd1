#include "mask.h"

#include <string.h>
#include <strings.h>

#include "compat.h"

enum {
  FEWEST_DIGITS = 7, /* of a phone number */
  SHORT_DIGITS = 8   /* of one that keeps two digits */
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

static void add_text(luaL_Buffer *b, const char *text, size_t length) {
  for (size_t i = 0; i < length;) {
    int digits = 0;
    size_t plus = plus_length(text + i, length - i), n = plus ? digits_length(text + i + plus, length - i - plus, &digits) : 0;
    if (!plus) plus = 1;
    luaL_addlstring(b, text + i, plus);
    i += plus;
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

/* The last "@" of a text without blanks, encoded or not; NULL when there is none. */
static const char *find_at(const char *text, size_t length) {
  if (memchr(text, ' ', length)) return NULL;
  for (size_t i = length; i-- > 0;)
    if (text[i] == '@' || (length - i > 2 && memcmp(text + i, "%40", 3) == 0)) return text + i;
  return NULL;
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

void mask_push_text(lua_State *L, const char *text, size_t length) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  add_text(&b, text, length);
  luaL_pushresult(&b);
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

static void add_segment(luaL_Buffer *b, const char *text, size_t length, int is_personal) {
  static const char ending[] = ".json";
  size_t tail = sizeof ending - 1;
  if (length < tail || memcmp(text + length - tail, ending, tail) != 0) tail = 0;
  add_value(b, text, length - tail, is_personal);
  luaL_addlstring(b, text + length - tail, tail);
}

void mask_push_path(lua_State *L, const struct request *r) {
  const struct api_op *op = request_op(r);
  const char *p = r->path.data, *end = p + r->path.length;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  if (!r->path.length) luaL_addstring(&b, "(elsewhere)");
  for (int number = -1; p && p < end; number++) { /* nothing stands before the first slash */
    const char *slash = memchr(p, '/', (size_t)(end - p));
    size_t length = (size_t)((slash ? slash : end) - p);
    int at = 0;
    add_segment(&b, p, length, op && number >= 0 && is_personal_segment(op->path, number, &at));
    if (slash) luaL_addchar(&b, '/');
    p += length + 1;
  }
  luaL_pushresult(&b);
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
