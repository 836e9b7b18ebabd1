#include "response/record.h"

#include <string.h>

#include "response/pending.h"
#include "support/compat.h"
#include "support/userdata.h"
#include "text/json_decode.h"

static const char record_name[] = "twilio.record";

struct record *record_test(lua_State *L, int index) {
  return userdata_test(L, index, record_name);
}

struct record record_hold(lua_State *L, int index) {
  compat_gettable(L, index);
  return *(const struct record *)lua_touserdata(L, index);
}

/* Sets the slots of the response in the table on the stack's top. */
static void set_response(lua_State *L, struct request *r) {
  const struct buffer *head = &r->transfer.head;
  lua_pushlstring(L, head->length ? head->data : "", head->length);
  lua_rawseti(L, -2, RECORD_HEAD);
  lua_pushinteger(L, (lua_Integer)r->transfer.status);
  lua_rawseti(L, -2, RECORD_STATUS);
  lua_pushinteger(L, r->call.attempts);
  lua_rawseti(L, -2, RECORD_ATTEMPTS);
  if (r->transfer.seconds > 0) {
    lua_pushnumber(L, (lua_Number)r->transfer.seconds);
    lua_rawseti(L, -2, RECORD_SECONDS);
  }
  pending_push(L, r);
  lua_rawseti(L, -2, RECORD_PENDING);
}

void record_push_shared(lua_State *L, struct request *r) {
  compat_gettable(L, 1);
  lua_rawgeti(L, -1, REQUEST_SHARED);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_createtable(L, RECORD_RENEWED, 0);
    lua_rawgeti(L, -2, REQUEST_OWNER);
    lua_rawseti(L, -2, RECORD_RESOURCE);
    set_response(L, r);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, REQUEST_SHARED);
  }
  lua_remove(L, -2);
}

/* The table may be shared with the other records of a page, so the record gets a table of its own. */
void record_keep(lua_State *L, struct request *r, int index) {
  index = compat_absindex(L, index);
  lua_createtable(L, RECORD_RENEWED, 0);
  compat_gettable(L, index);
  lua_rawgeti(L, -1, RECORD_RESOURCE);
  lua_rawseti(L, -3, RECORD_RESOURCE);
  lua_rawgeti(L, -1, RECORD_RENEWED);
  lua_rawseti(L, -3, RECORD_RENEWED);
  lua_pop(L, 1);
  set_response(L, r);
  compat_settable(L, index);
}

void record_push(lua_State *L, const struct resource *resource, const char *text, const struct json_field *object, uint32_t count) {
  unsigned depth = object->depth + 1;
  uint32_t n = 0, start = object->value, length = object->end - start;
  for (uint32_t i = 1; i <= count; i++) n += object[i].depth == depth;
  struct record *record = userdata_new(L, sizeof *record, n * sizeof *object + length, record_name);
  struct json_field *fields = (struct json_field *)(record + 1);
  lua_pushvalue(L, -2);
  compat_settable(L, -2);
  record->resource = resource;
  record->fields = fields;
  record->n_fields = n;
  record->length = length;
  record->text = memcpy(fields + n, text + start, length);
  for (uint32_t i = 1; i <= count; i++) {
    if (object[i].depth != depth) continue;
    *fields = object[i];
    fields->key -= start;
    fields->value -= start;
    fields->end -= start;
    fields->depth = 1;
    fields++;
  }
}

void record_renew(lua_State *L, int index) {
  index = compat_absindex(L, index);
  struct record *old = record_test(L, index);
  *old = *record_test(L, -1);
  compat_gettable(L, -1); /* the table belongs to the fresh record alone */
  lua_insert(L, -2);
  lua_rawseti(L, -2, RECORD_RENEWED);
  compat_settable(L, index);
}

const struct json_field *record_find(const struct record *record, const char *name, size_t length) {
  return json_find(record->fields, record->n_fields, 1, record->text, name, length);
}

int record_push_field(lua_State *L, const struct record *record, const char *name, size_t length) {
  const struct json_field *field = record_find(record, name, length);
  if (!field) return 0;
  json_push(L, record->text, field);
  return 1;
}

const char *record_push_text(lua_State *L, const struct record *record, const char *name) {
  const struct json_field *field = record_find(record, name, strlen(name));
  if (!field || field->type != JSON_STRING) return lua_pushnil(L), NULL;
  json_push(L, record->text, field);
  return lua_tostring(L, -1);
}

void record_set_metatable(lua_State *L, const luaL_Reg *meta, lua_CFunction index) {
  userdata_metatable(L, record_name, meta, index);
}
