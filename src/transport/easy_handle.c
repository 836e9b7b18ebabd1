#include "transport/easy_handle.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "transport/descriptors.h"
#include "transport/proxy.h"
#include "transport/startup.h"
#include "transport/tls.h"

/* ENGINE_NO_PREREQ: as with a libcurl before 7.80, to test what is done then. */
#if LIBCURL_VERSION_NUM >= 0x075000 && !defined(ENGINE_NO_PREREQ)
#define EASY_GUARDS 1
#else
#define EASY_GUARDS 0
#endif

enum {
  HEAD_LIMIT = 256 * 1024, /* bytes of all header lines, those of 1xx answers too */
  AHEAD_LIMIT = 1 << 20,   /* how far Content-Length is believed before the bytes have come */
  RESTARTS_ON_KEPT = 3,    /* then a new connection is made: it has neither another user nor anything left over */
  STAMP_LENGTH = 128       /* of easy_spell's stamp: two characters for each of 64 bits */
};

/* ---- libcurl's callbacks for a transfer ---- */

/* To be returned by the callbacks that get bytes: none were taken, which ends the transfer. */
static size_t easy_stop(struct easy_handle *h, CURLcode failure, const char *why) {
  h->failure = failure;
  h->why = why;
  return 0;
}

static void easy_use_once(struct easy_handle *h, int is_single) {
  if (h->is_single == is_single) return;
  h->is_single = is_single;
  (void)curl_easy_setopt(h->easy, CURLOPT_FORBID_REUSE, (long)is_single);
}

static int easy_has_tls(const struct transfer *t) {
  return t->url && strncmp(t->url, "https:", 6) == 0;
}

/* What an HTTP/1 server sends beyond its answer would be the answer to the next request. Mostly
 * easy_start finds it; here are the connections of which it cannot. Called whenever a part of the
 * answer was read: only then can TLS be asked, and the last word counts. */
static void easy_judge_connection(struct easy_handle *h) {
  const struct transfer *t = h->transfer;
  if (h->is_hidden || (easy_has_tls(t) && !tls_is_known())) {
    if (t->head.length > 5 && t->head.data[5] == '1') easy_use_once(h, 1);
  } else if (!h->guarded) {
    easy_use_once(h, tls_has_pending(tls_session(h->easy)));
  }
}

/* A status line starts over (what came before was a 1xx answer), an empty line
 * ends the head, and lines behind it are trailers, which nobody asked for. */
static size_t easy_header(char *line, size_t one, size_t length, void *user) {
  struct easy_handle *h = user;
  struct transfer *t = h->transfer;
  (void)one;
  if (length > HEAD_LIMIT - h->head_bytes) return easy_stop(h, CURLE_FILESIZE_EXCEEDED, "the header of the answer is too large");
  h->head_bytes += length;
  if (t->status) return length;
  if (length > 5 && memcmp(line, "HTTP/", 5) == 0) buffer_clear(&t->head);
  buffer_add(&t->head, line, length);
  if (t->head.failed) return easy_stop(h, CURLE_OUT_OF_MEMORY, "out of memory for the header of the answer");
  if (line[0] == '\r' || line[0] == '\n') {
    long status = 0;
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200) t->status = status;
    easy_judge_connection(h);
  }
  return length;
}

/* Room for the whole answer, as far as Content-Length can be believed; it is a
 * hint, so that failing is left to buffer_add. */
static void easy_expect_body(struct easy_handle *h) {
  struct transfer *t = h->transfer;
  curl_off_t length = -1;
  curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length > AHEAD_LIMIT) length = AHEAD_LIMIT;
  if (length > 0 && (size_t)length <= t->max_response) (void)buffer_reserve(&t->answer, (size_t)length);
}

static size_t easy_body(char *bytes, size_t one, size_t length, void *user) {
  struct easy_handle *h = user;
  struct transfer *t = h->transfer;
  (void)one;
  if (length > t->max_response - t->answer.length) return easy_stop(h, CURLE_FILESIZE_EXCEEDED, "the answer is larger than allowed");
  if (t->answer.length == 0) easy_expect_body(h);
  buffer_add(&t->answer, bytes, length);
  if (!h->guarded) easy_judge_connection(h);
  return t->answer.failed ? easy_stop(h, CURLE_OUT_OF_MEMORY, "out of memory for the answer") : length;
}

#if EASY_GUARDS
/* Whether a transfer has started on a TLS connection, and has not ended: libcurl takes it off then. */
static int easy_uses(const struct transfer *t, int port, const void *session) {
  return t->port == port && tls_session(t->handle->easy) == session;
}

/* Whether another transfer in flight has the same TLS connection. Without TLS libcurl makes no
 * HTTP/2 connection, and so never takes a host for one that has it. */
static int easy_is_crossed(const struct easy_handle *h, const void *session) {
  const struct transfer *mine = h->transfer, *t;
  if (!session || !startup_facts()->crosses) return 0;
  for (t = mine->previous; t; t = t->previous) {
    if (easy_uses(t, mine->port, session)) return 1;
  }
  for (t = mine->next; t; t = t->next) {
    if (easy_uses(t, mine->port, session)) return 1;
  }
  return 0;
}

/* Whether the transfer got a connection that was made for another one. libcurl counts those that
 * it made for this one, and may have started it before. */
static int easy_is_on_kept(struct easy_handle *h) {
  long connects = 0, before = h->connects;
  if (curl_easy_getinfo(h->easy, CURLINFO_NUM_CONNECTS, &connects) != CURLE_OK) return 1;
  h->connects = connects;
  return connects <= before;
}

/* Ends the transfer for libcurl, which closes its connection unless another transfer has it. */
static int easy_stop_start(struct easy_handle *h) {
  h->is_stopped = 1;
  h->transfer->port = 0;
  return CURL_PREREQFUNC_ABORT;
}

/* libcurl is about to send the request. When a kept connection dies before an
 * answer, or an HTTP/2 stream is refused, it does so again on another one,
 * whatever the method, and up to ten times without a pause. Once is enough:
 * what comes then is retry.c's.
 *
 * On a connection that was made for another transfer the next bytes must be the
 * answer to this one. They are not while an HTTP/1 connection is in use, nor
 * when something has come on it already. Then the transfer is stopped before
 * anything is sent, which does not count as a start. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static int easy_start(void *user, char *remote, char *local, int remote_port, int local_port) {
  struct easy_handle *h = user;
  struct transfer *t = h->transfer;
  void *session = tls_session(h->easy);
  int is_http2 = tls_is_http2(session), was_http2 = h->was_http2, is_kept = easy_is_on_kept(h);
  (void)remote, (void)local, (void)remote_port;
  t->port = local_port;
  h->was_http2 = is_http2;
  if (was_http2 && !is_http2) h->is_mixed = 1; /* the server has refused HTTP/2, say */
  if (t->starts > (t->resendable ? 1 : 0)) {
    easy_stop(h, CURLE_GOT_NOTHING, "connection closed before an answer (not sent again)");
    return CURL_PREREQFUNC_ABORT;
  }
  if (!is_http2 && easy_is_crossed(h, session)) {
    h->is_mixed = 1;
    return easy_stop_start(h);
  }
  if (is_kept && (!poller_is_usable(h->watch, local_port, !is_http2) || (!is_http2 && tls_has_pending(session)))) {
    easy_use_once(h, 1);
    return easy_stop_start(h);
  }
  t->starts++;
  return CURL_PREREQFUNC_OK;
}
#endif

/* ---- options ---- */

/* For what not every libcurl has: without it there is nothing to set. */
static CURLcode easy_unless_missing(CURLcode code) {
  return code == CURLE_UNKNOWN_OPTION || code == CURLE_NOT_BUILT_IN ? CURLE_OK : code;
}

/* Set an option unless an earlier one failed. */
#define EASY_SET(option, value) code = code ? code : curl_easy_setopt(h->easy, option, value)
#define EASY_TRY(option, value) code = code ? code : easy_unless_missing(curl_easy_setopt(h->easy, option, value))

/* What is the same for all transfers. */
static CURLcode easy_set_constants(struct easy_handle *h) {
  CURLcode code = poller_set_options(h->watch, h->easy);
  EASY_SET(CURLOPT_NOSIGNAL, 1L);
  EASY_SET(CURLOPT_PATH_AS_IS, 1L); /* a SID that reads ".." is a SID */
  EASY_SET(CURLOPT_FOLLOWLOCATION, 0L);
  EASY_SET(CURLOPT_HTTP09_ALLOWED, 0L);
  EASY_TRY(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  EASY_SET(CURLOPT_TCP_NODELAY, 1L);
  EASY_SET(CURLOPT_TCP_KEEPALIVE, 1L);
  EASY_SET(CURLOPT_ACCEPT_ENCODING, startup_facts()->gzip ? "gzip" : NULL);
#if LIBCURL_VERSION_NUM >= 0x075500
  EASY_SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  EASY_SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  EASY_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  EASY_TRY(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  EASY_SET(CURLOPT_SSL_VERIFYPEER, 1L);
  EASY_SET(CURLOPT_SSL_VERIFYHOST, 2L);
#if LIBCURL_VERSION_NUM >= 0x075700
  EASY_TRY(CURLOPT_QUICK_EXIT, 1L); /* dropping a transfer does not wait for its DNS look-up */
#endif
  return code;
}

static CURLcode easy_set_callbacks(struct easy_handle *h) {
  CURLcode code = curl_easy_setopt(h->easy, CURLOPT_PRIVATE, (void *)h);
  EASY_SET(CURLOPT_ERRORBUFFER, h->reason);
  EASY_SET(CURLOPT_HEADERFUNCTION, easy_header);
  EASY_SET(CURLOPT_HEADERDATA, (void *)h);
  EASY_SET(CURLOPT_WRITEFUNCTION, easy_body);
  EASY_SET(CURLOPT_WRITEDATA, (void *)h);
#if EASY_GUARDS
  h->guarded = curl_easy_setopt(h->easy, CURLOPT_PREREQFUNCTION, easy_start) == CURLE_OK;
  EASY_TRY(CURLOPT_PREREQDATA, (void *)h);
#endif
  return code;
}

/* Returns 64 bits that change when the file is replaced or rewritten: as FNV-1a, over words, of its identity, size and times. */
static uint64_t easy_stamp(const struct stat *file) {
#ifdef __APPLE__
  const struct timespec *modified = &file->st_mtimespec, *changed = &file->st_ctimespec;
#else
  const struct timespec *modified = &file->st_mtim, *changed = &file->st_ctim;
#endif
  const uint64_t facts[] = {(uint64_t)file->st_dev,      (uint64_t)file->st_ino,    (uint64_t)file->st_size,   (uint64_t)modified->tv_sec,
                            (uint64_t)modified->tv_nsec, (uint64_t)changed->tv_sec, (uint64_t)changed->tv_nsec};
  uint64_t stamp = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) stamp = (stamp ^ facts[i]) * UINT64_C(0x100000001b3);
  return stamp;
}

/* Returns a spelling of the path that changes when the file changes. libcurl compares the paths of two CA files, and
 * nothing else, to decide whether a connection, a TLS session or the parsed certificates may be used again, and it keeps the
 * certificates for a day. Without this, a new client would trust the old content of a file that was replaced at its path.
 * After the first slash each bit of the stamp is written as "//" or "./", which the system ignores.
 * The text is for free(). NULL: no such file, a path that is too long, or no memory; then the path is used as it is. */
static char *easy_spell(const char *path) {
  struct stat file;
  char *full = realpath(path, NULL); /* newer versions of libcurl do that to a relative path, and lose the spelling */
  size_t length = full ? strlen(full) : 0;
  char *spelled = length && length + STAMP_LENGTH < PATH_MAX && stat(full, &file) == 0 ? malloc(length + STAMP_LENGTH + 1) : NULL;
  if (spelled) {
    char *out = spelled;
    *out++ = '/';
    for (uint64_t stamp = easy_stamp(&file), bit = 1; bit; bit <<= 1, out += 2) memcpy(out, stamp & bit ? "./" : "//", 2);
    memcpy(out, full + 1, length);
  }
  free(full);
  return spelled;
}

/* One source of trust, never two: with a directory beside the bundle libcurl
 * reads the whole bundle for each connection. An HTTPS proxy is held to the
 * same. */
static CURLcode easy_set_trust(struct easy_handle *h, const char *bundle, const char *directory) {
  CURLcode code = CURLE_OK;
  EASY_SET(CURLOPT_CAINFO, bundle);
  EASY_TRY(CURLOPT_CAPATH, directory);
  EASY_TRY(CURLOPT_PROXY_CAINFO, bundle);
  EASY_TRY(CURLOPT_PROXY_CAPATH, directory);
#if LIBCURL_VERSION_NUM >= 0x075700
  EASY_TRY(CURLOPT_CA_CACHE_TIMEOUT, 86400L);
#endif
  return code;
}

static CURLcode easy_set_bundle(struct easy_handle *h, const char *bundle) {
  char *spelled = easy_spell(bundle);
  CURLcode code = easy_set_trust(h, spelled ? spelled : bundle, NULL);
  free(spelled);
  return code;
}

/* Whether a proxy is spoken to over TLS: libcurl does not say what waits in that session. */
static int easy_is_https_proxy(const char *proxy) {
  return proxy && strncasecmp(proxy, "https:", 6) == 0;
}

static int easy_has_https_proxy(const struct transport_config *route) {
  const char *variable = NULL;
  return easy_is_https_proxy(route->proxy ? route->proxy : proxy_of_environment(&variable));
}

/* HTTP/2 is left alone where libcurl could mix up answers and cannot be watched. */
static int easy_needs_http1(const struct easy_handle *h) {
  return startup_facts()->crosses && (!h->guarded || !tls_is_known());
}

static CURLcode easy_set_http1(struct easy_handle *h) {
  CURLcode code = CURLE_OK;
  EASY_SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  EASY_SET(CURLOPT_PIPEWAIT, 0L);
  if (!code) h->is_http1 = 1;
  return code;
}

static CURLcode easy_set_route(struct easy_handle *h, const struct transport_config *route) {
  const struct startup_facts *facts = startup_facts();
  CURLcode code = easy_set_constants(h);
  if (!code) code = easy_set_callbacks(h);
  EASY_SET(CURLOPT_USERAGENT, route->user_agent);
  if (route->proxy) {
    EASY_SET(CURLOPT_PROXY, route->proxy);
    EASY_SET(CURLOPT_NOPROXY, ""); /* the environment's exceptions are for its own proxies */
  }
  if (!code && route->ca_file) {
    code = easy_set_bundle(h, route->ca_file);
  } else if (!code && facts->ca_directory) {
    code = easy_set_trust(h, NULL, facts->ca_directory);
  } else if (!code && facts->ca_bundle) {
    code = easy_set_bundle(h, facts->ca_bundle);
  }
  h->is_hidden = easy_has_https_proxy(route);
  if (!code && easy_needs_http1(h)) code = easy_set_http1(h);
  if (!code) h->serial = route->serial;
  return code;
}

/* GET and POST are libcurl's own, anything else is one of them under another
 * name. The options undo one another only in this order: POSTFIELDS makes a
 * POST of anything, HTTPGET makes a GET of it and takes NOBODY back. */
static CURLcode easy_set_method(struct easy_handle *h, const struct transfer *t) {
  static char no_wait[] = "Expect:"; /* libcurl asks for a 100 before it sends more than 1 MB */
  const char *own = "POST";
  const char *body = t->body;
  CURLcode code = CURLE_OK;
  if (!body && (strcmp(t->method, "POST") == 0 || strcmp(t->method, "PUT") == 0 || strcmp(t->method, "PATCH") == 0)) body = "";
  h->expect.data = no_wait;
  h->expect.next = t->headers;
  EASY_SET(CURLOPT_HTTPHEADER, body ? &h->expect : t->headers);
  EASY_SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(t->body ? t->body_length : 0));
  EASY_SET(CURLOPT_POSTFIELDS, body);
  if (!body) {
    own = "GET";
    EASY_SET(CURLOPT_HTTPGET, 1L);
    if (strcmp(t->method, "HEAD") == 0) {
      own = "HEAD";
      EASY_SET(CURLOPT_NOBODY, 1L);
    }
  } else {
    EASY_SET(CURLOPT_POST, 1L);
  }
  EASY_SET(CURLOPT_CUSTOMREQUEST, strcmp(t->method, own) == 0 ? NULL : t->method);
  return code;
}

/* Sets the environment's proxy where the route has none of its own. Over http: there is none, because it would read the
 * credentials. A URL that proxy_problem refuses is replaced by one that libcurl refuses: only libcurl knows whether no_proxy
 * exempts the host, and the request fails only if it does not. */
static CURLcode easy_set_proxy(struct easy_handle *h, const struct transfer *t) {
  static const char refused[] = "refused://proxy";
  const char *variable = NULL, *proxy = "";
  CURLcode code = CURLE_OK;
  h->bad_proxy = NULL;
  if (t->route->proxy) return code;
  if (easy_has_tls(t)) proxy = proxy_of_environment(&variable);
  if (proxy && *proxy && proxy_problem(proxy)) {
    h->bad_proxy = variable;
    proxy = refused;
  }
  EASY_SET(CURLOPT_PROXY, proxy);
  return code;
}

/* What it may use of what other transfers have left or made. */
static CURLcode easy_set_reuse(struct easy_handle *h, const struct transfer *t, int avoids_kept, int resumes) {
  CURLcode code = CURLE_OK;
  /* Many at once: rather streams of the connection that is being made than as many handshakes. Without TLS libcurl
   * would wait for the first answer to learn that there are no streams. */
  EASY_SET(CURLOPT_PIPEWAIT, easy_has_tls(t) && !h->is_http1 ? 1L : 0L);
  EASY_SET(CURLOPT_SSL_SESSIONID_CACHE, resumes ? 1L : 0L);
  EASY_SET(CURLOPT_FRESH_CONNECT, !avoids_kept && (h->guarded || t->resendable) ? 0L : 1L);
  return code;
}

/* Everything that one transfer may have otherwise than the one before it. */
static CURLcode easy_set_transfer(struct easy_handle *h, const struct transfer *t, int avoids_kept, int resumes) {
  curl_off_t largest = (curl_off_t)t->max_response;
  CURLcode code = CURLE_OK;
  if (largest < 0) largest = 0; /* larger than libcurl's type: no limit here, easy_body has it */
  if (!h->serial) code = easy_set_route(h, t->route);
  if (!code) code = easy_set_method(h, t);
  EASY_SET(CURLOPT_URL, t->url);
  EASY_SET(CURLOPT_TIMEOUT_MS, t->timeout_ms);
  EASY_SET(CURLOPT_CONNECTTIMEOUT_MS, t->connect_timeout_ms);
  if (t->low_speed_time || h->is_timed) {
    EASY_SET(CURLOPT_LOW_SPEED_LIMIT, t->low_speed_limit);
    EASY_SET(CURLOPT_LOW_SPEED_TIME, t->low_speed_time);
    h->is_timed = t->low_speed_time > 0;
  }
  EASY_SET(CURLOPT_MAXFILESIZE_LARGE, strcmp(t->method, "HEAD") == 0 ? (curl_off_t)0 : largest);
  if (!code) code = easy_set_proxy(h, t);
  return code ? code : easy_set_reuse(h, t, avoids_kept, resumes);
}

/* ---- one transfer after the other ---- */

/* Nothing is known yet of how the transfer goes. */
static void easy_clear(struct easy_handle *h) {
  h->is_stopped = h->is_mixed = h->was_http2 = 0;
  h->connects = 0;
  h->head_bytes = 0;
  h->failure = CURLE_OK;
  h->why = NULL;
  h->reason[0] = '\0';
  easy_use_once(h, 0);
}

CURLcode easy_prepare(struct easy_handle *h, struct transfer *t, int avoids_kept, int resumes, int http1) {
  CURLcode code;
  h->transfer = t;
  t->handle = h;
  h->started = poller_now();
  h->restarts = 0;
  h->late = 0;
  easy_clear(h);
  code = easy_set_transfer(h, t, avoids_kept, resumes);
  return !code && http1 && !h->is_http1 ? easy_set_http1(h) : code;
}

/* Never 0, which would be no limit at all. */
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
  h->late = poller_now() - h->started;
  if (t->timeout_ms > 0 && h->late * 1000 >= (double)t->timeout_ms) return CURLE_OPERATION_TIMEDOUT;
  EASY_SET(CURLOPT_TIMEOUT_MS, easy_time_left(t->timeout_ms, h->late));
  EASY_SET(CURLOPT_CONNECTTIMEOUT_MS, easy_time_left(t->connect_timeout_ms, h->late));
  if (h->restarts >= RESTARTS_ON_KEPT) EASY_SET(CURLOPT_FRESH_CONNECT, 1L);
  return !code && http1 && !h->is_http1 ? easy_set_http1(h) : code;
}

static double easy_time(const struct easy_handle *h, CURLINFO which) {
  curl_off_t microseconds = 0;
  if (curl_easy_getinfo(h->easy, which, &microseconds) != CURLE_OK || microseconds <= 0) return 0;
  return h->late + (double)microseconds / 1e6;
}

/* libcurl has times for a kept connection too, and a first byte where the connection ended without one. */
static void easy_report_timings(const struct easy_handle *h, struct timings *timings) {
  long connections = 0;
  int sent = h->transfer->starts > 0;
  if (!sent || curl_easy_getinfo(h->easy, CURLINFO_NUM_CONNECTS, &connections) != CURLE_OK || connections > 0) {
    timings->name_lookup = easy_time(h, CURLINFO_NAMELOOKUP_TIME_T);
    timings->connect = easy_time(h, CURLINFO_CONNECT_TIME_T);
    timings->tls = easy_time(h, CURLINFO_APPCONNECT_TIME_T);
  }
  if (h->head_bytes > 0) timings->first_byte = easy_time(h, CURLINFO_STARTTRANSFER_TIME_T);
}

/* Without the guard libcurl does not announce a start, but it counts the bytes that it has sent. */
int easy_has_started(const struct easy_handle *h) {
  long sent = 0;
  if (h->guarded) return h->transfer->starts > 0;
  return curl_easy_getinfo(h->easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent > 0;
}

/* Whether a failure before anything was sent comes of a lack of descriptors, which libcurl does not say. */
static int easy_is_starved(const struct easy_handle *h, CURLcode code) {
  int starved = h->watch->starved;
  if (easy_has_started(h)) return 0;
  switch (code) {
  case CURLE_OUT_OF_MEMORY:
  case CURLE_FAILED_INIT:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SSL_CACERT_BADFILE: h->watch->starved = 0; return starved || descriptors_are_exhausted();
  default: return 0;
  }
}

/* Whether libcurl's reason may quote a proxy: the whole URL that it refuses, with the password, or the host that it cannot find. */
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
    snprintf(t->reason, sizeof t->reason, "the environment variable %s is no URL of a proxy: %s", h->bad_proxy, problem ? problem : "it has changed");
    return CURLE_URL_MALFORMAT; /* another attempt would meet the same */
  }
  if (easy_is_starved(h, code)) {
    snprintf(t->reason, sizeof t->reason, "%s", descriptors_exhausted_reason);
    return code;
  }
  if (code == CURLE_SSL_CACERT_BADFILE) { /* libcurl quotes the path as easy_spell spelled it */
    const char *path = t->route->ca_file ? t->route->ca_file : startup_facts()->ca_bundle;
    snprintf(t->reason, sizeof t->reason, "the file of CA certificates cannot be read, or holds none: %s", path ? path : "unknown");
    return code;
  }
  if (quotes_proxy || strstr(why, "CAfile")) why = curl_easy_strerror(code);
  snprintf(t->reason, sizeof t->reason, "%s", why);
  return code;
}

/* What a callback of ours or the engine says comes before what libcurl made of it. */
void easy_report(const struct easy_handle *h, CURLcode code, const char *why) {
  struct transfer *t = h->transfer;
  long status = 0;
  if (h->failure) {
    code = h->failure;
    why = h->why;
  }
  if (!code && !t->status) { /* to libcurl a head that breaks off is an answer */
    code = CURLE_GOT_NOTHING;
    why = "connection closed within the header of the answer";
  }
  if (!why) why = h->reason[0] ? h->reason : curl_easy_strerror(code);
  t->code = code ? easy_explain(h, code, why) : code;
  t->seconds = poller_now() - h->started;
  /* refused for its Content-Length: Twilio answered all the same */
  if (code == CURLE_FILESIZE_EXCEEDED && !h->failure && curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 200)
    t->status = status;
  if (!h->guarded && easy_has_started(h)) t->starts = 1;
  if (code || t->timed || t->status >= 300) easy_report_timings(h, &t->timings);
}

struct easy_handle *easy_new(struct poller *w, CURLSH *sessions) {
  struct easy_handle *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  h->watch = w;
  h->easy = curl_easy_init();
  if (h->easy && (!sessions || curl_easy_setopt(h->easy, CURLOPT_SHARE, sessions) == CURLE_OK)) return h;
  curl_easy_cleanup(h->easy);
  free(h);
  return NULL;
}

void easy_free(struct easy_handle *h) {
  curl_easy_cleanup(h->easy);
  free(h);
}
