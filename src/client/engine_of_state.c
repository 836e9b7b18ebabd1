#include "client/engine_of_state.h"

#include "support/compat.h"
#include "support/misuse.h"
#include "support/userdata.h"
#include "transport/startup.h"

static const char engine_name[] = "twilio.engine";
static const char engine_key; /* registry key of the state's engine */

/* The payload is a pointer, which is NULL after the finalizer. */
static struct engine **engine_test(lua_State *L, int index) {
  return userdata_test(L, index, engine_name);
}

struct engine *engine_of_state_check(lua_State *L) {
  struct engine **engine = engine_test(L, 1);
  if (!engine) misuse(L, "a twilio.engine is expected, got %s", luaL_typename(L, 1));
  if (!*engine) misuse(L, "the engine is closed: its Lua state is ending");
  return *engine;
}

void engine_of_state_push(lua_State *L) {
  compat_rawgetp(L, LUA_REGISTRYINDEX, &engine_key);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  const char *failure = startup_init();
  if (failure) luaL_error(L, "twilio: %s", failure);
  struct engine **engine = userdata_new(L, sizeof *engine, 0, engine_name);
  *engine = engine_new();
  if (!*engine) luaL_error(L, "twilio: out of memory");
  lua_pushvalue(L, -1);
  compat_rawsetp(L, LUA_REGISTRYINDEX, &engine_key);
}

void engine_of_state_cancel(lua_State *L, int index, const struct transport_config *config, int is_family) {
  struct engine **engine = engine_test(L, index);
  if (engine && *engine) engine_cancel_route(*engine, config, is_family);
}

static int engine_gc(lua_State *L) {
  struct engine **engine = engine_test(L, 1);
  if (engine && *engine) {
    engine_free(*engine);
    *engine = NULL;
  }
  return 0;
}

void engine_of_state_register(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", engine_gc}, {NULL, NULL}};
  userdata_metatable(L, engine_name, meta, NULL);
}
