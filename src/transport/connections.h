/* What outlives a Lua state: a host that opens one for each script would else
 * pay for a new connection, tens of milliseconds of TLS, each time. One pool per
 * process; its functions may be called from any thread. */
#ifndef TWILIO_CONNECTIONS_H
#define TWILIO_CONNECTIONS_H

#include <curl/curl.h>

#include "transport/poller.h"

#pragma GCC visibility push(hidden)

/* A multi handle with its connections and TLS sessions, and what watches them. One engine has it
 * at a time, from its first request to its end, and with it one thread. */
struct connection_set {
  CURLM *multi;
  CURLSH *sessions; /* TLS session cache of all users of this line. NULL: each easy handle has its own */
  double sessions_since;
  struct poller watch;
  int is_http1;                /* a host had HTTP/1.1 beside HTTP/2: further requests use no HTTP/2 */
  int spoiled;                 /* by what happened on it, or not for others: closed when it is given back */
  double since;                /* when it was given back */
  struct connection_set *next; /* among those in the pool */
};

/* Called once per process, before any other thread. `share_sessions`: this libcurl resumes a TLS
 * session of another easy handle only if both handles trust the same certificates. */
void connections_init(int share_sessions);

/* One that nobody uses, or else a new one. NULL: out of memory, or of descriptors (errno says so). */
struct connection_set *connections_acquire(void);

/* Whether the line's TLS sessions are too old to be resumed: a resumed one checks no certificate, so that neither the end of
 * its time nor the end of our trust in it would ever be noticed. */
int connections_has_old_sessions(const struct connection_set *line, double now);

/* Forgets the sessions of a line without easy handles. */
void connections_renew_sessions(struct connection_set *line, double now);

/* Takes back a line without easy handles: nothing that belongs to its user may be left in it. */
void connections_release(struct connection_set *line);

/* For a line of the process that this one was forked from: neither used nor
 * cleaned up, for a TLS library would say good-bye on the parent's connections.
 * Nor is a descriptor closed. */
void connections_abandon(struct connection_set *line);

/* Around a fork; the third in the child, in the place of the second. */
void connections_lock(void);
void connections_unlock(void);
void connections_forked(void);

#pragma GCC visibility pop

#endif
