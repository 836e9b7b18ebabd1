#include "transport/poller_sockets.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { POLLER_ROOM = 64 }; /* the array grows to this many elements more than needed */

struct poller_socket *poller_sockets_find(struct poller_sockets *sockets, int fd) {
  if (fd < 0) return NULL;
  if ((size_t)fd >= sockets->count) {
    size_t count = (size_t)fd + POLLER_ROOM;
    struct poller_socket *list = realloc(sockets->list, count * sizeof *list);
    if (!list) return NULL;
    memset(list + sockets->count, 0, (count - sockets->count) * sizeof *list);
    sockets->list = list;
    sockets->count = count;
  }
  return &sockets->list[fd];
}

void poller_sockets_free(struct poller_sockets *sockets) {
  free(sockets->list);
  *sockets = (struct poller_sockets){0};
}

int poller_sockets_is_readable(int fd) {
  struct pollfd p = {.fd = fd, .events = POLLIN};
  return poll(&p, 1, 0) != 0;
}

static uint16_t poller_sockets_local_port(int fd) {
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

/* Two connections to different hosts may have the same local port. Then both must be usable. At
 * worst, a usable connection is refused and a new one is opened. */
int poller_sockets_are_usable(struct poller_sockets *sockets, int port, int is_silent) {
  int found = 0;
  for (size_t fd = 0; port > 0 && fd < sockets->count; fd++) {
    struct poller_socket *s = &sockets->list[fd];
    if (!s->is_open) continue;
    if (!s->port) s->port = poller_sockets_local_port((int)fd);
    if (s->port != port) continue;
    if (s->is_broken || (is_silent && poller_sockets_is_readable((int)fd))) return 0;
    found = 1;
  }
  return found || !is_silent;
}
