#include "transport/easy_callbacks.h"

#include <string.h>

#include "transport/sink.h"
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
  RESERVE_LIMIT = 1 << 20    /* the largest number of bytes that easy_expect_body reserves */
};

/* Ends the transfer. Returns 0, which the header and body callbacks return to libcurl: libcurl
 * aborts the transfer if a callback accepts fewer bytes than it received. */
static size_t easy_abort(struct easy_handle *h, CURLcode failure, const char *why) {
  h->failure = failure;
  h->failure_reason = why;
  return 0;
}

void easy_forbid_reuse(struct easy_handle *h, int forbids_reuse) {
  if (h->forbids_reuse == forbids_reuse) return;
  h->forbids_reuse = forbids_reuse;
  (void)curl_easy_setopt(h->easy, CURLOPT_FORBID_REUSE, (long)forbids_reuse);
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

/* Passes the headers to the sink. Returns 0 after a failure, which ends the transfer. */
static int easy_sink_head(struct easy_handle *h) {
  const char *why = NULL;
  CURLcode code = sink_respond(h->transfer->sink, h->transfer->status, &h->transfer->head, &why);
  if (code) easy_abort(h, code, why);
  return !code;
}

/* Passes a part of the body to the sink. If the sink is full, libcurl pauses the transfer and keeps
 * the part until engine_resume. */
static size_t easy_sink_body(struct easy_handle *h, const char *bytes, size_t length) {
  const char *why = NULL;
  CURLcode code = sink_take(h->transfer->sink, bytes, length, 1, &why);
  if (code == CURLE_AGAIN) return CURL_WRITEFUNC_PAUSE;
  if (!h->has_prereq) easy_check_connection(h);
  return code ? easy_abort(h, code, why) : length;
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
    if (t->status && t->sink) return easy_sink_head(h) ? length : 0;
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
  if (t->sink && t->sink->takes_body) return easy_sink_body(h, bytes, length);
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

/* Refuses another start of a transfer that has been sent. Returns whether it did. */
static int easy_refuse_resend(struct easy_handle *h) {
  const struct transfer *t = h->transfer;
  if (t->starts <= (t->resendable ? 1 : 0)) return 0;
  easy_abort(h, CURLE_GOT_NOTHING, "connection closed before a response (not sent again)");
  return 1;
}

/* CURLOPT_SOCKOPTFUNCTION: libcurl calls it before it connects a new socket. If the request will not be
 * sent again, the transfer ends here. Otherwise it would wait for a handshake that has no use, and a
 * failure of this handshake would hide that the first connection was lost. */
static int easy_socket(void *user, curl_socket_t fd, curlsocktype purpose) {
  (void)fd, (void)purpose;
  return easy_refuse_resend(user) ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
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
  if (easy_refuse_resend(h)) return CURL_PREREQFUNC_ABORT;
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

CURLcode easy_callbacks_set(struct easy_handle *h) {
  CURLcode code = curl_easy_setopt(h->easy, CURLOPT_PRIVATE, (void *)h);
  EASY_SET(CURLOPT_ERRORBUFFER, h->reason);
  EASY_SET(CURLOPT_HEADERFUNCTION, easy_header);
  EASY_SET(CURLOPT_HEADERDATA, (void *)h);
  EASY_SET(CURLOPT_WRITEFUNCTION, easy_body);
  EASY_SET(CURLOPT_WRITEDATA, (void *)h);
#if EASY_HAS_PREREQ
  h->has_prereq = curl_easy_setopt(h->easy, CURLOPT_PREREQFUNCTION, easy_prereq) == CURLE_OK;
  EASY_TRY(CURLOPT_PREREQDATA, (void *)h);
  EASY_SET(CURLOPT_SOCKOPTFUNCTION, easy_socket);
  EASY_SET(CURLOPT_SOCKOPTDATA, (void *)h);
#endif
  return code;
}
