/* What may be sent again, and when: only what provably does no harm. */
#ifndef TWILIO_RETRY_H
#define TWILIO_RETRY_H

#include <lua.h>

#pragma GCC visibility push(hidden)

struct request;

/* Of one call, which may take several attempts. */
struct retry {
  double seconds;      /* the deadline as it was given, from the call's beginning; 0: none */
  double until;        /* the same on poller_now's clock */
  double longest_wait; /* seconds between two attempts */
  long attempt_ms;     /* what an attempt may take where the deadline is far */
  unsigned most;       /* further attempts */
  unsigned extra;      /* one more, when the access token had expired: nothing had failed */
  double grace;        /* seconds for which its answer is waited for after `ready` has said no; 0: none */
  int is_repeatable;   /* the program says that sending it twice does no harm */
  int is_doubtful;     /* an attempt before this one may have been carried out */
  unsigned generation; /* of the process that the call began in, see process.h */
  unsigned decided;    /* the attempt after which `again` was decided; 0: none yet */
  double again;        /* when the next one begins, on poller_now's clock; 0: there is none */
  int is_given_up;     /* it ended since the last attempt was begun, and is not to be sent again */
};

/* The call begins: its deadline counts from now. */
void retry_start(struct request *r);

/* An attempt begins: it ends when the deadline comes. */
void retry_begin(struct request *r);

/* Whether the process forked since the call began. The parent process goes on with the call and may send it, so this
 * process never does. */
int retry_is_inherited(const struct request *r);

/* Ends an inherited call as a failure of the kind `network`. */
void retry_abandon(struct request *r);

/* The option `retries` of the table at `options` (0: none). */
unsigned retry_option(lua_State *L, int options, unsigned otherwise);

/* request:retry() → the seconds to wait before another attempt, nil when there
 * is none; and whether that was told before: it is decided once an attempt. */
int retry_next(lua_State *L);

/* request:deadline() → the call's, on core.now's clock; nil: it has none */
int retry_deadline(lua_State *L);

/* request:start_clock(): its deadline counts from now, and no more from when it was made */
int retry_start_clock(lua_State *L);

/* request:linger() → for how many seconds its answer is still to be waited for although `ready` has said no; nil: not at all.
 * Seconds only of an attempt that may have reached Twilio and that nobody may repeat: its answer alone says what it did. No
 * further attempt follows it. */
int retry_linger(lua_State *L);

/* request:give_up(why): it is cancelled, whether an attempt is in flight or not. `why` is for the error. An attempt that
 * is done already keeps its result, but there is no further attempt. */
int retry_give_up(lua_State *L);

#pragma GCC visibility pop

#endif
