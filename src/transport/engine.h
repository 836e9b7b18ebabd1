/* The engine: all that is in flight for one Lua state. Its libcurl multi handle
 * comes from the pool when it is first needed, and goes back with its
 * connections when the engine is freed (see pool.h).
 *
 * It never blocks except in engine_poll, never calls Lua, and keeps no
 * lua_State. libcurl's callbacks append to C buffers and keep the set of
 * descriptors, nothing else. An engine is used by one thread at a time. */
#ifndef TWILIO_ENGINE_H
#define TWILIO_ENGINE_H

#include <stdint.h>

#include "transport/transfer.h"

#pragma GCC visibility push(hidden)

struct engine;

/* The reason of a transfer, or of a call, that ends in a forked process. */
#define ENGINE_FORKED "the process forked during the call: the parent process goes on with it"

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
