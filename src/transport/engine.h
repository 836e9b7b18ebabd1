/* The engine performs the transfers of one Lua state. The engine acquires a connection set from the
 * pool when one is first needed. engine_free releases the set (see connections.h).
 *
 * Only engine_poll blocks. The engine never calls Lua and stores no lua_State. The callbacks of
 * libcurl only append to buffers and update the poller. One thread at a time may use an engine. */
#ifndef TWILIO_ENGINE_H
#define TWILIO_ENGINE_H

#include <stdint.h>

#include "transport/transfer.h"

#pragma GCC visibility push(hidden)

struct engine;

/* The error text in the child process for a transfer or call that was in flight when the process
 * forked. */
#define ENGINE_FORKED "the process forked during the call: the parent process goes on with it"

/* Returns NULL if startup_init failed or there is no memory. */
struct engine *engine_new(void);

/* Ends all transfers in flight with CURLE_ABORTED_BY_CALLBACK and frees the engine. `engine` may be
 * NULL. */
void engine_free(struct engine *engine);

/* Starts the transfer. On a reused connection the request is sent before engine_submit returns.
 *
 * - Every submitted transfer reaches TRANSFER_DONE. A transfer that cannot be started is in this
 *   state when engine_submit returns. In both cases engine_completed returns its id.
 * - If a reused connection is lost before a response, a transfer that is not `resendable` ends with
 *   CURLE_GOT_NOTHING. It is not sent again.
 * - After a fork, the parent process continues the transfer. In the child process the transfer ends
 *   with CURLE_RECV_ERROR and with `starts` of at least 1, even if it was still connecting. */
void engine_submit(struct engine *engine, struct transfer *t);

/* Handles events that are due, without blocking. Returns 0 if there was no event and
 * neither engine_completed nor engine_filled has an id to return. */
int engine_step(struct engine *engine);

/* Waits at most `seconds` for an event or a signal, then works like engine_step. Does not wait if
 * engine_completed or engine_filled has an id to return. */
int engine_poll(struct engine *engine, double seconds);

/* Whether the transfer is in flight and bytes of its request may have been sent. */
int engine_may_have_left(const struct transfer *t);

/* Ends a transfer with CURLE_ABORTED_BY_CALLBACK. engine_completed then returns its id as usual.
 * Does nothing if the transfer is not in flight. */
void engine_cancel(struct transfer *t);

/* Cancels the transfers in flight that use this transport_config. If `family` is set, also cancels
 * all transfers with the same serial, and frees the cached easy handles with this serial. Set
 * `family` when no later transfer will use the serial. */
void engine_cancel_route(struct engine *engine, const struct transport_config *route, int family);

/* Returns the id of the next finished transfer, in the order in which they finished. Returns each
 * id once, and 0 if no finished transfer is left. */
uint32_t engine_completed(struct engine *engine);

/* For transfers whose sink has no file. Returns the id of a transfer in flight whose sink has
 * received bytes, or 0. Returns an id again only after engine_resume. */
uint32_t engine_filled(struct engine *engine);

/* Call after the owner has taken bytes out of the sink. Continues a transfer that the full sink has
 * paused. The transfer may complete. */
void engine_resume(struct transfer *t);

/* Ends the transfer with CURLE_OPERATION_TIMEDOUT and this reason. Does nothing if the transfer is
 * not in flight. */
void engine_expire(struct transfer *t, const char *why);

/* Cancels the transfer and frees its result. The fields of the request are left unchanged. */
void transfer_free(struct transfer *t);

/* The number of transfers in flight. */
unsigned engine_flying(struct engine *engine);

/* For event loops: returns a descriptor that becomes readable when engine_step must be called.
 * Causes are sockets, timers, and transfers that engine_submit or engine_cancel completed. The
 * descriptor may also become readable without a cause. Call this function before each wait, because
 * a child process has another descriptor. Returns -1 if the platform has no such descriptor. */
int engine_pollfd(struct engine *engine);

/* Returns the number of seconds after which engine_step must be called even without a socket event.
 * A negative number means that no timer is set. */
double engine_timeout(struct engine *engine);

/* Makes the descriptor of engine_pollfd readable until the next call of engine_step. */
void engine_alert(struct engine *engine);

#pragma GCC visibility pop

#endif
