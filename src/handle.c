#include "handle.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "process.h"
#include "proxy.h"
#include "tls.h"

/* ENGINE_NO_PREREQ: as with a libcurl before 7.80, to test what is done then. */
#if LIBCURL_VERSION_NUM >= 0x075000 && !defined(ENGINE_NO_PREREQ)
#define HANDLE_GUARDS 1
#else
#define HANDLE_GUARDS 0
#endif

enum {
  HEAD_LIMIT = 256 * 1024, /* bytes of all header lines, those of 1xx answers too */
  AHEAD_LIMIT = 1 << 20,   /* how far Content-Length is believed before the bytes have come */
  RESTARTS_ON_KEPT = 3,    /* then a new connection is made: it has neither another user nor anything left over */
  STAMP_LENGTH = 128       /* of handle_spell's stamp: two characters for each of 64 bits */
};

/* ---- libcurl's callbacks for a transfer ---- */

/* To be returned by the callbacks that get bytes: none were taken, which ends the transfer. */
static size_t handle_stop(struct handle *h, CURLcode failure, const char *why) {
  h->failure = failure;
  h->why = why;
  return 0;
}

static void handle_use_once(struct handle *h, int is_single) {
  if (h->is_single == is_single) return;
  h->is_single = is_single;
  (void)curl_easy_setopt(h->easy, CURLOPT_FORBID_REUSE, (long)is_single);
}

static int handle_has_tls(const struct transfer *t) {
  return t->url && strncmp(t->url, "https:", 6) == 0;
}

/* What an HTTP/1 server sends beyond its answer would be the answer to the next request. Mostly
 * handle_start finds it; here are the connections of which it cannot. Called whenever a part of the
 * answer was read: only then can TLS be asked, and the last word counts. */
static void handle_judge_connection(struct handle *h) {
  const struct transfer *t = h->transfer;
  if (h->is_hidden || (handle_has_tls(t) && !tls_is_known())) {
    if (t->head.length > 5 && t->head.data[5] == '1') handle_use_once(h, 1);
  } else if (!h->guarded) {
    handle_use_once(h, tls_has_pending(tls_session(h->easy)));
  }
}

/* A status line starts over (what came before was a 1xx answer), an empty line
 * ends the head, and lines behind it are trailers, which nobody asked for. */
static size_t handle_header(char *line, size_t one, size_t length, void *user) {
  struct handle *h = user;
  struct transfer *t = h->transfer;
  (void)one;
  if (length > HEAD_LIMIT - h->head_bytes) return handle_stop(h, CURLE_FILESIZE_EXCEEDED, "the header of the answer is too large");
  h->head_bytes += length;
  if (t->status) return length;
  if (length > 5 && memcmp(line, "HTTP/", 5) == 0) buffer_clear(&t->head);
  buffer_add(&t->head, line, length);
  if (t->head.failed) return handle_stop(h, CURLE_OUT_OF_MEMORY, "out of memory for the header of the answer");
  if (line[0] == '\r' || line[0] == '\n') {
    long status = 0;
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200) t->status = status;
    handle_judge_connection(h);
  }
  return length;
}

/* Room for the whole answer, as far as Content-Length can be believed; it is a
 * hint, so that failing is left to buffer_add. */
static void handle_expect_body(struct handle *h) {
  struct transfer *t = h->transfer;
  curl_off_t length = -1;
  curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length > AHEAD_LIMIT) length = AHEAD_LIMIT;
  if (length > 0 && (size_t)length <= t->max_response) (void)buffer_reserve(&t->answer, (size_t)length);
}

static size_t handle_body(char *bytes, size_t one, size_t length, void *user) {
  struct handle *h = user;
  struct transfer *t = h->transfer;
  (void)one;
  if (length > t->max_response - t->answer.length) return handle_stop(h, CURLE_FILESIZE_EXCEEDED, "the answer is larger than allowed");
  if (t->answer.length == 0) handle_expect_body(h);
  buffer_add(&t->answer, bytes, length);
  if (!h->guarded) handle_judge_connection(h);
  return t->answer.failed ? handle_stop(h, CURLE_OUT_OF_MEMORY, "out of memory for the answer") : length;
}

#if HANDLE_GUARDS
/* Whether a transfer has started on a TLS connection, and has not ended: libcurl takes it off then. */
static int handle_uses(const struct transfer *t, int port, const void *session) {
  return t->port == port && tls_session(t->handle->easy) == session;
}

/* Whether another transfer in flight has the same TLS connection. Without TLS libcurl makes no
 * HTTP/2 connection, and so never takes a host for one that has it. */
static int handle_is_crossed(const struct handle *h, const void *session) {
  const struct transfer *mine = h->transfer, *t;
  if (!session || !process_facts()->crosses) return 0;
  for (t = mine->previous; t; t = t->previous) {
    if (handle_uses(t, mine->port, session)) return 1;
  }
  for (t = mine->next; t; t = t->next) {
    if (handle_uses(t, mine->port, session)) return 1;
  }
  return 0;
}

/* Whether the transfer got a connection that was made for another one. libcurl counts those that
 * it made for this one, and may have started it before. */
static int handle_is_on_kept(struct handle *h) {
  long connects = 0, before = h->connects;
  if (curl_easy_getinfo(h->easy, CURLINFO_NUM_CONNECTS, &connects) != CURLE_OK) return 1;
  h->connects = connects;
  return connects <= before;
}

/* Ends the transfer for libcurl, which closes its connection unless another transfer has it. */
static int handle_stop_start(struct handle *h) {
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
static int handle_start(void *user, char *remote, char *local, int remote_port, int local_port) {
  struct handle *h = user;
  struct transfer *t = h->transfer;
  void *session = tls_session(h->easy);
  int is_http2 = tls_is_http2(session), was_http2 = h->was_http2, is_kept = handle_is_on_kept(h);
  (void)remote, (void)local, (void)remote_port;
  t->port = local_port;
  h->was_http2 = is_http2;
  if (was_http2 && !is_http2) h->is_mixed = 1; /* the server has refused HTTP/2, say */
  if (t->starts > (t->resendable ? 1 : 0)) {
    handle_stop(h, CURLE_GOT_NOTHING, "connection closed before an answer (not sent again)");
    return CURL_PREREQFUNC_ABORT;
  }
  if (!is_http2 && handle_is_crossed(h, session)) {
    h->is_mixed = 1;
    return handle_stop_start(h);
  }
  if (is_kept && (!watch_is_usable(h->watch, local_port, !is_http2) || (!is_http2 && tls_has_pending(session)))) {
    handle_use_once(h, 1);
    return handle_stop_start(h);
  }
  t->starts++;
  return CURL_PREREQFUNC_OK;
}
#endif

/* ---- options ---- */

/* For what not every libcurl has: without it there is nothing to set. */
static CURLcode handle_unless_missing(CURLcode code) {
  return code == CURLE_UNKNOWN_OPTION || code == CURLE_NOT_BUILT_IN ? CURLE_OK : code;
}

/* Set an option unless an earlier one failed. */
#define HANDLE_SET(option, value) code = code ? code : curl_easy_setopt(h->easy, option, value)
#define HANDLE_TRY(option, value) code = code ? code : handle_unless_missing(curl_easy_setopt(h->easy, option, value))

/* What is the same for all transfers. */
static CURLcode handle_set_constants(struct handle *h) {
  CURLcode code = watch_set_options(h->watch, h->easy);
  HANDLE_SET(CURLOPT_NOSIGNAL, 1L);
  HANDLE_SET(CURLOPT_PATH_AS_IS, 1L); /* a SID that reads ".." is a SID */
  HANDLE_SET(CURLOPT_FOLLOWLOCATION, 0L);
  HANDLE_SET(CURLOPT_HTTP09_ALLOWED, 0L);
  HANDLE_TRY(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  HANDLE_SET(CURLOPT_TCP_NODELAY, 1L);
  HANDLE_SET(CURLOPT_TCP_KEEPALIVE, 1L);
  HANDLE_SET(CURLOPT_ACCEPT_ENCODING, process_facts()->gzip ? "gzip" : NULL);
#if LIBCURL_VERSION_NUM >= 0x075500
  HANDLE_SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  HANDLE_SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  HANDLE_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  HANDLE_TRY(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  HANDLE_SET(CURLOPT_SSL_VERIFYPEER, 1L);
  HANDLE_SET(CURLOPT_SSL_VERIFYHOST, 2L);
#if LIBCURL_VERSION_NUM >= 0x075700
  HANDLE_TRY(CURLOPT_QUICK_EXIT, 1L); /* dropping a transfer does not wait for its DNS look-up */
#endif
  return code;
}

static CURLcode handle_set_callbacks(struct handle *h) {
  CURLcode code = curl_easy_setopt(h->easy, CURLOPT_PRIVATE, (void *)h);
  HANDLE_SET(CURLOPT_ERRORBUFFER, h->reason);
  HANDLE_SET(CURLOPT_HEADERFUNCTION, handle_header);
  HANDLE_SET(CURLOPT_HEADERDATA, (void *)h);
  HANDLE_SET(CURLOPT_WRITEFUNCTION, handle_body);
  HANDLE_SET(CURLOPT_WRITEDATA, (void *)h);
#if HANDLE_GUARDS
  h->guarded = curl_easy_setopt(h->easy, CURLOPT_PREREQFUNCTION, handle_start) == CURLE_OK;
  HANDLE_TRY(CURLOPT_PREREQDATA, (void *)h);
#endif
  return code;
}

/* Returns 64 bits that change when the file is replaced or rewritten: as FNV-1a, over words, of its identity, size and times. */
static uint64_t handle_stamp(const struct stat *file) {
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
static char *handle_spell(const char *path) {
  struct stat file;
  char *full = realpath(path, NULL); /* newer versions of libcurl do that to a relative path, and lose the spelling */
  size_t length = full ? strlen(full) : 0;
  char *spelled = length && length + STAMP_LENGTH < PATH_MAX && stat(full, &file) == 0 ? malloc(length + STAMP_LENGTH + 1) : NULL;
  if (spelled) {
    char *out = spelled;
    *out++ = '/';
    for (uint64_t stamp = handle_stamp(&file), bit = 1; bit; bit <<= 1, out += 2) memcpy(out, stamp & bit ? "./" : "//", 2);
    memcpy(out, full + 1, length);
  }
  free(full);
  return spelled;
}

/* One source of trust, never two: with a directory beside the bundle libcurl
 * reads the whole bundle for each connection. An HTTPS proxy is held to the
 * same. */
static CURLcode handle_set_trust(struct handle *h, const char *bundle, const char *directory) {
  CURLcode code = CURLE_OK;
  HANDLE_SET(CURLOPT_CAINFO, bundle);
  HANDLE_TRY(CURLOPT_CAPATH, directory);
  HANDLE_TRY(CURLOPT_PROXY_CAINFO, bundle);
  HANDLE_TRY(CURLOPT_PROXY_CAPATH, directory);
#if LIBCURL_VERSION_NUM >= 0x075700
  HANDLE_TRY(CURLOPT_CA_CACHE_TIMEOUT, 86400L);
#endif
  return code;
}

static CURLcode handle_set_bundle(struct handle *h, const char *bundle) {
  char *spelled = handle_spell(bundle);
  CURLcode code = handle_set_trust(h, spelled ? spelled : bundle, NULL);
  free(spelled);
  return code;
}

/* Whether a proxy is spoken to over TLS: libcurl does not say what waits in that session. */
static int handle_is_https_proxy(const char *proxy) {
  return proxy && strncasecmp(proxy, "https:", 6) == 0;
}

static int handle_has_https_proxy(const struct route *route) {
  const char *variable = NULL;
  return handle_is_https_proxy(route->proxy ? route->proxy : proxy_of_environment(&variable));
}

/* HTTP/2 is left alone where libcurl could mix up answers and cannot be watched. */
static int handle_needs_http1(const struct handle *h) {
  return process_facts()->crosses && (!h->guarded || !tls_is_known());
}

static CURLcode handle_set_http1(struct handle *h) {
  CURLcode code = CURLE_OK;
  HANDLE_SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  HANDLE_SET(CURLOPT_PIPEWAIT, 0L);
  if (!code) h->is_http1 = 1;
  return code;
}

static CURLcode handle_set_route(struct handle *h, const struct route *route) {
  const struct process_facts *facts = process_facts();
  CURLcode code = handle_set_constants(h);
  if (!code) code = handle_set_callbacks(h);
  HANDLE_SET(CURLOPT_USERAGENT, route->user_agent);
  if (route->proxy) {
    HANDLE_SET(CURLOPT_PROXY, route->proxy);
    HANDLE_SET(CURLOPT_NOPROXY, ""); /* the environment's exceptions are for its own proxies */
  }
  if (!code && route->ca_file) {
    code = handle_set_bundle(h, route->ca_file);
  } else if (!code && facts->ca_directory) {
    code = handle_set_trust(h, NULL, facts->ca_directory);
  } else if (!code && facts->ca_bundle) {
    code = handle_set_bundle(h, facts->ca_bundle);
  }
  h->is_hidden = handle_has_https_proxy(route);
  if (!code && handle_needs_http1(h)) code = handle_set_http1(h);
  if (!code) h->serial = route->serial;
  return code;
}

/* GET and POST are libcurl's own, anything else is one of them under another
 * name. The options undo one another only in this order: POSTFIELDS makes a
 * POST of anything, HTTPGET makes a GET of it and takes NOBODY back. */
static CURLcode handle_set_method(struct handle *h, const struct transfer *t) {
  static char no_wait[] = "Expect:"; /* libcurl asks for a 100 before it sends more than 1 MB */
  const char *own = "POST";
  const char *body = t->body;
  CURLcode code = CURLE_OK;
  if (!body && (strcmp(t->method, "POST") == 0 || strcmp(t->method, "PUT") == 0 || strcmp(t->method, "PATCH") == 0)) body = "";
  h->expect.data = no_wait;
  h->expect.next = t->headers;
  HANDLE_SET(CURLOPT_HTTPHEADER, body ? &h->expect : t->headers);
  HANDLE_SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(t->body ? t->body_length : 0));
  HANDLE_SET(CURLOPT_POSTFIELDS, body);
  if (!body) {
    own = "GET";
    HANDLE_SET(CURLOPT_HTTPGET, 1L);
    if (strcmp(t->method, "HEAD") == 0) {
      own = "HEAD";
      HANDLE_SET(CURLOPT_NOBODY, 1L);
    }
  } else {
    HANDLE_SET(CURLOPT_POST, 1L);
  }
  HANDLE_SET(CURLOPT_CUSTOMREQUEST, strcmp(t->method, own) == 0 ? NULL : t->method);
  return code;
}

/* Sets the environment's proxy where the route has none of its own. Over http: there is none, because it would read the
 * credentials. A URL that proxy_problem refuses is replaced by one that libcurl refuses: only libcurl knows whether no_proxy
 * exempts the host, and the request fails only if it does not. */
static CURLcode handle_set_proxy(struct handle *h, const struct transfer *t) {
  static const char refused[] = "refused://proxy";
  const char *variable = NULL, *proxy = "";
  CURLcode code = CURLE_OK;
  h->bad_proxy = NULL;
  if (t->route->proxy) return code;
  if (handle_has_tls(t)) proxy = proxy_of_environment(&variable);
  if (proxy && *proxy && proxy_problem(proxy)) {
    h->bad_proxy = variable;
    proxy = refused;
  }
  HANDLE_SET(CURLOPT_PROXY, proxy);
  return code;
}

/* What it may use of what other transfers have left or made. */
static CURLcode handle_set_reuse(struct handle *h, const struct transfer *t, int avoids_kept, int resumes) {
  CURLcode code = CURLE_OK;
  /* Many at once: rather streams of the connection that is being made than as many handshakes. Without TLS libcurl
   * would wait for the first answer to learn that there are no streams. */
  HANDLE_SET(CURLOPT_PIPEWAIT, handle_has_tls(t) && !h->is_http1 ? 1L : 0L);
  HANDLE_SET(CURLOPT_SSL_SESSIONID_CACHE, resumes ? 1L : 0L);
  HANDLE_SET(CURLOPT_FRESH_CONNECT, !avoids_kept && (h->guarded || t->resendable) ? 0L : 1L);
  return code;
}

/* Everything that one transfer may have otherwise than the one before it. */
static CURLcode handle_set_transfer(struct handle *h, const struct transfer *t, int avoids_kept, int resumes) {
  curl_off_t largest = (curl_off_t)t->max_response;
  CURLcode code = CURLE_OK;
  if (largest < 0) largest = 0; /* larger than libcurl's type: no limit here, handle_body has it */
  if (!h->serial) code = handle_set_route(h, t->route);
  if (!code) code = handle_set_method(h, t);
  HANDLE_SET(CURLOPT_URL, t->url);
  HANDLE_SET(CURLOPT_TIMEOUT_MS, t->timeout_ms);
  HANDLE_SET(CURLOPT_CONNECTTIMEOUT_MS, t->connect_timeout_ms);
  if (t->low_speed_time || h->is_timed) {
    HANDLE_SET(CURLOPT_LOW_SPEED_LIMIT, t->low_speed_limit);
    HANDLE_SET(CURLOPT_LOW_SPEED_TIME, t->low_speed_time);
    h->is_timed = t->low_speed_time > 0;
  }
  HANDLE_SET(CURLOPT_MAXFILESIZE_LARGE, strcmp(t->method, "HEAD") == 0 ? (curl_off_t)0 : largest);
  if (!code) code = handle_set_proxy(h, t);
  return code ? code : handle_set_reuse(h, t, avoids_kept, resumes);
}

/* ---- one transfer after the other ---- */

/* Nothing is known yet of how the transfer goes. */
static void handle_clear(struct handle *h) {
  h->is_stopped = h->is_mixed = h->was_http2 = 0;
  h->connects = 0;
  h->head_bytes = 0;
  h->failure = CURLE_OK;
  h->why = NULL;
  h->reason[0] = '\0';
  handle_use_once(h, 0);
}

CURLcode handle_prepare(struct handle *h, struct transfer *t, int avoids_kept, int resumes, int http1) {
  CURLcode code;
  h->transfer = t;
  t->handle = h;
  h->started = watch_now();
  h->restarts = 0;
  h->late = 0;
  handle_clear(h);
  code = handle_set_transfer(h, t, avoids_kept, resumes);
  return !code && http1 && !h->is_http1 ? handle_set_http1(h) : code;
}

/* Never 0, which would be no limit at all. */
static long handle_time_left(long limit_ms, double seconds) {
  long left = limit_ms - (long)(seconds * 1000);
  if (limit_ms <= 0) return limit_ms;
  return left > 1 ? left : 1;
}

CURLcode handle_prepare_again(struct handle *h, int http1) {
  const struct transfer *t = h->transfer;
  CURLcode code = CURLE_OK;
  handle_clear(h);
  h->restarts++;
  h->late = watch_now() - h->started;
  if (t->timeout_ms > 0 && h->late * 1000 >= (double)t->timeout_ms) return CURLE_OPERATION_TIMEDOUT;
  HANDLE_SET(CURLOPT_TIMEOUT_MS, handle_time_left(t->timeout_ms, h->late));
  HANDLE_SET(CURLOPT_CONNECTTIMEOUT_MS, handle_time_left(t->connect_timeout_ms, h->late));
  if (h->restarts >= RESTARTS_ON_KEPT) HANDLE_SET(CURLOPT_FRESH_CONNECT, 1L);
  return !code && http1 && !h->is_http1 ? handle_set_http1(h) : code;
}

static double handle_time(const struct handle *h, CURLINFO which) {
  curl_off_t microseconds = 0;
  if (curl_easy_getinfo(h->easy, which, &microseconds) != CURLE_OK || microseconds <= 0) return 0;
  return h->late + (double)microseconds / 1e6;
}

/* libcurl has times for a kept connection too, and a first byte where the connection ended without one. */
static void handle_report_timings(const struct handle *h, struct timings *timings) {
  long connections = 0;
  int sent = h->transfer->starts > 0;
  if (!sent || curl_easy_getinfo(h->easy, CURLINFO_NUM_CONNECTS, &connections) != CURLE_OK || connections > 0) {
    timings->name_lookup = handle_time(h, CURLINFO_NAMELOOKUP_TIME_T);
    timings->connect = handle_time(h, CURLINFO_CONNECT_TIME_T);
    timings->tls = handle_time(h, CURLINFO_APPCONNECT_TIME_T);
  }
  if (h->head_bytes > 0) timings->first_byte = handle_time(h, CURLINFO_STARTTRANSFER_TIME_T);
}

/* Without the guard libcurl does not announce a start, but it counts the bytes that it has sent. */
int handle_has_started(const struct handle *h) {
  long sent = 0;
  if (h->guarded) return h->transfer->starts > 0;
  return curl_easy_getinfo(h->easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent > 0;
}

/* Whether a failure before anything was sent comes of a lack of descriptors, which libcurl does not say. */
static int handle_is_starved(const struct handle *h, CURLcode code) {
  int starved = h->watch->starved;
  if (handle_has_started(h)) return 0;
  switch (code) {
  case CURLE_OUT_OF_MEMORY:
  case CURLE_FAILED_INIT:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SSL_CACERT_BADFILE: h->watch->starved = 0; return starved || process_starves();
  default: return 0;
  }
}

/* Whether libcurl's reason may quote a proxy: the whole URL that it refuses, with the password, or the host that it cannot find. */
static int handle_quotes_proxy(CURLcode code, const char *why) {
  static const char unsupported[] = "Unsupported proxy";
  return code == CURLE_COULDNT_RESOLVE_PROXY || strncmp(why, unsupported, sizeof unsupported - 1) == 0 || strchr(why, '@');
}

/* Writes the reason of a failure, and returns the code to report. */
static CURLcode handle_explain(const struct handle *h, CURLcode code, const char *why) {
  struct transfer *t = h->transfer;
  int quotes_proxy = handle_quotes_proxy(code, why);
  if (quotes_proxy && h->bad_proxy) {
    const char *value = getenv(h->bad_proxy), *problem = value ? proxy_problem(value) : NULL;
    snprintf(t->reason, sizeof t->reason, "the environment variable %s is no URL of a proxy: %s", h->bad_proxy, problem ? problem : "it has changed");
    return CURLE_URL_MALFORMAT; /* another attempt would meet the same */
  }
  if (handle_is_starved(h, code)) {
    snprintf(t->reason, sizeof t->reason, "%s", process_starved_reason);
    return code;
  }
  if (code == CURLE_SSL_CACERT_BADFILE) { /* libcurl quotes the path as handle_spell spelled it */
    const char *path = t->route->ca_file ? t->route->ca_file : process_facts()->ca_bundle;
    snprintf(t->reason, sizeof t->reason, "the file of CA certificates cannot be read, or holds none: %s", path ? path : "unknown");
    return code;
  }
  if (quotes_proxy || strstr(why, "CAfile")) why = curl_easy_strerror(code);
  snprintf(t->reason, sizeof t->reason, "%s", why);
  return code;
}

/* What a callback of ours or the engine says comes before what libcurl made of it. */
void handle_report(const struct handle *h, CURLcode code, const char *why) {
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
  t->code = code ? handle_explain(h, code, why) : code;
  t->seconds = watch_now() - h->started;
  /* refused for its Content-Length: Twilio answered all the same */
  if (code == CURLE_FILESIZE_EXCEEDED && !h->failure && curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 200)
    t->status = status;
  if (!h->guarded && handle_has_started(h)) t->starts = 1;
  if (code || t->timed || t->status >= 300) handle_report_timings(h, &t->timings);
}

struct handle *handle_new(struct watch *w, CURLSH *sessions) {
  struct handle *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  h->watch = w;
  h->easy = curl_easy_init();
  if (h->easy && (!sessions || curl_easy_setopt(h->easy, CURLOPT_SHARE, sessions) == CURLE_OK)) return h;
  curl_easy_cleanup(h->easy);
  free(h);
  return NULL;
}

void handle_free(struct handle *h) {
  curl_easy_cleanup(h->easy);
  free(h);
}
