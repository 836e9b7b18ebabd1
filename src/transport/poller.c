#include "transport/poller.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transport/descriptors.h"
#include "transport/sigpipe.h"

#if defined(__linux__) && !defined(ENGINE_NO_EPOLL)
#define POLLER_EPOLL 1
#include <sys/epoll.h>
#include <sys/timerfd.h>
#else
#define POLLER_EPOLL 0
#endif

double poller_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* poll's and epoll's timeout, rounded up: too early would be once more. */
static int poller_milliseconds(double seconds) {
  double exact = seconds * 1000;
  int ms;
  if (!(exact > 0)) return 0;
  if (exact > 1e9) return 1000000000;
  ms = (int)exact;
  return ms < exact ? ms + 1 : ms;
}

static void poller_check(struct poller *w, CURLMcode code) {
  if (code > CURLM_OK && code != CURLM_BAD_SOCKET) w->broken = curl_multi_strerror(code);
}

/* libcurl's own sockets would be inherited by whatever the program starts. */
static int poller_socket(struct poller *w, const struct curl_sockaddr *address) {
#ifdef SOCK_CLOEXEC
  int s = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
  int s = socket(address->family, address->socktype, address->protocol);
  if (s >= 0) (void)fcntl(s, F_SETFD, FD_CLOEXEC);
#endif
  if (s < 0 && descriptors_error_is_exhausted(errno)) w->starved = 1;
  return s;
}

enum { POLLER_ROOM = 64 };

/* What is known of one descriptor. */
struct poller_socket {
  unsigned char is_open;    /* opened for libcurl, which has not said that it is closed */
  unsigned char is_spoiled; /* not to be used again; libcurl has not noticed yet */
  unsigned char wanted;     /* by libcurl */
  unsigned char watched;    /* what epoll will tell of; nothing once it has told of one event at a time */
  unsigned char registered; /* with epoll, as far as we know */
  unsigned char is_settled;
  unsigned char is_http1; /* has carried an answer of HTTP/1 */
  uint16_t port;          /* the local one, once it was asked for; 0: not yet, or not connected */
};

/* NULL: out of memory, or no descriptor, which libcurl tells of too (7.88 with GnuTLS, 8.4). */
static struct poller_socket *poller_find(struct poller *w, int fd) {
  if (fd < 0) return NULL;
  if ((size_t)fd >= w->socket_count) {
    size_t count = (size_t)fd + POLLER_ROOM;
    struct poller_socket *sockets = realloc(w->sockets, count * sizeof *sockets);
    if (!sockets) return NULL;
    memset(sockets + w->socket_count, 0, (count - w->socket_count) * sizeof *sockets);
    w->sockets = sockets;
    w->socket_count = count;
  }
  return &w->sockets[fd];
}

static int poller_is_readable(int fd) {
  struct pollfd p = {.fd = fd, .events = POLLIN};
  return poll(&p, 1, 0) != 0;
}

static uint16_t poller_local_port(int fd) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } address;
  socklen_t length = sizeof address;
  memset(&address, 0, sizeof address);
  if (getsockname(fd, &address.any, &length) != 0) return 0;
  if (address.any.sa_family == AF_INET) return ntohs(address.v4.sin_port);
  return address.any.sa_family == AF_INET6 ? ntohs(address.v6.sin6_port) : 0;
}

/* Two connections to different hosts may have the same local port. Then both must be usable: that
 * costs a connection at the worst. */
int poller_is_usable(struct poller *w, int port, int is_silent) {
  int found = 0;
  for (size_t fd = 0; port > 0 && fd < w->socket_count; fd++) {
    struct poller_socket *s = &w->sockets[fd];
    if (!s->is_open) continue;
    if (!s->port) s->port = poller_local_port((int)fd);
    if (s->port != port) continue;
    if (s->is_spoiled || (is_silent && poller_is_readable((int)fd))) return 0;
    found = 1;
  }
  return found || !is_silent;
}

#if POLLER_EPOLL

/* The socket of a connection that has carried an answer is settled: it stays
 * registered for reading between transfers, which saves two system calls for
 * each request. One of HTTP/1 that becomes readable then, which has nothing to
 * say between two requests, or one that ends, is not used again; others are let
 * be until they end.
 *
 * A socket that is not settled libcurl closes by itself, and says only then that
 * it wants nothing of it, when the number may be somebody else's already: such a
 * number is not touched. It has left epoll by being closed, unless a forked
 * process holds the socket open; then nobody could take it out. So it is
 * registered for one event at a time. */

enum {
  POLLER_EVENTS = 32,
  POLLER_END = 4, /* beside CURL_POLL_IN and CURL_POLL_OUT: the peer says no more */
  POLLER_ENDED = EPOLLRDHUP | EPOLLHUP | EPOLLERR
};

static void poller_action(struct poller *w, curl_socket_t s, int bits) {
  struct sigpipe pipe;
  sigpipe_block(&pipe);
  poller_check(w, curl_multi_socket_action(w->multi, s, bits, &w->running));
  sigpipe_restore(&pipe);
}

void poller_kick(struct poller *w) {
  w->deadline = -1; /* libcurl sets another one if there is one */
  poller_action(w, CURL_SOCKET_TIMEOUT, 0);
}

/* Registers these bits, at least one of them; 0: the system refuses. */
static int poller_apply(struct poller *w, int fd, struct poller_socket *s, int bits) {
  struct epoll_event event = {.events = s->is_settled ? 0 : EPOLLONESHOT, .data.fd = fd};
  int failed;
  if (bits & CURL_POLL_IN) event.events |= EPOLLIN | EPOLLRDHUP;
  if (bits & CURL_POLL_OUT) event.events |= EPOLLOUT;
  failed = epoll_ctl(w->descriptor, s->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  if (failed && errno == ENOENT) failed = epoll_ctl(w->descriptor, EPOLL_CTL_ADD, fd, &event);
  if (failed && errno == EEXIST) failed = epoll_ctl(w->descriptor, EPOLL_CTL_MOD, fd, &event);
  s->registered = !failed;
  s->watched = failed ? 0 : (unsigned char)bits;
  return !failed;
}

static void poller_bits(struct poller *w, int fd, struct poller_socket *s, int bits) {
  if (s->watched != bits && !poller_apply(w, fd, s, bits)) w->broken = "a descriptor cannot be watched";
}

/* Out of epoll; 0: it was not in. */
static int poller_forget(struct poller *w, int fd, struct poller_socket *s) {
  struct epoll_event unused = {0};
  s->registered = s->watched = 0;
  return epoll_ctl(w->descriptor, EPOLL_CTL_DEL, fd, &unused) == 0;
}

static int poller_change(CURL *easy, curl_socket_t fd, int what, void *user, void *mine) {
  struct poller *w = user;
  struct poller_socket *s = poller_find(w, fd);
  (void)easy, (void)mine;
  if (fd < 0) return 0;
  if (!s) {
    w->broken = "out of memory for a descriptor";
    return 0; /* -1 would be the end of the multi handle */
  }
  s->wanted = what & CURL_POLL_INOUT;
  if (s->is_settled) {
    poller_bits(w, fd, s, s->wanted | CURL_POLL_IN);
  } else if (s->wanted) {
    poller_bits(w, fd, s, s->wanted);
  } else {
    s->watched = 0;
  }
  return 0;
}

static int poller_timer(CURLM *multi, long milliseconds, void *user) {
  struct poller *w = user;
  (void)multi;
  w->deadline = milliseconds < 0 ? -1 : poller_now() + (double)milliseconds / 1000;
  return 0;
}

static curl_socket_t poller_opensocket(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
  struct poller *w = user;
  int fd = poller_socket(w, address);
  struct poller_socket *s = fd < 0 ? NULL : poller_find(w, fd);
  (void)purpose;
  if (!s) {
    if (fd >= 0) close(fd);
    return CURL_SOCKET_BAD;
  }
  /* To libcurl it may be the socket with this number that it has just closed unannounced, of which it wants the same: it does not say so again. */
  *s = (struct poller_socket){.is_open = 1, .wanted = s->wanted};
  if (s->wanted) poller_bits(w, fd, s, s->wanted);
  return fd;
}

/* The kernel would keep a closed socket registered as long as a forked process
 * has it open too, and we could not take it out any more. */
static int poller_closesocket(void *user, curl_socket_t fd) {
  struct poller *w = user;
  struct poller_socket *s = poller_find(w, fd);
  if (fd < 0) return 0;
  if (s) {
    if (s->registered) (void)poller_forget(w, fd, s);
    *s = (struct poller_socket){0};
  }
  return close(fd);
}

int poller_open(struct poller *w, CURLM *multi) {
  const struct poller fresh = {.multi = multi, .descriptor = epoll_create1(EPOLL_CLOEXEC), .timer = -1, .deadline = -1, .armed = -1};
  *w = fresh;
  if (w->descriptor < 0) return 0;
  if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, poller_change) == CURLM_OK &&
      curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, (void *)w) == CURLM_OK &&
      curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, poller_timer) == CURLM_OK &&
      curl_multi_setopt(multi, CURLMOPT_TIMERDATA, (void *)w) == CURLM_OK) {
    return 1;
  }
  poller_close(w);
  return 0;
}

void poller_abandon(struct poller *w) {
  free(w->sockets);
  *w = (struct poller){.descriptor = -1, .timer = -1, .deadline = -1, .armed = -1};
}

void poller_close(struct poller *w) {
  if (w->descriptor >= 0) close(w->descriptor);
  if (w->timer >= 0) close(w->timer);
  poller_abandon(w);
}

unsigned poller_connections(const struct poller *w) {
  unsigned count = 0;
  for (size_t fd = 0; fd < w->socket_count; fd++) count += w->sockets[fd].is_settled;
  return count;
}

/* An absolute time that is over fires at once; setting the timer takes back that it has fired. */
static void poller_set_timer(struct poller *w, double when) {
  struct itimerspec spec = {{0, 0}, {0, 0}};
  w->armed = when;
  if (when >= 0) {
    spec.it_value.tv_sec = (time_t)when;
    spec.it_value.tv_nsec = (long)((when - (double)spec.it_value.tv_sec) * 1e9);
    if (when <= 0) spec.it_value.tv_nsec = 1; /* all zero would mean never */
  }
  (void)timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* A timer that is set for an earlier time is left alone: that costs one step
 * for nothing, and most deadlines are taken back long before they are due. */
void poller_arm(struct poller *w, int at_once) {
  double when = at_once ? 0 : w->deadline;
  if (w->timer >= 0 && when >= 0 && (w->armed < 0 || w->armed > when)) poller_set_timer(w, when);
}

/* For a connection that no transfer uses and none shall use again. libcurl has
 * no call for that, and what it looks at before it uses one, a byte of input
 * or the end of it, is hidden by what came before the end and by errors: so the
 * descriptor becomes one that has plainly ended, which libcurl closes. */
static void poller_spoil(struct poller *w, int fd, struct poller_socket *s) {
  int ended[2];
  s->is_spoiled = 1;
  if (!poller_forget(w, fd, s)) return; /* what is not in our epoll is not ours */
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ended) != 0) {
    (void)shutdown(fd, SHUT_RDWR); /* no descriptor to be had: what is sent on it fails at least */
    return;
  }
  if (dup3(ended[0], fd, O_CLOEXEC) < 0) (void)shutdown(fd, SHUT_RDWR);
  close(ended[0]);
  close(ended[1]);
}

/* Over HTTP/2 a connection stays after a request that timed out on it, though it
 * may be dead and every other request would find that out in as much time; and
 * after one whose answer was too large, the rest of which is still on its way. */
static int poller_is_spent(CURLcode code) {
  return code == CURLE_OPERATION_TIMEDOUT || code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED;
}

void poller_ended(struct poller *w, CURL *easy, CURLcode code) {
  long version = 0;
  curl_socket_t fd = CURL_SOCKET_BAD;
  struct poller_socket *s;
  if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD) return; /* it was not kept */
  s = poller_find(w, fd);
  if (!s || curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version) != CURLE_OK) return;
  if (version == CURL_HTTP_VERSION_1_0 || version == CURL_HTTP_VERSION_1_1) s->is_http1 = 1;
  if (!s->is_settled) {
    s->is_settled = 1;
    s->watched = 0;
    poller_bits(w, fd, s, s->wanted | CURL_POLL_IN);
  }
  if (poller_is_spent(code) && !s->wanted) poller_spoil(w, fd, s);
}

/* An event of a connection that no transfer uses, of HTTP/2 perhaps one that has not carried an answer. */
static void poller_idle(struct poller *w, int fd, struct poller_socket *s, uint32_t events) {
  struct epoll_event end = {.events = EPOLLRDHUP | (s->is_settled ? 0 : EPOLLONESHOT), .data.fd = fd};
  if (events & POLLER_ENDED) {
    poller_spoil(w, fd, s);
  } else if (s->is_http1) {
    if (poller_is_readable(fd)) poller_spoil(w, fd, s); /* else it was the end of an answer, which has been read since */
  } else if (epoll_ctl(w->descriptor, EPOLL_CTL_MOD, fd, &end) == 0) {
    s->watched = POLLER_END;
  }
}

static void poller_event(struct poller *w, const struct epoll_event *event) {
  int fd = event->data.fd, bits = 0;
  struct poller_socket *s;
  if (fd == w->timer) {
    poller_set_timer(w, -1);
    return;
  }
  s = &w->sockets[fd];
  if (!s->is_settled) s->watched = 0;
  if (event->events & EPOLLIN) bits |= CURL_POLL_IN;
  if (event->events & EPOLLOUT) bits |= CURL_POLL_OUT;
  if (event->events & (EPOLLERR | EPOLLHUP)) bits = CURL_POLL_INOUT; /* libcurl learns more by reading and writing */
  bits &= s->wanted;
  if (bits) {
    poller_action(w, fd, (bits & CURL_POLL_IN ? CURL_CSELECT_IN : 0) | (bits & CURL_POLL_OUT ? CURL_CSELECT_OUT : 0));
    s = &w->sockets[fd]; /* there may be more of them now */
    if (s->wanted && !s->watched) poller_bits(w, fd, s, s->wanted);
  } else if (s->wanted) {
    poller_bits(w, fd, s, s->wanted);
  } else {
    poller_idle(w, fd, s, event->events);
  }
}

/* Waits once and does what came; returns how many events that were. */
static int poller_events(struct poller *w, double seconds) {
  struct epoll_event events[POLLER_EVENTS];
  int count = epoll_wait(w->descriptor, events, POLLER_EVENTS, poller_milliseconds(seconds)); /* a signal ends it too: -1 */
  for (int i = 0; i < count; i++) poller_event(w, &events[i]);
  return count;
}

/* Whether libcurl's own timer was due. */
static int poller_is_due(struct poller *w) {
  if (w->deadline < 0 || poller_now() < w->deadline) return 0;
  poller_kick(w);
  return 1;
}

int poller_wait(struct poller *w, double seconds) {
  int count;
  if (seconds > 0 && w->deadline >= 0) {
    double left = w->deadline - poller_now();
    if (left < seconds) seconds = left;
  }
  count = poller_events(w, seconds);
  return poller_is_due(w) || count > 0;
}

/* All of it, for libcurl would take what has come on any of them for the next answer; those in use are ready again and again. */
void poller_sweep(struct poller *w) {
  size_t most = w->socket_count + POLLER_EVENTS;
  while (most >= POLLER_EVENTS && poller_events(w, 0) == POLLER_EVENTS) most -= POLLER_EVENTS;
  (void)poller_is_due(w);
}

int poller_pollfd(struct poller *w) {
  struct epoll_event event = {0};
  if (w->descriptor < 0 || w->timer >= 0) return w->descriptor;
  w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (w->timer < 0) return -1;
  event.events = EPOLLIN;
  event.data.fd = w->timer;
  if (epoll_ctl(w->descriptor, EPOLL_CTL_ADD, w->timer, &event) == 0) return w->descriptor;
  close(w->timer);
  w->timer = -1;
  return -1;
}

double poller_timeout(const struct poller *w) {
  double left = w->deadline - poller_now();
  if (w->deadline < 0) return -1;
  return left > 0 ? left : 0;
}

#else

static curl_socket_t poller_opensocket(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
  int fd = poller_socket(user, address);
  struct poller_socket *s = fd < 0 ? NULL : poller_find(user, fd);
  (void)purpose;
  if (!s) {
    if (fd >= 0) close(fd);
    return CURL_SOCKET_BAD;
  }
  *s = (struct poller_socket){.is_open = 1};
  return fd;
}

static int poller_closesocket(void *user, curl_socket_t fd) {
  struct poller_socket *s = poller_find(user, fd);
  if (fd < 0) return 0;
  if (s) *s = (struct poller_socket){0};
  return close(fd);
}

int poller_open(struct poller *w, CURLM *multi) {
  *w = (struct poller){.multi = multi, .descriptor = -1, .timer = -1};
  return 1;
}

void poller_close(struct poller *w) {
  free(w->sockets);
  *w = (struct poller){.descriptor = -1, .timer = -1};
}

void poller_abandon(struct poller *w) {
  poller_close(w);
}

unsigned poller_connections(const struct poller *w) {
  (void)w;
  return 0;
}

void poller_kick(struct poller *w) {
  struct sigpipe pipe;
  sigpipe_block(&pipe);
  poller_check(w, curl_multi_perform(w->multi, &w->running));
  sigpipe_restore(&pipe);
}

int poller_wait(struct poller *w, double seconds) {
  int ms = poller_milliseconds(seconds), running = w->running;
  if (ms > 0) poller_check(w, curl_multi_poll(w->multi, NULL, 0, ms, NULL));
  poller_kick(w);
  return w->running != running;
}

void poller_arm(struct poller *w, int at_once) {
  (void)w, (void)at_once;
}

void poller_sweep(struct poller *w) {
  (void)w;
}

void poller_ended(struct poller *w, CURL *easy, CURLcode code) {
  (void)w, (void)easy, (void)code;
}

int poller_pollfd(struct poller *w) {
  return w->descriptor;
}

double poller_timeout(const struct poller *w) {
  long milliseconds = -1;
  if (w->multi) (void)curl_multi_timeout(w->multi, &milliseconds);
  return milliseconds < 0 ? -1 : (double)milliseconds / 1000;
}

#endif

CURLcode poller_set_options(struct poller *w, CURL *easy) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, poller_opensocket);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, (void *)w);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, poller_closesocket);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, (void *)w);
  return code;
}
