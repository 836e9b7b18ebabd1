#include "call/retry.h"

#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>

#include "call/attempt.h"
#include "call/redirect.h"
#include "request/request.h"
#include "response/body.h"
#include "support/compat.h"
#include "transport/poller.h"
#include "transport/sink.h"

static const double first_wait = 0.5; /* seconds before the first retry; doubles with each attempt */

/* A retry is made only if more than this many seconds are left before the deadline. libcurl checks
 * its timers only when it tries another address. With a timeout of one or two milliseconds, an
 * attempt may therefore take 200. */
static const double least_time = 0.01;

/* ---- the decision ---- */

/* Whether the connection failed, was lost, or carried bytes that are not HTTP. A rejected
 * certificate or a response that is too large does not count, because a retry would fail too. A
 * timeout counts only while connecting. */
static int is_lost(const struct transfer *t) {
  switch (t->code) {
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SSL_CONNECT_ERROR: /* also a reset during the handshake */
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM: return 1;
  case CURLE_OPERATION_TIMEDOUT: return t->starts == 0; /* it expired while connecting */
  default: return 0;
  }
}

/* Twilio documents that it did not process a request with status 429 and code 20429, without a
 * code, or with Retry-After. Other codes with 429 are limits of a product, which a retry does not
 * lift. */
static int is_rate_limited(struct request *r) {
  long code;
  int64_t seconds;
  if (r->transfer.status != 429) return 0;
  return !body_error_code(r, &code) || code == 20429 || body_retry_after(r, &seconds);
}

/* Whether a download may go on where it was interrupted. A timeout within the deadline means that
 * no byte came for a while. */
static int is_interrupted(const struct transfer *t) {
  return sink_may_go_on(t->sink) && (is_lost(t) || t->code == CURLE_OPERATION_TIMEDOUT);
}

/* Whether repeating the request is harmless, and may help. */
static int is_safe(struct request *r) {
  const struct transfer *t = &r->transfer;
  if (t->code != CURLE_OK && t->sink) return is_interrupted(t);
  if (t->code != CURLE_OK) return is_lost(t) && (t->starts == 0 || request_is_repeatable(r));
  return is_rate_limited(r) || (request_is_repeatable(r) && (t->status == 408 || t->status >= 500));
}

/* A random number from 0 to 1. */
static double random_fraction(void) {
  uint32_t n = 0;
  if (RAND_bytes((unsigned char *)&n, sizeof n) != 1) n = (uint32_t)(poller_now() * 1e6);
  return n / (double)UINT32_MAX;
}

/* Returns the pause before the next attempt: Retry-After, otherwise a back-off with full jitter.
 * Full jitter spreads the retries of programs that failed at the same time. If the handshake of the
 * first attempt fails, the request is retried at once. The server may have rejected the TLS
 * session, and the next handshake does not resume it. */
static double wait_before_retry(const struct request *r) {
  int64_t asked;
  if (r->transfer.code == CURLE_SSL_CONNECT_ERROR && r->call.attempts == 1) return 0;
  if (body_retry_after(r, &asked)) return (double)asked < r->asked.settings.max_retry_wait ? (double)asked : r->asked.settings.max_retry_wait;
  double seconds = first_wait;
  unsigned failures = r->call.attempts - (r->transfer.sink ? r->call.extra_attempts : 0);
  for (unsigned i = 1; i < failures && seconds < r->asked.settings.max_retry_wait; i++) seconds *= 2;
  return (seconds < r->asked.settings.max_retry_wait ? seconds : r->asked.settings.max_retry_wait) * random_fraction();
}

/* Whether Twilio has refused the access token, and a new token may help. True at most once in a
 * call. */
static int is_token_refused(struct request *r) {
  if (r->transfer.sink && r->transfer.sink->is_elsewhere) return 0;
  if (!r->asked.takes_bearer || r->call.has_renewed_token || r->transfer.code != CURLE_OK || r->transfer.status != 401) return 0;
  credentials_expire_token(client_credentials(r->client), r->asked.bearer);
  r->call.has_renewed_token = 1;
  return 1;
}

/* Returns the seconds until the next attempt, or a negative number if no attempt follows. */
static double decide_retry(struct request *r) {
  const struct transfer *t = &r->transfer;
  if (r->asked.refusal || r->call.is_given_up || client_is_closed(r->client)) return -1;
  if (t->sink && t->sink->is_complete) return -1;
  if (t->sink && t->sink->offset > t->sink->reached) r->call.extra_attempts = r->call.attempts - 1; /* only attempts without progress count */
  int redirected = redirect_find(r), succeeded = t->code == CURLE_OK && t->status < 400 && !redirected;
  if (succeeded) return -1;
  int refused = !redirected && is_token_refused(r); /* status 401: Twilio did nothing */
  int is_free = refused || redirected;
  if (!is_free && (r->call.attempts > (unsigned)r->asked.settings.retries + r->call.extra_attempts || !is_safe(r))) return -1;
  double seconds = is_free ? 0 : wait_before_retry(r);
  r->call.extra_attempts += (unsigned)is_free;
  if (r->call.deadline > 0 && poller_now() + seconds + least_time >= r->call.deadline) return -1;
  if (request_is_inherited(r)) {
    attempt_end_inherited(r);
    return -1;
  }
  if (t->starts > 1 || (t->starts == 1 && t->status != 429 && !refused)) r->call.is_doubtful = 1;
  return seconds;
}

/* ---- methods ---- */

int retry_next(lua_State *L) {
  struct request *r = request_check(L, 1);
  int is_told = r->call.decided == r->call.attempts;
  double seconds = -1;
  if (!is_told) {
    seconds = decide_retry(r);
    r->call.decided = r->call.attempts;
    r->call.next_attempt = seconds < 0 ? 0 : poller_now() + seconds;
  } else if (r->call.next_attempt > 0) {
    seconds = r->call.next_attempt - poller_now();
    if (seconds < 0) seconds = 0;
  }
  seconds < 0 ? lua_pushnil(L) : lua_pushnumber(L, (lua_Number)seconds);
  lua_pushboolean(L, is_told);
  return 2;
}

int retry_deadline(lua_State *L) {
  const struct request *r = request_check(L, 1);
  if (r->call.deadline <= 0) return 0;
  lua_pushnumber(L, (lua_Number)r->call.deadline);
  return 1;
}

int retry_start_clock(lua_State *L) {
  attempt_start_clock(request_check(L, 1));
  return 0;
}

int retry_linger(lua_State *L) {
  struct request *r = request_check(L, 1);
  /* A key makes repeating harmless, but the program would lose the record of what was created. */
  int is_harmless = request_is_repeatable(r) && !request_has_key(r);
  if (r->asked.settings.grace <= 0 || is_harmless || !engine_may_have_left(&r->transfer)) return 0;
  r->call.is_given_up = 1;
  lua_pushnumber(L, (lua_Number)r->asked.settings.grace);
  return 1;
}

int retry_give_up(lua_State *L) {
  struct request *r = request_check_any(L, 1);
  const char *reason = luaL_optstring(L, 2, "cancelled");
  int is_decided = r->call.decided == r->call.attempts;
  r->call.is_given_up = 1;
  if (r->response.holds) { /* too late: a finalizer calls this while the response is read */
    r->call.next_attempt = 0;
    return 0;
  }
  if (request_is_inherited(r)) {
    attempt_end_inherited(r);
  } else if (r->transfer.state == TRANSFER_FLYING) {
    engine_cancel(&r->transfer);
    snprintf(r->transfer.reason, sizeof r->transfer.reason, "%s", reason);
  } else if (r->transfer.state != TRANSFER_DONE || is_decided) {
    attempt_end_call(r, CURLE_ABORTED_BY_CALLBACK, reason);
  }
  return 0;
}
