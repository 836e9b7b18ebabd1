/* The process-wide pool of connection sets. Connections in the pool outlive the Lua state that
 * opened them. FreeSWITCH opens a Lua state for each script. Without the pool each script opens a
 * new TLS connection: a script with one request took 27 ms. With the pool it took 0.6 ms.
 *
 * The functions may be called from any thread. */
#ifndef TWILIO_CONNECTIONS_H
#define TWILIO_CONNECTIONS_H

#include <curl/curl.h>

#include "transport/poller.h"

#pragma GCC visibility push(hidden)

/* A multi handle with its connections, its TLS sessions and its poller. An engine owns the set from
 * connections_acquire until the engine is freed. Therefore only one thread at a time uses the
 * set. */
struct connection_set {
  CURLM *multi;
  CURLSH *sessions;      /* TLS sessions, shared by all easy handles; NULL: not shared */
  double sessions_since; /* when the cache of TLS sessions was created */
  struct poller poller;
  int is_http1;                /* use no HTTP/2, because a host has mixed HTTP/1.1 and HTTP/2 */
  int must_close;              /* connections_release frees the set instead of pooling it */
  int is_broken;               /* libcurl ran out of memory within the multi handle: renew it before its next use */
  double released;             /* when connections_release put the set into the pool */
  struct connection_set *next; /* in the pool */
};

/* Called once per process, before the other functions. Set `share_sessions` only if this libcurl
 * compares the trusted certificates before it resumes a TLS session of another easy handle. */
void connections_init(int share_sessions);

/* Takes a set from the pool, or creates a set if the pool is empty. Returns NULL on failure. If no
 * descriptor is left, errno is then EMFILE or ENFILE. */
struct connection_set *connections_acquire(void);

/* Puts the set into the pool, or frees the set if it must not be reused. The caller must first free
 * all easy handles that use the set. */
void connections_release(struct connection_set *set);

/* Whether the TLS sessions are too old to be resumed. Resuming a session skips certificate
 * verification. Without a limit, a certificate that has expired would stay accepted. */
int connections_has_old_sessions(const struct connection_set *set, double now);

/* Replaces the cache of TLS sessions by an empty one. The caller must first free all easy handles
 * that use the set. */
void connections_renew_sessions(struct connection_set *set, double now);

/* Replaces the multi handle, and closes its connections. The poller and its descriptor stay, because
 * event loops watch the descriptor. The caller must first remove all easy handles from the multi
 * handle. Returns 0 if memory is exhausted: then nothing has changed. */
int connections_renew_multi(struct connection_set *set);

/* Frees the set in a child process. Its connections belong to the parent. curl_multi_cleanup is not
 * called, because the TLS library would send a close_notify on the parent's connections.
 * Descriptors stay open. The memory of libcurl's handles is leaked. */
void connections_abandon(struct connection_set *set);

/* For pthread_atfork: connections_lock is the prepare handler, and connections_unlock is the parent
 * handler. The child handler calls connections_forked, which empties the pool of the child process
 * and unlocks the mutex. */
void connections_lock(void);
void connections_unlock(void);
void connections_forked(void);

#pragma GCC visibility pop

#endif
