#include "request/path_mask.h"

#include <string.h>

#include "api/lookup.h"
#include "support/redact.h"
#include "text/sid.h"

static int is_segment_among(const struct lookup_segment *segment, const char *const *names) {
  for (; *names; names++)
    if (strlen(*names) == segment->length && memcmp(*names, segment->text, segment->length) == 0) return 1;
  return 0;
}

/* Twilio's API documents mark the path parameters in `marked` as personal data. After the segments
 * in `people`, a label or an identity may be used in place of a SID. */
int path_mask_is_personal(uint16_t path, int segment, const char *value, size_t length) {
  static const char *const marked[] = {"Identity", "Key", NULL}, *const people[] = {"Participants", "Users", "Members", NULL};
  struct lookup_path p;
  struct lookup_segment before = {"", 0, 1}, s = {"", 0, 1};
  lookup_path_start(&p, path);
  for (; segment >= 0; segment--) {
    before = s;
    if (!lookup_path_next(&p, &s)) return 0;
  }
  if (!s.is_placeholder || sid_is(value, length, SID_UPPER_DIGITS | SID_ANY_LENGTH | SID_TYPED)) return 0;
  if (is_segment_among(&s, marked)) return 1;
  return !before.is_placeholder && is_segment_among(&before, people) && !redact_has_at(value, length);
}

void path_mask_push_sid(lua_State *L, uint16_t node, const char *text, size_t length) {
  int is_personal = 0;
  for (int op = lookup_next_op(node, -1, -1); op >= 0 && !is_personal; op = lookup_next_op(node, -1, op)) {
    struct lookup_segment last;
    uint16_t path = api_ops[op].path;
    is_personal = path_mask_is_personal(path, lookup_last_segment(path, &last), text, length);
  }
  redact_push_value(L, text, length, is_personal);
}
