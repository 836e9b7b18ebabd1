#include "response/record_media.h"

#include <string.h>

#include "api/lookup.h"
#include "client/client.h"
#include "client/origin.h"
#include "support/misuse.h"
#include "support/userdata.h"

static const char buffer_name[] = "twilio.buffer";

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

/* Pushes the URL of the link, resolved against this client's origin. Returns 0 without a usable
 * link. */
static int push_media_link(lua_State *L, const struct record *record, const char *link, size_t length) {
  struct buffer *url = userdata_new(L, sizeof *url, 0, buffer_name); /* a userdata, so that an error does not leak it */
  int ok = link && !origin_add_link(L, client_origin(record->resource->client), "api", link, length, url);
  if (url->failed) luaL_error(L, "out of memory");
  if (ok) lua_pushlstring(L, url->data, url->length);
  buffer_free(url);
  return ok;
}

/* Pushes the URL of a recording's media without a file extension: the field media_url, otherwise a
 * URL made from the field uri. */
static int push_media_url(lua_State *L, const struct record *record) {
  if (record_push_text(L, record, "media_url")) return 1;
  size_t length = 0;
  const char *uri = record_push_text(L, record, "uri") ? to_media_uri(L, &length) : NULL;
  return push_media_link(L, record, uri, length);
}

/* Pushes the URL of the file of a message, whose field uri is "…/Media/ME….json". */
static int push_message_media(lua_State *L, const struct record *record) {
  size_t length = 0;
  const char *uri = record_push_text(L, record, "uri") ? lua_tolstring(L, -1, &length) : NULL;
  if (uri && length > 5 && strcmp(uri + length - 5, ".json") == 0) {
    lua_pushlstring(L, uri, length -= 5);
    uri = lua_tostring(L, -1);
  }
  return push_media_link(L, record, uri, length);
}

/* Pushes the field `media` of the field `links`, which recordings and compositions of video have.
 * Its path redirects to the file. */
static int push_linked_media(lua_State *L, const struct record *record) {
  if (!record_push_field(L, record, "links", 5) || !lua_istable(L, -1)) return 0;
  lua_getfield(L, -1, "media");
  return lua_type(L, -1) == LUA_TSTRING;
}

static int is_node(const struct record *record, const char *name) {
  return strcmp(lookup_node_name(record->resource->node), name) == 0;
}

int record_is_recording(const struct record *record) {
  return is_node(record, "recordings");
}

int record_media(lua_State *L) {
  if (!record_test(L, 1)) misuse(L, "a twilio.record is expected, got %s (called with '.' instead of ':'?)", luaL_typename(L, 1));
  const struct record view = record_hold(L, 1), *r = &view;
  int table = lua_gettop(L);
  int is_recording = record_is_recording(r) && push_media_url(L, r);
  int found = is_recording || (is_node(r, "media") && push_message_media(L, r)) || push_linked_media(L, r);
  if (!found) return 0;
  lua_pushboolean(L, is_recording);
  lua_rawgeti(L, table, RECORD_RESOURCE);
  compat_gettable(L, -1); /* the client's table */
  lua_rawgeti(L, -1, CLIENT_SELF);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return 3;
}

static int buffer_gc(lua_State *L) {
  struct buffer *buffer = userdata_test(L, 1, buffer_name);
  if (buffer) buffer_free(buffer);
  return 0;
}

int record_push_formats(lua_State *L, const struct record *record) {
  static const char *const formats[] = {"wav", "mp3"};
  if (!push_media_url(L, record)) return 0;
  const char *url = lua_tostring(L, -1);
  lua_newtable(L);
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    lua_pushfstring(L, "%s.%s", url, formats[i]);
    lua_setfield(L, -2, formats[i]);
  }
  return 1;
}

void record_media_register(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", buffer_gc}, {NULL, NULL}};
  lua_newtable(L);
  userdata_metatable(L, buffer_name, meta, NULL);
}
