/* Runs a Lua script as FreeSWITCH's mod_lua does: a new Lua state for each run, in many threads
 * with small stacks. The state is closed when the script ends or fails.
 *
 *   host THREADS RUNS kept|fresh SCRIPT     (RUNS per thread; fresh: a new thread for each run)
 *
 * - The script gets a table `host`. `host.run` is the number of the run within its thread.
 * - All threads run the script at the same time in two rounds, one before and one after the RUNS.
 *   `host.round` is then true, and `host.meet()` waits for the other threads. In other runs
 *   `host.meet()` does nothing.
 * - After each round, the resources that the process uses are measured. Each line of the output
 *   has both measurements.
 * - os.exit does nothing.
 * - A script that raises an error has failed, unless the message contains "on purpose". */
#include <dirent.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STACK = 240 * 1024, THREADS = 64 };

struct lane {
  pthread_t thread;
  int number, run, round, met;
};

static const char *host_script;
static int host_threads, host_runs, host_fresh;
static int host_failures;
/* host_gate: the threads and main; host_meeting: the threads */
static pthread_barrier_t host_gate, host_meeting;

static void host_die(const char *why) {
  fprintf(stderr, "host: %s\n", why);
  exit(2);
}

/* ---- one run ---- */

static int host_meet(lua_State *L) {
  struct lane *lane = lua_touserdata(L, lua_upvalueindex(1));
  if (lane->round && !lane->met) {
    lane->met = 1;
    pthread_barrier_wait(&host_meeting);
  }
  return 0;
}

static int host_exit(lua_State *L) {
  (void)L;
  return 0;
}

static void host_open(lua_State *L, struct lane *lane) {
  luaL_openlibs(L);
  lua_getglobal(L, "os");
  lua_pushcfunction(L, host_exit);
  lua_setfield(L, -2, "exit");
  lua_newtable(L);
  lua_pushinteger(L, lane->number);
  lua_setfield(L, -2, "thread");
  lua_pushinteger(L, lane->run);
  lua_setfield(L, -2, "run");
  lua_pushboolean(L, lane->round);
  lua_setfield(L, -2, "round");
  lua_pushlightuserdata(L, lane);
  lua_pushcclosure(L, host_meet, 1);
  lua_setfield(L, -2, "meet");
  lua_setglobal(L, "host");
  lua_settop(L, 0);
}

static void host_run(struct lane *lane) {
  lua_State *L = luaL_newstate();
  if (!L) host_die("no Lua state");
  lane->met = 0;
  host_open(L, lane);
  if ((luaL_loadfile(L, host_script) || lua_pcall(L, 0, 0, 0)) && !strstr(lua_tostring(L, -1), "on purpose")) {
    if (__sync_fetch_and_add(&host_failures, 1) < 10) fprintf(stderr, "thread %d, run %d: %s\n", lane->number, lane->run, lua_tostring(L, -1));
  }
  lua_gc(L, LUA_GCCOLLECT, 0);
  lua_close(L);
  if (lane->round && !lane->met) pthread_barrier_wait(&host_meeting);
}

/* ---- threads ---- */

static void *host_once(void *lane) {
  host_run(lane);
  return NULL;
}

static void host_start(pthread_t *thread, void *(*body)(void *), struct lane *lane) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, STACK);
  if (pthread_create(thread, &small, body, lane) != 0) host_die("no thread");
  pthread_attr_destroy(&small);
}

static void host_next(struct lane *lane) {
  pthread_t thread;
  lane->run++;
  if (!host_fresh) {
    host_run(lane);
  } else {
    host_start(&thread, host_once, lane);
    pthread_join(thread, NULL);
  }
}

static void host_round(struct lane *lane) {
  lane->round = 1;
  host_next(lane);
  lane->round = 0;
  pthread_barrier_wait(&host_gate); /* main then measures */
  pthread_barrier_wait(&host_gate); /* main has measured */
}

static void *host_lane(void *user) {
  struct lane *lane = user;
  while (lane->run * host_threads < 100) host_next(lane); /* warms all caches */
  host_round(lane);
  for (int i = 0; i < host_runs; i++) host_next(lane);
  host_round(lane);
  return NULL;
}

/* ---- resources of the process ---- */

struct use {
  long descriptors, resident, allocated; /* memory in bytes; 0: unknown on this platform */
  double clock, cpu;
};

static double host_time(clockid_t which) {
  struct timespec t;
  clock_gettime(which, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long host_descriptors(void) {
  long count = -3; /* ".", ".." and the descriptor of the directory */
  DIR *d = opendir("/proc/self/fd");
  if (!d) return 0;
  while (readdir(d)) count++;
  closedir(d);
  return count;
}

static long host_resident(void) {
  long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f) return 0;
  if (fscanf(f, "%*d %ld", &pages) != 1) pages = 0;
  fclose(f);
  return pages * sysconf(_SC_PAGESIZE);
}

static long host_allocated(void) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  struct mallinfo2 m = mallinfo2();
  return (long)(m.uordblks + m.hblkhd);
#else
  return 0;
#endif
}

/* Measures when all threads have finished their round. */
static struct use host_use(void) {
  struct use u;
  pthread_barrier_wait(&host_gate);
  u.descriptors = host_descriptors();
  u.resident = host_resident();
  u.allocated = host_allocated();
  u.clock = host_time(CLOCK_MONOTONIC);
  u.cpu = host_time(CLOCK_PROCESS_CPUTIME_ID);
  pthread_barrier_wait(&host_gate);
  return u;
}

int main(int argc, char **argv) {
  static struct lane lanes[THREADS];
  struct use before, after;
  if (argc != 5) host_die("THREADS RUNS kept|fresh SCRIPT");
  host_threads = atoi(argv[1]);
  host_runs = atoi(argv[2]);
  host_fresh = strcmp(argv[3], "fresh") == 0;
  host_script = argv[4];
  if (host_threads < 1 || host_threads > THREADS) host_die("from 1 to 64 threads");
  pthread_barrier_init(&host_gate, NULL, (unsigned)host_threads + 1);
  pthread_barrier_init(&host_meeting, NULL, (unsigned)host_threads);
  for (int i = 0; i < host_threads; i++) {
    lanes[i].number = i + 1;
    host_start(&lanes[i].thread, host_lane, &lanes[i]);
  }
  before = host_use();
  after = host_use();
  for (int i = 0; i < host_threads; i++) pthread_join(lanes[i].thread, NULL);
  printf("failures %d\n", host_failures);
  printf("descriptors %ld %ld\n", before.descriptors, after.descriptors);
  printf("resident %ld %ld\n", before.resident, after.resident);
  printf("allocated %ld %ld\n", before.allocated, after.allocated);
  printf("seconds %.6f\ncpu %.6f\n", after.clock - before.clock, after.cpu - before.cpu);
  return host_failures != 0;
}
