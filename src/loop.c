#include "loop.h"

#include "compat.h"
#include "misuse.h"
#include "process.h"
#include "request.h"
#include "userdata.h"

static const char loop_name[] = "twilio.engine";
static const char loop_key; /* registry: the state's engine */

/* The userdata holds a pointer, NULL once the state is ending. */
static struct engine **loop_box(lua_State *L, int index) {
  return userdata_test(L, index, loop_name);
}

static struct engine *loop_check(lua_State *L) {
  struct engine **box = loop_box(L, 1);
  if (!box) misuse(L, "a twilio.engine is expected, got %s", luaL_typename(L, 1));
  if (!*box) misuse(L, "the engine is closed: its Lua state is ending");
  return *box;
}

void loop_push(lua_State *L) {
  compat_rawgetp(L, LUA_REGISTRYINDEX, &loop_key);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  const char *failure = process_init();
  if (failure) luaL_error(L, "twilio: %s", failure);
  struct engine **box = userdata_new(L, sizeof *box, 0, loop_name);
  *box = engine_new();
  if (!*box) luaL_error(L, "twilio: out of memory");
  lua_pushvalue(L, -1);
  compat_rawsetp(L, LUA_REGISTRYINDEX, &loop_key);
}

void loop_cancel_route(lua_State *L, int index, const struct route *route, int family) {
  struct engine **box = loop_box(L, index);
  if (box && *box) engine_cancel_route(*box, route, family);
}

static int loop_gc(lua_State *L) {
  struct engine **box = loop_box(L, 1);
  if (box && *box) {
    engine_free(*box);
    *box = NULL;
  }
  return 0;
}

/* engine:submit(request): starts it; never blocks. */
static int loop_submit(lua_State *L) {
  struct engine *e = loop_check(L);
  struct request *r = request_begin(L, 2);
  if (r) engine_submit(e, &r->transfer);
  return 0;
}

/* engine:step() → whether there was something to do: does what can be done without blocking. */
static int loop_step(lua_State *L) {
  lua_pushboolean(L, engine_step(loop_check(L)));
  return 1;
}

/* engine:poll(seconds): blocks until something happened, `seconds` at the most. */
static int loop_poll(lua_State *L) {
  struct engine *e = loop_check(L);
  engine_poll(e, (double)luaL_checknumber(L, 2));
  return 0;
}

/* engine:cancel(request): ends it now. */
static int loop_cancel(lua_State *L) {
  loop_check(L);
  engine_cancel(&request_check_any(L, 2)->transfer);
  return 0;
}

/* engine:completed() → the id of a request that has finished, each once; nil: no more. */
static int loop_completed(lua_State *L) {
  uint32_t id = engine_completed(loop_check(L));
  if (!id) return 0;
  lua_pushinteger(L, (lua_Integer)id);
  return 1;
}

/* engine:flying() → how many requests are in flight. */
static int loop_flying(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)engine_flying(loop_check(L)));
  return 1;
}

/* engine:pollfd(), engine:events(), engine:timeout(): the protocol of cqueues.
 * The descriptor is readable when a step is due, timers included; -1 where the
 * platform has none. The timeout is in seconds, nil for none. */
static int loop_pollfd(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)engine_pollfd(loop_check(L)));
  return 1;
}

/* engine:alert(): makes the descriptor readable until the next step. */
static int loop_alert(lua_State *L) {
  engine_alert(loop_check(L));
  return 0;
}

static int loop_events(lua_State *L) {
  loop_check(L);
  lua_pushliteral(L, "r");
  return 1;
}

static int loop_timeout(lua_State *L) {
  double seconds = engine_timeout(loop_check(L));
  if (seconds < 0) return 0;
  lua_pushnumber(L, (lua_Number)seconds);
  return 1;
}

void loop_register(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", loop_gc}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"submit", loop_submit},
                                     {"step", loop_step},
                                     {"poll", loop_poll},
                                     {"cancel", loop_cancel},
                                     {"completed", loop_completed},
                                     {"alert", loop_alert},
                                     {"flying", loop_flying},
                                     {"pollfd", loop_pollfd},
                                     {"events", loop_events},
                                     {"timeout", loop_timeout},
                                     {NULL, NULL}};
  compat_setfuncs(L, methods);
  userdata_metatable(L, loop_name, meta, NULL);
}
