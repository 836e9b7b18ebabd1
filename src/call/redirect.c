#include "call/redirect.h"

#include <string.h>

#include "client/redirect_target.h"
#include "request/download.h"
#include "response/body.h"
#include "text/headers.h"

enum { MOST_REDIRECTS = 3 }; /* in one call */

/* Status 303 leads to another resource, such as the file that a download asks for. */
static int is_redirect(const struct transfer *t) {
  long status = t->status;
  return status == 301 || status == 302 || status == 307 || status == 308 || (status == 303 && t->sink);
}

/* Whether the response is a documented record with the field redirect_to, although its status is a
 * redirect. The field is the URL of a file, which the program fetches without credentials. */
static int is_record(struct request *r) {
  const struct api_op *op = request_op(r);
  return op && op->kind == API_FETCH && body_read_error(r) && body_field(r, "redirect_to");
}

/* Stores the target of the redirect, or why it is not followed. A download goes to any host. */
static void find_target(struct request *r, const char *location, size_t length) {
  const struct transfer *t = &r->transfer;
  r->call.unfollowed = redirect_target_add(t->url, location, length, &r->call.target);
  if (!t->sink || !r->call.unfollowed || *r->call.unfollowed) return;
  buffer_clear(&r->call.target);
  r->call.unfollowed = redirect_target_add_elsewhere(t->url, location, length, &r->call.target);
  t->sink->goes_elsewhere = 1;
}

int redirect_find(struct request *r) {
  const struct transfer *t = &r->transfer;
  size_t length = 0;
  buffer_clear(&r->call.target);
  r->call.unfollowed = NULL;
  if (t->sink) t->sink->goes_elsewhere = 0;
  if (t->code != CURLE_OK || !is_redirect(t) || strcmp(t->method, "GET") != 0) return 0;
  const char *location = header_lines_find(&t->head, "Location", &length);
  if (!location || is_record(r)) return 0;
  find_target(r, location, length);
  if (!r->call.unfollowed && r->call.redirects >= MOST_REDIRECTS) r->call.unfollowed = "more than 3 redirects";
  if (!r->call.unfollowed && buffer_cstr(&r->call.target)) return 1;
  buffer_clear(&r->call.target);
  return 0;
}

void redirect_begin(struct request *r) {
  struct transfer *t = &r->transfer;
  if (!r->call.target.length) return;
  r->call.redirects++;
  if (t->sink) {
    download_follow(r, &r->call.target, t->sink->goes_elsewhere);
    return;
  }
  size_t received = t->answer.length;
  t->max_response -= received < t->max_response ? received : t->max_response;
  request_move(r, &r->call.target);
  buffer_free(&r->call.target);
}
