#include "transport/easy_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/descriptors.h"
#include "transport/proxy.h"
#include "transport/sink.h"
#include "transport/startup.h"

/* CURLE_TOO_LARGE of libcurl 8.6 and later: there are more than 5,000 header lines, or one is too long. */
enum { EASY_TOO_LARGE = 100 };

static double easy_time(const struct easy_handle *h, CURLINFO which) {
  curl_off_t microseconds = 0;
  if (curl_easy_getinfo(h->easy, which, &microseconds) != CURLE_OK || microseconds <= 0) return 0;
  return h->delay + (double)microseconds / 1e6;
}

/* Omits two kinds of times that libcurl reports wrongly: the connect times of a reused connection,
 * and the time of the first byte on a connection that ended without a response. */
static void easy_report_timings(const struct easy_handle *h, struct timings *timings) {
  long connections = 0;
  int sent = h->transfer->starts > 0;
  if (!sent || curl_easy_getinfo(h->easy, CURLINFO_NUM_CONNECTS, &connections) != CURLE_OK || connections > 0) {
    timings->name_lookup = easy_time(h, CURLINFO_NAMELOOKUP_TIME_T);
    timings->connect = easy_time(h, CURLINFO_CONNECT_TIME_T);
    timings->tls = easy_time(h, CURLINFO_APPCONNECT_TIME_T);
  }
  if (h->header_bytes > 0) timings->first_byte = easy_time(h, CURLINFO_STARTTRANSFER_TIME_T);
}

/* `starts` is only counted in easy_prereq. Without easy_prereq, the number of sent bytes
 * decides. */
int easy_has_started(const struct easy_handle *h) {
  long sent = 0;
  if (h->has_prereq) return h->transfer->starts > 0;
  return curl_easy_getinfo(h->easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent > 0;
}

/* Whether the transfer failed because no descriptor was left. libcurl reports other errors then. */
static int easy_lacks_descriptors(const struct easy_handle *h, CURLcode code) {
  int is_exhausted = h->poller->is_exhausted;
  if (easy_has_started(h)) return 0;
  switch (code) {
  case CURLE_OUT_OF_MEMORY:
  case CURLE_FAILED_INIT:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SSL_CACERT_BADFILE: h->poller->is_exhausted = 0; return is_exhausted || descriptors_are_exhausted();
  default: return 0;
  }
}

/* Whether libcurl's error text may quote the proxy's URL, which may contain a password. libcurl
 * quotes a URL that it refuses, and a host that it cannot resolve. */
static int easy_quotes_proxy(CURLcode code, const char *why) {
  static const char unsupported[] = "Unsupported proxy";
  return code == CURLE_COULDNT_RESOLVE_PROXY || strncmp(why, unsupported, sizeof unsupported - 1) == 0 || strchr(why, '@');
}

/* Writes the reason of a failure, and returns the code to report. */
static CURLcode easy_explain(const struct easy_handle *h, CURLcode code, const char *why) {
  struct transfer *t = h->transfer;
  int quotes_proxy = easy_quotes_proxy(code, why);
  if (quotes_proxy && h->bad_proxy) {
    const char *value = getenv(h->bad_proxy), *problem = value ? proxy_problem(value) : NULL;
    snprintf(t->reason, sizeof t->reason, "the environment variable %s is not the URL of a proxy: %s", h->bad_proxy,
             problem ? problem : "it has changed");
    return CURLE_URL_MALFORMAT; /* this code is not retried: another attempt would fail too */
  }
  if (easy_lacks_descriptors(h, code)) {
    snprintf(t->reason, sizeof t->reason, "%s", descriptors_exhausted_reason);
    return code;
  }
  /* libcurl's text would show the path that stamped_path returned */
  if (code == CURLE_SSL_CACERT_BADFILE) {
    const char *path = t->route->ca_file ? t->route->ca_file : startup_facts()->ca_bundle;
    snprintf(t->reason, sizeof t->reason, "the file of CA certificates cannot be read, or has no certificates: %s", path ? path : "unknown");
    return code;
  }
  if (quotes_proxy || strstr(why, "CAfile")) why = curl_easy_strerror(code);
  snprintf(t->reason, sizeof t->reason, "%s", why);
  return code;
}

void easy_report(const struct easy_handle *h, CURLcode code, const char *why) {
  struct transfer *t = h->transfer;
  long status = 0;
  int refuses_length;
  if (h->failure) {
    code = h->failure;
    why = h->failure_reason;
  }
  if (!code && !t->status) { /* libcurl reports success for incomplete headers */
    code = CURLE_GOT_NOTHING;
    why = "connection closed within the response headers";
  }
  refuses_length = code == CURLE_FILESIZE_EXCEEDED && !h->failure;
  if ((int)code == EASY_TOO_LARGE) code = CURLE_FILESIZE_EXCEEDED;
  if (!code && t->sink) code = sink_end(t->sink);
  if (!why) why = h->reason[0] ? h->reason : curl_easy_strerror(code);
  t->code = code ? easy_explain(h, code, why) : code;
  t->seconds = poller_now() - h->started;
  /* libcurl refused the Content-Length before easy_header set `status` */
  if (refuses_length && curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 200) t->status = status;
  if (!h->has_prereq && easy_has_started(h)) t->starts = 1;
  if (code || t->timed || t->status >= 300) easy_report_timings(h, &t->timings);
}
