/* What a poller knows about each socket of its multi handle. The list has one element for each
 * descriptor number. */
#ifndef TWILIO_POLLER_SOCKETS_H
#define TWILIO_POLLER_SOCKETS_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* The state of one descriptor. poller_multi.c uses `is_open` and `port` only. */
struct poller_socket {
  unsigned char is_open;       /* from the callback that opens it to the callback that closes it */
  unsigned char is_broken;     /* must not carry a request, but libcurl has not closed it yet */
  unsigned char wanted;        /* events that libcurl waits for: CURL_POLL_IN, CURL_POLL_OUT */
  unsigned char watched;       /* events that epoll will report; 0 after a one-shot event */
  unsigned char is_registered; /* with epoll; may be stale, because a close unregisters too */
  unsigned char is_persistent; /* see "How sockets are registered with epoll" */
  unsigned char is_http1;      /* has carried an HTTP/1 response */
  uint16_t port;               /* local port; 0: not looked up yet, or not connected */
};

struct poller_sockets {
  struct poller_socket *list; /* indexed by descriptor */
  size_t count;
};

/* Returns the state of a descriptor, and makes the list longer if necessary. The next call may move
 * the list. Returns NULL if there is no memory, or if fd is negative. libcurl 7.88 with GnuTLS and
 * libcurl 8.4 pass negative descriptors to the callbacks. */
struct poller_socket *poller_sockets_find(struct poller_sockets *sockets, int fd);

/* Frees the list, but closes no descriptor. */
void poller_sockets_free(struct poller_sockets *sockets);

/* Whether the descriptor has bytes to read, or an error. */
int poller_sockets_is_readable(int fd);

/* See poller_is_usable. */
int poller_sockets_are_usable(struct poller_sockets *sockets, int port, int is_silent);

#pragma GCC visibility pop

#endif
