/* The engine performs the transfers of one Lua state. It acquires a connection set from the pool
 * when it first needs one, and releases the set when it is freed (see connections.h).
 *
 * Only engine_poll blocks. The engine never calls Lua and stores no lua_State. The callbacks of
 * libcurl only append to buffers and update the poller. One thread at a time may use an engine. */
#ifndef TWILIO_ENGINE_H
#define TWILIO_ENGINE_H

#include <stdint.h>

#include "transport/transfer.h"

#pragma GCC visibility push(hidden)

struct engine;

/* The error text of a transfer or call that was in flight when the process forked. The child
 * process reports it. */
#define ENGINE_FORKED "the process forked during the call: the parent process goes on with it"

/* Returns NULL if startup_init failed or there is no memory. */
struct engine *engine_new(void);

/* Ends all transfers with CURLE_ABORTED_BY_CALLBACK and frees the engine. `e` may be NULL. */
void engine_free(struct engine *e);

/* Starts the transfer. On a reused connection the request is sent before engine_submit returns.
 *
 * - Every submitted transfer reaches TRANSFER_DONE. A transfer that cannot be started is done on
 *   return, and engine_completed returns its id.
 * - A transfer that is not `resendable` ends with CURLE_GOT_NOTHING if its connection is lost
 *   before a response. It is not sent again.
 * - After a fork, the parent process continues the transfer. In the child process the transfer ends
 *   with CURLE_RECV_ERROR and starts = 1, even if it was still connecting. */
void engine_submit(struct engine *e, struct transfer *t);

/* Does what can be done without blocking. Returns 0 if there was nothing to do. */
int engine_step(struct engine *e);

/* Blocks until an event, a signal or the end of `seconds`, then works like engine_step. Does not
 * block while engine_completed has an id to return. */
int engine_poll(struct engine *e, double seconds);

/* Whether the transfer is in flight and bytes of its request may have been sent. */
int engine_may_have_left(const struct transfer *t);

/* Ends a transfer with CURLE_ABORTED_BY_CALLBACK. engine_completed then returns its id as usual.
 * Does nothing if the transfer is not in flight. */
void engine_cancel(struct transfer *t);

/* Cancels the transfers in flight that use this transport_config. `family`: also those whose config
 * has the same serial; the serial is not used again, so cached easy handles with it are freed. */
void engine_cancel_route(struct engine *e, const struct transport_config *route, int family);

/* Returns the id of the transfer that finished first and was not returned yet. 0: there is none. */
uint32_t engine_completed(struct engine *e);

/* Cancels the transfer and frees its result. The fields of the request are left unchanged. */
void transfer_free(struct transfer *t);

/* The number of transfers in flight. */
unsigned engine_flying(struct engine *e);

/* For event loops: returns a descriptor that is readable when engine_step is due, also for timers
 * and for transfers that engine_submit or engine_cancel completed. It may be readable without a
 * reason. Call this before each wait, since a child process has another descriptor.
 * Returns -1 if the platform has no such descriptor. */
int engine_pollfd(struct engine *e);

/* Seconds until engine_step is due at the latest. Negative: no timer is set. */
double engine_timeout(struct engine *e);

/* Makes the descriptor of engine_pollfd readable until the next step. */
void engine_alert(struct engine *e);

#pragma GCC visibility pop

#endif
