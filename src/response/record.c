#include "response/record.h"

#include <stdlib.h>
#include <string.h>

#include "api/lookup.h"
#include "request/path_mask.h"
#include "response/pending.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "support/userdata.h"
#include "text/dates.h"
#include "text/headers.h"
#include "text/json_decode.h"
#include "text/sid.h"
#include "text/wire_text.h"

static const char record_name[] = "twilio.record";
static const char buffer_name[] = "twilio.buffer";

struct record *record_test(lua_State *L, int index) {
  return userdata_test(L, index, record_name);
}

static void require_record(lua_State *L, const struct record *r) {
  if (!r) misuse(L, "a twilio.record is expected, got %s (called with '.' instead of ':'?)", luaL_typename(L, 1));
}

static void check_record(lua_State *L) {
  require_record(L, record_test(L, 1));
}

struct record record_hold(lua_State *L, int index) {
  compat_gettable(L, index);
  return *(const struct record *)lua_touserdata(L, index);
}

/* ---- making records ---- */

static void push_header(lua_State *L, const struct request *r, const char *name) {
  size_t length;
  const char *text = headers_find(&r->transfer.head, name, &length);
  if (text)
    lua_pushlstring(L, text, length);
  else
    lua_pushnil(L);
}

void record_push_shared(lua_State *L, struct request *r) {
  compat_gettable(L, 1);
  lua_rawgeti(L, -1, REQUEST_SHARED);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_createtable(L, RECORD_RENEWED, 0);
    lua_rawgeti(L, -2, REQUEST_OWNER);
    lua_rawseti(L, -2, RECORD_RESOURCE);
    push_header(L, r, "Twilio-Request-Id");
    lua_rawseti(L, -2, RECORD_REQUEST_ID);
    push_header(L, r, "Twilio-Concurrent-Requests");
    const char *concurrent = lua_tostring(L, -1);
    if (concurrent && *concurrent && strspn(concurrent, "0123456789") == strlen(concurrent)) {
      lua_pushinteger(L, (lua_Integer)strtol(concurrent, NULL, 10));
      lua_replace(L, -2);
    }
    lua_rawseti(L, -2, RECORD_CONCURRENT);
    lua_pushinteger(L, (lua_Integer)r->transfer.status);
    lua_rawseti(L, -2, RECORD_STATUS);
    lua_pushinteger(L, r->call.attempts);
    lua_rawseti(L, -2, RECORD_ATTEMPTS);
    pending_push(L, r);
    lua_rawseti(L, -2, RECORD_PENDING);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, REQUEST_SHARED);
  }
  lua_remove(L, -2);
}

void record_push(lua_State *L, const struct resource *resource, const char *text, const struct json_field *object, uint32_t count) {
  unsigned depth = object->depth + 1;
  uint32_t n = 0, start = object->value, length = object->end - start;
  for (uint32_t i = 1; i <= count; i++) n += object[i].depth == depth;
  struct record *r = userdata_new(L, sizeof *r, n * sizeof *object + length, record_name);
  struct json_field *fields = (struct json_field *)(r + 1);
  lua_pushvalue(L, -2);
  compat_settable(L, -2);
  r->resource = resource;
  r->fields = fields;
  r->n_fields = n;
  r->length = length;
  r->text = memcpy(fields + n, text + start, length);
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

/* ---- fields ---- */

static const struct json_field *find(const struct record *r, const char *name, size_t length) {
  return json_find(r->fields, r->n_fields, 1, r->text, name, length);
}

static int push_field(lua_State *L, const struct record *r, const char *name, size_t length) {
  const struct json_field *field = find(r, name, length);
  if (!field) return 0;
  json_push(L, r->text, field);
  return 1;
}

/* Pushes and returns the text of a string field. Pushes nil and returns NULL for other fields. */
static const char *push_text(lua_State *L, const struct record *r, const char *name) {
  const struct json_field *field = find(r, name, strlen(name));
  if (!field || field->type != JSON_STRING) return lua_pushnil(L), NULL;
  json_push(L, r->text, field);
  return lua_tostring(L, -1);
}

/* Replaces the URI of a recording on the stack's top by the URI of its media without a file
 * extension. The media are below the account, not below the call or conference. */
static const char *to_media_uri(lua_State *L, size_t *length) {
  const char *uri = lua_tolstring(L, -1, length), *account = strstr(uri, "/Accounts/"), *own = strstr(uri, "/Recordings/");
  if (!account || !own || own < account) return NULL;
  account += strlen("/Accounts/");
  size_t tail = strlen(own);
  if (tail > 5 && strcmp(own + tail - 5, ".json") == 0) tail -= 5;
  lua_pushlstring(L, uri, (size_t)(account - uri) + strcspn(account, "/"));
  lua_pushlstring(L, own, tail);
  lua_concat(L, 2);
  lua_replace(L, -2);
  return lua_tolstring(L, -1, length);
}

/* Pushes the URL of a recording's media without a file extension: the field media_url, otherwise a
 * URL made from the field uri. */
static int push_media_url(lua_State *L, const struct record *r) {
  if (push_text(L, r, "media_url")) return 1;
  size_t length = 0;
  const char *uri = push_text(L, r, "uri") ? to_media_uri(L, &length) : NULL;
  struct buffer *url = userdata_new(L, sizeof *url, 0, buffer_name); /* a userdata, so that an error does not leak it */
  int ok = uri && !origin_add_link(L, client_origin(r->resource->client), "api", uri, length, url);
  if (url->failed) luaL_error(L, "out of memory");
  if (ok) lua_pushlstring(L, url->data, url->length);
  buffer_free(url);
  return ok;
}

static int buffer_gc(lua_State *L) {
  struct buffer *b = userdata_test(L, 1, buffer_name);
  if (b) buffer_free(b);
  return 0;
}

static int is_recording(const struct record *r) {
  return strcmp(lookup_node_name(r->resource->node), "recordings") == 0;
}

/* recording.formats: the URLs of the media by format. */
static int push_formats(lua_State *L, const struct record *r) {
  static const char *const formats[] = {"wav", "mp3"};
  if (!push_media_url(L, r)) return 0;
  const char *url = lua_tostring(L, -1);
  lua_newtable(L);
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    lua_pushfstring(L, "%s.%s", url, formats[i]);
    lua_setfield(L, -2, formats[i]);
  }
  return 1;
}

/* ---- the resource of a record ---- */

/* Pushes the field for a placeholder of a path. Tries the placeholder's name in snake_case, then the
 * name as it is, sid and id. If the record has none of these fields, pushes the first name and
 * returns 0. */
static int find_sid(lua_State *L, const struct record *r, const struct lookup_segment *placeholder) {
  char snake[64];
  wire_snake(placeholder->text, placeholder->length, snake, sizeof snake);
  const struct {
    const char *text;
    size_t length;
  } names[] = {{snake, strlen(snake)}, {placeholder->text, placeholder->length}, {"sid", 3}, {"id", 2}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (!push_field(L, r, names[i].text, names[i].length)) continue;
    if (!lua_isnil(L, -1)) return 1;
    lua_pop(L, 1);
  }
  lua_pushstring(L, snake);
  return 0;
}

static void push_sid(lua_State *L, const struct record *r, const struct lookup_segment *placeholder) {
  if (!find_sid(L, r, placeholder)) misuse(L, "this record has no '%s', which leads to it", lua_tostring(L, -1));
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
    struct lookup_segment s;
    if (!op || !lookup_placeholder(op->path, r->resource->n_sids + i, &s)) s = (struct lookup_segment){"sid", 3, 1};
    push_sid(L, r, &s);
    resource_to_sid(L, -1, &sids[i]);
    sids[i].node = node;
  }
  resource_push(L, resource, r->resource->client, r->resource, node, sids, n);
  lua_replace(L, resource - 1);
  lua_settop(L, resource - 1);
}

/* Replaces the last SID in the path of the record at `index` by the text on the stack's top. */
static void set_last_sid(lua_State *L, int index) {
  struct record *r = record_test(L, index);
  const struct resource *asked = r->resource;
  struct resource above = *asked;
  struct sid own = asked->sid[--above.n_sids];
  own.text = lua_tolstring(L, -1, &own.length);
  compat_gettable(L, index);
  lua_rawgeti(L, -1, RECORD_RESOURCE);
  const struct resource *found = resource_push(L, -1, asked->client, &above, asked->node, &own, 1);
  lua_rawseti(L, -3, RECORD_RESOURCE);
  r->resource = found;
}

void record_take_sid(lua_State *L, const struct api_op *op, int is_redirected) {
  const struct record *r = record_test(L, -1);
  const struct sid *asked = r->resource->n_sids ? &r->resource->sid[r->resource->n_sids - 1] : NULL;
  struct lookup_segment last;
  int top = lua_gettop(L);
  if (!asked || (!is_redirected && sid_is(asked->text, asked->length, SID_UPPER_DIGITS | SID_LOWER_LETTERS))) return;
  if (lookup_last_segment(op->path, &last) < 0 || !last.is_placeholder) return;
  if (find_sid(L, r, &last) && lua_type(L, -1) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    int is_usable = is_redirected ? length > 0 && !wire_has_control(text, length) : sid_is(text, length, 0);
    if (is_usable) set_last_sid(L, top);
  }
  lua_settop(L, top);
}

/* ---- unknown names ---- */

/* Whether Twilio's API documents have the field. Names that begin with "__" count as known, see
 * misuse_is_probe. */
static int is_known(const struct record *r, const char *name, size_t length) {
  return misuse_is_probe(name) || lookup_has_field(api_nodes[r->resource->node].called, name, length);
}

/* Offers the methods to the suggestion. Skips the names of verbs, whose values are not functions
 * (see add_verb_names). */
static void offer_methods(lua_State *L, struct suggestion *s, int methods) {
  lua_pushnil(L);
  while (lua_next(L, methods)) {
    if (lua_isfunction(L, -1)) suggestion_offer(s, lua_tostring(L, -2));
    lua_pop(L, 1);
  }
}

/* Raises for the name at index 2. Near matches are taken from the fields. Unless `methods` is 0,
 * they are also taken from the methods at that stack index, the verbs and the children. */
static int unknown(lua_State *L, const struct record *r, const char *what, const char *name, int methods) {
  struct suggestion s;
  uint16_t node = api_nodes[r->resource->node].called;
  if (strlen(name) != lua_rawlen(L, 2)) return misuse(L, "a field's name contains a NUL byte");
  suggestion_start(&s, name);
  for (uint32_t i = 0; i < r->n_fields; i++) {
    json_push_key(L, r->text, &r->fields[i]);
    suggestion_offer(&s, lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  lookup_offer_fields(&s, node);
  if (methods) {
    offer_methods(L, &s, methods);
    lookup_offer_verbs(&s, node, 1);
    lookup_offer_children(&s, node);
  }
  return misuse(L, "a record of %s has no %s'%s'%s", lookup_node_name(node), what, name, suggestion_push(L, &s));
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
static void mark_hidden(lua_State *L, const struct record *r) {
  lua_createtable(L, 0, (int)r->n_fields);
  for (uint32_t i = 0; i < r->n_fields; i++) {
    json_push_key(L, r->text, &r->fields[i]);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (!lua_isnil(L, -1)) r->fields[lua_tointeger(L, -1)].hidden = 1;
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
  const char *name = lua_tolstring(L, 2, &length), *text = push_text(L, r, name);
  if (!text && !find(r, name, length) && !is_known(r, name, length)) return unknown(L, r, "field ", name, 0);
  if (!text) return 1;
  lua_tolstring(L, -1, &length);
  if (!dates_parse(text, length, &seconds)) return lua_pushnil(L), 1;
  compat_pushint64(L, seconds);
  return 1;
}

/* record:meta() → { status, request_id, attempts, concurrent_requests, operation } of the response */
static int record_meta(lua_State *L) {
  static const struct {
    const char *name;
    int slot;
  } fields[] = {{"status", RECORD_STATUS},
                {"request_id", RECORD_REQUEST_ID},
                {"attempts", RECORD_ATTEMPTS},
                {"concurrent_requests", RECORD_CONCURRENT},
                {"operation", RECORD_PENDING}};
  check_record(L);
  compat_gettable(L, 1);
  lua_createtable(L, 0, 4);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    lua_rawgeti(L, -2, fields[i].slot);
    lua_setfield(L, -2, fields[i].name);
  }
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
  if (push_field(L, r, name, length)) return 1;
  if (strcmp(name, "formats") == 0 && is_recording(r)) return push_formats(L, r);
  /* `end_` is the field `end`, a keyword of Lua */
  int is_reserved = length > 1 && name[length - 1] == '_';
  if (is_reserved && push_field(L, r, name, length - 1)) return 1;
  struct lookup_child child;
  if (lookup_child(node, name, &child)) {
    record_push_resource(L, 1);
    return resource_push_child(L, -1, r->resource->client, resource_test(L, -1), node, name);
  }
  if (is_known(r, name, length) || (is_reserved && lookup_has_field(node, name, length - 1))) return 0;
  return unknown(L, r, "", name, lua_upvalueindex(1));
}

static int record_assign(lua_State *L) {
  return misuse(L, "a record is read-only: change it at Twilio with :update{…}");
}

/* Pushes the masked identity of the record: its SID, or the last SID of its path, such as the
 * call_sid of a participant. Pushes nil and returns NULL if the record has none. */
static const char *push_identity(lua_State *L, const struct record *r) {
  uint16_t node = api_nodes[r->resource->node].called;
  const struct api_op *op = lookup_instance_op(node, r->resource->n_sids);
  struct lookup_segment s;
  int n = op && api_nodes[node].arity ? op->n_path - 1 : -1, found = push_text(L, r, "sid") != NULL;
  if (!found && n >= 0 && lookup_placeholder(op->path, n, &s)) found = find_sid(L, r, &s);
  if (!found || !lua_isstring(L, -1)) return lua_pushnil(L), NULL;
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  path_mask_push_sid(L, node, text, length);
  return lua_tostring(L, -1);
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
  const char *sid = push_identity(L, r), *status = push_text(L, r, "status");
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
  static const luaL_Reg buffer_meta[] = {{"__gc", buffer_gc}, {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__newindex", record_assign}, {"__tostring", record_tostring}, {"__pairs", record_each}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"json", record_json}, {"to_table", record_to_table}, {"each", record_each},
                                     {"time", record_time}, {"meta", record_meta},         {NULL, NULL}};
  compat_setfuncs(L, methods);
  add_verb_names(L);
  userdata_metatable(L, record_name, meta, record_index);
  lua_newtable(L);
  userdata_metatable(L, buffer_name, buffer_meta, NULL);
}
