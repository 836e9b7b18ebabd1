/* One easy handle of libcurl: its life, and the start of a transfer. The engine uses a handle for many
 * transfers, one after the other. No option and no state of a transfer may affect the next one. */
#ifndef TWILIO_EASY_HANDLE_H
#define TWILIO_EASY_HANDLE_H

#include "transport/easy.h"
#include "transport/easy_result.h"

#pragma GCC visibility push(hidden)

/* `sessions` is the shared cache of TLS sessions, or NULL. Both arguments must outlive the handle,
 * and the poller must outlive the connections too. Returns NULL if there is no memory. */
struct easy_handle *easy_new(struct poller *poller, CURLSH *sessions);
void easy_free(struct easy_handle *h);

/* Sets all options for a transfer. The caller then adds the handle to the multi handle.
 * `fresh_connect`: open a new connection. `resumes_session`: a new connection may resume a TLS
 * session. `http1`: use no HTTP/2. */
CURLcode easy_prepare(struct easy_handle *h, struct transfer *t, int fresh_connect, int resumes_session, int http1);

/* Prepares another start when `must_restart` is set. The caller must have removed the handle from
 * the multi handle. Returns CURLE_OPERATION_TIMEDOUT if no time is left. */
CURLcode easy_prepare_again(struct easy_handle *h, int http1);

#pragma GCC visibility pop

#endif
