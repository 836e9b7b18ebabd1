#include "call/retry.h"

#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "call/access_token.h"
#include "client/options.h"
#include "request/request.h"
#include "response/failure.h"
#include "support/compat.h"
#include "transport/poller.h"
#include "transport/startup.h"

enum { MOST = 100 };

static const double first_wait = 0.5; /* seconds: the back-off starts here and doubles */
/* Seconds that an attempt must have: nothing can come of one that has less, and of a limit of a millisecond or two libcurl
 * may make 200, for it looks again only when it would try another address. */
static const double least_time = 0.01;

static void start_clock(struct request *r) {
  if (!r->attempts) r->retry.generation = startup_generation();
  r->retry.until = r->retry.seconds > 0 ? poller_now() + r->retry.seconds : 0;
}

void retry_start(struct request *r) {
  start_clock(r);
  r->retry.attempt_ms = r->transfer.timeout_ms;
  r->retry.is_doubtful = 0;
  r->retry.decided = 0;
  r->retry.again = 0;
  r->retry.extra = 0;
  r->retry.is_given_up = 0;
}

void retry_begin(struct request *r) {
  r->retry.is_given_up = 0;
  r->transfer.timeout_ms = r->retry.attempt_ms;
  if (r->retry.until <= 0) return;
  double left = (r->retry.until - poller_now()) * 1000;
  if (left < (double)r->retry.attempt_ms) r->transfer.timeout_ms = left < 1 ? 1 : (long)left;
}

int retry_is_inherited(const struct request *r) {
  return r->retry.generation != startup_generation();
}

/* Ends the call between two attempts, or before the first. */
static void end_call(struct request *r, CURLcode code, const char *why) {
  struct transfer *t = &r->transfer;
  r->retry.again = 0; /* a pause that it may be in is not followed by another attempt */
  snprintf(t->reason, sizeof t->reason, "%s", why);
  t->state = TRANSFER_DONE;
  t->code = code;
  t->status = 0;
  t->starts = 0; /* of this attempt: there is none */
  t->seconds = 0;
  memset(&t->timings, 0, sizeof t->timings);
  buffer_clear(&t->head);
  buffer_clear(&t->answer);
}

void retry_abandon(struct request *r) {
  engine_cancel(&r->transfer);
  end_call(r, CURLE_RECV_ERROR, ENGINE_FORKED);
}

unsigned retry_option(lua_State *L, int options, unsigned otherwise) {
  return (unsigned)options_whole(L, options, "retries", (long)otherwise, 0, MOST);
}

static int is_repeatable(const struct request *r) {
  return r->retry.is_repeatable || r->transfer.resendable;
}

/* The connection was lost or never made, or brought bytes that are no HTTP, as
 * one that is out of step does. What was refused (a certificate, an answer's
 * size) would be refused again, and a timeout has used up its time. */
static int is_lost(const struct transfer *t) {
  switch (t->code) {
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SSL_CONNECT_ERROR: /* a reset in the handshake, too */
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM: return 1;
  case CURLE_OPERATION_TIMEDOUT: return t->starts == 0; /* while it connected */
  default: return 0;
  }
}

/* Twilio states that a request it answers so was not processed: 429 with code
 * 20429, without a code, or with Retry-After. Other codes of 429 are limits of
 * a product, and asking again does not lift them. */
static int is_turned_away(struct request *r) {
  long code;
  int64_t seconds;
  if (r->transfer.status != 429) return 0;
  return !failure_code(r, &code) || code == 20429 || failure_retry_after(r, &seconds);
}

static int is_safe(struct request *r) {
  const struct transfer *t = &r->transfer;
  if (t->code != CURLE_OK) return is_lost(t) && (t->starts == 0 || is_repeatable(r));
  return is_turned_away(r) || (is_repeatable(r) && (t->status == 408 || t->status >= 500));
}

/* From 0 to 1. */
static double chance(void) {
  uint32_t n = 0;
  if (RAND_bytes((unsigned char *)&n, sizeof n) != 1) n = (uint32_t)(poller_now() * 1e6);
  return n / (double)UINT32_MAX;
}

/* Retry-After; else back-off with full jitter, so that programs that failed together do not come back together. A handshake
 * that fails may have been refused for the session that it offered to resume, which the next one does not offer. */
static double wait_of(const struct request *r) {
  int64_t asked;
  if (r->transfer.code == CURLE_SSL_CONNECT_ERROR && r->attempts == 1) return 0;
  if (failure_retry_after(r, &asked)) return (double)asked < r->retry.longest_wait ? (double)asked : r->retry.longest_wait;
  double seconds = first_wait;
  for (unsigned i = 1; i < r->attempts && seconds < r->retry.longest_wait; i++) seconds *= 2;
  return (seconds < r->retry.longest_wait ? seconds : r->retry.longest_wait) * chance();
}

/* The seconds until the next attempt; negative: there is none. */
static double decide(struct request *r) {
  const struct transfer *t = &r->transfer;
  int succeeded = t->code == CURLE_OK && t->status < 400;
  if (succeeded || r->refused || r->retry.is_given_up || client_is_closed(r->client)) return -1;
  int turned_down = access_token_turned_down(r); /* with 401: Twilio has done nothing */
  if (!turned_down && (r->attempts > r->retry.most + r->retry.extra || !is_safe(r))) return -1;
  double seconds = turned_down ? 0 : wait_of(r);
  r->retry.extra += (unsigned)turned_down;
  if (r->retry.until > 0 && poller_now() + seconds + least_time >= r->retry.until) return -1;
  if (retry_is_inherited(r)) {
    retry_abandon(r);
    return -1;
  }
  if (t->starts > 1 || (t->starts == 1 && t->status != 429 && !turned_down)) r->retry.is_doubtful = 1;
  return seconds;
}

int retry_next(lua_State *L) {
  struct request *r = request_check(L, 1);
  int is_told = r->retry.decided == r->attempts;
  double seconds = -1;
  if (!is_told) {
    seconds = decide(r);
    r->retry.decided = r->attempts;
    r->retry.again = seconds < 0 ? 0 : poller_now() + seconds;
  } else if (r->retry.again > 0) {
    seconds = r->retry.again - poller_now();
    if (seconds < 0) seconds = 0;
  }
  seconds < 0 ? lua_pushnil(L) : lua_pushnumber(L, (lua_Number)seconds);
  lua_pushboolean(L, is_told);
  return 2;
}

int retry_deadline(lua_State *L) {
  const struct request *r = request_check(L, 1);
  if (r->retry.until <= 0) return 0;
  lua_pushnumber(L, (lua_Number)r->retry.until);
  return 1;
}

int retry_start_clock(lua_State *L) {
  start_clock(request_check(L, 1));
  return 0;
}

int retry_linger(lua_State *L) {
  struct request *r = request_check(L, 1);
  if (r->retry.grace <= 0 || is_repeatable(r) || !engine_may_have_left(&r->transfer)) return 0;
  r->retry.is_given_up = 1;
  lua_pushnumber(L, (lua_Number)r->retry.grace);
  return 1;
}

int retry_give_up(lua_State *L) {
  struct request *r = request_check_any(L, 1);
  const char *why = luaL_optstring(L, 2, "cancelled");
  int is_decided = r->retry.decided == r->attempts;
  r->retry.is_given_up = 1;
  if (r->reading) { /* too late: a finalizer calls this while the answer becomes a result */
    r->retry.again = 0;
    return 0;
  }
  if (retry_is_inherited(r)) {
    retry_abandon(r);
  } else if (r->transfer.state == TRANSFER_FLYING) {
    engine_cancel(&r->transfer);
    snprintf(r->transfer.reason, sizeof r->transfer.reason, "%s", why);
  } else if (r->transfer.state != TRANSFER_DONE || is_decided) {
    end_call(r, CURLE_ABORTED_BY_CALLBACK, why);
  }
  return 0;
}
