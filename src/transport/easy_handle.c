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

/* Tests define ENGINE_NO_PREREQ to simulate a libcurl before 7.80, which has no
 * CURLOPT_PREREQFUNCTION. */
#if LIBCURL_VERSION_NUM >= 0x075000 && !defined(ENGINE_NO_PREREQ)
#define EASY_HAS_PREREQ 1
#else
#define EASY_HAS_PREREQ 0
#endif

enum {
  HEADER_LIMIT = 256 * 1024, /* bytes of all headers, including 1xx responses */
  RESERVE_LIMIT = 1 << 20,   /* the largest number of bytes that easy_expect_body reserves */
  /* restarts before a new connection is forced; a new connection passes all checks */
  RESTARTS_ON_REUSED = 3,
  STAMP_LENGTH = 128 /* bytes that easy_stamped_path adds: two for each of 64 bits */
};

/* ---- callbacks of libcurl ---- */

/* Ends the transfer. Returns 0, which the header and body callbacks return to libcurl: libcurl
 * aborts the transfer if a callback accepts fewer bytes than it received. */
static size_t easy_abort(struct easy_handle *h, CURLcode failure, const char *why) {
  h->failure = failure;
  h->failure_reason = why;
  return 0;
}

static void easy_forbid_reuse(struct easy_handle *h, int forbids_reuse) {
  if (h->forbids_reuse == forbids_reuse) return;
  h->forbids_reuse = forbids_reuse;
  (void)curl_easy_setopt(h->easy, CURLOPT_FORBID_REUSE, (long)forbids_reuse);
}

static int easy_has_tls(const struct transfer *t) {
  return t->url && strncmp(t->url, "https:", 6) == 0;
}

/* Forbids the reuse of a connection that may hold bytes after the response. On an HTTP/1
 * connection, libcurl would take these bytes for the response to the next request. Usually
 * easy_prereq finds such bytes. This function is for connections that easy_prereq cannot check. The
 * TLS session is only available while the response arrives. Therefore the callbacks call the
 * function after each part of the response, and the last call decides. */
static void easy_check_connection(struct easy_handle *h) {
  const struct transfer *t = h->transfer;
  if (h->hides_input || (easy_has_tls(t) && !tls_is_known())) {
    if (t->head.length > 5 && t->head.data[5] == '1') easy_forbid_reuse(h, 1);
  } else if (!h->has_prereq) {
    easy_forbid_reuse(h, tls_has_pending(tls_session(h->easy)));
  }
}

/* CURLOPT_HEADERFUNCTION: appends one header line. A status line discards the headers of a 1xx
 * response. An empty line ends the headers. Lines after the final response's headers are trailers
 * and are ignored. */
static size_t easy_header(char *line, size_t one, size_t length, void *user) {
  struct easy_handle *h = user;
  struct transfer *t = h->transfer;
  (void)one;
  if (length > HEADER_LIMIT - h->header_bytes) return easy_abort(h, CURLE_FILESIZE_EXCEEDED, "the response headers are too large");
  h->header_bytes += length;
  if (t->status) return length;
  if (length > 5 && memcmp(line, "HTTP/", 5) == 0) buffer_clear(&t->head);
  buffer_add(&t->head, line, length);
  if (t->head.failed) return easy_abort(h, CURLE_OUT_OF_MEMORY, "out of memory for the response headers");
  if (line[0] == '\r' || line[0] == '\n') {
    long status = 0;
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200) t->status = status;
    easy_check_connection(h);
  }
  return length;
}

/* Reserves memory for the whole body, up to RESERVE_LIMIT. A failure is ignored here: buffer_add
 * will report it. */
static void easy_expect_body(struct easy_handle *h) {
  struct transfer *t = h->transfer;
  curl_off_t length = -1;
  curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length > RESERVE_LIMIT) length = RESERVE_LIMIT;
  if (length > 0 && (size_t)length <= t->max_response) (void)buffer_reserve(&t->answer, (size_t)length);
}

static size_t easy_body(char *bytes, size_t one, size_t length, void *user) {
  struct easy_handle *h = user;
  struct transfer *t = h->transfer;
  (void)one;
  if (length > t->max_response - t->answer.length) return easy_abort(h, CURLE_FILESIZE_EXCEEDED, "the response is larger than allowed");
  if (t->answer.length == 0) easy_expect_body(h);
  buffer_add(&t->answer, bytes, length);
  if (!h->has_prereq) easy_check_connection(h);
  return t->answer.failed ? easy_abort(h, CURLE_OUT_OF_MEMORY, "out of memory for the response") : length;
}

#if EASY_HAS_PREREQ
/* Whether a transfer in flight uses this TLS connection. For a transfer that has ended, tls_session
 * returns NULL. */
static int easy_is_same_connection(const struct transfer *t, int port, const void *session) {
  return t->port == port && tls_session(t->handle->easy) == session;
}

/* Whether another transfer in flight uses the same HTTP/1 connection. This happens only through a
 * bug of libcurl, see startup_facts.reuses_busy_connections. Without TLS, `session` is NULL and no
 * check is needed. The bug needs a host with HTTP/2, and libcurl uses HTTP/2 only over TLS. */
static int easy_is_busy(const struct easy_handle *h, const void *session) {
  const struct transfer *mine = h->transfer, *t;
  if (!session || !startup_facts()->reuses_busy_connections) return 0;
  for (t = mine->previous; t; t = t->previous) {
    if (easy_is_same_connection(t, mine->port, session)) return 1;
  }
  for (t = mine->next; t; t = t->next) {
    if (easy_is_same_connection(t, mine->port, session)) return 1;
  }
  return 0;
}

/* Whether libcurl reuses a connection for this start. CURLINFO_NUM_CONNECTS counts the connections
 * opened for the transfer, over all its starts. */
static int easy_reuses_connection(struct easy_handle *h) {
  long connects = 0, before = h->connects;
  if (curl_easy_getinfo(h->easy, CURLINFO_NUM_CONNECTS, &connects) != CURLE_OK) return 1;
  h->connects = connects;
  return connects <= before;
}

/* Makes libcurl end the transfer, which the engine then starts again. libcurl closes the connection
 * unless another transfer uses it. */
static int easy_refuse_start(struct easy_handle *h) {
  h->must_restart = 1;
  h->transfer->port = 0;
  return CURL_PREREQFUNC_ABORT;
}

/* CURLOPT_PREREQFUNCTION: libcurl calls it before it sends the request.
 *
 * - The callback refuses a second send. If a reused connection dies before a response, or an HTTP/2
 *   stream is refused, libcurl would send the request again, with any method and up to ten times
 *   without a pause. Only call/retry.c may decide to send again. Exception: a `resendable` transfer
 *   may be sent twice.
 * - The callback refuses a reused connection that is broken.
 * - The callback refuses a reused HTTP/1 connection that another transfer uses, or on which bytes
 *   have already arrived. The next bytes would not be the response to this request.
 * - A refused start does not count in `starts`. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl declares the type */
static int easy_prereq(void *user, char *remote, char *local, int remote_port, int local_port) {
  struct easy_handle *h = user;
  struct transfer *t = h->transfer;
  void *session = tls_session(h->easy);
  int is_http2 = tls_is_http2(session), was_http2 = h->was_http2, is_reused = easy_reuses_connection(h);
  (void)remote, (void)local, (void)remote_port;
  t->port = local_port;
  h->was_http2 = is_http2;
  if (was_http2 && !is_http2) h->is_mixed = 1; /* for example, the server has refused HTTP/2 */
  if (t->starts > (t->resendable ? 1 : 0)) {
    easy_abort(h, CURLE_GOT_NOTHING, "connection closed before a response (not sent again)");
    return CURL_PREREQFUNC_ABORT;
  }
  if (!is_http2 && easy_is_busy(h, session)) {
    h->is_mixed = 1;
    return easy_refuse_start(h);
  }
  if (is_reused && (!poller_is_usable(h->poller, local_port, !is_http2) || (!is_http2 && tls_has_pending(session)))) {
    easy_forbid_reuse(h, 1);
    return easy_refuse_start(h);
  }
  t->starts++;
  return CURL_PREREQFUNC_OK;
}
#endif

/* ---- options ---- */

/* Turns the error of an option that this libcurl does not have into CURLE_OK. */
static CURLcode easy_unless_missing(CURLcode code) {
  return code == CURLE_UNKNOWN_OPTION || code == CURLE_NOT_BUILT_IN ? CURLE_OK : code;
}

/* Set an option unless an earlier one failed. EASY_TRY also accepts that the option is missing. */
#define EASY_SET(option, value) code = code ? code : curl_easy_setopt(h->easy, option, value)
#define EASY_TRY(option, value) code = code ? code : easy_unless_missing(curl_easy_setopt(h->easy, option, value))

/* Sets the options that are the same for all transfers. */
static CURLcode easy_set_constants(struct easy_handle *h) {
  CURLcode code = poller_set_options(h->poller, h->easy);
  EASY_SET(CURLOPT_NOSIGNAL, 1L);
  EASY_SET(CURLOPT_PATH_AS_IS, 1L); /* a path segment ".." is an ID, not the parent directory */
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
  EASY_TRY(CURLOPT_QUICK_EXIT, 1L); /* removing a transfer does not wait for its DNS look-up */
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
#if EASY_HAS_PREREQ
  h->has_prereq = curl_easy_setopt(h->easy, CURLOPT_PREREQFUNCTION, easy_prereq) == CURLE_OK;
  EASY_TRY(CURLOPT_PREREQDATA, (void *)h);
#endif
  return code;
}

/* Returns 64 bits that change when the file is replaced or rewritten: a hash (FNV-1a, over words)
 * of its device, inode, size and times. */
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

/* Returns another path of the same file. The path is different after each change of the file.
 * libcurl caches parsed certificates for a day. It compares only the paths of CA files when it
 * decides whether to reuse a connection, a TLS session or the parsed certificates. With the plain
 * path, a new client would trust the old content of a file that was replaced.
 *
 * After the first slash, each bit of the stamp becomes "//" or "./", which the system ignores. The
 * caller frees the path. Returns NULL if the file does not exist, the path is too long, or memory
 * is exhausted. The caller then uses the plain path. */
static char *easy_stamped_path(const char *path) {
  struct stat file;
  /* The path must be absolute: newer libcurl resolves a relative path, which removes the stamp. */
  char *full = realpath(path, NULL);
  size_t length = full ? strlen(full) : 0;
  char *stamped = length && length + STAMP_LENGTH < PATH_MAX && stat(full, &file) == 0 ? malloc(length + STAMP_LENGTH + 1) : NULL;
  if (stamped) {
    char *out = stamped;
    *out++ = '/';
    for (uint64_t stamp = easy_stamp(&file), bit = 1; bit; bit <<= 1, out += 2) memcpy(out, stamp & bit ? "./" : "//", 2);
    memcpy(out, full + 1, length);
  }
  free(full);
  return stamped;
}

/* Sets one source of CA certificates, for servers and HTTPS proxies. With a directory in addition
 * to a bundle, libcurl parses the whole bundle for each connection: 34 ms of CPU instead of 1.8
 * ms (libcurl 7.88). */
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
  char *stamped = easy_stamped_path(bundle);
  CURLcode code = easy_set_trust(h, stamped ? stamped : bundle, NULL);
  free(stamped);
  return code;
}

/* Whether the proxy uses TLS. libcurl does not give access to that TLS session. */
static int easy_is_https_proxy(const char *proxy) {
  return proxy && strncasecmp(proxy, "https:", 6) == 0;
}

static int easy_has_https_proxy(const struct transport_config *route) {
  const char *variable = NULL;
  return easy_is_https_proxy(route->proxy ? route->proxy : proxy_of_environment(&variable));
}

/* Whether HTTP/2 must be switched off. libcurl before 8.5 may mix up responses (see
 * startup_facts.reuses_busy_connections). easy_prereq prevents this bug, but needs
 * CURLOPT_PREREQFUNCTION, and the functions of the TLS library (tls_is_known). */
static int easy_needs_http1(const struct easy_handle *h) {
  return startup_facts()->reuses_busy_connections && (!h->has_prereq || !tls_is_known());
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
    EASY_SET(CURLOPT_NOPROXY, ""); /* the variable no_proxy is for the environment's proxy */
  }
  if (!code && route->ca_file) {
    code = easy_set_bundle(h, route->ca_file);
  } else if (!code && facts->ca_directory) {
    code = easy_set_trust(h, NULL, facts->ca_directory);
  } else if (!code && facts->ca_bundle) {
    code = easy_set_bundle(h, facts->ca_bundle);
  }
  h->hides_input = easy_has_https_proxy(route);
  if (!code && easy_needs_http1(h)) code = easy_set_http1(h);
  if (!code) h->serial = route->serial;
  return code;
}

/* Sets the method and the body. For libcurl, methods other than GET, POST and HEAD are GET or POST
 * with CURLOPT_CUSTOMREQUEST. The order matters, because the options reset one another: POSTFIELDS
 * selects POST. HTTPGET selects GET and resets NOBODY. */
static CURLcode easy_set_method(struct easy_handle *h, const struct transfer *t) {
  /* Removes the header "Expect: 100-continue". libcurl adds this header for a body of more than 1
   * MB, and then waits for a 100 response before it sends the body. */
  static char no_wait[] = "Expect:";
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

/* Sets the environment's proxy unless the client has the option `proxy`. The environment's proxy is
 * not used for http:, because the proxy could read the credentials. If proxy_problem refuses the
 * proxy's URL, libcurl gets a URL that it refuses too. The request then fails only if libcurl would
 * use the proxy. libcurl uses no proxy if the variable no_proxy names the host. */
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

/* Sets what the transfer may reuse: connections and TLS sessions. */
static CURLcode easy_set_reuse(struct easy_handle *h, const struct transfer *t, int fresh_connect, int resumes_session) {
  CURLcode code = CURLE_OK;
  /* Concurrent transfers wait for the first TLS handshake and share its HTTP/2 connection. Without
   * TLS there is no HTTP/2. libcurl would not know this before the first response, and the other
   * transfers would wait for that response. */
  EASY_SET(CURLOPT_PIPEWAIT, easy_has_tls(t) && !h->is_http1 ? 1L : 0L);
  EASY_SET(CURLOPT_SSL_SESSIONID_CACHE, resumes_session ? 1L : 0L);
  EASY_SET(CURLOPT_FRESH_CONNECT, !fresh_connect && (h->has_prereq || t->resendable) ? 0L : 1L);
  return code;
}

/* Sets every option that may differ from the previous transfer. */
static CURLcode easy_set_transfer(struct easy_handle *h, const struct transfer *t, int fresh_connect, int resumes_session) {
  curl_off_t largest = (curl_off_t)t->max_response;
  CURLcode code = CURLE_OK;
  if (largest < 0) largest = 0; /* too large for curl_off_t: only easy_body checks the limit */
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
  return code ? code : easy_set_reuse(h, t, fresh_connect, resumes_session);
}

/* ---- starting a transfer ---- */

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

/* ---- the result ---- */

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
    snprintf(t->reason, sizeof t->reason, "the environment variable %s is no URL of a proxy: %s", h->bad_proxy, problem ? problem : "it has changed");
    return CURLE_URL_MALFORMAT; /* this code is not retried: another attempt would fail too */
  }
  if (easy_lacks_descriptors(h, code)) {
    snprintf(t->reason, sizeof t->reason, "%s", descriptors_exhausted_reason);
    return code;
  }
  /* libcurl's text would show the path that easy_stamped_path returned */
  if (code == CURLE_SSL_CACERT_BADFILE) {
    const char *path = t->route->ca_file ? t->route->ca_file : startup_facts()->ca_bundle;
    snprintf(t->reason, sizeof t->reason, "the file of CA certificates cannot be read, or holds none: %s", path ? path : "unknown");
    return code;
  }
  if (quotes_proxy || strstr(why, "CAfile")) why = curl_easy_strerror(code);
  snprintf(t->reason, sizeof t->reason, "%s", why);
  return code;
}

void easy_report(const struct easy_handle *h, CURLcode code, const char *why) {
  struct transfer *t = h->transfer;
  long status = 0;
  if (h->failure) {
    code = h->failure;
    why = h->failure_reason;
  }
  if (!code && !t->status) { /* libcurl reports success for incomplete headers */
    code = CURLE_GOT_NOTHING;
    why = "connection closed within the response headers";
  }
  if (!why) why = h->reason[0] ? h->reason : curl_easy_strerror(code);
  t->code = code ? easy_explain(h, code, why) : code;
  t->seconds = poller_now() - h->started;
  /* libcurl refused the Content-Length before easy_header set `status` */
  if (code == CURLE_FILESIZE_EXCEEDED && !h->failure && curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 200)
    t->status = status;
  if (!h->has_prereq && easy_has_started(h)) t->starts = 1;
  if (code || t->timed || t->status >= 300) easy_report_timings(h, &t->timings);
}

struct easy_handle *easy_new(struct poller *p, CURLSH *sessions) {
  struct easy_handle *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  h->poller = p;
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
