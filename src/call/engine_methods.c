#include "call/engine_methods.h"

#include "request/request.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "support/userdata.h"
#include "transport/startup.h"

static const char engine_method_name[] = "twilio.engine";
static const char engine_method_key; /* registry: the state's engine */

/* The userdata holds a pointer, NULL once the state is ending. */
static struct engine **engine_method_box(lua_State *L, int index) {
  return userdata_test(L, index, engine_method_name);
}

static struct engine *engine_method_check(lua_State *L) {
  struct engine **box = engine_method_box(L, 1);
  if (!box) misuse(L, "a twilio.engine is expected, got %s", luaL_typename(L, 1));
  if (!*box) misuse(L, "the engine is closed: its Lua state is ending");
  return *box;
}

void engine_of_state_push(lua_State *L) {
  compat_rawgetp(L, LUA_REGISTRYINDEX, &engine_method_key);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  const char *failure = startup_init();
  if (failure) luaL_error(L, "twilio: %s", failure);
  struct engine **box = userdata_new(L, sizeof *box, 0, engine_method_name);
  *box = engine_new();
  if (!*box) luaL_error(L, "twilio: out of memory");
  lua_pushvalue(L, -1);
  compat_rawsetp(L, LUA_REGISTRYINDEX, &engine_method_key);
}

void engine_of_state_cancel(lua_State *L, int index, const struct transport_config *route, int family) {
  struct engine **box = engine_method_box(L, index);
  if (box && *box) engine_cancel_route(*box, route, family);
}

static int engine_method_gc(lua_State *L) {
  struct engine **box = engine_method_box(L, 1);
  if (box && *box) {
    engine_free(*box);
    *box = NULL;
  }
  return 0;
}

/* engine:submit(request): starts it; never blocks. */
static int engine_method_submit(lua_State *L) {
  struct engine *e = engine_method_check(L);
  struct request *r = request_begin(L, 2);
  if (r) engine_submit(e, &r->transfer);
  return 0;
}

/* engine:step() → whether there was something to do: does what can be done without blocking. */
static int engine_method_step(lua_State *L) {
  lua_pushboolean(L, engine_step(engine_method_check(L)));
  return 1;
}

/* engine:poll(seconds): blocks until something happened, `seconds` at the most. */
static int engine_method_poll(lua_State *L) {
  struct engine *e = engine_method_check(L);
  engine_poll(e, (double)luaL_checknumber(L, 2));
  return 0;
}

/* engine:cancel(request): ends it now. */
static int engine_method_cancel(lua_State *L) {
  engine_method_check(L);
  engine_cancel(&request_check_any(L, 2)->transfer);
  return 0;
}

/* engine:completed() → the id of a request that has finished, each once; nil: no more. */
static int engine_method_completed(lua_State *L) {
  uint32_t id = engine_completed(engine_method_check(L));
  if (!id) return 0;
  lua_pushinteger(L, (lua_Integer)id);
  return 1;
}

/* engine:flying() → how many requests are in flight. */
static int engine_method_flying(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)engine_flying(engine_method_check(L)));
  return 1;
}

/* engine:pollfd(), engine:events(), engine:timeout(): the protocol of cqueues.
 * The descriptor is readable when a step is due, timers included; -1 where the
 * platform has none. The timeout is in seconds, nil for none. */
static int engine_method_pollfd(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)engine_pollfd(engine_method_check(L)));
  return 1;
}

/* engine:alert(): makes the descriptor readable until the next step. */
static int engine_method_alert(lua_State *L) {
  engine_alert(engine_method_check(L));
  return 0;
}

static int engine_method_events(lua_State *L) {
  engine_method_check(L);
  lua_pushliteral(L, "r");
  return 1;
}

static int engine_method_timeout(lua_State *L) {
  double seconds = engine_timeout(engine_method_check(L));
  if (seconds < 0) return 0;
  lua_pushnumber(L, (lua_Number)seconds);
  return 1;
}

void engine_method_register(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", engine_method_gc}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"submit", engine_method_submit},
                                     {"step", engine_method_step},
                                     {"poll", engine_method_poll},
                                     {"cancel", engine_method_cancel},
                                     {"completed", engine_method_completed},
                                     {"alert", engine_method_alert},
                                     {"flying", engine_method_flying},
                                     {"pollfd", engine_method_pollfd},
                                     {"events", engine_method_events},
                                     {"timeout", engine_method_timeout},
                                     {NULL, NULL}};
  compat_setfuncs(L, methods);
  userdata_metatable(L, engine_method_name, meta, NULL);
}
