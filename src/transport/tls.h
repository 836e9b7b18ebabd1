/* What the TLS library below libcurl knows of a connection and libcurl does not pass on: the
 * protocol that ALPN chose, and bytes that were received but not read. Part of the engine. */
#ifndef TWILIO_TLS_H
#define TWILIO_TLS_H

#include <curl/curl.h>

#pragma GCC visibility push(hidden)

/* Finds the functions of the TLS library; once per process, after curl_global_init. */
void tls_init(void);

/* Whether connections can be asked; 0: ALPN and pending bytes are not known of any. */
int tls_is_known(void);

/* The TLS session of the connection that a transfer uses at this moment. NULL: it uses none, the
 * connection has no TLS, or it cannot be asked. To be compared, and passed to the functions below. */
void *tls_session(CURL *easy);

/* Whether ALPN chose HTTP/2; of NULL: no. */
int tls_is_http2(void *session);

/* Whether received bytes wait in the TLS library, where poll does not see them; of NULL: no. */
int tls_has_pending(void *session);

#pragma GCC visibility pop

#endif
