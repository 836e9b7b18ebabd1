/* Asks the TLS library for what libcurl does not pass on: the protocol that ALPN chose, and bytes
 * that were decrypted but not read. */
#ifndef TWILIO_TLS_H
#define TWILIO_TLS_H

#include <curl/curl.h>

#pragma GCC visibility push(hidden)

/* Looks up the functions of the TLS library. Call it once per process, after curl_global_init. */
void tls_init(void);

/* Whether the TLS library can be asked. 0: the functions below return NULL and 0. */
int tls_is_known(void);

/* The TLS session of the connection that the transfer uses now. NULL: the transfer has no
 * connection, the connection has no TLS, or the library cannot be asked. */
void *tls_session(CURL *easy);

/* Whether ALPN chose HTTP/2. 0 for NULL. */
int tls_is_http2(void *session);

/* Whether the TLS library holds bytes that were received but not read. poll() cannot see these
 * bytes. 0 for NULL. */
int tls_has_pending(void *session);

#pragma GCC visibility pop

#endif
