/* src/text/uuid.c as a Lua module, for spec/text/uuid_spec.lua. */
#include <lauxlib.h>
#include <lua.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text/uuid.h"

int luaopen_uuid_probe(lua_State *L);

enum { THREADS = 4, EACH = 5000 };

typedef char uuid_probe_text[UUID_SIZE];

static int uuid_probe_new(lua_State *L) {
  uuid_probe_text text;
  if (!uuid_new(text)) return luaL_error(L, "no random numbers");
  lua_pushstring(L, text);
  return 1;
}

static void *uuid_probe_thread(void *user) {
  uuid_probe_text *texts = user;
  for (int i = 0; i < EACH; i++)
    if (!uuid_new(texts[i])) texts[i][0] = '\0';
  return NULL;
}

/* Pushes a list of n texts. */
static void uuid_probe_push(lua_State *L, uuid_probe_text *texts, int n) {
  lua_newtable(L);
  for (int i = 0; i < n; i++) {
    lua_pushstring(L, texts[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

/* threads() -> list of the UUIDs that several threads make at once */
static int uuid_probe_threads(lua_State *L) {
  uuid_probe_text *texts = lua_newuserdata(L, sizeof *texts * THREADS * EACH);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, uuid_probe_thread, texts + (size_t)i * EACH) != 0) abort();
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  uuid_probe_push(L, texts, THREADS * EACH);
  return 1;
}

/* forked(n) -> list of n UUIDs of a child process, followed by n of this process, both made right
 * after the fork */
static int uuid_probe_forked(lua_State *L) {
  int n = (int)luaL_checkinteger(L, 1), ends[2], status = 1;
  uuid_probe_text *texts = lua_newuserdata(L, sizeof *texts * (size_t)n * 2);
  if (pipe(ends) != 0) return luaL_error(L, "no pipe");
  pid_t child = fork();
  for (int i = 0; i < n; i++)
    if (!uuid_new(texts[n + i])) texts[n + i][0] = '\0';
  size_t size = sizeof *texts * (size_t)n;
  if (child == 0) _exit(write(ends[1], texts + n, size) == (ssize_t)size ? 0 : 1);
  close(ends[1]);
  size_t got = 0;
  for (ssize_t more; got < size && (more = read(ends[0], (char *)texts + got, size - got)) > 0;) got += (size_t)more;
  close(ends[0]);
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0 || got != size) return luaL_error(L, "the child failed");
  uuid_probe_push(L, texts, n * 2);
  return 1;
}

int luaopen_uuid_probe(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, uuid_probe_new);
  lua_setfield(L, -2, "new");
  lua_pushcfunction(L, uuid_probe_threads);
  lua_setfield(L, -2, "threads");
  lua_pushcfunction(L, uuid_probe_forked);
  lua_setfield(L, -2, "forked");
  return 1;
}
