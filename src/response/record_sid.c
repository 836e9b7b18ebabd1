#include "response/record_sid.h"

#include <string.h>

#include "api/lookup.h"
#include "request/path_mask.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/sid.h"
#include "text/wire_text.h"

/* Pushes the field for a placeholder of a path. Tries the placeholder's name in snake_case, then the
 * name as it is, sid and id. If the record has none of these fields, pushes the first name and
 * returns 0. */
static int find_sid(lua_State *L, const struct record *record, const struct lookup_segment *placeholder) {
  char snake[64];
  wire_snake(placeholder->text, placeholder->length, snake, sizeof snake);
  const struct {
    const char *text;
    size_t length;
  } names[] = {{snake, strlen(snake)}, {placeholder->text, placeholder->length}, {"sid", 3}, {"id", 2}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (!record_push_field(L, record, names[i].text, names[i].length)) continue;
    if (!lua_isnil(L, -1)) return 1;
    lua_pop(L, 1);
  }
  lua_pushstring(L, snake);
  return 0;
}

static void push_sid(lua_State *L, const struct record *record, const struct lookup_segment *placeholder) {
  if (!find_sid(L, record, placeholder)) misuse(L, "this record has no field '%s', which the path of its resource needs", lua_tostring(L, -1));
}

void record_push_resource(lua_State *L, int index) {
  struct sid sids[RESOURCE_SIDS];
  index = compat_absindex(L, index);
  const struct record view = record_hold(L, index), *r = &view;
  uint16_t node = api_nodes[r->resource->node].called;
  const struct api_op *op = lookup_instance_op(node, r->resource->n_sids);
  int n = op ? op->n_path - r->resource->n_sids : resource_missing_sids(r->resource);
  if (n < 0) n = 0;
  lua_rawgeti(L, -1, RECORD_RESOURCE);
  int resource = lua_gettop(L);
  luaL_checkstack(L, 20, "record");
  for (int i = 0; i < n; i++) {
    struct lookup_segment segment;
    if (!op || !lookup_placeholder(op->path, r->resource->n_sids + i, &segment)) segment = (struct lookup_segment){"sid", 3, 1};
    push_sid(L, r, &segment);
    resource_to_sid(L, -1, &sids[i]);
    sids[i].node = node;
  }
  resource_push(L, resource, r->resource->client, r->resource, node, sids, n);
  lua_replace(L, resource - 1);
  lua_settop(L, resource - 1);
}

int record_push_list_of_account(lua_State *L, int index, const char *name) {
  const struct record *record = record_test(L, index);
  uint16_t node = record->resource->node, account = api_nodes[api_nodes[node].parent].parent;
  struct lookup_child recordings, list;
  if (strcmp(lookup_node_name(node), "recordings") != 0 || strcmp(lookup_node_name(account), "accounts") != 0) return 0;
  if (!lookup_child(account, "recordings", &recordings) || !lookup_child(recordings.node, name, &list)) return 0;
  record_push_resource(L, index);
  const struct resource *own = resource_test(L, -1);
  struct resource base = *own;
  struct sid sid = own->sid[own->n_sids - 1];
  base.n_sids = 1; /* the account */
  sid.node = recordings.node;
  resource_push(L, -1, own->client, &base, list.node, &sid, 1);
  return 1;
}

/* Replaces the last SID in the path of the record at `index` by the text on the stack's top. */
static void set_last_sid(lua_State *L, int index) {
  struct record *record = record_test(L, index);
  const struct resource *asked = record->resource;
  struct resource above = *asked;
  struct sid own = asked->sid[--above.n_sids];
  own.text = lua_tolstring(L, -1, &own.length);
  compat_gettable(L, index);
  lua_rawgeti(L, -1, RECORD_RESOURCE);
  const struct resource *found = resource_push(L, -1, asked->client, &above, asked->node, &own, 1);
  lua_rawseti(L, -3, RECORD_RESOURCE);
  record->resource = found;
}

void record_take_sid(lua_State *L, const struct api_op *op, int is_redirected) {
  const struct record *record = record_test(L, -1);
  const struct sid *asked = record->resource->n_sids ? &record->resource->sid[record->resource->n_sids - 1] : NULL;
  struct lookup_segment last;
  int top = lua_gettop(L);
  if (!asked || (!is_redirected && sid_is(asked->text, asked->length, SID_UPPER_DIGITS | SID_LOWER_LETTERS))) return;
  if (lookup_last_segment(op->path, &last) < 0 || !last.is_placeholder) return;
  if (find_sid(L, record, &last) && lua_type(L, -1) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    int is_usable = is_redirected ? length > 0 && !wire_has_control(text, length) : sid_is(text, length, 0);
    if (is_usable) set_last_sid(L, top);
  }
  lua_settop(L, top);
}

const char *record_push_identity(lua_State *L, const struct record *record) {
  uint16_t node = api_nodes[record->resource->node].called;
  const struct api_op *op = lookup_instance_op(node, record->resource->n_sids);
  struct lookup_segment segment;
  int n = op && api_nodes[node].arity ? op->n_path - 1 : -1, found = record_push_text(L, record, "sid") != NULL;
  if (!found && n >= 0 && lookup_placeholder(op->path, n, &segment)) found = find_sid(L, record, &segment);
  if (!found || !lua_isstring(L, -1)) return lua_pushnil(L), NULL;
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  path_mask_push_sid(L, node, text, length);
  return lua_tostring(L, -1);
}
