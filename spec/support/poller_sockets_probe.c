/* Tests transport/poller_sockets.c with two connected sockets. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/poller_sockets.h"

#define CHECK(condition)                                                                                                                             \
  if (!(condition)) return fprintf(stderr, "line %d: %s\n", __LINE__, #condition), 1

static int test_list(void) {
  struct poller_sockets sockets = {0};
  struct poller_socket *s = poller_sockets_find(&sockets, 3);
  CHECK(!poller_sockets_find(&sockets, -1) && !poller_sockets_find(&sockets, -1000));
  CHECK(s && !s->is_open && s == &sockets.list[3]);
  s->is_open = s->is_broken = 1;
  s = poller_sockets_find(&sockets, 100000); /* moves the list */
  CHECK(s && !s->is_open && sockets.count > 100000);
  CHECK(sockets.list[3].is_open && sockets.list[3].is_broken && !sockets.list[4].is_open);
  poller_sockets_free(&sockets);
  CHECK(!sockets.list && !sockets.count);
  return 0;
}

/* Sets `pair` to the two ends of a connection, and returns the local port of the first end. */
static int connect_pair(int *pair) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  pair[0] = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0) return 0;
  if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) return 0;
  if (connect(pair[0], (struct sockaddr *)&address, sizeof address) != 0) return 0;
  pair[1] = accept(listener, NULL, NULL);
  close(listener);
  if (pair[1] < 0 || getsockname(pair[0], (struct sockaddr *)&address, &length) != 0) return 0;
  return ntohs(address.sin_port);
}

static int test_usable(void) {
  struct poller_sockets sockets = {0};
  struct pollfd readable = {.events = POLLIN};
  int pair[2], port = connect_pair(pair);
  CHECK(port > 0 && poller_sockets_find(&sockets, pair[0]));
  /* A connection whose socket is unknown may be used with HTTP/2 only. */
  CHECK(!poller_sockets_are_usable(&sockets, port, 1) && poller_sockets_are_usable(&sockets, port, 0));
  sockets.list[pair[0]].is_open = 1;
  CHECK(poller_sockets_are_usable(&sockets, port, 1) && poller_sockets_are_usable(&sockets, port, 0));
  CHECK(sockets.list[pair[0]].port == port);
  CHECK(!poller_sockets_are_usable(&sockets, 0, 1));
  CHECK(!poller_sockets_is_readable(pair[0]));
  CHECK(write(pair[1], "x", 1) == 1);
  readable.fd = pair[0];
  CHECK(poll(&readable, 1, -1) == 1 && poller_sockets_is_readable(pair[0]));
  CHECK(!poller_sockets_are_usable(&sockets, port, 1) && poller_sockets_are_usable(&sockets, port, 0));
  sockets.list[pair[0]].is_broken = 1;
  CHECK(!poller_sockets_are_usable(&sockets, port, 0));
  poller_sockets_free(&sockets);
  return 0;
}

int main(void) {
  if (test_list() || test_usable()) return 1;
  puts("ok");
  return 0;
}
