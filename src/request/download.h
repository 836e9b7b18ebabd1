/* The request of a download. Its transfer has a sink. Each attempt starts at the URL that the
 * program passed, because the URL of a redirect may have expired since. */
#ifndef TWILIO_DOWNLOAD_H
#define TWILIO_DOWNLOAD_H

#include <lua.h>

#include "client/redirect_target.h"
#include "request/request.h"
#include "transport/sink.h"

#pragma GCC visibility push(hidden)

/* Stack: client, URL or path, options, atomic file or nil. Pushes and returns a request, whose sink
 * writes to the file, or keeps the bytes for the program. */
struct request *download_new(lua_State *L);

/* Prepares an attempt. Does nothing for a request that is no download. If the last attempt has
 * ended with a redirect, call download_follow first. Returns 0, or an errno, after which no attempt
 * may follow. */
int download_begin(struct request *r);

/* Makes the target of a redirect the URL of the next attempt. With `is_elsewhere`, no credentials
 * are sent from now on. */
void download_follow(struct request *r, struct buffer *url, int is_elsewhere);

#pragma GCC visibility pop

#endif
