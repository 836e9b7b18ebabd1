#include "transport/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/connections.h"
#include "transport/descriptors.h"
#include "transport/easy_handle.h"
#include "transport/sigpipe.h"
#include "transport/startup.h"

enum { HANDLES_KEPT = 32 }; /* easy handles that wait for the next transfer */

struct list {
  struct transfer *first, *last;
};

struct engine {
  struct connection_set *line; /* NULL before it is needed, and when there was no memory for it */
  unsigned generation;         /* of the process it was made in */
  uint32_t last_id;
  struct list flying, completed;
  unsigned flying_count; /* as many as there are in the multi handle */
  unsigned suspects;     /* how many of them fly on a connection on which another one timed out */
  struct easy_handle *kept;
  unsigned kept_count;
};

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

/* Takes a handle out of the kept ones. */
static struct easy_handle *engine_unkeep(struct engine *e, struct easy_handle **place) {
  struct easy_handle *h = *place;
  *place = h->next;
  e->kept_count--;
  return h;
}

/* A kept handle is of use for its own route only: it is set up for that. */
static struct easy_handle *engine_take_handle(struct engine *e, uint64_t serial) {
  struct easy_handle **place = &e->kept;
  while (*place && (*place)->serial != serial) place = &(*place)->next;
  return *place ? engine_unkeep(e, place) : easy_new(&e->line->watch, e->line->sessions);
}

/* Called when one too many is kept: the one that was used longest ago goes. */
static void engine_drop_oldest(struct engine *e) {
  struct easy_handle **place = &e->kept;
  while ((*place)->next) place = &(*place)->next;
  easy_free(engine_unkeep(e, place));
}

/* Takes the handle out of the multi handle, which closes the connection of an
 * unfinished transfer, and keeps it for another one. */
static void engine_keep_handle(struct engine *e, struct easy_handle *h) {
  struct sigpipe pipe;
  CURLMcode code;
  sigpipe_block(&pipe);
  code = curl_multi_remove_handle(e->line->multi, h->easy);
  h->transfer = NULL;
  if (code != CURLM_OK) e->line->spoiled = 1;
  if (code != CURLM_OK || !h->serial) {
    easy_free(h);
  } else {
    h->next = e->kept;
    e->kept = h;
    if (++e->kept_count > HANDLES_KEPT) engine_drop_oldest(e);
  }
  sigpipe_restore(&pipe);
}

static void engine_drop_handles(struct engine *e) {
  while (e->kept) easy_free(engine_unkeep(e, &e->kept));
}

/* Says whether a connection may resume a TLS session. They are renewed when no transfer has a hold on them; until then none is resumed. */
static int engine_resumes(struct engine *e) {
  double now = poller_now();
  if (!connections_has_old_sessions(e->line, now)) return 1;
  if (e->flying_count) return 0;
  engine_drop_handles(e);
  connections_renew_sessions(e->line, now);
  return 1;
}

static void engine_drop_route(struct engine *e, uint64_t serial) {
  struct easy_handle **place = &e->kept;
  while (*place) {
    if ((*place)->serial == serial) {
      easy_free(engine_unkeep(e, place));
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
  t->port = t->is_suspect = 0;
  buffer_clear(&t->head);
  buffer_clear(&t->answer);
}

/* Off the list of completed transfers: the engine has told of it, or nobody wants to hear of it. */
static void transfer_forget(struct transfer *t) {
  if (!t->engine) return;
  list_remove(&t->engine->completed, t);
  t->engine = NULL;
}

/* From those that fly to the completed; the handle is the caller's then. */
static struct easy_handle *engine_land(struct engine *e, CURLcode code, const char *why, struct transfer *t) {
  struct easy_handle *h = t->handle;
  easy_report(h, code, why);
  if (!t->status) buffer_clear(&t->head); /* of a 1xx answer, or not complete */
  t->handle = NULL;
  t->state = TRANSFER_DONE;
  list_remove(&e->flying, t);
  e->flying_count--;
  e->suspects -= (unsigned)t->is_suspect;
  list_add(&e->completed, t);
  return h;
}

static void engine_end(struct engine *e, struct transfer *t, CURLcode code, const char *why) {
  engine_keep_handle(e, engine_land(e, code, why, t));
}

/* Over HTTP/2 the connection of a request that timed out may be dead, and libcurl would give it to each further request as
 * long as others wait on it: while they do, new requests have connections of their own. */
static void engine_suspect(struct engine *e, const struct transfer *ended) {
  for (struct transfer *t = e->flying.first; ended->port && t; t = t->next) {
    if (t == ended || t->port != ended->port || t->is_suspect) continue;
    t->is_suspect = 1;
    e->suspects++;
  }
}

/* For a transfer that easy_start has stopped. Nothing of it was sent: it starts again, which
 * neither its result nor its deadline shows. */
static void engine_restart(struct engine *e, struct transfer *t) {
  struct easy_handle *h = t->handle;
  struct sigpipe pipe;
  CURLcode code;
  sigpipe_block(&pipe);
  code = curl_multi_remove_handle(e->line->multi, h->easy) == CURLM_OK ? CURLE_OK : CURLE_OUT_OF_MEMORY;
  sigpipe_restore(&pipe);
  e->suspects -= (unsigned)t->is_suspect;
  t->is_suspect = 0;
  buffer_clear(&t->head);
  if (!code) code = easy_prepare_again(h, e->line->is_http1);
  if (!code && curl_multi_add_handle(e->line->multi, h->easy) != CURLM_OK) code = CURLE_OUT_OF_MEMORY;
  if (code) {
    engine_end(e, t, code, NULL);
  } else {
    poller_kick(&e->line->watch);
  }
}

/* libcurl says how many transfers go on, so that there is nothing to ask when that is all of them. */
static void engine_collect(struct engine *e) {
  struct poller *w = &e->line->watch;
  CURLMsg *message;
  int left;
  while ((unsigned)w->running < e->flying_count && (message = curl_multi_info_read(e->line->multi, &left))) {
    struct easy_handle *h = NULL;
    if (message->msg != CURLMSG_DONE) continue;
    if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&h) != CURLE_OK) continue;
    if (h->is_mixed) e->line->is_http1 = 1;
    if (h->is_stopped) {
      engine_restart(e, h->transfer);
      continue;
    }
    poller_ended(w, message->easy_handle, message->data.result);
    if (message->data.result == CURLE_OPERATION_TIMEDOUT) engine_suspect(e, h->transfer);
    engine_end(e, h->transfer, message->data.result, NULL);
  }
  if (!w->broken) return;
  while (e->flying.first) engine_end(e, e->flying.first, CURLE_OUT_OF_MEMORY, w->broken);
  w->broken = NULL;
  e->line->spoiled = 1;
}

static void engine_start(struct engine *e, struct transfer *t, struct easy_handle *h, int resumes) {
  CURLcode code = easy_prepare(h, t, e->suspects > 0, resumes, e->line->is_http1);
  if (!code && curl_multi_add_handle(e->line->multi, h->easy) != CURLM_OK) code = CURLE_OUT_OF_MEMORY;
  t->state = TRANSFER_FLYING;
  list_add(&e->flying, t);
  e->flying_count++;
  if (code) {
    engine_end(e, t, code, NULL);
  } else {
    poller_kick(&e->line->watch);
    engine_collect(e);
  }
}

/* ---- the life of an engine ---- */

/* Comes before anything else that is done with an engine. In a forked process
 * everything on the line belongs to the parent. */
static void engine_here(struct engine *e) {
  if (e->generation == startup_generation()) return;
  e->generation = startup_generation();
  while (e->flying.first) {
    struct transfer *t = e->flying.first;
    (void)engine_land(e, CURLE_RECV_ERROR, ENGINE_FORKED, t);
    if (!t->starts) t->starts = 1; /* the parent sends it */
  }
  e->kept = NULL;
  e->kept_count = 0;
  if (e->line) connections_abandon(e->line);
  e->line = NULL;
}

/* Comes before what needs a line; 0: there is none, and the next one tries again. */
static int engine_open(struct engine *e) {
  engine_here(e);
  if (!e->line) e->line = connections_acquire();
  return e->line != NULL;
}

static void engine_arm(struct engine *e, int at_once) {
  if (e->line) poller_arm(&e->line->watch, at_once);
}

struct engine *engine_new(void) {
  struct engine *e;
  if (startup_init()) return NULL;
  e = calloc(1, sizeof *e);
  if (e) e->generation = startup_generation();
  return e;
}

void engine_free(struct engine *e) {
  if (!e) return;
  engine_here(e);
  while (e->flying.first) engine_end(e, e->flying.first, CURLE_ABORTED_BY_CALLBACK, "the engine was closed");
  while (e->completed.first) transfer_forget(e->completed.first);
  engine_drop_handles(e); /* and with them all that points to what is about to go */
  if (e->line) connections_release(e->line);
  free(e);
}

/* ---- what is done with it ---- */

/* libcurl keeps the password of a proxy beside a connection, and does not ask
 * whether the next user knows it too. */
static int engine_is_private(const struct transport_config *route) {
  return route->proxy && strchr(route->proxy, '@');
}

void engine_submit(struct engine *e, struct transfer *t) {
  struct easy_handle *h;
  int resumes = 0;
  engine_cancel(t);
  transfer_forget(t);
  transfer_clear(t);
  if (++e->last_id == 0) e->last_id = 1;
  t->id = e->last_id;
  t->engine = e;
  h = NULL;
  if (engine_open(e)) {
    poller_sweep(&e->line->watch);
    engine_collect(e);
    resumes = engine_resumes(e);
    h = engine_take_handle(e, t->route->serial);
  }
  if (h) {
    if (engine_is_private(t->route)) e->line->spoiled = 1;
    engine_start(e, t, h, resumes);
  } else {
    int starved = !e->line && descriptors_error_is_exhausted(errno);
    t->code = starved ? CURLE_COULDNT_CONNECT : CURLE_OUT_OF_MEMORY;
    if (starved) snprintf(t->reason, sizeof t->reason, "%s", descriptors_exhausted_reason);
    t->state = TRANSFER_DONE;
    list_add(&e->completed, t);
  }
  engine_arm(e, e->completed.first != NULL);
}

int engine_step(struct engine *e) {
  return engine_poll(e, 0);
}

int engine_poll(struct engine *e, double seconds) {
  int happened;
  if (!engine_open(e)) return 0;
  happened = poller_wait(&e->line->watch, e->completed.first ? 0 : seconds);
  engine_collect(e);
  engine_arm(e, 0);
  return happened || e->completed.first;
}

int engine_may_have_left(const struct transfer *t) {
  if (t->engine) engine_here(t->engine);
  return t->state == TRANSFER_FLYING && easy_has_started(t->handle);
}

void engine_cancel(struct transfer *t) {
  struct engine *e = t->engine;
  if (!e || t->state != TRANSFER_FLYING) return;
  engine_here(e);
  if (t->state == TRANSFER_FLYING) engine_end(e, t, CURLE_ABORTED_BY_CALLBACK, "cancelled");
  engine_arm(e, 1);
}

void engine_cancel_route(struct engine *e, const struct transport_config *route, int family) {
  struct transfer *t, *next;
  engine_here(e);
  for (t = e->flying.first; t; t = next) {
    next = t->next;
    if (t->route == route || (family && t->handle->serial == route->serial)) engine_cancel(t);
  }
  if (family) engine_drop_route(e, route->serial);
}

uint32_t engine_completed(struct engine *e) {
  struct transfer *t;
  engine_here(e);
  t = e->completed.first;
  if (!t) return 0;
  transfer_forget(t);
  return t->id;
}

void transfer_free(struct transfer *t) {
  engine_cancel(t);
  transfer_forget(t);
  transfer_clear(t);
  buffer_free(&t->head);
  buffer_free(&t->answer);
}

unsigned engine_flying(struct engine *e) {
  engine_here(e);
  return e->flying_count;
}

int engine_pollfd(struct engine *e) {
  int fd;
  if (!engine_open(e)) return -1;
  fd = poller_pollfd(&e->line->watch);
  engine_arm(e, e->completed.first != NULL);
  return fd;
}

double engine_timeout(struct engine *e) {
  engine_here(e);
  if (e->completed.first) return 0;
  return e->line ? poller_timeout(&e->line->watch) : -1;
}

void engine_alert(struct engine *e) {
  if (!engine_open(e)) return;
  (void)poller_pollfd(&e->line->watch); /* makes the timer, without which nothing can be armed */
  engine_arm(e, 1);
}
