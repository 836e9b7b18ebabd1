#include "request/path_mask.h"

#include <string.h>

#include "api/api.h"
#include "support/redact.h"

enum { TEMPLATE_SIZE = 512 };

/* Copies the template of a path, such as "/v1/Services/{Sid}". Returns its length. */
static size_t copy_template(uint16_t path, char out[TEMPLATE_SIZE]) {
  const char *suffix = API_STRING(api_paths[path].suffix);
  size_t length = api_paths[path].parent ? copy_template((uint16_t)(api_paths[path].parent - 1), out) : 0, more = strlen(suffix);
  if (length + more >= TEMPLATE_SIZE) more = 0;
  memcpy(out + length, suffix, more);
  out[length + more] = '\0';
  return length + more;
}

static int begins_with(const char *text, const char *beginning) {
  return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Whether the text is two capital letters and then hexadecimal digits, of any length. */
static int is_sid(const char *text, size_t length) {
  return length > 2 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= 2 && strspn(text + 2, "0123456789abcdefABCDEF") >= length - 2;
}

/* Twilio's API documents mark the path parameters in `marked` as personal data. After the segments
 * in `people`, a label or an identity may be used in place of a SID. */
int path_mask_is_personal(uint16_t path, int segment, const char *value, size_t length) {
  static const char *const marked[] = {"/{Identity}", "/{Key}"}, *const people[] = {"/Participants/", "/Users/", "/Members/"};
  char all[TEMPLATE_SIZE];
  (void)copy_template(path, all);
  const char *before = all, *p = strchr(all, '/');
  for (; p && segment > 0; segment--) before = p, p = strchr(p + 1, '/');
  if (!p || p[1] != '{' || is_sid(value, length)) return 0;
  for (size_t i = 0; i < sizeof marked / sizeof *marked; i++)
    if (begins_with(p, marked[i])) return 1;
  for (size_t i = 0; i < sizeof people / sizeof *people; i++)
    if (begins_with(before, people[i])) return !redact_has_at(value, length);
  return 0;
}

void path_mask_push_sid(lua_State *L, uint16_t node, const char *text, size_t length) {
  const struct api_node *n = &api_nodes[node];
  int is_personal = 0;
  for (uint16_t i = n->first_op; !is_personal && i < n->first_op + n->n_ops; i++) {
    char all[TEMPLATE_SIZE];
    int number = -1;
    (void)copy_template(api_ops[i].path, all);
    for (const char *p = all; *p; p++) number += *p == '/';
    is_personal = path_mask_is_personal(api_ops[i].path, number, text, length);
  }
  redact_push_value(L, text, length, is_personal);
}
