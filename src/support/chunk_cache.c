#include "support/chunk_cache.h"

#include <stdlib.h>
#include <string.h>

#include "support/buffer.h"
#include "support/compat.h"

struct chunk {
  struct chunk *next;
  struct buffer code;
  char name[];
};

/* A list of all chunks. Any thread may add a chunk, and none is ever freed. Therefore the list
 * needs no lock, and no fork handler for one. */
static struct chunk *chunk_cache_chunks;
static unsigned chunk_cache_states; /* number of Lua states that have loaded the module */

static struct chunk *chunk_cache_first(void) {
  return __atomic_load_n(&chunk_cache_chunks, __ATOMIC_ACQUIRE);
}

static struct chunk *chunk_cache_find(const char *name) {
  struct chunk *chunk = chunk_cache_first();
  while (chunk && strcmp(chunk->name, name) != 0) chunk = chunk->next;
  return chunk;
}

/* Two threads may add the same chunk at the same time. Then the list has both, and chunk_cache_find
 * returns the newer one. */
static void chunk_cache_add(struct chunk *chunk) {
  chunk->next = chunk_cache_first();
  while (!__atomic_compare_exchange_n(&chunk_cache_chunks, &chunk->next, chunk, 0, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE)) {
  }
}

/* The loader in package.preload. Loads the cached chunk and calls it with the module name, as
 * `require` calls a file. */
static int chunk_cache_load(lua_State *L) {
  const struct chunk *chunk = chunk_cache_find(luaL_checkstring(L, 1));
  if (!chunk) return luaL_error(L, "twilio: no module of that name is cached");
  lua_settop(L, 1);
  if (luaL_loadbuffer(L, chunk->code.data, chunk->code.length, chunk->name) != 0) lua_error(L);
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

void chunk_cache_offer(lua_State *L) {
  int top = lua_gettop(L);
  __atomic_add_fetch(&chunk_cache_states, 1, __ATOMIC_RELAXED);
  lua_getglobal(L, "package");
  if (lua_istable(L, -1)) lua_getfield(L, -1, "preload");
  for (const struct chunk *chunk = chunk_cache_first(); chunk && lua_istable(L, -1); chunk = chunk->next) {
    lua_getfield(L, -1, chunk->name);
    int is_free = lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!is_free) continue;
    lua_pushcfunction(L, chunk_cache_load);
    lua_setfield(L, -2, chunk->name);
  }
  lua_settop(L, top);
}

static int chunk_cache_write(lua_State *L, const void *bytes, size_t length, void *code) {
  (void)L;
  buffer_add(code, bytes, length);
  return ((struct buffer *)code)->failed;
}

int chunk_cache_keep(lua_State *L) {
  static const char prefix[] = "twilio.";
  size_t length = 0;
  lua_Debug caller;
  const char *name = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &length) : "";
  if (__atomic_load_n(&chunk_cache_states, __ATOMIC_RELAXED) < 2 || strncmp(name, prefix, sizeof prefix - 1) != 0 || chunk_cache_find(name)) return 0;
  if (!lua_getstack(L, 1, &caller) || !lua_getinfo(L, "fS", &caller) || strcmp(caller.what, "main") != 0) return 0;
  struct chunk *chunk = calloc(1, sizeof *chunk + length + 1);
  if (!chunk) return 0;
  memcpy(chunk->name, name, length);
  if (compat_dump(L, chunk_cache_write, &chunk->code) == 0 && !chunk->code.failed) {
    chunk_cache_add(chunk);
  } else {
    buffer_free(&chunk->code);
    free(chunk);
  }
  return 0;
}
