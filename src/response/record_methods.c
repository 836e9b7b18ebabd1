#include "response/record_methods.h"

#include <stdlib.h>
#include <string.h>

#include "api/lookup.h"
#include "response/pending.h"
#include "response/record_media.h"
#include "response/record_sid.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "support/userdata.h"
#include "text/dates.h"
#include "text/headers.h"
#include "text/json_decode.h"

static void require_record(lua_State *L, const struct record *record) {
  if (!record) misuse(L, "a twilio.record is expected, got %s (called with '.' instead of ':'?)", luaL_typename(L, 1));
}

static void check_record(lua_State *L) {
  require_record(L, record_test(L, 1));
}

/* ---- unknown names ---- */

/* Whether Twilio's API documents have the field. Names that begin with "__" count as known, see
 * misuse_is_probe. */
static int is_known(const struct record *record, const char *name, size_t length) {
  return misuse_is_probe(name) || lookup_has_field(api_nodes[record->resource->node].called, name, length);
}

/* Offers the methods to the suggestion. Skips the names of verbs, whose values are not functions
 * (see add_verb_names). */
static void offer_methods(lua_State *L, struct suggestion *suggestion, int methods) {
  lua_pushnil(L);
  while (lua_next(L, methods)) {
    if (lua_isfunction(L, -1)) suggestion_offer(suggestion, lua_tostring(L, -2));
    lua_pop(L, 1);
  }
}

/* Raises for the name at index 2. Near matches are taken from the fields. Unless `methods` is 0,
 * they are also taken from the methods at that stack index, the verbs and the children. */
static int unknown_member(lua_State *L, const struct record *record, const char *what, const char *name, int methods) {
  struct suggestion suggestion;
  uint16_t node = api_nodes[record->resource->node].called;
  if (strlen(name) != lua_rawlen(L, 2)) return misuse(L, "a field's name contains a NUL byte");
  suggestion_start(&suggestion, name);
  for (uint32_t i = 0; i < record->n_fields; i++) {
    json_push_key(L, record->text, &record->fields[i]);
    suggestion_offer(&suggestion, lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  lookup_offer_fields(&suggestion, node);
  if (methods) {
    offer_methods(L, &suggestion, methods);
    lookup_offer_verbs(&suggestion, node, 1);
    lookup_offer_children(&suggestion, node);
  }
  return misuse(L, "a record of %s has no %s'%s'%s", lookup_node_name(node), what, name, suggestion_push_name(L, &suggestion));
}

/* ---- methods ---- */

/* record:json() → the JSON text as Twilio sent it */
static int record_json(lua_State *L) {
  check_record(L);
  const struct record view = record_hold(L, 1), *r = &view;
  lua_pushlstring(L, r->text, r->length);
  return 1;
}

/* record:to_table() → a plain table, in which null and absent fields are nil. Encoding the table
 * yields an equal object. */
static int record_to_table(lua_State *L) {
  check_record(L);
  const struct record view = record_hold(L, 1), *r = &view;
  const struct json_field object = {.end = r->length, .type = JSON_OBJECT};
  json_push(L, r->text, &object);
  return 1;
}

/* Marks each field that a later field of the same name hides. A table from names to positions
 * avoids a search for each field. */
static void mark_hidden(lua_State *L, const struct record *record) {
  lua_createtable(L, 0, (int)record->n_fields);
  for (uint32_t i = 0; i < record->n_fields; i++) {
    json_push_key(L, record->text, &record->fields[i]);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (!lua_isnil(L, -1)) record->fields[lua_tointeger(L, -1)].hidden = 1;
    lua_pop(L, 1);
    lua_pushinteger(L, (lua_Integer)i);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
}

/* The iterator of each(): its upvalues are the record and the number of fields read. */
static int next_field(lua_State *L) {
  struct record *shared = lua_touserdata(L, lua_upvalueindex(1));
  const struct record view = record_hold(L, lua_upvalueindex(1)), *r = &view;
  if (!r->knows_hidden) mark_hidden(L, r);
  if (shared->fields == r->fields) shared->knows_hidden = 1; /* unless the record was renewed meanwhile */
  uint32_t i = (uint32_t)lua_tointeger(L, lua_upvalueindex(2));
  while (i < r->n_fields && (r->fields[i].type == JSON_NULL || r->fields[i].hidden)) i++;
  if (i >= r->n_fields) return lua_pushnil(L), 1;
  lua_pushinteger(L, (lua_Integer)i + 1);
  lua_replace(L, lua_upvalueindex(2));
  json_push_key(L, r->text, &r->fields[i]);
  json_push(L, r->text, &r->fields[i]);
  return 2;
}

/* record:each() → an iterator over names and values, in the order of the response, without nulls */
static int record_each(lua_State *L) {
  check_record(L);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, next_field, 2);
  return 1;
}

/* record:time(name) → seconds since the epoch; nil if the field is absent, null or not a date.
 * Raises for a name that is neither in the response nor in the documents. */
static int record_time(lua_State *L) {
  check_record(L);
  size_t length;
  int64_t seconds;
  if (lua_type(L, 2) != LUA_TSTRING) return misuse(L, "time takes the name of a field, got %s", luaL_typename(L, 2));
  const struct record view = record_hold(L, 1), *r = &view;
  const char *name = lua_tolstring(L, 2, &length), *text = record_push_text(L, r, name);
  if (!text && !record_find(r, name, length) && !is_known(r, name, length)) return unknown_member(L, r, "field ", name, 0);
  if (!text) return 1;
  lua_tolstring(L, -1, &length);
  if (!dates_parse(text, length, &seconds)) return lua_pushnil(L), 1;
  compat_pushint64(L, seconds);
  return 1;
}

/* Sets the field of the table on the stack's top to the value of a header, if the response has it. A
 * number is one if `is_number` is set. */
static void set_meta_header(lua_State *L, const struct buffer *head, const char *header, const char *name, int is_number) {
  size_t length;
  const char *text = headers_find(head, header, &length);
  if (!text) return;
  lua_pushlstring(L, text, length);
  if (is_number && length && strspn(text, "0123456789") >= length) {
    lua_pushinteger(L, (lua_Integer)strtol(text, NULL, 10));
    lua_replace(L, -2);
  }
  lua_setfield(L, -2, name);
}

/* record:meta() → { status, request_id, etag, headers, attempts, seconds, concurrent_requests,
 * operation } of the response */
static int record_meta(lua_State *L) {
  static const struct {
    const char *name;
    int slot;
  } fields[] = {{"status", RECORD_STATUS}, {"attempts", RECORD_ATTEMPTS}, {"seconds", RECORD_SECONDS}, {"operation", RECORD_PENDING}};
  struct buffer head = {0};
  check_record(L);
  compat_gettable(L, 1);
  lua_createtable(L, 0, 8);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    lua_rawgeti(L, -2, fields[i].slot);
    lua_setfield(L, -2, fields[i].name);
  }
  lua_rawgeti(L, -2, RECORD_HEAD);
  lua_insert(L, -2); /* below the result, where it keeps the bytes of `head` alive */
  head.data = (char *)lua_tolstring(L, -2, &head.length);
  set_meta_header(L, &head, "Twilio-Request-Id", "request_id", 0);
  set_meta_header(L, &head, "Twilio-Concurrent-Requests", "concurrent_requests", 1);
  set_meta_header(L, &head, "ETag", "etag", 0);
  headers_push(L, &head);
  lua_setfield(L, -2, "headers");
  return 1;
}

/* Pushes nil, message, err for the URL at the index. */
static int push_unknown_url(lua_State *L, const char *fault, int url) {
  lua_pushnil(L);
  const char *message = lua_pushfstring(L, "the URL of the operation is not requested: %s", fault);
  const char *const fields[][2] = {
      {"kind", "untrusted"}, {"sent", "no"}, {"method", "GET"}, {"message", message}, {"location", lua_tostring(L, url)}};
  lua_createtable(L, 0, 5);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    lua_pushstring(L, fields[i][1]);
    lua_setfield(L, -2, fields[i][0]);
  }
  return 3;
}

int record_pending(lua_State *L) {
  check_record(L);
  const struct record view = record_hold(L, 1), *r = &view;
  int table = lua_gettop(L);
  lua_rawgeti(L, table, RECORD_PENDING);
  if (lua_isnil(L, -1)) return 0;
  lua_getfield(L, -1, "url");
  int url = lua_gettop(L);
  lua_rawgeti(L, table, RECORD_RESOURCE);
  const char *fault = pending_push_resource(L, -1, r->resource, url);
  return fault ? push_unknown_url(L, fault, url) : 1;
}

/* ---- metamethods ---- */

static int record_index(lua_State *L) {
  require_record(L, userdata_self(L));
  size_t length;
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  const struct record view = record_hold(L, 1), *r = &view;
  const char *name = lua_tolstring(L, 2, &length);
  uint16_t node = api_nodes[r->resource->node].called;
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  if (lua_isfunction(L, -1)) return 1;
  if (!lua_isnil(L, -1) && resource_push_record_verb(L, node, name)) return 1;
  if (record_push_field(L, r, name, length)) return 1;
  if (strcmp(name, "formats") == 0 && record_is_recording(r)) return record_push_formats(L, r);
  /* `end_` is the field `end`, a keyword of Lua */
  int is_reserved = length > 1 && name[length - 1] == '_';
  if (is_reserved && record_push_field(L, r, name, length - 1)) return 1;
  struct lookup_child child;
  if (lookup_child(node, name, &child)) {
    record_push_resource(L, 1);
    return resource_push_child(L, -1, r->resource->client, resource_test(L, -1), node, name);
  }
  if (record_push_list_of_account(L, 1, name)) return 1;
  if (is_known(r, name, length) || (is_reserved && lookup_has_field(node, name, length - 1))) return 0;
  return unknown_member(L, r, "", name, lua_upvalueindex(1));
}

static int record_assign(lua_State *L) {
  return misuse(L, "a record is read-only: change it at Twilio with :update{…}");
}

/* "Call CA… in-progress": the node's name in the singular, the identity and the status. */
static int record_tostring(lua_State *L) {
  check_record(L);
  const struct record view = record_hold(L, 1), *r = &view;
  char kind[64];
  const char *node = lookup_node_name(r->resource->node);
  size_t n = strlen(node);
  if (n > 61) n = 61;
  memcpy(kind, node, n);
  if (n > 3 && memcmp(kind + n - 3, "ies", 3) == 0)
    n -= 3, kind[n++] = 'y';
  else if (n > 4 && (memcmp(kind + n - 4, "sses", 4) == 0 || memcmp(kind + n - 3, "xes", 3) == 0))
    n -= 2;
  else if (n > 1 && kind[n - 1] == 's' && kind[n - 2] != 's')
    n--;
  kind[n] = '\0';
  for (size_t i = 0; i < n; i++) {
    if (kind[i] == '_') kind[i] = ' ';
    if (i == 0 && kind[i] >= 'a' && kind[i] <= 'z') kind[i] = (char)(kind[i] - 'a' + 'A');
  }
  const char *sid = record_push_identity(L, r), *status = record_push_text(L, r, "status");
  lua_pushfstring(L, "%s%s%s%s%s", kind, sid ? " " : "", sid ? sid : "", status ? " " : "", status ? status : "");
  return 1;
}

/* Adds the names of verbs to the table of methods. __index looks for a verb of the node only if the
 * name is among them. Fields are therefore read without that search. */
static void add_verb_names(lua_State *L) {
  static const char *const kinds[] = {"fetch", "get", "update", "delete", "patch"};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, kinds[i]);
  }
  const char *name;
  for (uint16_t i = 0; (name = lookup_verb_name(i)); i++) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, name);
  }
}

void record_register(lua_State *L) {
  static const luaL_Reg meta[] = {{"__newindex", record_assign}, {"__tostring", record_tostring}, {"__pairs", record_each}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"json", record_json}, {"to_table", record_to_table}, {"each", record_each},
                                     {"time", record_time}, {"meta", record_meta},         {NULL, NULL}};
  compat_setfuncs(L, methods);
  add_verb_names(L);
  record_set_metatable(L, meta, record_index);
  record_media_register(L);
}
