/* Counts the lines of lua/twilio/ that run, for `make coverage`. A Lua that is started with LUA_INIT loads this module.
 * At its exit, a process writes the lines to a file in the directory COVERAGE_OUT.
 *
 * The hook is in C because it must not allocate: with a hook in Lua, finalizers would run between any two lines. */
#include <lua.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 1000, LINES = 4096 };

struct file {
  char source[256];
  unsigned char ran[LINES];
};

static struct file *files[FILES];
static int n_files;
static pthread_mutex_t files_mutex = PTHREAD_MUTEX_INITIALIZER;

int luaopen_coverage_hook(lua_State *L);

static struct file *file_of(const char *source) {
  struct file *found = NULL;
  pthread_mutex_lock(&files_mutex);
  for (int i = 0; i < n_files && !found; i++)
    if (strcmp(files[i]->source, source) == 0) found = files[i];
  if (!found && n_files < FILES && (found = calloc(1, sizeof *found))) {
    strcpy(found->source, source);
    files[n_files++] = found;
  }
  pthread_mutex_unlock(&files_mutex);
  return found;
}

/* lua_newthread passes the hook on to coroutines. */
static void hook(lua_State *L, lua_Debug *ar) {
  if (!lua_getinfo(L, "S", ar) || *ar->source != '@' || strlen(ar->source) >= 256) return;
  const char *name = strstr(ar->source, "lua/twilio");
  struct file *file = name ? file_of(name) : NULL;
  if (file && ar->currentline > 0 && ar->currentline < LINES) file->ran[ar->currentline] = 1;
}

static void write_lines(void) {
  char path[1000];
  snprintf(path, sizeof path, "%s/%ld.%p", getenv("COVERAGE_OUT"), (long)getpid(), (void *)&path);
  FILE *out = n_files ? fopen(path, "w") : NULL;
  if (!out) return; /* the process runs as a user who may not write there, or has no descriptor left */
  for (int i = 0; i < n_files; i++)
    for (int line = 0; line < LINES; line++)
      if (files[i]->ran[line]) fprintf(out, "%s:%d\n", files[i]->source, line);
  fclose(out);
}

int luaopen_coverage_hook(lua_State *L) {
  static int is_registered;
  if (!getenv("COVERAGE_OUT")) return 0;
  if (!is_registered) atexit(write_lines);
  is_registered = 1;
  lua_sethook(L, hook, LUA_MASKLINE, 0);
  return 0;
}
