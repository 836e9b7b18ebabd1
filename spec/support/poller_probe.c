/* Tests the implementation of transport/poller.h that this system has. With ENGINE_NO_EPOLL tests
 * poller_multi.c. */
#include "transport/poller.h"

#if POLLER_EPOLL
#include "transport/poller_epoll.c" /* for its static functions */
#else
#include "transport/poller_multi.c"
#endif

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define CHECK(condition)                                                                                                                             \
  if (!(condition)) return fprintf(stderr, "line %d: %s\n", __LINE__, #condition), 1

static struct curl_sockaddr address(void) {
  struct curl_sockaddr any = {.family = AF_INET, .socktype = SOCK_STREAM, .protocol = IPPROTO_TCP};
  return any;
}

/* Some versions of libcurl call the socket callbacks with negative descriptors. */
static int test_negative_descriptors(struct poller *poller) {
  size_t before;
  (void)poller_sockets_find(&poller->sockets, 200); /* larger than the negation of every descriptor below */
  before = poller->sockets.count;
  for (int fd = -1; fd > -200; fd--) {
#if POLLER_EPOLL
    (void)poller_socket_callback(NULL, fd, CURL_POLL_REMOVE, poller, NULL);
    (void)poller_socket_callback(NULL, fd, CURL_POLL_INOUT, poller, NULL);
#endif
    (void)poller_closesocket(poller, fd);
  }
  CHECK(poller->sockets.count == before && !poller->failure);
  return 0;
}

static int test_sockets(struct poller *poller) {
  struct curl_sockaddr any = address();
  int fd = poller_opensocket(poller, CURLSOCKTYPE_IPCXN, &any), again;
  CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
  CHECK(poller->sockets.list[fd].is_open);
  CHECK(poller_closesocket(poller, fd) == 0 && !poller->sockets.list[fd].is_open);
  CHECK(fcntl(fd, F_GETFD) < 0);
  again = poller_opensocket(poller, CURLSOCKTYPE_IPCXN, &any);
  CHECK(again == fd && poller_closesocket(poller, fd) == 0);
  return 0;
}

static int test_no_descriptor_left(struct poller *poller) {
  struct curl_sockaddr any = address();
  struct rlimit limit, none;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  none = limit;
  none.rlim_cur = 0;
  CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
  CHECK(!poller->is_exhausted && poller_opensocket(poller, CURLSOCKTYPE_IPCXN, &any) == CURL_SOCKET_BAD);
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(poller->is_exhausted);
  return 0;
}

static int test_milliseconds(void) {
  CHECK(poller_milliseconds(0) == 0 && poller_milliseconds(-1) == 0 && poller_milliseconds(0.0 / 0.0) == 0);
  CHECK(poller_milliseconds(0.0000001) == 1 && poller_milliseconds(0.001) == 1 && poller_milliseconds(0.0011) == 2);
  CHECK(poller_milliseconds(60) == 60000 && poller_milliseconds(1e300) == 1000000000);
  return 0;
}

static int test_failure(struct poller *poller) {
  poller_note(poller, CURLM_OK);
  poller_note(poller, CURLM_CALL_MULTI_PERFORM);
  poller_note(poller, CURLM_BAD_SOCKET);
  CHECK(!poller->failure);
  poller_note(poller, CURLM_OUT_OF_MEMORY);
  CHECK(poller->failure);
  return 0;
}

/* With epoll, an event loop can watch the poller. Without epoll, it cannot. */
static int test_event_loop(struct poller *poller) {
  int fd = poller_pollfd(poller);
  CHECK(POLLER_EPOLL ? fd >= 0 && fcntl(fd, F_GETFD) >= 0 : fd == -1);
  CHECK(poller_pollfd(poller) == fd);
  CHECK(poller_timeout(poller) < 0 && poller_connections(poller) == 0);
  poller_arm(poller, 1);
  CHECK(poller_wait(poller, 1) == POLLER_EPOLL); /* the event of the timer descriptor */
  CHECK(poller_wait(poller, 0) == 0);
  return 0;
}

int main(void) {
  struct poller poller;
  CURLM *multi = curl_multi_init();
  int failed;
  if (!multi || !poller_open(&poller, multi)) return 1;
  failed = test_milliseconds() || test_negative_descriptors(&poller) || test_sockets(&poller) || test_event_loop(&poller) ||
           test_no_descriptor_left(&poller) || test_failure(&poller);
  curl_multi_cleanup(multi);
  poller_close(&poller);
  if (!failed) puts("ok");
  return failed;
}
