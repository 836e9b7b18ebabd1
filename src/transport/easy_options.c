#include "transport/easy_options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "transport/easy_callbacks.h"
#include "transport/proxy.h"
#include "transport/sink.h"
#include "transport/stamped_path.h"
#include "transport/startup.h"
#include "transport/tls.h"
#include "transport/upload.h"

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
  char *stamped = stamped_path(bundle);
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

CURLcode easy_set_http1(struct easy_handle *h) {
  CURLcode code = CURLE_OK;
  EASY_SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  EASY_SET(CURLOPT_PIPEWAIT, 0L);
  if (!code) h->is_http1 = 1;
  return code;
}

static CURLcode easy_set_route(struct easy_handle *h, const struct transport_config *route) {
  const struct startup_facts *facts = startup_facts();
  CURLcode code = easy_set_constants(h);
  if (!code) code = easy_callbacks_set(h);
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

/* Sets the options of a download. Without a file the sink may pause the transfer. libcurl before 8
 * then stops the other streams of an HTTP/2 connection, so such a download gets a connection of its
 * own. */
static CURLcode easy_set_sink(struct easy_handle *h, const struct transfer *t) {
  enum { BUFFER = 100 * 1024 }; /* bytes, as in the program curl: with libcurl's 16 KB a download is slower */
  CURLcode code = CURLE_OK;
  h->is_single = 1;
  EASY_SET(CURLOPT_BUFFERSIZE, (long)BUFFER);
  EASY_SET(CURLOPT_ACCEPT_ENCODING, NULL);
  EASY_SET(CURLOPT_HTTPHEADER, sink_headers(t->sink, t->headers));
  EASY_SET(CURLOPT_RANGE, t->sink->range[0] ? t->sink->range : NULL);
  EASY_SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)0); /* the sink has a limit of its own */
  return !code && t->sink->fd < 0 ? easy_set_http1(h) : code;
}

/* Sets the body of an upload, after easy_set_method has set an empty one. */
static CURLcode easy_set_upload(struct easy_handle *h, const struct transfer *t) {
  CURLcode code;
  h->is_single = 1;
  code = upload_set(t->upload, h->easy, &h->mime, &h->file);
  if (code == CURLE_READ_ERROR) snprintf(h->reason, sizeof h->reason, "cannot read %s: %s", t->upload->failed, strerror(t->upload->error));
  return code;
}

/* Returns the path and the query of a URL, which are the target of the request. Returns NULL if libcurl
 * must write the target: to encode a byte, to remove a fragment, or to add a missing path. */
static const char *easy_target(const char *url) {
  const char *host = strstr(url, "://");
  const char *target = host ? strpbrk(host + 3, "/?#") : NULL;
  if (!target || *target != '/') return NULL;
  for (const char *c = target; *c; c++) {
    if (*c <= ' ' || *c > '~' || *c == '#') return NULL;
  }
  return target;
}

/* Sets the URL. libcurl parses CURLOPT_URL and writes it again for each request. It gets only the origin,
 * which costs libcurl 7.88 a fifth less instructions for each request. That libcurl also drops a query
 * that it cannot allocate, but not a request target. A proxy without a tunnel needs the whole URL. */
static CURLcode easy_set_url(struct easy_handle *h, const struct transfer *t) {
  const char *target = t->route->proxy && !easy_has_tls(t) ? NULL : easy_target(t->url);
  size_t length = target ? (size_t)(target - t->url) : 0;
  CURLcode code = CURLE_OK;
  if (length >= sizeof h->origin) target = NULL;
  EASY_SET(CURLOPT_REQUEST_TARGET, target);
  if (target && strncmp(h->origin, t->url, length) == 0 && !h->origin[length]) return code;
  h->origin[0] = '\0';
  if (!target) {
    EASY_SET(CURLOPT_URL, t->url);
    return code;
  }
  memcpy(h->origin, t->url, length);
  h->origin[length] = '\0';
  EASY_SET(CURLOPT_URL, h->origin);
  if (code) h->origin[0] = '\0';
  return code;
}

CURLcode easy_set_transfer(struct easy_handle *h, const struct transfer *t, int fresh_connect, int resumes_session) {
  curl_off_t largest = (curl_off_t)t->max_response;
  CURLcode code = CURLE_OK;
  if (largest < 0) largest = 0; /* too large for curl_off_t: only easy_body checks the limit */
  if (!h->serial) code = easy_set_route(h, t->route);
  if (!code) code = easy_set_method(h, t);
  if (!code) code = easy_set_url(h, t);
  EASY_SET(CURLOPT_TIMEOUT_MS, t->timeout_ms);
  EASY_SET(CURLOPT_CONNECTTIMEOUT_MS, t->connect_timeout_ms);
  if (t->low_speed_time || h->is_timed) {
    EASY_SET(CURLOPT_LOW_SPEED_LIMIT, t->low_speed_limit);
    EASY_SET(CURLOPT_LOW_SPEED_TIME, t->low_speed_time);
    h->is_timed = t->low_speed_time > 0;
  }
  EASY_SET(CURLOPT_MAXFILESIZE_LARGE, strcmp(t->method, "HEAD") == 0 ? (curl_off_t)0 : largest);
  if (!code) code = easy_set_proxy(h, t);
  if (!code && t->sink) code = easy_set_sink(h, t);
  if (!code && t->upload) code = easy_set_upload(h, t);
  return code ? code : easy_set_reuse(h, t, fresh_connect, resumes_session);
}
