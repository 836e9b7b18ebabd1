#include "transport/easy_handle.h"

#include <stdlib.h>

#include "transport/easy_callbacks.h"
#include "transport/easy_options.h"

/* Restarts before a new connection is forced. A new connection passes all checks. */
enum { RESTARTS_ON_REUSED = 3 };

struct easy_handle *easy_new(struct poller *poller, CURLSH *sessions) {
  struct easy_handle *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  h->poller = poller;
  h->easy = curl_easy_init();
  if (h->easy && (!sessions || curl_easy_setopt(h->easy, CURLOPT_SHARE, sessions) == CURLE_OK)) return h;
  curl_easy_cleanup(h->easy);
  free(h);
  return NULL;
}

void easy_free(struct easy_handle *h) {
  curl_easy_cleanup(h->easy);
  curl_mime_free(h->mime);
  if (h->file) fclose(h->file);
  free(h);
}

/* Resets the state that belongs to one start of a transfer. */
static void easy_clear(struct easy_handle *h) {
  h->must_restart = h->is_mixed = h->was_http2 = 0;
  h->connects = 0;
  h->header_bytes = 0;
  h->failure = CURLE_OK;
  h->failure_reason = NULL;
  h->reason[0] = '\0';
  easy_forbid_reuse(h, 0);
}

CURLcode easy_prepare(struct easy_handle *h, struct transfer *t, int fresh_connect, int resumes_session, int http1) {
  CURLcode code;
  h->transfer = t;
  t->handle = h;
  h->started = poller_now();
  h->restarts = 0;
  h->delay = 0;
  easy_clear(h);
  code = easy_set_transfer(h, t, fresh_connect, resumes_session);
  return !code && http1 && !h->is_http1 ? easy_set_http1(h) : code;
}

/* Returns the milliseconds that are left of a limit, at least 1. For libcurl, 0 means no limit. */
static long easy_time_left(long limit_ms, double seconds) {
  long left = limit_ms - (long)(seconds * 1000);
  if (limit_ms <= 0) return limit_ms;
  return left > 1 ? left : 1;
}

CURLcode easy_prepare_again(struct easy_handle *h, int http1) {
  const struct transfer *t = h->transfer;
  CURLcode code = CURLE_OK;
  easy_clear(h);
  h->restarts++;
  h->delay = poller_now() - h->started;
  if (t->timeout_ms > 0 && h->delay * 1000 >= (double)t->timeout_ms) return CURLE_OPERATION_TIMEDOUT;
  EASY_SET(CURLOPT_TIMEOUT_MS, easy_time_left(t->timeout_ms, h->delay));
  EASY_SET(CURLOPT_CONNECTTIMEOUT_MS, easy_time_left(t->connect_timeout_ms, h->delay));
  if (h->restarts >= RESTARTS_ON_REUSED) EASY_SET(CURLOPT_FRESH_CONNECT, 1L);
  return !code && http1 && !h->is_http1 ? easy_set_http1(h) : code;
}
