#include "call/engine_methods.h"

#include "call/attempt.h"
#include "client/engine_of_state.h"
#include "request/request.h"
#include "support/compat.h"

/* engine:submit(request): begins an attempt and starts its transfer. Never blocks. */
static int submit(lua_State *L) {
  struct engine *engine = engine_of_state_check(L);
  struct request *r = attempt_begin(L, 2);
  if (r) engine_submit(engine, &r->transfer);
  return 0;
}

/* engine:step() → whether there was work. Does the work that is due. Never blocks. */
static int step(lua_State *L) {
  lua_pushboolean(L, engine_step(engine_of_state_check(L)));
  return 1;
}

/* engine:poll(seconds): blocks until there is work, for at most `seconds`. */
static int poll_once(lua_State *L) {
  struct engine *engine = engine_of_state_check(L);
  engine_poll(engine, (double)luaL_checknumber(L, 2));
  return 0;
}

/* engine:cancel(request): cancels the request's transfer at once. */
static int cancel(lua_State *L) {
  engine_of_state_check(L);
  engine_cancel(&request_check_any(L, 2)->transfer);
  return 0;
}

/* engine:completed() → the id of a completed request. Returns each id once. If there is none: the
 * id of a download that has bytes for the program, and true. Otherwise nil. */
static int completed(lua_State *L) {
  struct engine *engine = engine_of_state_check(L);
  uint32_t id = engine_completed(engine);
  int goes_on = !id;
  if (goes_on) id = engine_filled(engine);
  if (!id) return 0;
  lua_pushinteger(L, (lua_Integer)id);
  lua_pushboolean(L, goes_on);
  return 2;
}

/* engine:flying() → the number of transfers in flight. */
static int flying(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)engine_flying(engine_of_state_check(L)));
  return 1;
}

/* The protocol of cqueues: engine:pollfd(), engine:events() and engine:timeout(). The descriptor is
 * readable when a step is due, which includes expired timers. The descriptor is -1 on platforms
 * that cannot provide one. The timeout is in seconds; nil: none. */
static int descriptor(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)engine_pollfd(engine_of_state_check(L)));
  return 1;
}

static int events(lua_State *L) {
  engine_of_state_check(L);
  lua_pushliteral(L, "r");
  return 1;
}

static int timeout(lua_State *L) {
  double seconds = engine_timeout(engine_of_state_check(L));
  if (seconds < 0) return 0;
  lua_pushnumber(L, (lua_Number)seconds);
  return 1;
}

/* engine:alert(): makes the descriptor readable until the next step. */
static int alert(lua_State *L) {
  engine_alert(engine_of_state_check(L));
  return 0;
}

int engine_methods_engine(lua_State *L) {
  engine_of_state_push(L);
  return 1;
}

void engine_methods_register(lua_State *L) {
  static const luaL_Reg methods[] = {{"submit", submit},       {"step", step},       {"poll", poll_once}, {"cancel", cancel},
                                     {"completed", completed}, {"alert", alert},     {"flying", flying},  {"pollfd", descriptor},
                                     {"events", events},       {"timeout", timeout}, {NULL, NULL}};
  compat_setfuncs(L, methods);
  engine_of_state_register(L);
}
