/* luaopen_twilio_core: registers everything, and nothing else. */

#include "client.h"
#include "compat.h"
#include "encode.h"
#include "layer.h"
#include "loop.h"
#include "misuse.h"
#include "operation.h"
#include "parameters.h"
#include "process.h"
#include "raw.h"
#include "record.h"
#include "redact.h"
#include "request.h"
#include "resource.h"
#include "suspend.h"
#include "watch.h"

/* core.setup(own, encode, verbs): the Lua layer's own chunk (a function of it),
 * its JSON encoder, and its table of methods by name. */
static int core_setup(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  luaL_checktype(L, 3, LUA_TTABLE);
  misuse_own(L, 1);
  parameters_set_encoder(L, 2);
  resource_set_verbs(L, 3);
  return 0;
}

/* core.misuse(message): raises it at the caller's position. */
static int core_misuse(lua_State *L) {
  return misuse(L, "%s", luaL_checkstring(L, 1));
}

/* core.number(n) → its text on the wire, nil for NaN and infinities */
static int core_number(lua_State *L) {
  char text[ENCODE_NUMBER_SIZE];
  luaL_checktype(L, 1, LUA_TNUMBER);
  size_t length = encode_number(L, 1, text);
  if (!length) return 0;
  lua_pushlstring(L, text, length);
  return 1;
}

/* core.mask(value, is_personal) → the value as a log may have it */
static int core_mask(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  redact_push_value(L, text, length, lua_toboolean(L, 2));
  return 1;
}

/* core.now() → seconds of a clock that only goes forward */
static int core_now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)watch_now());
  return 1;
}

/* A table of methods, filled by its register function and kept in the module under `name` for the Lua layer to add to. */
static void add_class(lua_State *L, const char *name, void (*fill)(lua_State *L)) {
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, name);
  fill(L);
}

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int luaopen_twilio_core(lua_State *L);

int luaopen_twilio_core(lua_State *L) {
  static const luaL_Reg functions[] = {{"setup", core_setup},
                                       {"misuse", core_misuse},
                                       {"index", misuse_index},
                                       {"now", core_now},
                                       {"keep", layer_keep},
                                       {"mask", core_mask},
                                       {"number", core_number},
                                       {"client", client_new},
                                       {"request", operation_new},
                                       {"raw", raw_new},
                                       {"fan", operation_fan},
                                       {"can_suspend", suspend_is_possible},
                                       {NULL, NULL}};
  compat_checkversion(L);
  layer_offer(L);
  lua_newtable(L);
  compat_setfuncs(L, functions);
  add_class(L, "client_methods", client_register);
  add_class(L, "record_methods", record_register);
  add_class(L, "request_methods", request_register);
  add_class(L, "engine_methods", loop_register);
  resource_register(L);
  lua_pushlightuserdata(L, NULL); /* what cjson.null and ngx.null are too */
  lua_setfield(L, -2, "null");
  lua_pushliteral(L, TWILIO_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
