/* The sockets and the timer of a multi handle: how libcurl is told that they
 * are ready, without asking all of them. On Linux an epoll descriptor and,
 * for event loops, a timer descriptor in it; elsewhere (or with
 * ENGINE_NO_EPOLL) curl_multi_perform and curl_multi_poll. Part of the engine. */
#ifndef TWILIO_WATCH_H
#define TWILIO_WATCH_H

#include <curl/curl.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

struct watch {
  CURLM *multi;                 /* the engine's */
  int running;                  /* transfers that had not finished when libcurl last said */
  int starved;                  /* a socket could not be made for want of a descriptor; who says so takes it back */
  const char *broken;           /* set when nothing in flight can go on; the engine takes it back */
  int descriptor;               /* epoll; -1 where there is none */
  int timer;                    /* -1 until an event loop asks for the descriptor */
  double deadline;              /* when libcurl's own timer is due; negative: never */
  double armed;                 /* the same of the timer descriptor */
  struct watch_socket *sockets; /* by descriptor */
  size_t socket_count;
};

/* Seconds of a clock that only goes forward. */
double watch_now(void);

/* Makes what is needed and tells the multi handle. 0: it cannot, and leaves nothing behind. */
int watch_open(struct watch *w, CURLM *multi);

/* Gives everything back but the multi handle, behind curl_multi_cleanup. */
void watch_close(struct watch *w);

/* The same in a forked process, but for the descriptors: the program may have closed all that it inherited, as daemons do,
 * and their numbers may be those of its own files. */
void watch_abandon(struct watch *w);

/* How many connections libcurl keeps, roughly; 0 where that is not known. */
unsigned watch_connections(const struct watch *w);

/* The options of an easy handle that concern its sockets. */
CURLcode watch_set_options(struct watch *w, CURL *easy);

/* Lets libcurl do what is due, without a look at the sockets. */
void watch_kick(struct watch *w);

/* Waits, `seconds` at the most, and lets libcurl do what came of it; 0 when nothing did. */
int watch_wait(struct watch *w, double seconds);

/* What has come on connections that no transfer uses; before one is taken for another transfer. */
void watch_sweep(struct watch *w);

/* Whether a kept connection may carry a request; its local port says which one. `is_silent`: it is
 * one of HTTP/1, and nothing may have come on it, which is to be known. */
int watch_is_usable(struct watch *w, int port, int is_silent);

/* A transfer has ended, by itself; it is in the multi handle still. */
void watch_ended(struct watch *w, CURL *easy, CURLcode code);

/* Behind watch_kick and watch_wait: sees to it that the event loop comes back in time, `at_once` when there is something to tell it. */
void watch_arm(struct watch *w, int at_once);

/* What engine_pollfd and engine_timeout say. */
int watch_pollfd(struct watch *w);
double watch_timeout(const struct watch *w);

#pragma GCC visibility pop

#endif
