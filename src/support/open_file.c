#include "support/open_file.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/atomic_file.h"

/* Returns the FILE * of a file of Lua, or NULL if the file is closed. Lua 5.1 and LuaJIT then have no
 * FILE *. Later versions keep the pointer to the freed FILE, and remove the function that closes it. */
static FILE *file_of(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 502
  const luaL_Stream *stream = luaL_checkudata(L, index, LUA_FILEHANDLE);
  return stream->closef ? stream->f : NULL;
#else
  return *(FILE *const *)luaL_checkudata(L, index, LUA_FILEHANDLE);
#endif
}

/* Returns the descriptor of a file of Lua, or -1 if the file is closed. */
static int descriptor_of(lua_State *L, int index) {
  FILE *file = file_of(L, index);
  return file ? fileno(file) : -1;
}

/* Pushes true for 0, otherwise nil and the reason of the errno. Returns the number of values. */
static int push_outcome(lua_State *L, int code) {
  if (!code) return lua_pushboolean(L, 1), 1;
  lua_pushnil(L);
  lua_pushstring(L, strerror(code));
  return 2;
}

int open_file_terminal(lua_State *L) {
  struct winsize size = {0};
  int fd = descriptor_of(L, 1);
  if (!isatty(fd)) return 0;
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) size.ws_col = 0;
  lua_pushinteger(L, size.ws_col);
  return 1;
}

int open_file_is_private(lua_State *L) {
  struct stat status;
  if (fstat(descriptor_of(L, 1), &status) != 0) return push_outcome(L, errno);
  lua_pushboolean(L, status.st_uid == geteuid() && !(status.st_mode & (S_IRWXG | S_IRWXO)));
  return 1;
}

int open_file_sync(lua_State *L) {
  FILE *file = file_of(L, 1);
  if (file && fflush(file) != 0 && errno != EBADF) return push_outcome(L, errno);
  return push_outcome(L, atomic_file_synchronize(descriptor_of(L, 1)));
}

int open_file_lock(lua_State *L) {
  int fd = descriptor_of(L, 1), status;
  do status = flock(fd, LOCK_EX | LOCK_NB);
  while (status && errno == EINTR);
  return push_outcome(L, status ? errno : 0);
}

int open_file_truncate(lua_State *L) {
  lua_Number length = luaL_checknumber(L, 2);
  return push_outcome(L, ftruncate(descriptor_of(L, 1), (off_t)length) ? errno : 0);
}
