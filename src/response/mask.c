#include "response/mask.h"

#include <string.h>

#include "api/lookup.h"
#include "request/path_mask.h"
#include "response/own_secrets.h"
#include "support/compat.h"
#include "support/redact.h"

enum { SEGMENT_SIZE = 320 }; /* bytes: phone numbers and addresses are shorter */

/* ---- paths ---- */

/* A segment of a request's path. The ".json" after the last segment is not part of it. */
struct segment {
  const char *text;
  size_t length;
  int number, is_personal;
};

/* Moves to the next segment. The first segment is the text before the first slash. Returns 0 at the
 * end. */
static int next_segment(const struct request *r, struct segment *segment) {
  static const char ending[] = ".json";
  const struct api_op *op = request_op(r);
  if (!r->asked.path.length) return 0;
  const char *end = r->asked.path.data + r->asked.path.length,
             *from = segment->text ? memchr(segment->text, '/', (size_t)(end - segment->text)) : r->asked.path.data;
  size_t tail = sizeof ending - 1;
  if (!from) return 0;
  segment->number = segment->text ? segment->number + 1 : -1;
  segment->text = segment->text ? from + 1 : from;
  const char *slash = memchr(segment->text, '/', (size_t)(end - segment->text));
  segment->length = (size_t)((slash ? slash : end) - segment->text);
  if (segment->length >= tail && memcmp(segment->text + segment->length - tail, ending, tail) == 0) segment->length -= tail;
  segment->is_personal = op && segment->number >= 0 && path_mask_is_personal(op->path, segment->number, segment->text, segment->length);
  return 1;
}

static int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Percent-decodes the segment. Returns its length, or 0 if it is too long. */
static size_t decode_segment(const struct segment *segment, char out[SEGMENT_SIZE]) {
  size_t n = 0;
  if (segment->length > SEGMENT_SIZE) return 0;
  for (size_t i = 0; i < segment->length; n++) {
    int high = segment->text[i] == '%' && i + 2 < segment->length ? hex_digit(segment->text[i + 1]) : -1,
        low = high < 0 ? -1 : hex_digit(segment->text[i + 2]);
    out[n] = low < 0 ? segment->text[i] : (char)(high << 4 | low);
    i += low < 0 ? 1 : 3;
  }
  return n;
}

/* Pushes the masked segment. The segment is pushed decoded only if decoding reveals a phone number,
 * as in "%28555%29%20867…". */
static void push_segment(lua_State *L, const struct segment *segment) {
  char plain[SEGMENT_SIZE];
  size_t length = decode_segment(segment, plain);
  if (redact_is_number(plain, length) && !redact_is_number(segment->text, segment->length))
    redact_push_value(L, plain, length, segment->is_personal);
  else
    redact_push_value(L, segment->text, segment->length, segment->is_personal);
}

/* Hides the client's secrets in the text on the stack's top. */
static void hide_secrets(lua_State *L, const struct request *r) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  secrets_push(L, r, text, length);
  lua_remove(L, -2);
}

void mask_push_path(lua_State *L, const struct request *r) {
  struct segment segment = {0};
  const char *shown = r->asked.path.data;
  lua_pushstring(L, r->asked.path.length ? "" : "(elsewhere)");
  while (next_segment(r, &segment)) {
    lua_pushlstring(L, shown, (size_t)(segment.text - shown));
    push_segment(L, &segment);
    lua_concat(L, 3);
    shown = segment.text + segment.length;
  }
  if (r->asked.path.length) {
    lua_pushlstring(L, shown, r->asked.path.length - (size_t)(shown - r->asked.path.data));
    lua_concat(L, 2);
  }
  hide_secrets(L, r);
}

/* ---- messages ---- */

/* Stack: text, from, to. Replaces `from` by `to` in the text. Pops `from` and `to`. */
static void replace_mentions(lua_State *L) {
  if (*lua_tostring(L, -2)) { /* luaL_gsub never ends for an empty pattern */
    luaL_gsub(L, lua_tostring(L, -3), lua_tostring(L, -2), lua_tostring(L, -1));
    lua_replace(L, -4);
  }
  lua_pop(L, 2);
}

/* Masks the segment, encoded or decoded, wherever the text on the stack's top repeats it. */
static void replace_echo(lua_State *L, const struct segment *segment) {
  enum { SHORTEST = 5 }; /* bytes: a shorter segment is only masked after a slash */
  char plain[SEGMENT_SIZE];
  size_t length = decode_segment(segment, plain);
  lua_pushliteral(L, "/");
  lua_pushlstring(L, segment->text, segment->length);
  lua_concat(L, 2);
  lua_pushliteral(L, "/");
  push_segment(L, segment);
  lua_concat(L, 2);
  if (lua_rawequal(L, -1, -2)) {
    lua_pop(L, 2);
    return;
  }
  replace_mentions(L);
  if (length < SHORTEST) return;
  lua_pushlstring(L, plain, length);
  redact_push_value(L, plain, length, segment->is_personal);
  replace_mentions(L);
}

void mask_push_message(lua_State *L, const struct request *r, const char *text, size_t length) {
  struct segment segment = {0};
  secrets_push(L, r, text, length);
  while (next_segment(r, &segment)) replace_echo(L, &segment);
  text = lua_tolstring(L, -1, &length);
  redact_push_text(L, text, length);
  lua_remove(L, -2);
}

/* ---- parameters ---- */

int mask_find_parameter(const struct request *r, const char *name, size_t length, int *harmless) {
  unsigned some = 0, all = 0;
  int known = lookup_traits(request_op(r), name, length, &some, &all);
  *harmless = (all & API_HARMLESS) && !(some & API_PERSONAL);
  return known;
}
