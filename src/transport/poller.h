/* Watches the sockets and the timer of a multi handle, and tells libcurl which of them are ready.
 * On Linux this is an epoll descriptor. For event loops the epoll descriptor also watches a timer
 * descriptor. Elsewhere, or with ENGINE_NO_EPOLL, curl_multi_poll and curl_multi_perform do it. */
#ifndef TWILIO_POLLER_H
#define TWILIO_POLLER_H

#include <curl/curl.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

struct poller {
  CURLM *multi;                  /* owned by the connection set */
  int running;                   /* number of unfinished transfers, as libcurl last reported it */
  int is_exhausted;              /* socket() found no free descriptor; its reader resets it */
  const char *failure;           /* error text: no transfer can go on; the engine resets it */
  int descriptor;                /* epoll; -1: none */
  int timer;                     /* timer descriptor; -1 until poller_pollfd is called */
  double deadline;               /* when libcurl's timer expires; negative: never */
  double armed;                  /* when the timer descriptor expires; negative: never */
  struct poller_socket *sockets; /* indexed by descriptor */
  size_t socket_count;
};

/* Seconds of the monotonic clock. */
double poller_now(void);

/* Registers callbacks with the multi handle. Returns 0 on failure, and then owns nothing. */
int poller_open(struct poller *p, CURLM *multi);

/* Closes the descriptors and frees the memory. Call curl_multi_cleanup before. */
void poller_close(struct poller *p);

/* Frees the memory in a child process, but closes nothing. A daemon may have closed all inherited
 * descriptors, and their numbers may now belong to its own files. */
void poller_abandon(struct poller *p);

/* The approximate number of cached connections; 0 without epoll. */
unsigned poller_connections(const struct poller *p);

/* Sets the options of an easy handle that open and close its sockets. */
CURLcode poller_set_options(struct poller *p, CURL *easy);

/* Lets libcurl do what is due now. Does not look at the sockets. */
void poller_kick(struct poller *p);

/* Waits at most `seconds` for an event, and lets libcurl handle it. Returns 0 if there was none. */
int poller_wait(struct poller *p, double seconds);

/* Handles the events of cached connections. Call it before a transfer starts. Otherwise libcurl
 * would take bytes that arrived on an idle connection for the next response. */
void poller_sweep(struct poller *p);

/* Whether the reused connection with this local port may carry a request. `is_silent`: the
 * connection uses HTTP/1, and must have no bytes to read. */
int poller_is_usable(struct poller *p, int port, int is_silent);

/* Call when libcurl reports the end of a transfer, before curl_multi_remove_handle. */
void poller_transfer_ended(struct poller *p, CURL *easy, CURLcode code);

/* Arms the timer descriptor for the event loop. `at_once`: there is a completion to dispatch. Call
 * it after poller_kick and poller_wait. */
void poller_arm(struct poller *p, int at_once);

/* See engine_pollfd and engine_timeout. */
int poller_pollfd(struct poller *p);
double poller_timeout(const struct poller *p);

#pragma GCC visibility pop

#endif
