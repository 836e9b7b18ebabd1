#include "call/attempt.h"

#include <stdio.h>
#include <string.h>

#include "call/redirect.h"
#include "request/request_signature.h"
#include "response/body.h"
#include "support/compat.h"
#include "transport/poller.h"
#include "transport/startup.h"

void attempt_start_clock(struct request *r) {
  double seconds = r->asked.settings.deadline;
  if (!r->call.attempts) r->call.generation = startup_generation();
  r->call.deadline = seconds > 0 ? poller_now() + seconds : 0;
}

/* The timeout of an attempt ends at the deadline of the call, if that is earlier. */
static void set_timeout(struct request *r) {
  long timeout_ms = request_timeout_ms(r);
  r->transfer.timeout_ms = timeout_ms;
  if (r->call.deadline <= 0) return;
  double left = (r->call.deadline - poller_now()) * 1000;
  if (left < (double)timeout_ms) r->transfer.timeout_ms = left < 1 ? 1 : (long)left;
}

struct request *attempt_begin(lua_State *L, int index) {
  struct request *r = request_check(L, index);
  client_check_open(L, r->client);
  if (r->response.holds) luaL_error(L, "the response of the request is being read");
  if (request_is_inherited(r)) {
    attempt_end_inherited(r);
    return NULL;
  }
  body_drop_index(r); /* the index refers to the previous response */
  redirect_begin(r);
  if (r->transfer.state == TRANSFER_DONE) r->transfer.state = TRANSFER_IDLE;
  if (r->call.is_secret) r->call.begun = poller_now();
  if (r->asked.takes_bearer) request_take_bearer(L, r);
  request_signature_renew(L, r);
  r->call.attempts++;
  r->call.is_given_up = 0;
  set_timeout(r);
  return r;
}

void attempt_end_call(struct request *r, CURLcode code, const char *reason) {
  struct transfer *t = &r->transfer;
  r->call.next_attempt = 0; /* a pause in progress is not followed by an attempt */
  snprintf(t->reason, sizeof t->reason, "%s", reason);
  t->state = TRANSFER_DONE;
  t->code = code;
  t->status = 0;
  t->starts = 0;
  t->seconds = 0;
  memset(&t->timings, 0, sizeof t->timings);
  buffer_clear(&t->head);
  buffer_clear(&t->answer);
}

void attempt_end_inherited(struct request *r) {
  engine_cancel(&r->transfer);
  attempt_end_call(r, CURLE_RECV_ERROR, ENGINE_FORKED);
}
