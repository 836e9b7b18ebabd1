/* One attempt to send an HTTP request: the request and its result. The owner fills in the request
 * and reads the result. The engine (engine.h) performs the transfer. */
#ifndef TWILIO_TRANSFER_H
#define TWILIO_TRANSFER_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

struct engine;
struct easy_handle;
struct sink;
struct upload;

/* Settings shared by all transfers of one client. The client owns the struct and outlives its
 * transfers. The settings do not change until the client is closed. Two structs have the same
 * `serial` only if one is a copy of the other, as for client:account(sid). The engine reuses an
 * easy handle that has this serial, because the handle already has these settings. */
struct transport_config {
  uint64_t serial;
  const char *user_agent;
  const char *proxy;   /* NULL: the environment variables decide, for https only; "": no proxy */
  const char *ca_file; /* NULL: the system's trust store */
};

/* Seconds from the start of the attempt to the end of each step. 0: the step did not end, or did
 * not take place. A reused connection, for example, needs no name look-up. */
struct timings {
  double name_lookup, connect, tls, first_byte;
};

/* TRANSFER_FLYING: the transfer is in flight. */
enum transfer_state { TRANSFER_IDLE, TRANSFER_FLYING, TRANSFER_DONE };

/* The owner zeroes the struct before it is first submitted. It may be submitted again for another
 * attempt. */
struct transfer {
  /* the request: set by the owner, who must not change it until the transfer is done */
  const struct transport_config *route;
  const char *method; /* "GET", "POST", … */
  const char *url;    /* absolute and escaped; libcurl sends dot segments and escapes unchanged */
  struct curl_slist *headers;
  const char *body; /* NULL: no body; "": an empty body, with Content-Length: 0 */
  size_t body_length;
  size_t max_response; /* bytes of the decoded body; more bytes are CURLE_FILESIZE_EXCEEDED */
  long timeout_ms, connect_timeout_ms;
  long low_speed_limit;  /* bytes per second; 0 disables the limit */
  long low_speed_time;   /* seconds below low_speed_limit until CURLE_OPERATION_TIMEDOUT; 0: never */
  int timed;             /* report `timings` for a success too */
  int resendable;        /* libcurl may send it a second time if a reused connection dies */
  struct upload *upload; /* a body that is no text, or whose text is hidden (upload.h); or NULL */
  struct sink *sink;     /* of a download: takes the body of a success (sink.h); otherwise NULL */

  /* the result: valid if `state` is TRANSFER_DONE */
  enum transfer_state state;
  CURLcode code;
  long status;                  /* of the final response; 0: its headers were not complete */
  unsigned starts;              /* how often sending started; at least 1 after a fork */
  struct buffer head;           /* status line and headers of the final response, as received */
  struct buffer answer;         /* decoded response body; incomplete if `code` is not CURLE_OK */
  double seconds;               /* from submit to done */
  struct timings timings;       /* only for a failure, a status of 300 or more, or with `timed` */
  char reason[CURL_ERROR_SIZE]; /* error text, usually libcurl's; empty on success */

  /* private to the engine */
  uint32_t id;                      /* set by engine_submit; never 0; unique within the engine */
  struct engine *engine;            /* until engine_completed returns the id, then NULL */
  struct transfer *previous, *next; /* in one of the engine's lists */
  struct easy_handle *handle;       /* while the transfer is in flight */
  int port;                         /* local port of the connection; 0: unknown */
  int is_unverified;                /* another transfer timed out on the same connection */
};

#pragma GCC visibility pop

#endif
