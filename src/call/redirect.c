#include "call/redirect.h"

#include <string.h>

#include "response/body.h"
#include "text/headers.h"

enum { MOST_REDIRECTS = 3 }; /* in one call */

static int is_redirect(long status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

/* Whether the response is a documented record with the field redirect_to, although its status is a
 * redirect. The field is the URL of a file, which the program fetches without credentials. */
static int is_record(struct request *r) {
  const struct api_op *op = request_op(r);
  return op && op->kind == API_FETCH && body_read_error(r) && body_field(r, "redirect_to");
}

int redirect_find(struct request *r) {
  const struct transfer *t = &r->transfer;
  size_t length = 0;
  buffer_clear(&r->call.target);
  r->call.unfollowed = NULL;
  if (t->code != CURLE_OK || !is_redirect(t->status) || strcmp(t->method, "GET") != 0) return 0;
  const char *location = headers_find(&t->head, "Location", &length);
  if (!location || is_record(r)) return 0;
  r->call.unfollowed = origin_add_redirect(t->url, location, length, &r->call.target);
  if (!r->call.unfollowed && r->call.redirects >= MOST_REDIRECTS) r->call.unfollowed = "more than 3 redirects";
  if (!r->call.unfollowed && buffer_cstr(&r->call.target)) return 1;
  buffer_clear(&r->call.target);
  return 0;
}

void redirect_begin(struct request *r) {
  struct transfer *t = &r->transfer;
  if (!r->call.target.length) return;
  size_t received = t->answer.length;
  t->max_response -= received < t->max_response ? received : t->max_response;
  r->call.redirects++;
  request_move(r, &r->call.target);
  buffer_free(&r->call.target);
}
