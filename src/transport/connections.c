#include "transport/connections.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "transport/sigpipe.h"

/* The largest number of sets in the pool, and the seconds that a set may stay in the pool. Load
 * balancers usually close idle connections after 60 seconds. A request that is sent at that moment
 * is lost. Tests and benchmarks set other values. CONNECTION_SETS=0 switches the pool off. */
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
  CONNECTION_SET_CONNECTIONS = 8, /* a set with more connections is not pooled */
  /* connections per multi handle. libcurl's default depends on the number of transfers in flight.
   * With the default, libcurl closes idle connections when this number falls. */
  CONNECTIONS_CACHED = 256,
  STREAMS = 250 /* per HTTP/2 connection */
};

/* Protects the list of sets. While the mutex is locked, no memory is allocated and no connection is
 * closed. */
static pthread_mutex_t connections_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct connection_set *connections_idle; /* the most recently released set comes first */
/* The sets of the parent process. The pointer keeps leak checkers from reporting them. */
static struct connection_set *connections_inherited;

/* ---- TLS sessions ---- */

static int connections_share_sessions; /* written once, by startup_init */

void connections_init(int share_sessions) {
  connections_share_sessions = share_sessions;
}

int connections_has_old_sessions(const struct connection_set *set, double now) {
  return now - set->sessions_since > CONNECTION_SET_SESSION_SECONDS;
}

void connections_renew_sessions(struct connection_set *set, double now) {
  if (set->sessions) (void)curl_share_cleanup(set->sessions);
  set->sessions = connections_share_sessions ? curl_share_init() : NULL;
  if (set->sessions) (void)curl_share_setopt(set->sessions, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  set->sessions_since = now;
}

/* ---- the pool ---- */

static CURLM *connection_multi_new(void) {
  CURLM *multi = curl_multi_init();
  if (!multi) return NULL;
  (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_CACHED);
  (void)curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS);
  return multi;
}

static struct connection_set *connection_set_new(void) {
  struct connection_set *set = calloc(1, sizeof *set);
  if (!set) return NULL;
  set->multi = connection_multi_new();
  if (set->multi && poller_open(&set->poller, set->multi)) {
    connections_renew_sessions(set, poller_now());
    return set;
  }
  int why = set->multi ? errno : 0; /* curl_multi_cleanup may change it */
  curl_multi_cleanup(set->multi);
  free(set);
  errno = why;
  return NULL;
}

static void connection_set_free(struct connection_set *set) {
  struct sigpipe pipe;
  sigpipe_block(&pipe);
  curl_multi_cleanup(set->multi);
  curl_share_cleanup(set->sessions);
  poller_close(&set->poller);
  sigpipe_restore(&pipe);
  free(set);
}

int connections_renew_multi(struct connection_set *set) {
  struct sigpipe pipe;
  CURLM *old = set->multi, *fresh = connection_multi_new();
  if (!fresh) return 0;
  sigpipe_block(&pipe);
  int is_adopted = poller_adopt(&set->poller, fresh);
  curl_multi_cleanup(is_adopted ? old : fresh);
  sigpipe_restore(&pipe);
  if (!is_adopted) return 0;
  set->multi = fresh;
  set->is_broken = 0;
  poller_forget_timer(&set->poller); /* cleaning up may have set it */
  return 1;
}

static void connection_sets_free(struct connection_set *set) {
  while (set) {
    struct connection_set *next = set->next;
    connection_set_free(set);
    set = next;
  }
}

/* Removes the sets that exceed the limits of number and time. These sets are at the end of the
 * list. Returns their list, which the caller frees after connections_unlock. */
static struct connection_set *connections_trim(double now) {
  struct connection_set **place = &connections_idle, *rest;
  for (int n = 0; *place && n < CONNECTION_SETS && now - (*place)->released < CONNECTION_SET_SECONDS; n++) place = &(*place)->next;
  rest = *place;
  *place = NULL;
  return rest;
}

struct connection_set *connections_acquire(void) {
  double now = poller_now();
  struct connection_set *set, *rest;
  connections_lock();
  rest = connections_trim(now);
  set = connections_idle;
  if (set) connections_idle = set->next;
  connections_unlock();
  connection_sets_free(rest);
  return set ? set : connection_set_new();
}

void connections_release(struct connection_set *set) {
  struct connection_set *rest;
  if (set->must_close || set->poller.failure || poller_connections(&set->poller) > CONNECTION_SET_CONNECTIONS) {
    connection_set_free(set);
    return;
  }
  set->released = poller_now();
  connections_lock();
  set->next = connections_idle;
  connections_idle = set;
  rest = connections_trim(set->released);
  connections_unlock();
  connection_sets_free(rest);
}

void connections_abandon(struct connection_set *set) {
  poller_abandon(&set->poller);
  free(set);
}

/* ---- fork ---- */

void connections_lock(void) {
  (void)pthread_mutex_lock(&connections_mutex);
}

void connections_unlock(void) {
  (void)pthread_mutex_unlock(&connections_mutex);
}

/* The child process must not use the connections of its parent. connections_lock was called before
 * the fork, so the mutex is locked in the child too. */
void connections_forked(void) {
  connections_inherited = connections_idle;
  connections_idle = NULL;
  connections_unlock();
}
