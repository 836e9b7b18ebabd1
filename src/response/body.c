#include "response/body.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text/dates.h"
#include "text/headers.h"
#include "text/json_decode.h"

/* ---- holds ---- */

void body_hold(struct request *r) {
  r->response.holds++;
}

void body_unhold(struct request *r) {
  if (--r->response.holds == 0 && r->response.is_released) body_release(r);
}

void body_release(struct request *r) {
  r->response.is_released = r->response.holds > 0;
  if (r->response.holds) return;
  buffer_free(&r->transfer.answer);
  body_drop_index(r);
}

void body_drop_index(struct request *r) {
  json_free(&r->response.index);
  r->response.n_records = 0;
}

/* ---- fields ---- */

const char *body_text(const struct request *r) {
  return r->transfer.answer.data;
}

const struct json_field *body_field(const struct request *r, const char *name) {
  return json_find_root(&r->response.index, body_text(r), name);
}

uint32_t body_inside(const struct request *r, const struct json_field *field) {
  const struct json_field *end = r->response.index.field + r->response.index.count, *next = field + 1;
  while (next < end && next->value < field->end) next++;
  return (uint32_t)(next - field - 1);
}

const struct json_field *body_meta_field(const struct request *r, const char *name) {
  const struct json_field *meta = body_field(r, "meta");
  if (!meta || meta->type != JSON_OBJECT) return NULL;
  return json_find(meta + 1, body_inside(r, meta), 2, body_text(r), name, strlen(name));
}

/* ---- the records of a list ---- */

static const struct json_field *array_of_meta_key(lua_State *L, const struct request *r) {
  size_t length;
  const struct json_field *key = body_meta_field(r, "key"), *found = NULL;
  if (!key || key->type != JSON_STRING) return NULL;
  json_push(L, body_text(r), key);
  const char *name = lua_tolstring(L, -1, &length);
  found = json_find(r->response.index.field + 1, r->response.index.count - 1, 1, body_text(r), name, length);
  lua_pop(L, 1);
  return found && found->type == JSON_ARRAY ? found : NULL;
}

/* Finds the array of the records: body[body.meta.key], otherwise body.Resources, otherwise the only
 * array in the body. */
static const struct json_field *find_array(lua_State *L, const struct request *r) {
  const struct json_field *found = array_of_meta_key(L, r);
  if (!found) found = body_field(r, "Resources");
  if (found) return found->type == JSON_ARRAY ? found : NULL;
  if (body_field(r, "totalResults")) return NULL;
  int arrays = 0;
  for (uint32_t i = 1; i < r->response.index.count; i++) {
    const struct json_field *field = &r->response.index.field[i];
    if (field->depth == 1 && field->type == JSON_ARRAY) found = field, arrays++;
  }
  return arrays == 1 ? found : NULL;
}

/* An empty list of SCIM has totalResults = 0 and no "Resources". */
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
  r->response.n_records = 0;
  if (!array) return is_empty_list(L, r) ? NULL : "the response has no list of records";
  r->response.array = (uint32_t)(array - r->response.index.field);
  r->response.cursor = r->response.array + 1;
  r->response.cursor_number = 1;
  enum json_type wanted = request_op(r)->strings ? JSON_STRING : JSON_OBJECT;
  uint32_t inside = body_inside(r, array);
  for (uint32_t i = 1; i <= inside; i++) {
    if (array[i].depth != 2) continue;
    if (array[i].type != wanted)
      return wanted == JSON_STRING ? "the list in the response has an element that is not a string"
                                   : "the list in the response has an element that is not a record";
    r->response.n_records++;
  }
  return NULL;
}

const struct json_field *body_seek(struct request *r, uint32_t n) {
  const struct json_field *field = r->response.index.field;
  if (n < r->response.cursor_number) r->response.cursor = r->response.array + 1, r->response.cursor_number = 1;
  while (r->response.cursor_number < n) {
    r->response.cursor++;
    if (field[r->response.cursor].depth == 2) r->response.cursor_number++;
  }
  return &field[r->response.cursor];
}

/* ---- errors ---- */

/* The value of the header is a number of seconds or a date. Any other value is ignored. */
int body_retry_after(const struct request *r, int64_t *seconds) {
  enum { LONGEST = 1000000000 };
  size_t length;
  int64_t when;
  const char *text = headers_find(&r->transfer.head, "Retry-After", &length);
  if (!text || !length) return 0;
  *seconds = 0;
  if (dates_parse(text, length, &when)) {
    *seconds = when - (int64_t)time(NULL);
  } else {
    for (size_t i = 0; i < length; i++) {
      if (text[i] < '0' || text[i] > '9') return 0;
      if (*seconds < LONGEST) *seconds = *seconds * 10 + (text[i] - '0');
    }
  }
  if (*seconds < 0) *seconds = 0;
  if (*seconds > LONGEST) *seconds = LONGEST;
  return 1;
}

const struct json_field *body_error_field(const struct request *r, const char *name) {
  const char *text = r->transfer.answer.data;
  const struct json_field *field = json_find_root(&r->response.index, text, name), *inner = json_find_root(&r->response.index, text, "error");
  if (field && field != inner) return field;
  if (!inner || inner->type != JSON_OBJECT) return field;
  return json_find(inner + 1, body_inside(r, inner), 2, text, name, strlen(name));
}

int body_read_error(struct request *r) {
  struct json_error error;
  const struct buffer *body = &r->transfer.answer;
  return body->length && json_check(&r->response.index, body->data, body->length, &error) && r->response.index.field[0].type == JSON_OBJECT;
}

int body_error_code(struct request *r, long *code) {
  if (!body_read_error(r)) return 0;
  const struct json_field *field = body_error_field(r, "code");
  if (!field || field->type != JSON_NUMBER) return 0;
  *code = strtol(r->transfer.answer.data + field->value, NULL, 10); /* stops at the character after the number */
  return 1;
}
