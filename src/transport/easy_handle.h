/* One easy handle of libcurl, and the state of its callbacks. The engine uses a handle for many
 * transfers, one after the other. No option and no state of a transfer may affect the next one. */
#ifndef TWILIO_EASY_HANDLE_H
#define TWILIO_EASY_HANDLE_H

#include "transport/poller.h"
#include "transport/transfer.h"

#pragma GCC visibility push(hidden)

struct easy_handle {
  CURL *easy;
  struct easy_handle *next; /* in the engine's cache of handles */
  struct poller *poller;
  struct transfer *transfer;

  /* for all transfers with the same transport_config */
  uint64_t serial; /* of the transport_config with the options that are set; 0: none, or not all */
  int has_prereq;  /* libcurl calls easy_prereq before it sends the request */
  int hides_input; /* the proxy uses TLS, and tls_has_pending cannot check that TLS session */
  int is_http1;    /* HTTP/2 is switched off; never reset */
  int is_timed;    /* CURLOPT_LOW_SPEED_TIME is set */

  /* of the current transfer */
  int must_restart;      /* easy_prereq stopped the transfer before sending: start it again */
  int is_mixed;          /* the host mixes HTTP/1.1 and HTTP/2: stop using HTTP/2 */
  int forbids_reuse;     /* CURLOPT_FORBID_REUSE is set: libcurl will close the connection */
  int restarts;          /* how often the transfer was started again */
  int was_http2;         /* the last start was on an HTTP/2 connection */
  long connects;         /* CURLINFO_NUM_CONNECTS at the last start */
  const char *bad_proxy; /* environment variable with a proxy URL that is refused, or NULL */
  double started;        /* when easy_prepare was called */
  double delay;          /* seconds from `started` until the last start */
  size_t header_bytes;   /* received, including headers of 1xx responses */
  CURLcode failure;      /* set by a callback that aborts the transfer */
  const char *failure_reason;
  struct curl_slist expect;     /* the header "Expect:", linked before the transfer's headers */
  char reason[CURL_ERROR_SIZE]; /* CURLOPT_ERRORBUFFER */
};

/* `sessions` is the shared cache of TLS sessions, or NULL. Both arguments must outlive the handle,
 * and the poller must outlive the connections too. Returns NULL if there is no memory. */
struct easy_handle *easy_new(struct poller *p, CURLSH *sessions);
void easy_free(struct easy_handle *h);

/* Sets all options for a transfer. The caller then adds the handle to the multi handle.
 * `fresh_connect`: open a new connection. `resumes_session`: a new connection may resume a TLS
 * session. `http1`: use no HTTP/2. */
CURLcode easy_prepare(struct easy_handle *h, struct transfer *t, int fresh_connect, int resumes_session, int http1);

/* Prepares another start when `must_restart` is set. The caller must have removed the handle from
 * the multi handle. Returns CURLE_OPERATION_TIMEDOUT if no time is left. */
CURLcode easy_prepare_again(struct easy_handle *h, int http1);

/* Whether bytes of the current transfer's request may have been sent. */
int easy_has_started(const struct easy_handle *h);

/* Writes the result into the transfer. `code` and `why` come from libcurl or from the engine. If
 * `why` is NULL, libcurl's error text is used. A failure set by a callback takes precedence. */
void easy_report(const struct easy_handle *h, CURLcode code, const char *why);

#pragma GCC visibility pop

#endif
