/* luaopen_twilio_core: makes the module and registers every userdata. */

#include <stdlib.h>
#include <string.h>

#include "call/engine_methods.h"
#include "call/request_methods.h"
#include "client/client.h"
#include "client/options.h"
#include "client/token_key.h"
#include "request/describe.h"
#include "request/operation.h"
#include "request/resource.h"
#include "request/value.h"
#include "response/columns.h"
#include "response/failure.h"
#include "response/record_media.h"
#include "response/record_methods.h"
#include "response/record_path.h"
#include "support/atomic_file.h"
#include "support/chunk_cache.h"
#include "support/compat.h"
#include "support/lazy.h"
#include "support/misuse.h"
#include "support/open_file.h"
#include "support/redact.h"
#include "support/suspend.h"
#include "text/digest.h"
#include "text/form.h"
#include "text/integer.h"
#include "text/json_mark.h"
#include "text/json_parse.h"
#include "text/mulaw.h"
#include "text/network.h"
#include "text/wire_text.h"
#include "text/xml.h"
#include "transport/poller.h"
#include "transport/startup.h"

/* core.setup(own, encode, verbs, explain): passes a function of the Lua layer (see misuse_own), its
 * JSON encoder, its table of methods, and its function that returns the title of an error code. */
static int core_setup(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_checktype(L, 4, LUA_TFUNCTION);
  misuse_own(L, 1);
  value_set_encoder(L, 2);
  resource_set_verbs(L, 3);
  failure_set_explainer(L, 4);
  return 0;
}

/* core.misuse(message, wanted, names): raises the message at the position of the library's caller.
 * With `wanted` and `names`, the message ends with the key of the table `names` that is nearest to
 * the string `wanted`, if any key is near. */
static int core_misuse(lua_State *L) {
  struct suggestion s;
  const char *message = luaL_checkstring(L, 1);
  if (lua_gettop(L) == 1) return misuse(L, "%s", message);
  luaL_checktype(L, 3, LUA_TTABLE);
  suggestion_start(&s, luaL_checkstring(L, 2));
  suggestion_offer_keys(L, &s, 3);
  return misuse(L, "%s%s", message, suggestion_push(L, &s));
}

/* core.nearest(wanted, names): returns the string in the array `names` that is nearest to `wanted`;
 * nil if none is near. */
static int core_nearest(lua_State *L) {
  struct suggestion s;
  suggestion_start(&s, luaL_checkstring(L, 1));
  luaL_checktype(L, 2, LUA_TTABLE);
  for (int i = 1; i <= (int)lua_rawlen(L, 2); i++) {
    lua_rawgeti(L, 2, i);
    suggestion_offer(&s, luaL_checkstring(L, -1));
    lua_pop(L, 1);
  }
  lua_pushstring(L, s.nearest[0] ? s.nearest : NULL);
  return 1;
}

/* core.number(n) → the text of a number or twilio.integer as it is sent; nil for NaN, infinities
 * and other values */
static int core_number(lua_State *L) {
  char text[WIRE_NUMBER_SIZE];
  if (integer_test(L, 1, NULL)) return luaL_callmeta(L, 1, "__tostring");
  size_t length = lua_type(L, 1) == LUA_TNUMBER ? wire_number(L, 1, text) : 0;
  if (!length) return 0;
  lua_pushlstring(L, text, length);
  return 1;
}

/* core.integer(digits) → a number if Lua can hold it exactly, otherwise a twilio.integer */
static int core_integer(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING) misuse(L, "twilio.integer takes the digits of a whole number as a string, got %s", luaL_typename(L, 1));
  size_t length;
  const char *text = lua_tolstring(L, 1, &length), *digits = text + (*text == '-');
  size_t n = strspn(digits, "0123456789");
  int is_plain = n > 0 && digits + n == text + length && (*digits != '0' || length == 1);
  if (!is_plain) misuse(L, "twilio.integer takes the digits of a whole number without zeros before them");
  if (integer_is_large(text, length))
    integer_push(L, text, length);
  else
    compat_pushint64(L, strtoll(text, NULL, 10));
  return 1;
}

/* core.nulls(object) → the set of names that are null in a decoded object, or nil */
static int core_nulls(lua_State *L) {
  return json_mark_push_nulls(L, 1);
}

/* core.invalid_utf8(text) → the position of the first byte that is not UTF-8, nil for valid text */
static int core_invalid_utf8(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  size_t valid = encode_utf8_span(text, length);
  if (valid == length) return 0;
  lua_pushinteger(L, (lua_Integer)valid + 1);
  return 1;
}

/* core.mask(value, is_personal) → the value, masked for a log */
static int core_mask(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  redact_push_value(L, text, length, lua_toboolean(L, 2));
  return 1;
}

/* core.now() → seconds of a monotonic clock */
static int core_now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)poller_now());
  return 1;
}

static void register_client(lua_State *L) {
  client_register(L, resource_index_client);
}

/* Makes the table of methods of a userdata. The module has it as `name`, so that the Lua layer can
 * add methods. */
static void add_class(lua_State *L, const char *name, void (*fill)(lua_State *L)) {
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, name);
  fill(L);
}

/* The functions that only some programs use. */
static const luaL_Reg rare[] = {{"raw", request_methods_new_raw},
                                {"download", request_methods_new_download},
                                {"fan", operation_fan},
                                {"pending", record_pending},
                                {"media", record_media},
                                {"mask", core_mask},
                                {"number", core_number},
                                {"nulls", core_nulls},
                                {"invalid_utf8", core_invalid_utf8},
                                {"hmac", digest_hmac},
                                {"sha256", digest_sha256},
                                {"base64", digest_base64},
                                {"base64_decode", digest_base64_decode},
                                {"base64url", digest_base64url},
                                {"base64url_decode", digest_base64url_decode},
                                {"equal", digest_equal},
                                {"form", form_fields},
                                {"form_signed", form_signed},
                                {"form_is_signed", form_is_signed},
                                {"form_received", form_received},
                                {"json_decode", json_parse},
                                {"in_network", network_contains},
                                {"atomic_file", atomic_file_open},
                                {"columns", columns_names},
                                {"check_column", columns_check},
                                {"column_text", columns_text},
                                {"token_issuer", token_key_issuer},
                                {"token_hmac", token_key_hmac},
                                {"token_key", token_key_of},
                                {"xml", xml_escape},
                                {"mulaw_decode", mulaw_decode},
                                {"mulaw_encode", mulaw_encode},
                                {"engine", engine_methods_engine},
                                {"path", record_path},
                                {"check_options", options_check},
                                {"nearest", core_nearest},
                                {"describe", describe},
                                {"terminal", open_file_terminal},
                                {"is_private", open_file_is_private},
                                {"sync", open_file_sync},
                                {"lock", open_file_lock},
                                {"truncate", open_file_truncate},
                                {NULL, NULL}};

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int luaopen_twilio_core(lua_State *L);

int luaopen_twilio_core(lua_State *L) {
  static const luaL_Reg functions[] = {{"setup", core_setup},
                                       {"misuse", core_misuse},
                                       {"index", misuse_index},
                                       {"now", core_now},
                                       {"keep", chunk_cache_keep},
                                       {"integer", core_integer},
                                       {"client", client_new},
                                       {"request", request_methods_new},
                                       {"can_suspend", suspend_is_possible},
                                       {NULL, NULL}};
  compat_checkversion(L);
  chunk_cache_offer(L);
  lua_newtable(L);
  compat_setfuncs(L, functions);
  add_class(L, "client_methods", register_client);
  add_class(L, "record_methods", record_register);
  add_class(L, "request_methods", request_methods_register);
  add_class(L, "engine_methods", engine_methods_register);
  resource_register(L);
  atomic_file_register(L);
  integer_register(L);
  json_mark_register(L);
  json_parse_register(L);
  json_mark_push_array(L);
  lua_setfield(L, -2, "array_mark");
  lua_pushlightuserdata(L, NULL); /* equal to cjson.null and ngx.null */
  lua_setfield(L, -2, "null");
  lua_pushliteral(L, TWILIO_VERSION);
  lua_setfield(L, -2, "version");
  lazy_set_functions(L, rare);
  return 1;
}
