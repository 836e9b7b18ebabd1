#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "process.h"
#include "watch.h"

enum {
  HANDLES_KEPT = 32,     /* easy handles that wait for the next transfer */
  CONNECTIONS_KEPT = 64, /* libcurl's own rule shrinks with the number of transfers */
  STREAMS = 250          /* concurrent ones of an HTTP/2 connection */
};

struct list {
  struct transfer *first, *last;
};

struct engine {
  CURLM *multi;        /* NULL after a fork when there was no memory for another one */
  unsigned generation; /* of the process it was made in */
  uint32_t last_id;
  struct list flying, completed;
  unsigned flying_count; /* as many as there are in the multi handle */
  struct handle *kept;
  unsigned kept_count;
  struct watch watch;
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
static struct handle *engine_unkeep(struct engine *e, struct handle **place) {
  struct handle *h = *place;
  *place = h->next;
  e->kept_count--;
  return h;
}

/* A kept handle is of use for its own route only: it is set up for that. */
static struct handle *engine_take_handle(struct engine *e, uint64_t serial) {
  struct handle **place = &e->kept;
  while (*place && (*place)->serial != serial) place = &(*place)->next;
  return *place ? engine_unkeep(e, place) : handle_new(&e->watch);
}

/* Called when one too many is kept: the one that was used longest ago goes. */
static void engine_drop_oldest(struct engine *e) {
  struct handle **place = &e->kept;
  while ((*place)->next) place = &(*place)->next;
  handle_free(engine_unkeep(e, place));
}

/* Takes the handle out of the multi handle, which closes the connection of an
 * unfinished transfer, and keeps it for another one. */
static void engine_keep_handle(struct engine *e, struct handle *h) {
  struct process_pipe pipe;
  CURLMcode code;
  process_hold_pipe(&pipe);
  code = curl_multi_remove_handle(e->multi, h->easy);
  h->transfer = NULL;
  if (code != CURLM_OK || !h->serial) {
    handle_free(h);
  } else {
    h->next = e->kept;
    e->kept = h;
    if (++e->kept_count > HANDLES_KEPT) engine_drop_oldest(e);
  }
  process_release_pipe(&pipe);
}

static void engine_drop_route(struct engine *e, uint64_t serial) {
  struct handle **place = &e->kept;
  while (*place) {
    if ((*place)->serial == serial) {
      handle_free(engine_unkeep(e, place));
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
static struct handle *engine_land(struct engine *e, CURLcode code, const char *why, struct transfer *t) {
  struct handle *h = t->handle;
  handle_report(h, code, why);
  if (!t->status) buffer_clear(&t->head); /* of a 1xx answer, or not complete */
  t->handle = NULL;
  t->state = TRANSFER_DONE;
  list_remove(&e->flying, t);
  e->flying_count--;
  list_add(&e->completed, t);
  return h;
}

static void engine_end(struct engine *e, struct transfer *t, CURLcode code, const char *why) {
  engine_keep_handle(e, engine_land(e, code, why, t));
}

/* libcurl says how many transfers go on, so that there is nothing to ask when that is all of them. */
static void engine_collect(struct engine *e) {
  CURLMsg *message;
  int left;
  while ((unsigned)e->watch.running < e->flying_count && (message = curl_multi_info_read(e->multi, &left))) {
    struct handle *h = NULL;
    if (message->msg != CURLMSG_DONE) continue;
    watch_ended(&e->watch, message->easy_handle, message->data.result);
    if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&h) == CURLE_OK) engine_end(e, h->transfer, message->data.result, NULL);
  }
  if (!e->watch.broken) return;
  while (e->flying.first) engine_end(e, e->flying.first, CURLE_OUT_OF_MEMORY, e->watch.broken);
  e->watch.broken = NULL;
}

static void engine_start(struct engine *e, struct transfer *t, struct handle *h) {
  CURLcode code = handle_prepare(h, t);
  if (!code && curl_multi_add_handle(e->multi, h->easy) != CURLM_OK) code = CURLE_OUT_OF_MEMORY;
  t->state = TRANSFER_FLYING;
  list_add(&e->flying, t);
  e->flying_count++;
  if (code) {
    engine_end(e, t, code, NULL);
  } else {
    watch_kick(&e->watch);
    engine_collect(e);
  }
}

/* ---- the life of an engine ---- */

static int engine_open(struct engine *e) {
  e->multi = curl_multi_init();
  if (!e->multi) return 0;
  if (watch_open(&e->watch, e->multi)) {
    (void)curl_multi_setopt(e->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    (void)curl_multi_setopt(e->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS);
    return 1;
  }
  curl_multi_cleanup(e->multi);
  e->multi = NULL;
  return 0;
}

/* In a forked process everything in the multi handle belongs to the parent: it
 * is neither used nor cleaned up, for a TLS library would say good-bye on the
 * parent's connections. Only the descriptors that are ours alone are closed. */
static void engine_abandon(struct engine *e) {
  static const char why[] = "the process forked while the request was in flight";
  e->generation = process_generation();
  while (e->flying.first) (void)engine_land(e, CURLE_RECV_ERROR, why, e->flying.first);
  e->kept = NULL;
  e->kept_count = 0;
  if (e->multi) watch_close(&e->watch);
  e->multi = NULL;
}

/* Comes before anything else that is done with an engine. */
static void engine_here(struct engine *e) {
  if (e->generation != process_generation()) engine_abandon(e);
  if (!e->multi) (void)engine_open(e); /* what needs it fails without it, and the next one tries again */
}

struct engine *engine_new(void) {
  struct engine *e;
  if (process_init()) return NULL;
  e = calloc(1, sizeof *e);
  if (!e) return NULL;
  e->generation = process_generation();
  if (engine_open(e)) return e;
  free(e);
  return NULL;
}

void engine_free(struct engine *e) {
  struct process_pipe pipe;
  if (!e) return;
  if (e->generation != process_generation()) engine_abandon(e);
  while (e->flying.first) engine_end(e, e->flying.first, CURLE_ABORTED_BY_CALLBACK, "the engine was closed");
  while (e->completed.first) transfer_forget(e->completed.first);
  process_hold_pipe(&pipe);
  while (e->kept) handle_free(engine_unkeep(e, &e->kept));
  if (e->multi) {
    curl_multi_cleanup(e->multi);
    watch_close(&e->watch);
  }
  process_release_pipe(&pipe);
  free(e);
}

/* ---- what is done with it ---- */

void engine_submit(struct engine *e, struct transfer *t) {
  struct handle *h;
  engine_here(e);
  engine_cancel(t);
  transfer_forget(t);
  transfer_clear(t);
  if (++e->last_id == 0) e->last_id = 1;
  t->id = e->last_id;
  t->engine = e;
  if (e->multi) {
    watch_sweep(&e->watch);
    engine_collect(e);
  }
  h = e->multi ? engine_take_handle(e, t->route->serial) : NULL;
  if (h) {
    engine_start(e, t, h);
  } else {
    t->code = CURLE_OUT_OF_MEMORY;
    t->state = TRANSFER_DONE;
    list_add(&e->completed, t);
  }
  watch_arm(&e->watch, e->completed.first != NULL);
}

void engine_step(struct engine *e) {
  engine_poll(e, 0);
}

void engine_poll(struct engine *e, double seconds) {
  engine_here(e);
  if (!e->multi) return;
  watch_wait(&e->watch, e->completed.first ? 0 : seconds);
  engine_collect(e);
  watch_arm(&e->watch, 0);
}

void engine_cancel(struct transfer *t) {
  struct engine *e = t->engine;
  if (!e || t->state != TRANSFER_FLYING) return;
  engine_here(e);
  if (t->state == TRANSFER_FLYING) engine_end(e, t, CURLE_ABORTED_BY_CALLBACK, "cancelled");
  watch_arm(&e->watch, 1);
}

void engine_cancel_route(struct engine *e, const struct route *route, int family) {
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
  engine_here(e);
  if (!e->multi) return -1;
  fd = watch_pollfd(&e->watch);
  watch_arm(&e->watch, e->completed.first != NULL);
  return fd;
}

double engine_timeout(struct engine *e) {
  engine_here(e);
  if (e->completed.first) return 0;
  return e->multi ? watch_timeout(&e->watch) : -1;
}
