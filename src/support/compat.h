/* The differences between Lua 5.1, LuaJIT, 5.2, 5.3, 5.4 and 5.5, and nothing else.
 *
 * Every userdata of this module carries exactly one reference to another Lua
 * value, a table: its environment on 5.1, its user value since 5.2. */
#ifndef TWILIO_COMPAT_H
#define TWILIO_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

/* They never return: compilers and analysers are told so. */
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

/* Writes the function at the top as a binary chunk, with its names and lines. */
#if LUA_VERSION_NUM < 503
#define compat_dump(L, writer, data) lua_dump((L), (writer), (data))
#else
#define compat_dump(L, writer, data) lua_dump((L), (writer), (data), 0)
#endif

/* Pushes an integer: exact where Lua has 64-bit integers, a float elsewhere. */
#if LUA_VERSION_NUM < 503
#define compat_pushint64(L, n) lua_pushnumber(L, (lua_Number)(n))
#define compat_isinteger(L, index) 0
#else
#define compat_pushint64(L, n) lua_pushinteger(L, (lua_Integer)(n))
#define compat_isinteger(L, index) lua_isinteger(L, (index))
#endif

#endif
