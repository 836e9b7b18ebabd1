/* Asks the TLS library for two facts that libcurl does not report: the protocol that ALPN chose,
 * and whether the library holds bytes that libcurl has not read. */
#ifndef TWILIO_TLS_H
#define TWILIO_TLS_H

#include <curl/curl.h>

#pragma GCC visibility push(hidden)

/* Looks up the functions of the TLS library. Call it once per process, after curl_global_init. */
void tls_init(void);

/* Whether the functions of the TLS library were found. If not, tls_session returns NULL. */
int tls_is_known(void);

/* Returns the TLS session of the connection that the transfer uses now. Returns NULL if the
 * transfer has no connection, if the connection has no TLS, or if tls_is_known returns 0. */
void *tls_session(CURL *easy);

/* Whether ALPN chose HTTP/2. Returns 0 if `session` is NULL. */
int tls_is_http2(void *session);

/* Whether the TLS library holds bytes that were received but not read. poll() cannot see these
 * bytes. Returns 0 if `session` is NULL. */
int tls_has_pending(void *session);

#pragma GCC visibility pop

#endif
