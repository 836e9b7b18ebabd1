/* The engine: all that is in flight for one Lua state. Its libcurl multi handle
 * comes from the pool when it is first needed, and goes back with its
 * connections when the engine is freed (see pool.h).
 *
 * It never blocks except in engine_poll, never calls Lua, and keeps no
 * lua_State. libcurl's callbacks append to C buffers and keep the set of
 * descriptors, nothing else. An engine is used by one thread at a time. */
#ifndef TWILIO_ENGINE_H
#define TWILIO_ENGINE_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

struct engine;

/* Settings that all transfers of one client share. Owned by the client, which
 * outlives its transfers; `serial` is unique in the process and changes
 * whenever a setting does, so that a kept easy handle knows whether it is set
 * up for them already. */
struct transport_config {
  uint64_t serial;
  const char *user_agent;
  const char *proxy;   /* NULL: the environment's, for https alone; "": none */
  const char *ca_file; /* NULL: the system's trust store */
};

/* Seconds from the attempt's beginning until each of its steps was done; 0: it
 * was not, or there was none, as on a kept connection. */
struct timings {
  double name_lookup, connect, tls, first_byte;
};

/* The reason of a transfer, or of a call, that ends in a forked process. */
#define ENGINE_FORKED "the process forked during the call: the parent process goes on with it"

enum transfer_state { TRANSFER_IDLE, TRANSFER_FLYING, TRANSFER_DONE };

/* One attempt at one HTTP request. Zeroed before its first use; submitted
 * again for another attempt. */
struct transfer {
  /* what to send: set by the owner, left alone until the transfer is done */
  const struct transport_config *route;
  const char *method; /* "GET", "POST", … */
  const char *url;    /* absolute, ready to send: neither dots nor escapes are touched */
  struct curl_slist *headers;
  const char *body; /* NULL for none; an empty body is sent as such */
  size_t body_length;
  size_t max_response; /* bytes of the decoded body; more is CURLE_FILESIZE_EXCEEDED */
  long timeout_ms, connect_timeout_ms;
  long low_speed_limit, low_speed_time; /* bytes a second; slower for so many seconds is CURLE_OPERATION_TIMEDOUT. 0 seconds: never */
  int timed;                            /* timings are wanted of a success too */
  int resendable;                       /* libcurl may send it again when a reused connection dies (GET, DELETE only) */

  /* what came of it: valid once state is TRANSFER_DONE */
  enum transfer_state state;
  CURLcode code;
  long status;                  /* of the final answer (no 1xx) once its header was complete, else 0 */
  unsigned starts;              /* how often a request started to be sent: 0 means that no byte of it left, or will leave in a parent process */
  struct buffer head;           /* header lines of that answer, status line first, line ends kept; no trailers */
  struct buffer answer;         /* its decoded body; with a code other than CURLE_OK what came of it */
  double seconds;               /* from submit to done */
  struct timings timings;       /* of a failure, a status of 300 or more, and where they are wanted */
  char reason[CURL_ERROR_SIZE]; /* what went wrong, mostly in libcurl's words; empty when nothing did */

  /* the engine's own */
  uint32_t id;                      /* set by submit, never 0, unique among the engine's transfers */
  struct engine *engine;            /* while it flies, and until engine_completed has told of it */
  struct transfer *previous, *next; /* in the engine's list of those that fly, or of those it has to tell of */
  struct easy_handle *handle;
  int port;       /* the local one of the connection that it started on; 0: not yet, or not known */
  int is_suspect; /* on that connection another transfer timed out, and this one waits there still */
};

struct engine *engine_new(void); /* NULL: out of memory, or startup_init failed */
/* Ends every transfer (CURLE_ABORTED_BY_CALLBACK). NULL is fine. */
void engine_free(struct engine *e);

/* Starts the transfer, and does what a step does without looking at the
 * sockets, so that a request on a kept connection leaves at once. Always ends in
 * TRANSFER_DONE sooner or later, also when it cannot even be started (then it is
 * done, with its code, on return, and among the completed). A request that must
 * not be sent twice and whose connection is lost before an answer ends as
 * CURLE_GOT_NOTHING. One that flew while the process forked ends in the child
 * as CURLE_RECV_ERROR with starts = 1, even if it was still connecting: the
 * parent process goes on with it and sends it. */
void engine_submit(struct engine *e, struct transfer *t);

/* Does what can be done without blocking; 0 when there was nothing. */
int engine_step(struct engine *e);

/* Blocks until something happened (a signal too) or `seconds` are over, and does
 * what a step does. Does not block while there is a completed transfer to tell of. */
int engine_poll(struct engine *e, double seconds);

/* Whether the transfer is in flight and its request may have reached the server. */
int engine_may_have_left(const struct transfer *t);

/* Ends one transfer now (CURLE_ABORTED_BY_CALLBACK; it is completed like any other); harmless when it is not flying. */
void engine_cancel(struct transfer *t);

/* The same for what flies on a route; `family`: on any route with its serial, which
 * is not used any more, and libcurl's copies of the route's settings are freed. */
void engine_cancel_route(struct engine *e, const struct transport_config *route, int family);

/* The ids of finished transfers, each once, in the order they finished; 0: no more. */
uint32_t engine_completed(struct engine *e);

/* Frees what the transfer owns (cancelling it first); it is zeroed but for what its owner set. */
void transfer_free(struct transfer *t);

unsigned engine_flying(struct engine *e);

/* For event loops: a descriptor that becomes readable when a step is due, timers
 * included (-1 where the platform has none), and the seconds until a step is
 * due at the latest (negative: no timer). It is readable as well when transfers
 * were completed outside a step (by submit or cancel), and may be without a
 * reason. Ask again each time: a forked process has another one. */
int engine_pollfd(struct engine *e);
double engine_timeout(struct engine *e);
/* Makes the descriptor readable, where there is one, until the next step. */
void engine_alert(struct engine *e);

#pragma GCC visibility pop

#endif
