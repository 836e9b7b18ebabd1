#include "pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "process.h"

/* How many lines wait for a user, and how many seconds. Load balancers mostly
 * let go of a connection after 60: who reuses it just then loses a request.
 * Tests and benchmarks choose others; 0 lines is no pool. */
#ifndef POOL_LINES
#define POOL_LINES 32
#endif
#ifndef POOL_SECONDS
#define POOL_SECONDS 50.0
#endif
#ifndef POOL_SESSION_SECONDS
#define POOL_SESSION_SECONDS 3600.0
#endif

enum {
  POOL_CONNECTIONS = 8,   /* of a line, that it may bring into the pool */
  CONNECTIONS_KEPT = 256, /* of a line in use: libcurl's own rule shrinks with the number of transfers, and would make them anew */
  STREAMS = 250           /* concurrent ones of an HTTP/2 connection */
};

/* Nothing but pointers is touched while it is held: no network, no memory. */
static pthread_mutex_t pool_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct line *pool_lines;     /* the one that was given back last comes first */
static struct line *pool_inherited; /* a parent's: leak checkers are to see that they are not lost */

int pool_has_old_sessions(const struct line *line, double now) {
  return now - line->sessions_since > POOL_SESSION_SECONDS;
}

void pool_renew_sessions(struct line *line, double now) {
  if (line->sessions) (void)curl_share_cleanup(line->sessions);
  line->sessions = process_facts()->shares_sessions ? curl_share_init() : NULL;
  if (line->sessions) (void)curl_share_setopt(line->sessions, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  line->sessions_since = now;
}

static struct line *line_new(void) {
  struct line *line = calloc(1, sizeof *line);
  if (!line) return NULL;
  line->multi = curl_multi_init();
  if (line->multi && watch_open(&line->watch, line->multi)) {
    (void)curl_multi_setopt(line->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    (void)curl_multi_setopt(line->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS);
    pool_renew_sessions(line, watch_now());
    return line;
  }
  int why = line->multi ? errno : 0; /* of watch_open */
  curl_multi_cleanup(line->multi);
  free(line);
  errno = why;
  return NULL;
}

static void line_free(struct line *line) {
  struct process_pipe pipe;
  process_hold_pipe(&pipe);
  curl_multi_cleanup(line->multi);
  curl_share_cleanup(line->sessions);
  watch_close(&line->watch);
  process_release_pipe(&pipe);
  free(line);
}

static void pool_drop(struct line *line) {
  while (line) {
    struct line *next = line->next;
    line_free(line);
    line = next;
  }
}

/* Cuts off those that are too many or have waited too long, which are the last ones. */
static struct line *pool_trim(double now) {
  struct line **place = &pool_lines, *rest;
  for (int n = 0; *place && n < POOL_LINES && now - (*place)->since < POOL_SECONDS; n++) place = &(*place)->next;
  rest = *place;
  *place = NULL;
  return rest;
}

struct line *pool_take(void) {
  double now = watch_now();
  struct line *line, *rest;
  pool_hold();
  rest = pool_trim(now);
  line = pool_lines;
  if (line) pool_lines = line->next;
  pool_release();
  pool_drop(rest);
  return line ? line : line_new();
}

void pool_give(struct line *line) {
  struct line *rest;
  if (line->spoiled || line->watch.broken || watch_connections(&line->watch) > POOL_CONNECTIONS) {
    line_free(line);
    return;
  }
  line->since = watch_now();
  pool_hold();
  line->next = pool_lines;
  pool_lines = line;
  rest = pool_trim(line->since);
  pool_release();
  pool_drop(rest);
}

void pool_abandon(struct line *line) {
  watch_abandon(&line->watch);
  free(line);
}

/* ---- fork: the child finds an empty pool, and a mutex that nobody holds ---- */

void pool_hold(void) {
  (void)pthread_mutex_lock(&pool_mutex);
}

void pool_release(void) {
  (void)pthread_mutex_unlock(&pool_mutex);
}

void pool_forked(void) {
  pool_inherited = pool_lines;
  pool_lines = NULL;
  pool_release();
}
