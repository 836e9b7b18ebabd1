#include "support/suspend.h"

#include <string.h>

#include "support/compat.h"

#if LUA_VERSION_NUM < 503

/* LuaJIT has the function, PUC Lua 5.1 does not. A weak symbol lets one build serve both. */
extern int lua_isyieldable(lua_State *L);
#pragma weak lua_isyieldable

/* Whether the function on this level is pcall or xpcall, across which Lua 5.2 can yield. */
static int is_transparent(lua_State *L, lua_Debug *ar) {
#if LUA_VERSION_NUM == 502
  static const char *const protected_calls[] = {"pcall", "xpcall"};
  int found = 0;
  lua_getinfo(L, "f", ar);
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  lua_getfield(L, -1, "_G");
  for (size_t i = 0; lua_istable(L, -1) && i < sizeof protected_calls / sizeof *protected_calls; i++) {
    lua_pushstring(L, protected_calls[i]);
    lua_rawget(L, -2);
    found = found || lua_rawequal(L, -1, -4);
    lua_pop(L, 1);
  }
  lua_pop(L, 3);
  return found;
#else
  (void)L, (void)ar;
  return 0;
#endif
}

/* Whether Lua 5.1 called `ar` from C code, as it calls iterators and metamethods. These have no
 * name in the debug information, unlike normal calls. A tail call leaves a level without a name
 * too, and counts as a normal call. */
static int is_called_through_c(const lua_Debug *ar, const lua_Debug *caller) {
#if LUA_VERSION_NUM == 501
  if (strcmp(ar->what, "tail") == 0 || strcmp(caller->what, "tail") == 0) return 0;
  return !*ar->namewhat || (ar->name && strcmp(ar->name, "(for generator)") == 0);
#else
  (void)ar, (void)caller;
  return 0;
#endif
}

/* Whether all levels of the call stack allow a yield. */
static int looks_possible(lua_State *L) {
  lua_Debug ar, caller;
  int is_main = lua_pushthread(L);
  lua_pop(L, 1);
  if (is_main || !lua_getstack(L, 1, &ar)) return 0;
  lua_getinfo(L, "Sn", &ar);
  for (int level = 2; lua_getstack(L, level, &caller); level++) {
    lua_getinfo(L, "Sn", &caller);
    if (strcmp(caller.what, "C") == 0 && !is_transparent(L, &caller)) return 0;
    if (is_called_through_c(&ar, &caller)) return 0;
    ar = caller;
  }
  return 1;
}

int suspend_is_possible(lua_State *L) {
  lua_pushboolean(L, lua_isyieldable ? lua_isyieldable(L) : looks_possible(L));
  return 1;
}

#else

int suspend_is_possible(lua_State *L) {
  lua_pushboolean(L, lua_isyieldable(L));
  return 1;
}

#endif
