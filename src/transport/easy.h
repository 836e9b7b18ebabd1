/* One easy handle of libcurl, the state of its callbacks, and the macros that set options.
 * easy_handle.h has the functions for the engine. */
#ifndef TWILIO_EASY_H
#define TWILIO_EASY_H

#include <stdio.h>
#include <string.h>

#include "transport/poller.h"
#include "transport/transfer.h"

#pragma GCC visibility push(hidden)

struct easy_handle {
  CURL *easy;
  struct easy_handle *next; /* in the engine's cache of handles */
  struct poller *poller;
  struct transfer *transfer;

  /* for all transfers with the same transport_config */
  uint64_t serial; /* of the transport_config whose options are set; 0: not all options are set */
  int has_prereq;  /* libcurl calls easy_prereq before it sends the request */
  int hides_input; /* the proxy uses TLS, and tls_has_pending cannot check that TLS session */
  int is_http1;    /* HTTP/2 is switched off; never reset */
  int is_timed;    /* CURLOPT_LOW_SPEED_TIME is set */
  int is_single;   /* has options of one transfer that are never reset: it is freed afterwards */

  /* CURLOPT_URL if it ends before the path; otherwise empty */
  char origin[272];

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
  curl_mime *mime;       /* body of an upload, or NULL */
  FILE *file;            /* body of an upload, or NULL */
  CURLcode failure;      /* set by a callback that aborts the transfer */
  const char *failure_reason;
  struct curl_slist expect;     /* the header "Expect:", linked before the transfer's headers */
  char reason[CURL_ERROR_SIZE]; /* CURLOPT_ERRORBUFFER */
};

/* Whether the transfer's URL begins with "https:". */
static inline int easy_has_tls(const struct transfer *t) {
  return t->url && strncmp(t->url, "https:", 6) == 0;
}

/* Turns the error of an option that this libcurl does not have into CURLE_OK. */
static inline CURLcode easy_unless_missing(CURLcode code) {
  return code == CURLE_UNKNOWN_OPTION || code == CURLE_NOT_BUILT_IN ? CURLE_OK : code;
}

/* Set an option of the easy handle `h` unless an earlier one failed. `code` keeps the first error.
 * EASY_TRY also accepts that this libcurl does not have the option. */
#define EASY_SET(option, value) code = code ? code : curl_easy_setopt(h->easy, option, value)
#define EASY_TRY(option, value) code = code ? code : easy_unless_missing(curl_easy_setopt(h->easy, option, value))

#pragma GCC visibility pop

#endif
