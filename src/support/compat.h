/* One API for Lua 5.1 to 5.5 and LuaJIT.
 *
 * Every userdata of this module refers to exactly one other Lua value, a table. compat_settable and
 * compat_gettable access this table. The table is the environment of the userdata in Lua 5.1 and
 * LuaJIT, and its user value since Lua 5.2. */
#ifndef TWILIO_COMPAT_H
#define TWILIO_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

/* Lua's headers do not declare these functions as noreturn. Without the attribute, compilers and
 * analysers warn about code after a call. */
LUA_API int lua_error(lua_State *L) __attribute__((noreturn));
LUALIB_API int luaL_error(lua_State *L, const char *format, ...) __attribute__((noreturn));

#ifndef LUA_OK
#define LUA_OK 0
#endif

#if LUA_VERSION_NUM < 502

#define lua_rawlen lua_objlen
#define compat_setfuncs(L, functions) luaL_register(L, NULL, (functions))
#define compat_checkversion(L) ((void)(L))
#define compat_settable(L, index) ((void)lua_setfenv((L), (index)))
#define compat_gettable(L, index) lua_getfenv((L), (index))

static inline int compat_absindex(lua_State *L, int index) {
  return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(L) + index + 1;
}

static inline void compat_rawgetp(lua_State *L, int index, const void *key) {
  index = compat_absindex(L, index);
  lua_pushlightuserdata(L, (void *)key);
  lua_rawget(L, index);
}

static inline void compat_rawsetp(lua_State *L, int index, const void *key) {
  index = compat_absindex(L, index);
  lua_pushlightuserdata(L, (void *)key);
  lua_insert(L, -2);
  lua_rawset(L, index);
}

#else

#define compat_setfuncs(L, functions) luaL_setfuncs(L, (functions), 0)
#define compat_checkversion(L) luaL_checkversion(L)
#define compat_absindex lua_absindex
#define compat_rawgetp lua_rawgetp
#define compat_rawsetp lua_rawsetp
#if LUA_VERSION_NUM < 504
#define compat_settable(L, index) lua_setuservalue((L), (index))
#define compat_gettable(L, index) lua_getuservalue((L), (index))
#else
#define compat_settable(L, index) ((void)lua_setiuservalue((L), (index), 1))
#define compat_gettable(L, index) ((void)lua_getiuservalue((L), (index), 1))
#endif

#endif

#if LUA_VERSION_NUM < 504
#define compat_newuserdata(L, size) lua_newuserdata(L, (size))
#else
#define compat_newuserdata(L, size) lua_newuserdatauv(L, (size), 1)
#endif

/* Writes the function on top of the stack as a binary chunk, with debug information. */
#if LUA_VERSION_NUM < 503
#define compat_dump(L, writer, data) lua_dump((L), (writer), (data))
#else
#define compat_dump(L, writer, data) lua_dump((L), (writer), (data), 0)
#endif

/* compat_pushint64 pushes a Lua integer. Before Lua 5.3 it pushes a float, which is exact only up
 * to 2^53. */
#if LUA_VERSION_NUM < 503
#define compat_pushint64(L, n) lua_pushnumber(L, (lua_Number)(n))
#define compat_isinteger(L, index) 0
#else
#define compat_pushint64(L, n) lua_pushinteger(L, (lua_Integer)(n))
#define compat_isinteger(L, index) lua_isinteger(L, (index))
#endif

#endif
