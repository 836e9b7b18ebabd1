#include "support/suspend.h"

#include <string.h>

#include "support/compat.h"

#if LUA_VERSION_NUM < 503

/* LuaJIT has it, PUC Lua 5.1 has not, and one build serves both. */
extern int lua_isyieldable(lua_State *L);
#pragma weak lua_isyieldable

/* 5.2 yields across these. */
static int is_transparent(lua_State *L, lua_Debug *ar) {
#if LUA_VERSION_NUM == 502
  static const char *const names[] = {"pcall", "xpcall"};
  int found = 0;
  lua_getinfo(L, "f", ar);
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  lua_getfield(L, -1, "_G");
  for (size_t i = 0; lua_istable(L, -1) && i < sizeof names / sizeof *names; i++) {
    lua_pushstring(L, names[i]);
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

/* Lua 5.1 calls iterators and metamethods through C. Neither has the name there
 * that a call would give it; nor has what a tail call has left behind, which is
 * taken for a call. */
static int is_called_through_c(const lua_Debug *ar, const lua_Debug *caller) {
#if LUA_VERSION_NUM == 501
  if (strcmp(ar->what, "tail") == 0 || strcmp(caller->what, "tail") == 0) return 0;
  return !*ar->namewhat || (ar->name && strcmp(ar->name, "(for generator)") == 0);
#else
  (void)ar, (void)caller;
  return 0;
#endif
}

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
