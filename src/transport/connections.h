/* The process-wide pool of connection sets. Connections in the pool outlive the Lua state that
 * opened them. FreeSWITCH opens a Lua state for each script. Without the pool each script makes
 * a new TLS connection: a script with one request took 27 ms in FreeSWITCH, and 0.6 ms with a
 * pool.
 *
 * The functions may be called from any thread. */
#ifndef TWILIO_CONNECTIONS_H
#define TWILIO_CONNECTIONS_H

#include <curl/curl.h>

#include "transport/poller.h"

#pragma GCC visibility push(hidden)

/* A multi handle with its connections, its TLS sessions and its poller. One engine owns the set
 * from its first request until it is freed. Therefore only one thread at a time uses the set. */
struct connection_set {
  CURLM *multi;
  CURLSH *sessions;      /* TLS sessions of all easy handles; NULL: not shared */
  double sessions_since; /* when the cache of TLS sessions was created */
  struct poller poller;
  int is_http1;                /* use no HTTP/2: a host has mixed HTTP/1.1 and HTTP/2 */
  int must_close;              /* connections_release frees the set instead of pooling it */
  double released;             /* when connections_release put the set into the pool */
  struct connection_set *next; /* in the pool */
};

/* Called once per process, before the other functions. `share_sessions`: this libcurl resumes a TLS
 * session of another easy handle only if both handles trust the same certificates. */
void connections_init(int share_sessions);

/* Returns a set of the pool, or a new set if the pool is empty. Returns NULL on failure. errno
 * is EMFILE or ENFILE if no descriptor is left. */
struct connection_set *connections_acquire(void);

/* Puts the set into the pool, or frees it. The caller must free its easy handles first. */
void connections_release(struct connection_set *set);

/* Whether the TLS sessions are too old to be resumed. Resuming a session skips certificate
 * verification. Without a limit, a certificate that has expired would stay accepted. */
int connections_has_old_sessions(const struct connection_set *set, double now);

/* Drops the TLS sessions and starts an empty cache. No easy handle may use the set. */
void connections_renew_sessions(struct connection_set *set, double now);

/* Frees the set in a child process, where its connections belong to the parent. curl_multi_cleanup
 * is not called, because the TLS library would send a close_notify on the parent's connections.
 * Descriptors stay open. The memory of libcurl's handles is leaked. */
void connections_abandon(struct connection_set *set);

/* The three handlers of pthread_atfork: prepare, parent and child. The child process starts with an
 * empty pool. */
void connections_lock(void);
void connections_unlock(void);
void connections_forked(void);

#pragma GCC visibility pop

#endif
