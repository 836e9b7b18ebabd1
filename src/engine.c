#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

#if defined(__linux__) && !defined(ENGINE_NO_EPOLL)
#define ENGINE_EPOLL 1
#include <sys/epoll.h>
#include <sys/timerfd.h>
#else
#define ENGINE_EPOLL 0
#endif

enum {
  HANDLES_KEPT = 32,       /* easy handles that wait for the next transfer */
  CONNECTIONS_KEPT = 64,   /* libcurl's own rule shrinks with the number of transfers */
  STREAMS = 250,           /* concurrent ones of an HTTP/2 connection */
  HEAD_LIMIT = 256 * 1024, /* bytes of all header lines, those of 1xx answers too */
  AHEAD_LIMIT = 1 << 20,   /* how far Content-Length is believed before the bytes have come */
  EVENTS = 32              /* taken from the system at a time */
};

struct list {
  struct transfer *first, *last;
};

#if ENGINE_EPOLL
/* What is known of one descriptor. Bits are CURL_POLL_IN and CURL_POLL_OUT. */
struct watch {
  unsigned char wanted;  /* by libcurl */
  unsigned char watched; /* registered with epoll */
  unsigned char owned;   /* opened and closed by our callbacks, so that we know when the number changes hands */
};
#endif

struct engine {
  CURLM *multi;        /* NULL after a fork when there was no memory for another one */
  unsigned generation; /* of the process it was made in */
  uint32_t last_id;
  struct list flying, completed;
  unsigned flying_count; /* as many as there are in the multi handle */
  int running;           /* of those, the ones that had not finished when libcurl last said */
  const char *broken;    /* nothing in flight can go on */
  struct handle *kept;
  unsigned kept_count;
#if ENGINE_EPOLL
  int epoll, timer;       /* the timer is -1 until an event loop asks for the descriptor */
  double deadline, armed; /* when libcurl's timer is due, and the timer descriptor; negative: never */
  struct watch *watches;  /* by descriptor */
  size_t watch_count;
#endif
};

/* An easy handle and what its callbacks need. It serves one transfer after the other. */
struct handle {
  CURL *easy;
  struct handle *next; /* among the kept ones */
  struct engine *engine;
  struct transfer *transfer; /* NULL while it is kept */
  uint64_t serial;           /* of the route it is set up for; 0: none */
  int guarded;               /* libcurl asks before each start: it can be forbidden to send twice */
  double started;
  size_t head_bytes;
  CURLcode failure; /* why a callback of ours stopped the transfer, and that in words */
  const char *why;
  struct curl_slist expect; /* stands before the transfer's own header list */
  char reason[CURL_ERROR_SIZE];
};

/* Seconds of a clock that only goes forward. */
static double engine_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

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

/* ---- libcurl's callbacks for a transfer ---- */

/* To be returned by the callbacks that get bytes: none were taken, which ends the transfer. */
static size_t handle_stop(struct handle *h, CURLcode failure, const char *why) {
  h->failure = failure;
  h->why = why;
  return 0;
}

/* A status line starts over (what came before was a 1xx answer), an empty line
 * ends the head, and lines behind it are trailers, which nobody asked for. */
static size_t handle_header(char *line, size_t one, size_t length, void *user) {
  struct handle *h = user;
  struct transfer *t = h->transfer;
  (void)one;
  if (length > HEAD_LIMIT - h->head_bytes) return handle_stop(h, CURLE_FILESIZE_EXCEEDED, "the header of the answer is too large");
  h->head_bytes += length;
  if (t->status) return length;
  if (length > 5 && memcmp(line, "HTTP/", 5) == 0) buffer_clear(&t->head);
  buffer_add(&t->head, line, length);
  if (t->head.failed) return handle_stop(h, CURLE_OUT_OF_MEMORY, "out of memory for the header of the answer");
  if (line[0] == '\r' || line[0] == '\n') {
    long status = 0;
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200) t->status = status;
  }
  return length;
}

/* Room for the whole answer, as far as Content-Length can be believed; it is a
 * hint, so that failing is left to buffer_add. */
static void handle_expect_body(struct handle *h) {
  struct transfer *t = h->transfer;
  curl_off_t length = -1;
  curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length > AHEAD_LIMIT) length = AHEAD_LIMIT;
  if (length > 0 && (size_t)length <= t->max_response) (void)buffer_reserve(&t->answer, (size_t)length);
}

static size_t handle_body(char *bytes, size_t one, size_t length, void *user) {
  struct handle *h = user;
  struct transfer *t = h->transfer;
  (void)one;
  if (length > t->max_response - t->answer.length) return handle_stop(h, CURLE_FILESIZE_EXCEEDED, "the answer is larger than allowed");
  if (t->answer.length == 0) handle_expect_body(h);
  buffer_add(&t->answer, bytes, length);
  return t->answer.failed ? handle_stop(h, CURLE_OUT_OF_MEMORY, "out of memory for the answer") : length;
}

#if LIBCURL_VERSION_NUM >= 0x075000
/* libcurl is about to send the request. When a kept connection dies before an
 * answer it does so again on another one, whatever the method. */
static int handle_start(void *user, char *remote, char *local, int remote_port, int local_port) {
  struct handle *h = user;
  struct transfer *t = h->transfer;
  (void)remote, (void)local, (void)remote_port, (void)local_port;
  if (t->starts > 0 && !t->resendable) {
    handle_stop(h, CURLE_GOT_NOTHING, "connection closed before an answer (not sent again)");
    return CURL_PREREQFUNC_ABORT;
  }
  t->starts++;
  return CURL_PREREQFUNC_OK;
}
#endif

/* libcurl itself opens sockets that a program started by this one inherits. */
static int engine_cloexec_socket(const struct curl_sockaddr *address) {
#ifdef SOCK_CLOEXEC
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
  int s = socket(address->family, address->socktype, address->protocol);
  if (s >= 0) (void)fcntl(s, F_SETFD, FD_CLOEXEC);
  return s;
#endif
}

/* ---- watching descriptors ---- */

/* Each variant has
 *   watch_open      makes what it needs, tells the multi handle; 0: it cannot
 *   watch_close     gives it back
 *   watch_socket    the options of an easy handle that concern its sockets
 *   watch_kick      lets libcurl do what is due
 *   watch_run       waits, `seconds` at the most, and lets libcurl do what came of it
 *   watch_told      makes an event loop ask: transfers were completed behind its back
 * and the public engine_pollfd and engine_timeout. */

static void engine_collect(struct engine *e);
static void engine_here(struct engine *e);

/* poll's and epoll's timeout, rounded up: too early would be once more. */
static int watch_milliseconds(double seconds) {
  double exact = seconds * 1000;
  int ms;
  if (!(exact > 0)) return 0;
  if (exact > 1e9) return 1000000000;
  ms = (int)exact;
  return ms < exact ? ms + 1 : ms;
}

static void watch_check(struct engine *e, CURLMcode code) {
  if (code > CURLM_OK && code != CURLM_BAD_SOCKET) e->broken = curl_multi_strerror(code);
}

#if ENGINE_EPOLL

/* Descriptors stay registered for reading between transfers, which saves two
 * system calls for each request on a kept connection. When such a descriptor
 * becomes readable (the peer closes it) it is taken out then. */

static void watch_action(struct engine *e, curl_socket_t s, int bits) {
  struct process_pipe pipe;
  process_hold_pipe(&pipe);
  watch_check(e, curl_multi_socket_action(e->multi, s, bits, &e->running));
  process_release_pipe(&pipe);
}

static void watch_kick(struct engine *e) {
  e->deadline = -1;
  watch_action(e, CURL_SOCKET_TIMEOUT, 0);
}

static struct watch *watch_of(struct engine *e, int fd) {
  if ((size_t)fd >= e->watch_count) {
    size_t count = (size_t)fd + 64;
    struct watch *watches = realloc(e->watches, count * sizeof *watches);
    if (!watches) return NULL;
    memset(watches + e->watch_count, 0, (count - e->watch_count) * sizeof *watches);
    e->watches = watches;
    e->watch_count = count;
  }
  return &e->watches[fd];
}

/* Registers what is wanted now. */
static int watch_apply(struct engine *e, int fd, struct watch *w) {
  struct epoll_event event = {0};
  int done;
  event.events = (w->wanted & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0u) | (w->wanted & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0u);
  event.data.fd = fd;
  if (!w->wanted) {
    (void)epoll_ctl(e->epoll, EPOLL_CTL_DEL, fd, &event); /* closing it would do as well */
    done = 0;
  } else {
    done = epoll_ctl(e->epoll, w->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    if (done != 0 && errno == ENOENT) done = epoll_ctl(e->epoll, EPOLL_CTL_ADD, fd, &event);
    if (done != 0 && errno == EEXIST) done = epoll_ctl(e->epoll, EPOLL_CTL_MOD, fd, &event);
  }
  w->watched = done == 0 ? w->wanted : 0;
  return done == 0;
}

static int watch_change(CURL *easy, curl_socket_t s, int what, void *user, void *mine) {
  struct engine *e = user;
  struct watch *w = watch_of(e, s);
  (void)easy, (void)mine;
  if (!w) {
    e->broken = "out of memory for a descriptor";
    return 0; /* libcurl takes -1 for the end of the whole multi handle */
  }
  w->wanted = (unsigned char)(what & CURL_POLL_INOUT);
  if (w->owned && (w->watched == w->wanted || w->watched == (w->wanted | CURL_POLL_IN))) return 0;
  if (!watch_apply(e, s, w)) e->broken = "a descriptor cannot be watched";
  return 0;
}

static int watch_timer(CURLM *multi, long milliseconds, void *user) {
  struct engine *e = user;
  (void)multi;
  e->deadline = milliseconds < 0 ? -1 : engine_now() + (double)milliseconds / 1000;
  return 0;
}

static curl_socket_t watch_opensocket(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
  struct engine *e = user;
  int s = engine_cloexec_socket(address);
  struct watch *w = s < 0 ? NULL : watch_of(e, s);
  (void)purpose;
  if (s >= 0 && !w) close(s);
  if (!w) return CURL_SOCKET_BAD;
  *w = (struct watch){0, 0, 1};
  return s;
}

/* The kernel would keep a closed descriptor registered for as long as a forked
 * process has it open too, and we could not take it out any more. */
static int watch_closesocket(void *user, curl_socket_t s) {
  struct engine *e = user;
  struct watch *w = watch_of(e, s);
  if (w) {
    w->wanted = w->owned = 0;
    if (w->watched) watch_apply(e, s, w);
  }
  return close(s);
}

static int watch_open(struct engine *e) {
  e->timer = -1;
  e->deadline = e->armed = -1;
  e->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (e->epoll < 0) return 0;
  return curl_multi_setopt(e->multi, CURLMOPT_SOCKETFUNCTION, watch_change) == CURLM_OK &&
         curl_multi_setopt(e->multi, CURLMOPT_SOCKETDATA, (void *)e) == CURLM_OK &&
         curl_multi_setopt(e->multi, CURLMOPT_TIMERFUNCTION, watch_timer) == CURLM_OK &&
         curl_multi_setopt(e->multi, CURLMOPT_TIMERDATA, (void *)e) == CURLM_OK;
}

static void watch_close(struct engine *e) {
  if (e->epoll >= 0) close(e->epoll);
  if (e->timer >= 0) close(e->timer);
  e->epoll = e->timer = -1;
  free(e->watches);
  e->watches = NULL;
  e->watch_count = 0;
}

static CURLcode watch_socket(struct handle *h) {
  CURLcode code = curl_easy_setopt(h->easy, CURLOPT_OPENSOCKETFUNCTION, watch_opensocket);
  if (!code) code = curl_easy_setopt(h->easy, CURLOPT_OPENSOCKETDATA, (void *)h->engine);
  if (!code) code = curl_easy_setopt(h->easy, CURLOPT_CLOSESOCKETFUNCTION, watch_closesocket);
  if (!code) code = curl_easy_setopt(h->easy, CURLOPT_CLOSESOCKETDATA, (void *)h->engine);
  return code;
}

/* Sets the timer descriptor; an absolute time that is over fires at once, and
 * setting it takes back that it has fired. */
static void watch_arm(struct engine *e, double when) {
  struct itimerspec spec = {{0, 0}, {0, 0}};
  e->armed = when;
  if (when >= 0) {
    spec.it_value.tv_sec = (time_t)when;
    spec.it_value.tv_nsec = (long)((when - (double)spec.it_value.tv_sec) * 1e9);
    if (when <= 0) spec.it_value.tv_nsec = 1; /* all zero means never */
  }
  (void)timerfd_settime(e->timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* A timer that is set for an earlier time is left alone: it costs one step for
 * nothing, and most deadlines are taken back long before they are due. */
static void watch_rearm(struct engine *e) {
  if (e->timer >= 0 && e->deadline >= 0 && (e->armed < 0 || e->armed > e->deadline)) watch_arm(e, e->deadline);
}

static void watch_told(struct engine *e) {
  if (e->timer < 0) return;
  if (e->completed.first) {
    if (e->armed != 0) watch_arm(e, 0);
  } else {
    watch_rearm(e);
  }
}

static void watch_event(struct engine *e, const struct epoll_event *event) {
  int fd = event->data.fd, bits = 0;
  struct watch *w;
  if (fd == e->timer) {
    watch_arm(e, -1);
    return;
  }
  w = &e->watches[fd];
  if (event->events & EPOLLIN) bits |= CURL_POLL_IN;
  if (event->events & EPOLLOUT) bits |= CURL_POLL_OUT;
  if (event->events & (EPOLLERR | EPOLLHUP)) bits = CURL_POLL_INOUT; /* libcurl learns more by reading and writing */
  bits &= w->wanted;
  if (bits) {
    watch_action(e, fd, (bits & CURL_POLL_IN ? CURL_CSELECT_IN : 0) | (bits & CURL_POLL_OUT ? CURL_CSELECT_OUT : 0));
  } else if (w->watched != w->wanted) {
    watch_apply(e, fd, w);
  }
}

static void watch_run(struct engine *e, double seconds) {
  struct epoll_event events[EVENTS];
  int count;
  if (seconds > 0 && e->deadline >= 0) {
    double left = e->deadline - engine_now();
    if (left < seconds) seconds = left;
  }
  count = epoll_wait(e->epoll, events, EVENTS, watch_milliseconds(seconds)); /* a signal ends it too: -1 */
  for (int i = 0; i < count; i++) watch_event(e, &events[i]);
  if (e->deadline >= 0 && engine_now() >= e->deadline) watch_kick(e);
  engine_collect(e);
  watch_rearm(e);
}

int engine_pollfd(struct engine *e) {
  struct epoll_event event = {0};
  engine_here(e);
  if (!e->multi || e->timer >= 0) return e->epoll;
  e->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  event.events = EPOLLIN;
  event.data.fd = e->timer;
  if (e->timer >= 0 && epoll_ctl(e->epoll, EPOLL_CTL_ADD, e->timer, &event) != 0) {
    close(e->timer);
    e->timer = -1;
  }
  if (e->timer < 0) return -1;
  watch_told(e);
  return e->epoll;
}

double engine_timeout(struct engine *e) {
  double left;
  engine_here(e);
  if (e->completed.first) return 0;
  if (!e->multi || e->deadline < 0) return -1;
  left = e->deadline - engine_now();
  return left > 0 ? left : 0;
}

#else

static curl_socket_t watch_opensocket(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)user, (void)purpose;
  return engine_cloexec_socket(address);
}

static int watch_open(struct engine *e) {
  (void)e;
  return 1;
}

static void watch_close(struct engine *e) {
  (void)e;
}

static CURLcode watch_socket(struct handle *h) {
  return curl_easy_setopt(h->easy, CURLOPT_OPENSOCKETFUNCTION, watch_opensocket);
}

static void watch_told(struct engine *e) {
  (void)e;
}

static void watch_kick(struct engine *e) {
  struct process_pipe pipe;
  process_hold_pipe(&pipe);
  watch_check(e, curl_multi_perform(e->multi, &e->running));
  process_release_pipe(&pipe);
}

static void watch_run(struct engine *e, double seconds) {
  int ms = watch_milliseconds(seconds);
  if (ms > 0) watch_check(e, curl_multi_poll(e->multi, NULL, 0, ms, NULL));
  watch_kick(e);
  engine_collect(e);
}

int engine_pollfd(struct engine *e) {
  engine_here(e);
  return -1;
}

double engine_timeout(struct engine *e) {
  long milliseconds = -1;
  engine_here(e);
  if (e->completed.first) return 0;
  if (e->multi) (void)curl_multi_timeout(e->multi, &milliseconds);
  return milliseconds < 0 ? -1 : (double)milliseconds / 1000;
}

#endif

/* ---- easy handles ---- */

/* Sets an option unless an earlier one failed. */
#define HANDLE_SET(option, value)                                                                                                                    \
  if (!code) code = curl_easy_setopt(h->easy, option, value)

/* What is the same for all transfers. A setting that keeps a promise (TLS,
 * protocols) must work; what only makes things better may be missing from the
 * libcurl that runs. */
static CURLcode handle_set_constants(struct handle *h) {
  CURLcode code = watch_socket(h);
  HANDLE_SET(CURLOPT_NOSIGNAL, 1L);
  HANDLE_SET(CURLOPT_PATH_AS_IS, 1L); /* a SID that reads ".." is a SID */
  HANDLE_SET(CURLOPT_FOLLOWLOCATION, 0L);
  HANDLE_SET(CURLOPT_HTTP09_ALLOWED, 0L);
  HANDLE_SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  HANDLE_SET(CURLOPT_TCP_NODELAY, 1L);
  HANDLE_SET(CURLOPT_TCP_KEEPALIVE, 1L);
  HANDLE_SET(CURLOPT_ACCEPT_ENCODING, process_facts()->gzip ? "gzip" : NULL);
#if LIBCURL_VERSION_NUM >= 0x075500
  HANDLE_SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  HANDLE_SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  HANDLE_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  HANDLE_SET(CURLOPT_SSL_VERIFYPEER, 1L);
  HANDLE_SET(CURLOPT_SSL_VERIFYHOST, 2L);
#if LIBCURL_VERSION_NUM >= 0x075700
  (void)curl_easy_setopt(h->easy, CURLOPT_QUICK_EXIT, 1L); /* dropping a transfer does not wait for its DNS look-up */
#endif
  return code;
}

static CURLcode handle_set_callbacks(struct handle *h) {
  CURLcode code = curl_easy_setopt(h->easy, CURLOPT_PRIVATE, (void *)h);
  HANDLE_SET(CURLOPT_ERRORBUFFER, h->reason);
  HANDLE_SET(CURLOPT_HEADERFUNCTION, handle_header);
  HANDLE_SET(CURLOPT_HEADERDATA, (void *)h);
  HANDLE_SET(CURLOPT_WRITEFUNCTION, handle_body);
  HANDLE_SET(CURLOPT_WRITEDATA, (void *)h);
#if LIBCURL_VERSION_NUM >= 0x075000
  h->guarded = curl_easy_setopt(h->easy, CURLOPT_PREREQFUNCTION, handle_start) == CURLE_OK;
  HANDLE_SET(CURLOPT_PREREQDATA, (void *)h);
#endif
  return code;
}

/* One source of trust, never two: with a directory beside the bundle libcurl
 * reads the whole bundle for each connection. An HTTPS proxy is held to the
 * same. Taking away a directory fails where the TLS library knows none. */
static CURLcode handle_set_trust(struct handle *h, const char *bundle, const char *directory) {
  CURLcode code = CURLE_OK;
  HANDLE_SET(CURLOPT_CAINFO, bundle);
  HANDLE_SET(CURLOPT_PROXY_CAINFO, bundle);
  if (directory) {
    HANDLE_SET(CURLOPT_CAPATH, directory);
    HANDLE_SET(CURLOPT_PROXY_CAPATH, directory);
  } else {
    (void)curl_easy_setopt(h->easy, CURLOPT_CAPATH, NULL);
    (void)curl_easy_setopt(h->easy, CURLOPT_PROXY_CAPATH, NULL);
  }
#if LIBCURL_VERSION_NUM >= 0x075700
  (void)curl_easy_setopt(h->easy, CURLOPT_CA_CACHE_TIMEOUT, 86400L);
#endif
  return code;
}

static CURLcode handle_set_route(struct handle *h, const struct route *route) {
  const struct process_facts *facts = process_facts();
  CURLcode code;
  curl_easy_reset(h->easy); /* nothing of another route stays; connections and TLS sessions do */
  h->serial = 0;
  code = handle_set_constants(h);
  if (!code) code = handle_set_callbacks(h);
  HANDLE_SET(CURLOPT_USERAGENT, route->user_agent);
  HANDLE_SET(CURLOPT_PROXY, route->proxy);
  if (code) return code;
  if (route->ca_file) {
    code = handle_set_trust(h, route->ca_file, NULL);
  } else if (facts->ca_directory) {
    code = handle_set_trust(h, NULL, facts->ca_directory);
  } else if (facts->ca_bundle) {
    code = handle_set_trust(h, facts->ca_bundle, NULL);
  }
  if (!code) h->serial = route->serial;
  return code;
}

/* GET and POST are libcurl's own, anything else is one of them under another
 * name. The options undo one another only in this order: POSTFIELDS makes a
 * POST of anything, HTTPGET makes a GET of it and takes NOBODY back. */
static CURLcode handle_set_method(struct handle *h, const struct transfer *t) {
  static char no_wait[] = "Expect:"; /* libcurl asks for a 100 before it sends more than 1 MB */
  const char *own = "POST";
  const char *body = t->body;
  CURLcode code = CURLE_OK;
  if (!body && (strcmp(t->method, "POST") == 0 || strcmp(t->method, "PUT") == 0 || strcmp(t->method, "PATCH") == 0)) body = "";
  h->expect.data = no_wait;
  h->expect.next = t->headers;
  HANDLE_SET(CURLOPT_HTTPHEADER, body ? &h->expect : t->headers);
  HANDLE_SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(t->body ? t->body_length : 0));
  HANDLE_SET(CURLOPT_POSTFIELDS, body);
  if (!body) {
    own = "GET";
    HANDLE_SET(CURLOPT_HTTPGET, 1L);
    if (strcmp(t->method, "HEAD") == 0) {
      own = "HEAD";
      HANDLE_SET(CURLOPT_NOBODY, 1L);
    }
  } else {
    HANDLE_SET(CURLOPT_POST, 1L);
  }
  HANDLE_SET(CURLOPT_CUSTOMREQUEST, strcmp(t->method, own) == 0 ? NULL : t->method);
  return code;
}

/* Everything that one transfer may have otherwise than the one before it. */
static CURLcode handle_set_transfer(struct handle *h, const struct transfer *t) {
  curl_off_t largest = t->max_response < INT64_MAX ? (curl_off_t)t->max_response : 0; /* 0: no limit here, handle_body has it */
  CURLcode code = CURLE_OK;
  if (h->serial != t->route->serial || !h->serial) code = handle_set_route(h, t->route);
  if (!code) code = handle_set_method(h, t);
  HANDLE_SET(CURLOPT_URL, t->url);
  HANDLE_SET(CURLOPT_TIMEOUT_MS, t->timeout_ms);
  HANDLE_SET(CURLOPT_CONNECTTIMEOUT_MS, t->connect_timeout_ms);
  HANDLE_SET(CURLOPT_MAXFILESIZE_LARGE, strcmp(t->method, "HEAD") == 0 ? (curl_off_t)0 : largest);
  HANDLE_SET(CURLOPT_FRESH_CONNECT, h->guarded || t->resendable ? 0L : 1L);
  return code;
}

/* A kept handle that is set up for the route already; else a new one, as long as few are kept; else any. */
static struct handle *handle_take(struct engine *e, uint64_t serial) {
  struct handle **place = &e->kept, *h;
  while (*place && (*place)->serial != serial) place = &(*place)->next;
  if (!*place && e->kept_count >= HANDLES_KEPT) place = &e->kept;
  h = *place;
  if (h) {
    *place = h->next;
    e->kept_count--;
    return h;
  }
  h = calloc(1, sizeof *h);
  if (!h) return NULL;
  h->engine = e;
  h->easy = curl_easy_init();
  if (h->easy) return h;
  free(h);
  return NULL;
}

static void handle_free(struct handle *h) {
  curl_easy_cleanup(h->easy);
  free(h);
}

/* Takes the handle out of the multi handle, which closes the connection of an
 * unfinished transfer, and keeps it for another one. */
static void handle_release(struct engine *e, struct handle *h) {
  struct process_pipe pipe;
  CURLMcode code;
  process_hold_pipe(&pipe);
  code = curl_multi_remove_handle(e->multi, h->easy);
  h->transfer = NULL;
  if (code != CURLM_OK || e->kept_count >= HANDLES_KEPT) {
    handle_free(h);
  } else {
    h->next = e->kept;
    e->kept = h;
    e->kept_count++;
  }
  process_release_pipe(&pipe);
}

/* ---- transfers ---- */

static void transfer_clear(struct transfer *t) {
  t->state = TRANSFER_IDLE;
  t->code = CURLE_OK;
  t->status = 0;
  t->starts = 0;
  t->seconds = 0;
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

/* What a callback of ours or the engine says comes before what libcurl made of it. */
static void transfer_explain(struct transfer *t, CURLcode code, const char *why) {
  const struct handle *h = t->handle;
  if (h && h->failure) {
    code = h->failure;
    why = h->why;
  }
  t->code = code;
  if (code == CURLE_OK) return;
  if (!why && h && h->reason[0]) why = h->reason;
  snprintf(t->reason, sizeof t->reason, "%s", why ? why : curl_easy_strerror(code));
}

/* Ends a transfer that flies and queues it as completed. `mine`: its handle is
 * of this process and goes back; else it is a parent's and is not touched. */
static void engine_end(struct engine *e, struct transfer *t, CURLcode code, const char *why, int mine) {
  struct handle *h = t->handle;
  transfer_explain(t, code, why);
  if (h) {
    long sent = 0;
    t->seconds = engine_now() - h->started;
    if (!h->guarded && curl_easy_getinfo(h->easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent > 0) t->starts = 1;
    if (mine) handle_release(e, h);
  }
  if (!t->status) buffer_clear(&t->head);
  t->handle = NULL;
  t->state = TRANSFER_DONE;
  list_remove(&e->flying, t);
  e->flying_count--;
  list_add(&e->completed, t);
}

/* libcurl says how many transfers go on, so that there is nothing to ask when that is all of them. */
static void engine_collect(struct engine *e) {
  CURLMsg *message;
  int left;
  while ((unsigned)e->running < e->flying_count && (message = curl_multi_info_read(e->multi, &left))) {
    struct handle *h = NULL;
    if (message->msg != CURLMSG_DONE) continue;
    if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&h) != CURLE_OK || !h) continue;
    engine_end(e, h->transfer, message->data.result, NULL, 1);
  }
  if (!e->broken) return;
  while (e->flying.first) engine_end(e, e->flying.first, CURLE_OUT_OF_MEMORY, e->broken, 1);
  e->broken = NULL;
}

static CURLcode engine_start(struct engine *e, struct transfer *t) {
  struct handle *h = e->multi ? handle_take(e, t->route->serial) : NULL;
  CURLcode code;
  if (!h) return CURLE_OUT_OF_MEMORY;
  t->handle = h;
  h->transfer = t;
  h->started = engine_now();
  h->head_bytes = 0;
  h->failure = CURLE_OK;
  h->why = NULL;
  h->reason[0] = '\0';
  code = handle_set_transfer(h, t);
  if (!code && curl_multi_add_handle(e->multi, h->easy) != CURLM_OK) code = CURLE_OUT_OF_MEMORY;
  return code;
}

/* ---- engines ---- */

static int engine_open(struct engine *e) {
  e->multi = curl_multi_init();
  if (e->multi && watch_open(e)) {
    (void)curl_multi_setopt(e->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    (void)curl_multi_setopt(e->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS);
    return 1;
  }
  watch_close(e);
  if (e->multi) curl_multi_cleanup(e->multi);
  e->multi = NULL;
  return 0;
}

/* In a forked process everything in the multi handle belongs to the parent: it
 * is neither used nor cleaned up, for a TLS library would say good-bye on the
 * parent's connections. Only the descriptors that are ours alone are closed. */
static void engine_abandon(struct engine *e) {
  e->generation = process_generation();
  if (e->multi) watch_close(e);
  e->multi = NULL;
  e->kept = NULL;
  e->kept_count = 0;
  while (e->flying.first) engine_end(e, e->flying.first, CURLE_RECV_ERROR, "the process forked while the request was in flight", 0);
}

/* Before anything else is done with an engine. */
static void engine_here(struct engine *e) {
  if (e->generation != process_generation()) engine_abandon(e);
  if (!e->multi) (void)engine_open(e); /* what needs it fails without it, and tries again */
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
  while (e->flying.first) engine_end(e, e->flying.first, CURLE_ABORTED_BY_CALLBACK, "the engine was closed", 1);
  while (e->completed.first) transfer_forget(e->completed.first);
  process_hold_pipe(&pipe);
  while (e->kept) {
    struct handle *h = e->kept;
    e->kept = h->next;
    handle_free(h);
  }
  if (e->multi) {
    curl_multi_cleanup(e->multi);
    watch_close(e);
  }
  process_release_pipe(&pipe);
  free(e);
}

void engine_submit(struct engine *e, struct transfer *t) {
  CURLcode code;
  engine_here(e);
  engine_cancel(t);
  transfer_forget(t);
  transfer_clear(t);
  if (++e->last_id == 0) e->last_id = 1;
  t->id = e->last_id;
  t->engine = e;
  t->state = TRANSFER_FLYING;
  list_add(&e->flying, t);
  e->flying_count++;
  code = engine_start(e, t);
  if (code) {
    engine_end(e, t, code, NULL, 1);
  } else {
    watch_kick(e);
    engine_collect(e);
  }
  watch_told(e);
}

void engine_step(struct engine *e) {
  engine_poll(e, 0);
}

void engine_poll(struct engine *e, double seconds) {
  engine_here(e);
  if (e->multi) watch_run(e, e->completed.first ? 0 : seconds);
}

void engine_cancel(struct transfer *t) {
  struct engine *e = t->engine;
  if (t->state != TRANSFER_FLYING || !e) return;
  engine_here(e);
  if (t->state == TRANSFER_FLYING) engine_end(e, t, CURLE_ABORTED_BY_CALLBACK, "cancelled", 1);
  watch_told(e);
}

void engine_cancel_route(struct engine *e, const struct route *route, int family) {
  struct transfer *t, *next;
  engine_here(e);
  for (t = e->flying.first; t; t = next) {
    next = t->next;
    if (t->route == route || (family && t->handle->serial == route->serial)) engine_cancel(t);
  }
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
