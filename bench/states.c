/* states COUNT MODULE…: measures `require` in a new Lua state of a process that has loaded the
 * modules before. A host such as FreeSWITCH opens a state for each script. Prints:
 *
 *   cpu    seconds of CPU of COUNT states, minus those of COUNT states that load no module
 *   heap   KiB of the Lua heap that the modules keep
 *   check  COUNT */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double states_heap(lua_State *L) {
  lua_gc(L, LUA_GCCOLLECT, 0);
  lua_gc(L, LUA_GCCOLLECT, 0);
  return lua_gc(L, LUA_GCCOUNT, 0) + lua_gc(L, LUA_GCCOUNTB, 0) / 1024.0;
}

/* Opens one state and loads the modules. *heap becomes the KiB that the modules keep, unless `heap`
 * is NULL. */
static void states_run(char **modules, double *heap) {
  lua_State *L = luaL_newstate();
  if (!L) exit(1);
  luaL_openlibs(L);
  if (heap) *heap = states_heap(L);
  for (; *modules; modules++) {
    lua_getglobal(L, "require");
    lua_pushstring(L, *modules);
    if (lua_pcall(L, 1, 1, 0) != 0) {
      fprintf(stderr, "states: %s\n", lua_tostring(L, -1));
      exit(1);
    }
  }
  if (heap) *heap = states_heap(L) - *heap;
  lua_close(L);
}

static double states_time(long count, char **modules) {
  clock_t start = clock();
  for (long i = 0; i < count; i++) states_run(modules, NULL);
  return (double)(clock() - start) / CLOCKS_PER_SEC;
}

int main(int argc, char **argv) {
  char *none = NULL;
  long count = argc > 2 ? atol(argv[1]) : 0;
  double empty, heap;
  if (count < 1) {
    fprintf(stderr, "states COUNT MODULE...\n");
    return 2;
  }
  states_run(argv + 2, &heap);
  empty = states_time(count, &none);
  printf("cpu %.6f\nheap %.1f\ncheck %ld\n", states_time(count, argv + 2) - empty, heap, count);
  return 0;
}
