/* Watches the sockets and the timer of a multi handle, and tells libcurl which of them are ready.
 * The interface has two implementations:
 *
 * - poller_epoll.c, on Linux, uses an epoll descriptor. For event loops the epoll descriptor also
 *   watches a timer descriptor.
 * - poller_multi.c, on other systems or with ENGINE_NO_EPOLL, uses curl_multi_poll and
 *   curl_multi_perform.
 *
 * poller.c has what both need. */
#ifndef TWILIO_POLLER_H
#define TWILIO_POLLER_H

#include <curl/curl.h>

#include "transport/poller_sockets.h"

#if defined(__linux__) && !defined(ENGINE_NO_EPOLL)
#define POLLER_EPOLL 1 /* poller_epoll.c is compiled */
#else
#define POLLER_EPOLL 0 /* poller_multi.c is compiled */
#endif

#pragma GCC visibility push(hidden)

struct poller {
  CURLM *multi;        /* owned by the connection set */
  int running;         /* number of unfinished transfers, as libcurl last reported it */
  int is_exhausted;    /* socket() found no free descriptor; easy_report resets it */
  const char *failure; /* error text if no transfer can go on; the engine resets it */
  int descriptor;      /* of epoll; -1: none */
  int timer;           /* timer descriptor; -1 until poller_pollfd is called */
  double deadline;     /* when libcurl's timer expires; negative: never */
  double armed;        /* when the timer descriptor expires; negative: never */
  struct poller_sockets sockets;
};

/* Seconds of the monotonic clock. */
double poller_now(void);

/* Registers callbacks with the multi handle. Returns 0 on failure, and poller_close is then not
 * needed. */
int poller_open(struct poller *poller, CURLM *multi);

/* Registers callbacks with another multi handle, which takes the place of the first. Returns 0 on
 * failure: then the first stays. */
int poller_adopt(struct poller *poller, CURLM *multi);

/* Forgets libcurl's timer. Call it when the multi handle has no transfers. */
void poller_forget_timer(struct poller *poller);

/* Closes the descriptors and frees the memory. Call curl_multi_cleanup first. */
void poller_close(struct poller *poller);

/* Frees the memory in a child process, but closes no descriptor. A child process that is a daemon
 * may have closed all inherited descriptors, and their numbers may now belong to its own files. */
void poller_abandon(struct poller *poller);

/* The approximate number of cached connections; 0 without epoll. */
unsigned poller_connections(const struct poller *poller);

/* Sets the callbacks that open and close the sockets of an easy handle. */
CURLcode poller_set_options(struct poller *poller, CURL *easy);

/* Lets libcurl start new transfers and handle expired timers. With epoll, does not handle socket
 * events. */
void poller_kick(struct poller *poller);

/* Waits at most `seconds` for socket events and libcurl's timer, and lets libcurl handle them.
 * Returns 0 if there was no event. Without epoll, returns 0 if `running` has not changed. */
int poller_wait(struct poller *poller, double seconds);

/* Handles all pending events without waiting. Call it before a transfer starts. Otherwise libcurl
 * would take bytes that arrived on an idle connection for the next response. */
void poller_sweep(struct poller *poller);

/* Whether the reused connection with this local port may carry a request. Set `is_silent` for
 * HTTP/1: the connection must then have no bytes to read. */
int poller_is_usable(struct poller *poller, int port, int is_silent);

/* Call when libcurl reports the end of a transfer, before curl_multi_remove_handle. */
void poller_transfer_ended(struct poller *poller, CURL *easy, CURLcode code);

/* Arms the timer descriptor for the event loop. If `at_once` is set, the timer expires now, because
 * there is a completion to dispatch. Call this function after poller_kick and poller_wait. */
void poller_arm(struct poller *poller, int at_once);

/* See engine_pollfd and engine_timeout. */
int poller_pollfd(struct poller *poller);
double poller_timeout(const struct poller *poller);

/* ---- for both implementations ---- */

/* Returns the timeout for poll and epoll. The timeout is rounded up, because a wait that ends too
 * early would have to be repeated. */
int poller_milliseconds(double seconds);

/* Sets `failure` if the multi handle returned an error after which no transfer can go on. */
void poller_note(struct poller *poller, CURLMcode code);

/* Creates a socket for libcurl, and sets `s` to its state. Returns the descriptor, or -1 on failure.
 * libcurl itself would create the socket without close-on-exec, and the programs that this process
 * starts would inherit the socket. */
int poller_create_socket(struct poller *poller, const struct curl_sockaddr *address, struct poller_socket **s);

/* Sets the callbacks that poller_set_options promises. Each callback receives the poller. */
CURLcode poller_set_socket_callbacks(struct poller *poller, CURL *easy, curl_opensocket_callback opens, curl_closesocket_callback closes);

#pragma GCC visibility pop

#endif
