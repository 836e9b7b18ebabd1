/* The sockets and the timer of a multi handle: how libcurl is told that they
 * are ready, without asking all of them. On Linux an epoll descriptor and,
 * for event loops, a timer descriptor in it; elsewhere (or with
 * ENGINE_NO_EPOLL) curl_multi_perform and curl_multi_poll. Part of the engine. */
#ifndef TWILIO_POLLER_H
#define TWILIO_POLLER_H

#include <curl/curl.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

struct poller {
  CURLM *multi;                  /* the engine's */
  int running;                   /* transfers that had not finished when libcurl last said */
  int starved;                   /* a socket could not be made for want of a descriptor; who says so takes it back */
  const char *broken;            /* set when nothing in flight can go on; the engine takes it back */
  int descriptor;                /* epoll; -1 where there is none */
  int timer;                     /* -1 until an event loop asks for the descriptor */
  double deadline;               /* when libcurl's own timer is due; negative: never */
  double armed;                  /* the same of the timer descriptor */
  struct poller_socket *sockets; /* by descriptor */
  size_t socket_count;
};

/* Seconds of a clock that only goes forward. */
double poller_now(void);

/* Makes what is needed and tells the multi handle. 0: it cannot, and leaves nothing behind. */
int poller_open(struct poller *w, CURLM *multi);

/* Gives everything back but the multi handle, behind curl_multi_cleanup. */
void poller_close(struct poller *w);

/* The same in a forked process, but for the descriptors: the program may have closed all that it inherited, as daemons do,
 * and their numbers may be those of its own files. */
void poller_abandon(struct poller *w);

/* How many connections libcurl keeps, roughly; 0 where that is not known. */
unsigned poller_connections(const struct poller *w);

/* The options of an easy handle that concern its sockets. */
CURLcode poller_set_options(struct poller *w, CURL *easy);

/* Lets libcurl do what is due, without a look at the sockets. */
void poller_kick(struct poller *w);

/* Waits, `seconds` at the most, and lets libcurl do what came of it; 0 when nothing did. */
int poller_wait(struct poller *w, double seconds);

/* What has come on connections that no transfer uses; before one is taken for another transfer. */
void poller_sweep(struct poller *w);

/* Whether a kept connection may carry a request; its local port says which one. `is_silent`: it is
 * one of HTTP/1, and nothing may have come on it, which is to be known. */
int poller_is_usable(struct poller *w, int port, int is_silent);

/* A transfer has ended, by itself; it is in the multi handle still. */
void poller_ended(struct poller *w, CURL *easy, CURLcode code);

/* Behind poller_kick and poller_wait: sees to it that the event loop comes back in time, `at_once` when there is something to tell it. */
void poller_arm(struct poller *w, int at_once);

/* What engine_pollfd and engine_timeout say. */
int poller_pollfd(struct poller *w);
double poller_timeout(const struct poller *w);

#pragma GCC visibility pop

#endif
