#include "transport/connections.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "transport/sigpipe.h"

/* How many lines wait for a user, and how many seconds. Load balancers mostly
 * let go of a connection after 60: who reuses it just then loses a request.
 * Tests and benchmarks choose others; 0 lines is no pool. */
#ifndef CONNECTION_SETS
#define CONNECTION_SETS 32
#endif
#ifndef CONNECTION_SET_SECONDS
#define CONNECTION_SET_SECONDS 50.0
#endif
#ifndef CONNECTION_SET_SESSION_SECONDS
#define CONNECTION_SET_SESSION_SECONDS 3600.0
#endif

enum {
  CONNECTION_SET_CONNECTIONS = 8, /* of a line, that it may bring into the pool */
  CONNECTIONS_KEPT = 256,         /* of a line in use: libcurl's own rule shrinks with the number of transfers, and would make them anew */
  STREAMS = 250                   /* concurrent ones of an HTTP/2 connection */
};

/* Nothing but pointers is touched while it is held: no network, no memory. */
static pthread_mutex_t connections_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct connection_set *connections_idle;      /* the one that was given back last comes first */
static struct connection_set *connections_inherited; /* a parent's: leak checkers are to see that they are not lost */

static int connections_share_sessions; /* written once, by startup_init */

void connections_init(int share_sessions) {
  connections_share_sessions = share_sessions;
}

int connections_has_old_sessions(const struct connection_set *line, double now) {
  return now - line->sessions_since > CONNECTION_SET_SESSION_SECONDS;
}

void connections_renew_sessions(struct connection_set *line, double now) {
  if (line->sessions) (void)curl_share_cleanup(line->sessions);
  line->sessions = connections_share_sessions ? curl_share_init() : NULL;
  if (line->sessions) (void)curl_share_setopt(line->sessions, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  line->sessions_since = now;
}

static struct connection_set *connection_set_new(void) {
  struct connection_set *line = calloc(1, sizeof *line);
  if (!line) return NULL;
  line->multi = curl_multi_init();
  if (line->multi && poller_open(&line->watch, line->multi)) {
    (void)curl_multi_setopt(line->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    (void)curl_multi_setopt(line->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS);
    connections_renew_sessions(line, poller_now());
    return line;
  }
  int why = line->multi ? errno : 0; /* of poller_open */
  curl_multi_cleanup(line->multi);
  free(line);
  errno = why;
  return NULL;
}

static void connection_set_free(struct connection_set *line) {
  struct sigpipe pipe;
  sigpipe_block(&pipe);
  curl_multi_cleanup(line->multi);
  curl_share_cleanup(line->sessions);
  poller_close(&line->watch);
  sigpipe_restore(&pipe);
  free(line);
}

static void connections_drop(struct connection_set *line) {
  while (line) {
    struct connection_set *next = line->next;
    connection_set_free(line);
    line = next;
  }
}

/* Cuts off those that are too many or have waited too long, which are the last ones. */
static struct connection_set *connections_trim(double now) {
  struct connection_set **place = &connections_idle, *rest;
  for (int n = 0; *place && n < CONNECTION_SETS && now - (*place)->since < CONNECTION_SET_SECONDS; n++) place = &(*place)->next;
  rest = *place;
  *place = NULL;
  return rest;
}

struct connection_set *connections_acquire(void) {
  double now = poller_now();
  struct connection_set *line, *rest;
  connections_lock();
  rest = connections_trim(now);
  line = connections_idle;
  if (line) connections_idle = line->next;
  connections_unlock();
  connections_drop(rest);
  return line ? line : connection_set_new();
}

void connections_release(struct connection_set *line) {
  struct connection_set *rest;
  if (line->spoiled || line->watch.broken || poller_connections(&line->watch) > CONNECTION_SET_CONNECTIONS) {
    connection_set_free(line);
    return;
  }
  line->since = poller_now();
  connections_lock();
  line->next = connections_idle;
  connections_idle = line;
  rest = connections_trim(line->since);
  connections_unlock();
  connections_drop(rest);
}

void connections_abandon(struct connection_set *line) {
  poller_abandon(&line->watch);
  free(line);
}

/* ---- fork: the child finds an empty pool, and a mutex that nobody holds ---- */

void connections_lock(void) {
  (void)pthread_mutex_lock(&connections_mutex);
}

void connections_unlock(void) {
  (void)pthread_mutex_unlock(&connections_mutex);
}

void connections_forked(void) {
  connections_inherited = connections_idle;
  connections_idle = NULL;
  connections_unlock();
}
