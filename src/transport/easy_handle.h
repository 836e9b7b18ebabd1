/* An easy handle and what its callbacks need. It serves one transfer of a route
 * after the other, and nothing of one may show in the next. Part of the engine. */
#ifndef TWILIO_EASY_HANDLE_H
#define TWILIO_EASY_HANDLE_H

#include "transport/poller.h"
#include "transport/transfer.h"

#pragma GCC visibility push(hidden)

struct easy_handle {
  CURL *easy;
  struct easy_handle *next; /* among those the engine keeps */
  struct poller *watch;
  struct transfer *transfer;
  uint64_t serial;       /* of the route it is set up for; 0: not completely, and not to be used again */
  int guarded;           /* libcurl asks before each start: it can be forbidden to send twice */
  int is_hidden;         /* bytes may be received that nothing shows: the route's proxy has TLS of its own */
  int is_http1;          /* may use no HTTP/2; never taken back */
  int is_stopped;        /* by easy_start before anything was sent: the engine starts it again */
  int is_mixed;          /* the host has HTTP/1.1 beside HTTP/2: the line uses HTTP/1.1 alone from then on */
  int is_single;         /* its connection is closed after it */
  int restarts;          /* of the transfer */
  int was_http2;         /* of the last start */
  long connects;         /* connections that were made for the transfer before its last start */
  int is_timed;          /* a limit of speed is set */
  const char *bad_proxy; /* the environment variable whose proxy is refused, should it come to be used; else NULL */
  double started;
  double late; /* how many seconds after it the transfer was last given to libcurl */
  size_t head_bytes;
  CURLcode failure; /* why a callback stopped the transfer, and that in words */
  const char *why;
  struct curl_slist expect; /* stands before the transfer's own header list */
  char reason[CURL_ERROR_SIZE];
};

/* NULL: out of memory. The watch outlives the connections made with it, and the sessions (TLS's, NULL: the handle's own) the handle. */
struct easy_handle *easy_new(struct poller *w, CURLSH *sessions);
void easy_free(struct easy_handle *h);

/* Sets everything up for a transfer, the first time what stays the same for all
 * transfers of the route too; it is not in a multi handle yet. `avoids_kept`: not
 * on a connection that is there already. `resumes`: a new one may resume a TLS session. `http1`: not over HTTP/2. */
CURLcode easy_prepare(struct easy_handle *h, struct transfer *t, int avoids_kept, int resumes, int http1);

/* Sets up the rest of an attempt that easy_start has stopped (`is_stopped`); it is in no multi
 * handle. CURLE_OPERATION_TIMEDOUT: no time is left. */
CURLcode easy_prepare_again(struct easy_handle *h, int http1);

/* Whether the request of its transfer may have begun to leave. */
int easy_has_started(const struct easy_handle *h);

/* Writes what came of the transfer, `code` in libcurl's eyes. `why` may be NULL. */
void easy_report(const struct easy_handle *h, CURLcode code, const char *why);

#pragma GCC visibility pop

#endif
