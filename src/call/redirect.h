/* Redirects of GET requests within their origin. Every other redirect is a failure, because
 * credentials are sent nowhere else. */
#ifndef TWILIO_REDIRECT_H
#define TWILIO_REDIRECT_H

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Whether the response is a redirect that the next attempt must follow. Stores the target in
 * r->call.target, or why the redirect is not followed in r->call.unfollowed. */
int redirect_find(struct request *r);

/* Makes the target that redirect_find has stored the URL of the request. Without a target, does
 * nothing. */
void redirect_begin(struct request *r);

#pragma GCC visibility pop

#endif
