/* The sink of a download: the body of a response goes to a file, or to a bounded buffer from which
 * the owner takes it. A sink outlives its attempts. After a lost connection the next attempt asks
 * for the rest of the file (RFC 9110, Range and If-Range). */
#ifndef TWILIO_SINK_H
#define TWILIO_SINK_H

#include <curl/curl.h>
#include <stdint.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

/* A zeroed struct with `fd` of -1 is a valid sink. */
struct sink {
  /* set by the owner */
  int fd;         /* the file that the body is written to; owned by the sink; -1: `waiting` */
  uint64_t limit; /* the largest number of bytes; 0: no limit */

  /* the file, as the first response describes it */
  struct buffer etag, modified; /* ETag and Last-Modified; empty: the response has none */
  uint64_t total;               /* its length in bytes, if has_total */
  int has_total;

  /* progress over all attempts */
  uint64_t offset;       /* bytes received */
  uint64_t reached;      /* the largest `offset` before the attempt */
  int is_complete;       /* all bytes were received */
  int error;             /* errno of a failed write, or 0 */
  int has_expired;       /* engine_expire has ended the attempt */
  struct buffer waiting; /* without a file: bytes that the owner has not taken yet */

  /* for the owner, who follows redirects (request/download.h) */
  struct buffer first_url;        /* the URL at which each attempt starts; empty if it is the current URL */
  struct curl_slist *own_headers; /* with the credentials */
  int starts_elsewhere;           /* first_url is on a host that must not get credentials */
  int is_elsewhere;               /* the current URL is on a host that must not get credentials */
  int goes_elsewhere;             /* the last redirect leads to a host that must not get credentials */
  int is_redirected;              /* the next attempt follows a redirect */

  /* of the current attempt */
  int takes_body;              /* the body is the file, not that of an error or a redirect */
  int is_paused;               /* the sink has refused bytes, because too many are waiting */
  int is_announced;            /* engine_filled has returned the id of the transfer */
  uint64_t skipped;            /* bytes still to skip: the response starts at the first byte */
  char range[24];              /* "N-" for CURLOPT_RANGE; "": the whole file */
  struct buffer condition;     /* the line of the header If-Range, or empty */
  struct curl_slist header[2]; /* further headers of the request, see sink_headers */
};

/* Prepares the next attempt. The attempt asks for the bytes after `offset`. If this is impossible,
 * a file is emptied, and the attempt asks for all bytes. Returns 0, or an errno if there is no
 * memory or the file cannot be emptied. */
int sink_begin(struct sink *sink);

/* Whether another attempt may follow: it can resume, or start anew. A download to a function cannot
 * start anew after the function has received bytes. */
int sink_may_go_on(const struct sink *sink);

/* Returns the headers of the request: those of the sink, followed by `rest`. */
struct curl_slist *sink_headers(struct sink *sink, struct curl_slist *rest);

/* Reads status and headers of the final response. Returns CURLE_OK, or the code of the failure and
 * sets *why. */
CURLcode sink_respond(struct sink *sink, long status, const struct buffer *head, const char **why);

/* Takes bytes of the body. Returns CURLE_OK, CURLE_AGAIN if too many bytes are waiting, or the code
 * of the failure and sets *why. Never returns CURLE_AGAIN unless `may_pause` is set. */
CURLcode sink_take(struct sink *sink, const char *bytes, size_t length, int may_pause, const char **why);

/* Call at the end of a successful transfer. Returns CURLE_PARTIAL_FILE if bytes are missing. */
CURLcode sink_end(struct sink *sink);

/* Closes the file. No attempt may be in flight. */
void sink_close(struct sink *sink);

/* Closes the file, and frees the sink, which malloc has allocated. `sink` may be NULL. */
void sink_delete(struct sink *sink);

#pragma GCC visibility pop

#endif
