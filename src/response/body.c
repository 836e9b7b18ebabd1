#include "response/body.h"

#include <string.h>

void body_hold(struct request *r) {
  r->reading++;
}

void body_unhold(struct request *r) {
  if (--r->reading == 0 && r->is_released) body_release(r);
}

void body_release(struct request *r) {
  r->is_released = r->reading > 0;
  if (r->reading) return;
  buffer_free(&r->transfer.answer);
  json_free(&r->index);
  r->n_records = 0;
}

const char *body_text(const struct request *r) {
  return r->transfer.answer.data;
}

const struct json_field *body_field(const struct request *r, const char *name) {
  return json_find_root(&r->index, body_text(r), name);
}

uint32_t body_inside(const struct request *r, const struct json_field *f) {
  const struct json_field *end = r->index.field + r->index.count, *next = f + 1;
  while (next < end && next->value < f->end) next++;
  return (uint32_t)(next - f - 1);
}

const struct json_field *body_meta_field(const struct request *r, const char *name) {
  const struct json_field *meta = body_field(r, "meta");
  if (!meta || meta->type != JSON_OBJECT) return NULL;
  return json_find(meta + 1, body_inside(r, meta), 2, body_text(r), name, strlen(name));
}

static const struct json_field *array_of_meta_key(lua_State *L, const struct request *r) {
  size_t length;
  const struct json_field *key = body_meta_field(r, "key"), *found = NULL;
  if (!key || key->type != JSON_STRING) return NULL;
  json_push(L, body_text(r), key);
  const char *name = lua_tolstring(L, -1, &length);
  found = json_find(r->index.field + 1, r->index.count - 1, 1, body_text(r), name, length);
  lua_pop(L, 1);
  return found && found->type == JSON_ARRAY ? found : NULL;
}

/* The records are payload[meta.key], else Resources, else the only array. */
static const struct json_field *find_array(lua_State *L, const struct request *r) {
  const struct json_field *found = array_of_meta_key(L, r);
  if (!found) found = body_field(r, "Resources");
  if (found) return found->type == JSON_ARRAY ? found : NULL;
  if (body_field(r, "totalResults")) return NULL;
  int arrays = 0;
  for (uint32_t i = 1; i < r->index.count; i++) {
    const struct json_field *f = &r->index.field[i];
    if (f->depth == 1 && f->type == JSON_ARRAY) found = f, arrays++;
  }
  return arrays == 1 ? found : NULL;
}

/* SCIM leaves Resources out when there are none. */
static int is_empty_list(lua_State *L, const struct request *r) {
  const struct json_field *total = body_field(r, "totalResults");
  if (!total || body_field(r, "Resources")) return 0;
  json_push(L, body_text(r), total);
  int empty = lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) == 0;
  lua_pop(L, 1);
  return empty;
}

const char *body_find_records(lua_State *L, struct request *r) {
  const struct json_field *array = find_array(L, r);
  r->n_records = 0;
  if (!array) return is_empty_list(L, r) ? NULL : "the answer has no list of records";
  r->array = (uint32_t)(array - r->index.field);
  r->cursor = r->array + 1;
  r->cursor_number = 1;
  uint32_t inside = body_inside(r, array);
  for (uint32_t i = 1; i <= inside; i++) {
    if (array[i].depth != 2) continue;
    if (array[i].type != JSON_OBJECT) return "the answer's list has an element that is no record";
    r->n_records++;
  }
  return NULL;
}

const struct json_field *body_seek(struct request *r, uint32_t n) {
  const struct json_field *field = r->index.field;
  if (n < r->cursor_number) r->cursor = r->array + 1, r->cursor_number = 1;
  while (r->cursor_number < n) {
    r->cursor++;
    if (field[r->cursor].depth == 2) r->cursor_number++;
  }
  return &field[r->cursor];
}
