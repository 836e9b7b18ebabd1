#include "transport/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/connections.h"
#include "transport/descriptors.h"
#include "transport/easy_handle.h"
#include "transport/sigpipe.h"
#include "transport/sink.h"
#include "transport/startup.h"

enum { HANDLES_CACHED = 32 }; /* the largest number of cached easy handles per engine */

struct list {
  struct transfer *first, *last;
};

struct engine {
  struct connection_set *connections; /* NULL: not needed yet, or acquiring it failed */
  /* startup_generation of the process that uses the engine; a forked child has another one */
  unsigned generation;
  uint32_t last_id;
  struct list flying, completed;
  unsigned flying_count;     /* also the number of easy handles in the multi handle */
  unsigned unverified_count; /* transfers in flight with `is_unverified` */
  unsigned sink_count;       /* transfers in flight with a sink */
  struct easy_handle *cached;
  unsigned cached_count;
};

/* ---- lists of transfers ---- */

static void list_add(struct list *l, struct transfer *t) {
  t->next = NULL;
  t->previous = l->last;
  *(l->last ? &l->last->next : &l->first) = t;
  l->last = t;
}

static void list_remove(struct list *l, struct transfer *t) {
  *(t->previous ? &t->previous->next : &l->first) = t->next;
  *(t->next ? &t->next->previous : &l->last) = t->previous;
  t->previous = t->next = NULL;
}

/* ---- the cache of easy handles ---- */

/* Removes the handle *place from the cache and returns it. */
static struct easy_handle *engine_remove_cached(struct engine *engine, struct easy_handle **place) {
  struct easy_handle *h = *place;
  *place = h->next;
  engine->cached_count--;
  return h;
}

/* Returns a cached handle with this serial, or a new handle, or NULL if memory is exhausted. */
static struct easy_handle *engine_take_handle(struct engine *engine, uint64_t serial) {
  struct easy_handle **place = &engine->cached;
  while (*place && (*place)->serial != serial) place = &(*place)->next;
  return *place ? engine_remove_cached(engine, place) : easy_new(&engine->connections->poller, engine->connections->sessions);
}

/* Frees the least recently used handle. */
static void engine_drop_oldest(struct engine *engine) {
  struct easy_handle **place = &engine->cached;
  while ((*place)->next) place = &(*place)->next;
  easy_free(engine_remove_cached(engine, place));
}

/* Removes the handle from the multi handle and caches it for another transfer. If the transfer has
 * not finished, libcurl closes its HTTP/1 connection or its HTTP/2 stream. */
static void engine_cache_handle(struct engine *engine, struct easy_handle *h) {
  struct sigpipe pipe;
  CURLMcode code;
  sigpipe_block(&pipe);
  code = curl_multi_remove_handle(engine->connections->multi, h->easy);
  h->transfer = NULL;
  if (code != CURLM_OK) engine->connections->must_close = 1;
  if (code != CURLM_OK || !h->serial || h->is_single) {
    easy_free(h);
  } else {
    h->next = engine->cached;
    engine->cached = h;
    if (++engine->cached_count > HANDLES_CACHED) engine_drop_oldest(engine);
  }
  sigpipe_restore(&pipe);
}

static void engine_drop_handles(struct engine *engine) {
  while (engine->cached) easy_free(engine_remove_cached(engine, &engine->cached));
}

/* Whether a new connection may resume a TLS session. Old sessions are dropped here if no transfer
 * is in flight. While a transfer is in flight, old sessions are kept but not resumed. */
static int engine_may_resume_sessions(struct engine *engine) {
  double now = poller_now();
  if (!connections_has_old_sessions(engine->connections, now)) return 1;
  if (engine->flying_count) return 0;
  engine_drop_handles(engine);
  connections_renew_sessions(engine->connections, now);
  return 1;
}

static void engine_drop_route(struct engine *engine, uint64_t serial) {
  struct easy_handle **place = &engine->cached;
  while (*place) {
    if ((*place)->serial == serial) {
      easy_free(engine_remove_cached(engine, place));
    } else {
      place = &(*place)->next;
    }
  }
}

/* ---- transfers ---- */

static void transfer_clear(struct transfer *t) {
  t->state = TRANSFER_IDLE;
  t->code = CURLE_OK;
  t->status = 0;
  t->starts = 0;
  t->seconds = 0;
  memset(&t->timings, 0, sizeof t->timings);
  t->reason[0] = '\0';
  t->id = 0;
  t->port = t->is_unverified = 0;
  buffer_clear(&t->head);
  buffer_clear(&t->answer);
}

/* Removes the transfer from the list of completed transfers. Called when its id is returned, and
 * when the owner frees the transfer or submits it again. */
static void transfer_dequeue(struct transfer *t) {
  if (!t->engine) return;
  list_remove(&t->engine->completed, t);
  t->engine = NULL;
}

/* Moves a transfer in flight to the list of completed transfers. Returns its easy handle, which the
 * caller must cache. Only a forked child does not cache it. */
static struct easy_handle *engine_complete(struct engine *engine, CURLcode code, const char *why, struct transfer *t) {
  struct easy_handle *h = t->handle;
  easy_report(h, code, why);
  if (!t->status) buffer_clear(&t->head); /* headers of a 1xx response, or incomplete headers */
  t->handle = NULL;
  t->state = TRANSFER_DONE;
  list_remove(&engine->flying, t);
  engine->flying_count--;
  engine->unverified_count -= (unsigned)t->is_unverified;
  if (t->sink) engine->sink_count--;
  list_add(&engine->completed, t);
  return h;
}

static void engine_finish(struct engine *engine, struct transfer *t, CURLcode code, const char *why) {
  engine_cache_handle(engine, engine_complete(engine, code, why, t));
}

/* Marks the other transfers on the connection of a transfer that timed out. After a timeout an
 * HTTP/2 connection may be dead. libcurl would use the connection for further requests as long as
 * other transfers wait on it. Therefore new transfers open new connections while any transfer is
 * marked. */
static void engine_mark_unverified(struct engine *engine, const struct transfer *ended) {
  for (struct transfer *t = engine->flying.first; ended->port && t; t = t->next) {
    if (t == ended || t->port != ended->port || t->is_unverified) continue;
    t->is_unverified = 1;
    engine->unverified_count++;
  }
}

/* Starts a transfer again that easy_prereq has stopped. No byte of it was sent. The result does not
 * show the restart. The time limits still count from the first start. */
static void engine_restart(struct engine *engine, struct transfer *t) {
  struct easy_handle *h = t->handle;
  struct sigpipe pipe;
  CURLcode code;
  sigpipe_block(&pipe);
  code = curl_multi_remove_handle(engine->connections->multi, h->easy) == CURLM_OK ? CURLE_OK : CURLE_OUT_OF_MEMORY;
  sigpipe_restore(&pipe);
  engine->unverified_count -= (unsigned)t->is_unverified;
  t->is_unverified = 0;
  buffer_clear(&t->head);
  if (!code) code = easy_prepare_again(h, engine->connections->is_http1);
  if (!code && curl_multi_add_handle(engine->connections->multi, h->easy) != CURLM_OK) code = CURLE_OUT_OF_MEMORY;
  if (code) {
    engine_finish(engine, t, code, NULL);
  } else {
    poller_kick(&engine->connections->poller);
  }
}

/* Completes the transfers that libcurl has finished. After a failure of the poller, completes all
 * transfers. If `running` equals flying_count, no transfer has finished, and curl_multi_info_read
 * is not called. */
static void engine_collect(struct engine *engine) {
  struct poller *poller = &engine->connections->poller;
  CURLMsg *message;
  int left;
  while ((unsigned)poller->running < engine->flying_count && (message = curl_multi_info_read(engine->connections->multi, &left))) {
    struct easy_handle *h = NULL;
    if (message->msg != CURLMSG_DONE) continue;
    if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&h) != CURLE_OK) continue;
    if (h->is_mixed) engine->connections->is_http1 = 1;
    if (h->must_restart) {
      engine_restart(engine, h->transfer);
      continue;
    }
    poller_transfer_ended(poller, message->easy_handle, message->data.result);
    if (message->data.result == CURLE_OPERATION_TIMEDOUT) engine_mark_unverified(engine, h->transfer);
    engine_finish(engine, h->transfer, message->data.result, NULL);
  }
  if (!poller->failure) return;
  while (engine->flying.first) engine_finish(engine, engine->flying.first, CURLE_OUT_OF_MEMORY, poller->failure);
  poller->failure = NULL;
  engine->connections->must_close = engine->connections->is_broken = 1;
}

static void engine_start(struct engine *engine, struct transfer *t, struct easy_handle *h, int resumes_session) {
  CURLcode code = easy_prepare(h, t, engine->unverified_count > 0, resumes_session, engine->connections->is_http1);
  if (!code && curl_multi_add_handle(engine->connections->multi, h->easy) != CURLM_OK) code = CURLE_OUT_OF_MEMORY;
  t->state = TRANSFER_FLYING;
  list_add(&engine->flying, t);
  engine->flying_count++;
  if (t->sink) engine->sink_count++;
  if (code) {
    engine_finish(engine, t, code, NULL);
  } else {
    poller_kick(&engine->connections->poller);
    engine_collect(engine);
  }
}

/* ---- creating and freeing an engine ---- */

/* Each public function calls this function before it uses the engine. In a child process the
 * connection set belongs to the parent. The child abandons the set and ends all transfers in
 * flight. */
static void engine_check_fork(struct engine *engine) {
  if (engine->generation == startup_generation()) return;
  engine->generation = startup_generation();
  while (engine->flying.first) {
    struct transfer *t = engine->flying.first;
    /* the rest of the response is the parent's, so the child knows no result */
    t->status = 0;
    buffer_clear(&t->answer);
    (void)engine_complete(engine, CURLE_RECV_ERROR, ENGINE_FORKED, t);
    if (!t->starts) t->starts = 1; /* the parent process sends it */
  }
  engine->cached = NULL;
  engine->cached_count = 0;
  if (engine->connections) connections_abandon(engine->connections);
  engine->connections = NULL;
}

/* Acquires a connection set if the engine has none. Returns 0 on failure. The next call tries
 * again. */
static int engine_open(struct engine *engine) {
  engine_check_fork(engine);
  if (!engine->connections) engine->connections = connections_acquire();
  return engine->connections != NULL;
}

/* Whether a transfer may be added to the multi handle. In libcurl 7.88 a multi handle crashes if one
 * allocation for a socket has failed, and a later transfer has a socket with the same number. */
static int engine_may_add(struct engine *engine) {
  return !engine->connections->is_broken || engine->flying_count || connections_renew_multi(engine->connections);
}

static void engine_arm(struct engine *engine, int at_once) {
  if (engine->connections) poller_arm(&engine->connections->poller, at_once);
}

struct engine *engine_new(void) {
  struct engine *engine;
  if (startup_init()) return NULL;
  engine = calloc(1, sizeof *engine);
  if (engine) engine->generation = startup_generation();
  return engine;
}

void engine_free(struct engine *engine) {
  if (!engine) return;
  engine_check_fork(engine);
  while (engine->flying.first) engine_finish(engine, engine->flying.first, CURLE_ABORTED_BY_CALLBACK, "the engine was closed");
  while (engine->completed.first) transfer_dequeue(engine->completed.first);
  engine_drop_handles(engine); /* before the set: the handles use its poller and its TLS sessions */
  if (engine->connections) connections_release(engine->connections);
  free(engine);
}

/* ---- transfers, as the owner sees them ---- */

/* Whether the proxy's URL has a password. libcurl reuses a connection without comparing the proxy
 * passwords. Such a connection must not be used by another Lua state. */
static int engine_has_proxy_password(const struct transport_config *route) {
  return route->proxy && strchr(route->proxy, '@');
}

void engine_submit(struct engine *engine, struct transfer *t) {
  struct easy_handle *h;
  int resumes_session = 0;
  engine_cancel(t);
  transfer_dequeue(t);
  transfer_clear(t);
  if (++engine->last_id == 0) engine->last_id = 1;
  t->id = engine->last_id;
  t->engine = engine;
  h = NULL;
  if (engine_open(engine)) {
    poller_sweep(&engine->connections->poller);
    engine_collect(engine);
    resumes_session = engine_may_resume_sessions(engine);
    if (engine_may_add(engine)) h = engine_take_handle(engine, t->route->serial);
  }
  if (h) {
    if (engine_has_proxy_password(t->route)) engine->connections->must_close = 1;
    engine_start(engine, t, h, resumes_session);
  } else {
    int is_exhausted = !engine->connections && descriptors_error_is_exhausted(errno);
    t->code = is_exhausted ? CURLE_COULDNT_CONNECT : CURLE_OUT_OF_MEMORY;
    if (is_exhausted) snprintf(t->reason, sizeof t->reason, "%s", descriptors_exhausted_reason);
    t->state = TRANSFER_DONE;
    list_add(&engine->completed, t);
  }
  engine_arm(engine, engine->completed.first != NULL);
}

/* Returns a transfer in flight whose sink has bytes that were not announced, or NULL. */
static struct transfer *engine_find_filled(const struct engine *engine) {
  for (struct transfer *t = engine->sink_count ? engine->flying.first : NULL; t; t = t->next) {
    if (t->sink && t->sink->waiting.length > 0 && !t->sink->is_announced) return t;
  }
  return NULL;
}

/* Whether engine_completed or engine_filled has an id to return. */
static int engine_has_news(const struct engine *engine) {
  return engine->completed.first || engine_find_filled(engine);
}

uint32_t engine_filled(struct engine *engine) {
  struct transfer *t;
  engine_check_fork(engine);
  t = engine_find_filled(engine);
  if (!t) return 0;
  t->sink->is_announced = 1;
  return t->id;
}

void engine_resume(struct transfer *t) {
  struct engine *engine = t->engine;
  struct sigpipe pipe;
  CURLcode code;
  t->sink->is_announced = 0;
  if (!engine || t->state != TRANSFER_FLYING || !t->sink->is_paused) return;
  engine_check_fork(engine);
  if (t->state != TRANSFER_FLYING) return;
  t->sink->is_paused = 0;
  sigpipe_block(&pipe);
  code = curl_easy_pause(t->handle->easy, CURLPAUSE_CONT);
  sigpipe_restore(&pipe);
  if (code == CURLE_ABORTED_BY_CALLBACK) { /* what libcurl returns if it cannot watch the socket */
    code = CURLE_OUT_OF_MEMORY;
    engine->connections->must_close = engine->connections->is_broken = 1;
  }
  if (code || t->handle->failure) { /* libcurl does not end a transfer that fails within curl_easy_pause */
    engine_finish(engine, t, code ? code : t->handle->failure, NULL);
  } else {
    poller_kick(&engine->connections->poller);
    engine_collect(engine);
  }
  engine_arm(engine, engine->completed.first != NULL);
}

int engine_step(struct engine *engine) {
  return engine_poll(engine, 0);
}

int engine_poll(struct engine *engine, double seconds) {
  int happened;
  if (!engine_open(engine)) return 0;
  happened = poller_wait(&engine->connections->poller, engine_has_news(engine) ? 0 : seconds);
  engine_collect(engine);
  engine_arm(engine, 0);
  return happened || engine_has_news(engine);
}

int engine_may_have_left(const struct transfer *t) {
  if (t->engine) engine_check_fork(t->engine);
  return t->state == TRANSFER_FLYING && easy_has_started(t->handle);
}

void engine_cancel(struct transfer *t) {
  struct engine *engine = t->engine;
  if (!engine || t->state != TRANSFER_FLYING) return;
  engine_check_fork(engine);
  if (t->state == TRANSFER_FLYING) engine_finish(engine, t, CURLE_ABORTED_BY_CALLBACK, "cancelled");
  engine_arm(engine, 1);
}

void engine_expire(struct transfer *t, const char *why) {
  struct engine *engine = t->engine;
  if (!engine || t->state != TRANSFER_FLYING) return;
  engine_check_fork(engine);
  if (t->state != TRANSFER_FLYING) return;
  poller_transfer_ended(&engine->connections->poller, t->handle->easy, CURLE_OPERATION_TIMEDOUT);
  engine_mark_unverified(engine, t);
  engine_finish(engine, t, CURLE_OPERATION_TIMEDOUT, why);
  engine_arm(engine, 1);
}

void engine_cancel_route(struct engine *engine, const struct transport_config *route, int family) {
  struct transfer *t, *next;
  engine_check_fork(engine);
  for (t = engine->flying.first; t; t = next) {
    next = t->next;
    if (t->route == route || (family && t->handle->serial == route->serial)) engine_cancel(t);
  }
  if (family) engine_drop_route(engine, route->serial);
}

uint32_t engine_completed(struct engine *engine) {
  struct transfer *t;
  engine_check_fork(engine);
  t = engine->completed.first;
  if (!t) return 0;
  transfer_dequeue(t);
  return t->id;
}

void transfer_free(struct transfer *t) {
  engine_cancel(t);
  transfer_dequeue(t);
  transfer_clear(t);
  buffer_free(&t->head);
  buffer_free(&t->answer);
}

/* ---- event loops ---- */

unsigned engine_flying(struct engine *engine) {
  engine_check_fork(engine);
  return engine->flying_count;
}

int engine_pollfd(struct engine *engine) {
  int fd;
  if (!engine_open(engine)) return -1;
  fd = poller_pollfd(&engine->connections->poller);
  engine_arm(engine, engine->completed.first != NULL);
  return fd;
}

double engine_timeout(struct engine *engine) {
  engine_check_fork(engine);
  if (engine_has_news(engine)) return 0;
  return engine->connections ? poller_timeout(&engine->connections->poller) : -1;
}

void engine_alert(struct engine *engine) {
  if (!engine_open(engine)) return;
  (void)poller_pollfd(&engine->connections->poller); /* creates the timer that engine_arm needs */
  engine_arm(engine, 1);
}
