#include "transport/poller.h"

#if POLLER_EPOLL

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "transport/poller_sockets.h"
#include "transport/sigpipe.h"

/* How sockets are registered with epoll:
 *
 * - A socket is persistent after its connection has carried a response. It stays registered for
 *   reading while the connection is idle. This saves two system calls per request.
 * - An idle HTTP/1 connection that becomes readable is broken, because a server sends only
 *   responses to requests. An idle HTTP/2 connection may receive frames. It is broken when the
 *   server closes it.
 * - Any other socket is registered one-shot. libcurl may close a socket before it sends
 *   CURL_POLL_REMOVE. The descriptor number may then belong to another file, so the poller must not
 *   use it. The kernel removes a closed socket from epoll, unless a child process has it open. A
 *   one-shot registration that cannot be removed causes at most one unneeded event. */

enum {
  POLLER_EVENTS = 32,
  /* in `watched`, in addition to CURL_POLL_IN and CURL_POLL_OUT: the peer has closed */
  POLLER_END = 4,
  POLLER_ENDED = EPOLLRDHUP | EPOLLHUP | EPOLLERR
};

static void poller_action(struct poller *poller, curl_socket_t s, int bits) {
  struct sigpipe pipe;
  sigpipe_block(&pipe);
  poller_note(poller, curl_multi_socket_action(poller->multi, s, bits, &poller->running));
  sigpipe_restore(&pipe);
}

void poller_kick(struct poller *poller) {
  poller->deadline = -1; /* libcurl sets the next deadline through poller_timer_callback */
  poller_action(poller, CURL_SOCKET_TIMEOUT, 0);
}

/* Registers the events `bits`, which must not be 0. Returns 0 if epoll refuses. */
static int poller_register(struct poller *poller, int fd, struct poller_socket *s, int bits) {
  struct epoll_event event = {.events = s->is_persistent ? 0 : EPOLLONESHOT, .data.fd = fd};
  int failed;
  if (bits & CURL_POLL_IN) event.events |= EPOLLIN | EPOLLRDHUP;
  if (bits & CURL_POLL_OUT) event.events |= EPOLLOUT;
  failed = epoll_ctl(poller->descriptor, s->is_registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  if (failed && errno == ENOENT) failed = epoll_ctl(poller->descriptor, EPOLL_CTL_ADD, fd, &event);
  if (failed && errno == EEXIST) failed = epoll_ctl(poller->descriptor, EPOLL_CTL_MOD, fd, &event);
  s->is_registered = !failed;
  s->watched = failed ? 0 : (unsigned char)bits;
  return !failed;
}

static void poller_watch(struct poller *poller, int fd, struct poller_socket *s, int bits) {
  if (s->watched != bits && !poller_register(poller, fd, s, bits)) poller->failure = "a descriptor cannot be watched";
}

/* Removes the socket from epoll. Returns 0 if it was not registered. */
static int poller_unregister(struct poller *poller, int fd, struct poller_socket *s) {
  struct epoll_event unused = {0};
  s->is_registered = s->watched = 0;
  return epoll_ctl(poller->descriptor, EPOLL_CTL_DEL, fd, &unused) == 0;
}

static int poller_socket_callback(CURL *easy, curl_socket_t fd, int what, void *user, void *mine) {
  struct poller *poller = user;
  struct poller_socket *s = poller_sockets_find(&poller->sockets, fd);
  (void)easy, (void)mine;
  if (fd < 0) return 0;
  if (!s) {
    poller->failure = "out of memory for a descriptor";
    return 0; /* after -1 libcurl would refuse all further use of the multi handle */
  }
  s->wanted = what & CURL_POLL_INOUT;
  if (s->is_persistent) {
    poller_watch(poller, fd, s, s->wanted | CURL_POLL_IN);
  } else if (s->wanted) {
    poller_watch(poller, fd, s, s->wanted);
  } else {
    s->watched = 0;
  }
  return 0;
}

static int poller_timer_callback(CURLM *multi, long milliseconds, void *user) {
  struct poller *poller = user;
  (void)multi;
  poller->deadline = milliseconds < 0 ? -1 : poller_now() + (double)milliseconds / 1000;
  return 0;
}

static curl_socket_t poller_opensocket(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
  struct poller *poller = user;
  struct poller_socket *s;
  int fd = poller_create_socket(poller, address, &s);
  (void)purpose;
  if (fd < 0) return CURL_SOCKET_BAD;
  /* libcurl may have closed a socket with this number without CURL_POLL_REMOVE. libcurl then
   * confuses the new socket with the old one, and does not report again the events to wait for. */
  *s = (struct poller_socket){.is_open = 1, .wanted = s->wanted};
  if (s->wanted) poller_watch(poller, fd, s, s->wanted);
  return fd;
}

/* Removes the socket from epoll before closing it. Otherwise, if a child process has the socket
 * open too, the kernel would keep the registration, and no call could remove it. */
static int poller_closesocket(void *user, curl_socket_t fd) {
  struct poller *poller = user;
  struct poller_socket *s = poller_sockets_find(&poller->sockets, fd);
  if (fd < 0) return 0;
  if (s) {
    if (s->is_registered) (void)poller_unregister(poller, fd, s);
    *s = (struct poller_socket){0};
  }
  return close(fd);
}

int poller_adopt(struct poller *poller, CURLM *multi) {
  if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, poller_socket_callback) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, (void *)poller) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, poller_timer_callback) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_TIMERDATA, (void *)poller) != CURLM_OK) {
    return 0;
  }
  poller->multi = multi;
  return 1;
}

int poller_open(struct poller *poller, CURLM *multi) {
  const struct poller fresh = {.multi = multi, .descriptor = epoll_create1(EPOLL_CLOEXEC), .timer = -1, .deadline = -1, .armed = -1};
  *poller = fresh;
  if (poller->descriptor < 0) return 0;
  if (poller_adopt(poller, multi)) return 1;
  poller_close(poller);
  return 0;
}

void poller_abandon(struct poller *poller) {
  poller_sockets_free(&poller->sockets);
  *poller = (struct poller){.descriptor = -1, .timer = -1, .deadline = -1, .armed = -1};
}

void poller_close(struct poller *poller) {
  if (poller->descriptor >= 0) close(poller->descriptor);
  if (poller->timer >= 0) close(poller->timer);
  poller_abandon(poller);
}

unsigned poller_connections(const struct poller *poller) {
  unsigned count = 0;
  for (size_t fd = 0; fd < poller->sockets.count; fd++) count += poller->sockets.list[fd].is_persistent;
  return count;
}

/* Arms the timer descriptor, or disarms it if `when` is negative. A time in the past expires at
 * once. The call also resets a timer that has expired. */
static void poller_set_timer(struct poller *poller, double when) {
  struct itimerspec spec = {{0, 0}, {0, 0}};
  poller->armed = when;
  if (when >= 0) {
    spec.it_value.tv_sec = (time_t)when;
    spec.it_value.tv_nsec = (long)((when - (double)spec.it_value.tv_sec) * 1e9);
    if (when <= 0) spec.it_value.tv_nsec = 1; /* 0 would disarm the timer */
  }
  (void)timerfd_settime(poller->timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* A timer that expires earlier is left unchanged. At worst this causes one unnecessary step, but it
 * saves a system call: most deadlines are cancelled long before they expire. */
void poller_arm(struct poller *poller, int at_once) {
  double when = at_once ? 0 : poller->deadline;
  if (poller->timer >= 0 && when >= 0 && (poller->armed < 0 || poller->armed > when)) poller_set_timer(poller, when);
}

/* Marks an idle connection that must not be reused. poller_is_usable then refuses the connection.
 * libcurl has no function that closes a single connection. libcurl closes the connection when it
 * reads the end of the input, or when easy_prereq refuses to start a transfer on the connection. */
static void poller_break(struct poller *poller, int fd, struct poller_socket *s) {
  s->is_broken = 1;
  (void)poller_unregister(poller, fd, s);
}

/* Whether a connection must not be reused after this result. libcurl keeps an HTTP/2 connection
 * after a timeout. The connection may be dead, and each further request would then time out too.
 * libcurl also keeps an HTTP/2 connection after a response that was too large. The rest of that
 * response is still being received. libcurl 7.88 even keeps an HTTP/2 connection whose TLS library
 * could not write or read. */
static int poller_forbids_reuse(CURLcode code) {
  switch (code) {
  case CURLE_OPERATION_TIMEDOUT:
  case CURLE_WRITE_ERROR:
  case CURLE_FILESIZE_EXCEEDED:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_OUT_OF_MEMORY: return 1;
  default: return 0;
  }
}

void poller_transfer_ended(struct poller *poller, CURL *easy, CURLcode code) {
  long version = 0;
  curl_socket_t fd = CURL_SOCKET_BAD;
  struct poller_socket *s;
  /* the socket is unknown if libcurl has closed the connection */
  if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD) return;
  s = poller_sockets_find(&poller->sockets, fd);
  if (!s || curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version) != CURLE_OK) return;
  if (version == CURL_HTTP_VERSION_1_0 || version == CURL_HTTP_VERSION_1_1) s->is_http1 = 1;
  if (!s->is_persistent) {
    s->is_persistent = 1;
    s->watched = 0;
    poller_watch(poller, fd, s, s->wanted | CURL_POLL_IN);
  }
  if (poller_forbids_reuse(code) && !s->wanted) poller_break(poller, fd, s);
}

/* Handles an event of an idle connection. An idle HTTP/2 connection may have carried no response
 * yet, and is then not persistent. */
static void poller_idle_event(struct poller *poller, int fd, struct poller_socket *s, uint32_t events) {
  struct epoll_event end = {.events = EPOLLRDHUP | (s->is_persistent ? 0 : EPOLLONESHOT), .data.fd = fd};
  if (events & POLLER_ENDED) {
    poller_break(poller, fd, s);
  } else if (s->is_http1) {
    /* if nothing is readable, libcurl has already read the bytes that caused the event */
    if (poller_sockets_is_readable(fd)) poller_break(poller, fd, s);
  } else if (epoll_ctl(poller->descriptor, EPOLL_CTL_MOD, fd, &end) == 0) {
    s->watched = POLLER_END;
  }
}

static void poller_event(struct poller *poller, const struct epoll_event *event) {
  int fd = event->data.fd, bits = 0;
  struct poller_socket *s;
  if (fd == poller->timer) {
    poller_set_timer(poller, -1);
    return;
  }
  s = &poller->sockets.list[fd];
  if (!s->is_persistent) s->watched = 0;
  if (event->events & EPOLLIN) bits |= CURL_POLL_IN;
  if (event->events & EPOLLOUT) bits |= CURL_POLL_OUT;
  /* libcurl reads or writes, and thereby gets the error */
  if (event->events & (EPOLLERR | EPOLLHUP)) bits = CURL_POLL_INOUT;
  bits &= s->wanted;
  if (bits) {
    poller_action(poller, fd, (bits & CURL_POLL_IN ? CURL_CSELECT_IN : 0) | (bits & CURL_POLL_OUT ? CURL_CSELECT_OUT : 0));
    s = &poller->sockets.list[fd]; /* poller_sockets_find may have moved the array */
    if (s->wanted && !s->watched) poller_watch(poller, fd, s, s->wanted);
  } else if (s->wanted) {
    poller_watch(poller, fd, s, s->wanted);
  } else {
    poller_idle_event(poller, fd, s, event->events);
  }
}

/* Waits once and handles the events. Returns their number, or -1 after a signal. */
static int poller_events(struct poller *poller, double seconds) {
  struct epoll_event events[POLLER_EVENTS];
  int count = epoll_wait(poller->descriptor, events, POLLER_EVENTS, poller_milliseconds(seconds));
  for (int i = 0; i < count; i++) poller_event(poller, &events[i]);
  return count;
}

/* Runs libcurl if its timer has expired. Returns whether the timer had expired. */
static int poller_is_due(struct poller *poller) {
  if (poller->deadline < 0 || poller_now() < poller->deadline) return 0;
  poller_kick(poller);
  return 1;
}

int poller_wait(struct poller *poller, double seconds) {
  int count;
  if (seconds > 0 && poller->deadline >= 0) {
    double left = poller->deadline - poller_now();
    if (left < seconds) seconds = left;
  }
  count = poller_events(poller, seconds);
  return poller_is_due(poller) || count > 0;
}

/* Handles all pending events, not only the first POLLER_EVENTS. The number of rounds is limited,
 * because a socket in use may have a new event in each round. */
void poller_sweep(struct poller *poller) {
  size_t most = poller->sockets.count + POLLER_EVENTS;
  while (most >= POLLER_EVENTS && poller_events(poller, 0) == POLLER_EVENTS) most -= POLLER_EVENTS;
  (void)poller_is_due(poller);
}

int poller_pollfd(struct poller *poller) {
  struct epoll_event event = {0};
  if (poller->descriptor < 0 || poller->timer >= 0) return poller->descriptor;
  poller->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (poller->timer < 0) return -1;
  event.events = EPOLLIN;
  event.data.fd = poller->timer;
  if (epoll_ctl(poller->descriptor, EPOLL_CTL_ADD, poller->timer, &event) == 0) return poller->descriptor;
  close(poller->timer);
  poller->timer = -1;
  return -1;
}

double poller_timeout(const struct poller *poller) {
  double left = poller->deadline - poller_now();
  if (poller->deadline < 0) return -1;
  return left > 0 ? left : 0;
}

CURLcode poller_set_options(struct poller *poller, CURL *easy) {
  return poller_set_socket_callbacks(poller, easy, poller_opensocket, poller_closesocket);
}

#endif
