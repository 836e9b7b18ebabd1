/* One attempt at one HTTP request: what is sent and what came of it. The owner fills in the
 * request and reads the result. The engine (engine.h) performs the transfer. */
#ifndef TWILIO_TRANSFER_H
#define TWILIO_TRANSFER_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

struct engine;
struct easy_handle;

/* Settings that all transfers of one client share. Owned by the client, which
 * outlives its transfers; `serial` is unique in the process and changes
 * whenever a setting does, so that a kept easy handle knows whether it is set
 * up for them already. */
struct transport_config {
  uint64_t serial;
  const char *user_agent;
  const char *proxy;   /* NULL: the environment's, for https alone; "": none */
  const char *ca_file; /* NULL: the system's trust store */
};

/* Seconds from the attempt's beginning until each of its steps was done; 0: it
 * was not, or there was none, as on a kept connection. */
struct timings {
  double name_lookup, connect, tls, first_byte;
};

enum transfer_state { TRANSFER_IDLE, TRANSFER_FLYING, TRANSFER_DONE };

/* One attempt at one HTTP request. Zeroed before its first use; submitted
 * again for another attempt. */
struct transfer {
  /* what to send: set by the owner, left alone until the transfer is done */
  const struct transport_config *route;
  const char *method; /* "GET", "POST", … */
  const char *url;    /* absolute, ready to send: neither dots nor escapes are touched */
  struct curl_slist *headers;
  const char *body; /* NULL for none; an empty body is sent as such */
  size_t body_length;
  size_t max_response; /* bytes of the decoded body; more is CURLE_FILESIZE_EXCEEDED */
  long timeout_ms, connect_timeout_ms;
  long low_speed_limit, low_speed_time; /* bytes a second; slower for so many seconds is CURLE_OPERATION_TIMEDOUT. 0 seconds: never */
  int timed;                            /* timings are wanted of a success too */
  int resendable;                       /* libcurl may send it again when a reused connection dies (GET, DELETE only) */

  /* what came of it: valid once state is TRANSFER_DONE */
  enum transfer_state state;
  CURLcode code;
  long status;                  /* of the final answer (no 1xx) once its header was complete, else 0 */
  unsigned starts;              /* how often a request started to be sent: 0 means that no byte of it left, or will leave in a parent process */
  struct buffer head;           /* header lines of that answer, status line first, line ends kept; no trailers */
  struct buffer answer;         /* its decoded body; with a code other than CURLE_OK what came of it */
  double seconds;               /* from submit to done */
  struct timings timings;       /* of a failure, a status of 300 or more, and where they are wanted */
  char reason[CURL_ERROR_SIZE]; /* what went wrong, mostly in libcurl's words; empty when nothing did */

  /* the engine's own */
  uint32_t id;                      /* set by submit, never 0, unique among the engine's transfers */
  struct engine *engine;            /* while it flies, and until engine_completed has told of it */
  struct transfer *previous, *next; /* in the engine's list of those that fly, or of those it has to tell of */
  struct easy_handle *handle;
  int port;       /* the local one of the connection that it started on; 0: not yet, or not known */
  int is_suspect; /* on that connection another transfer timed out, and this one waits there still */
};

#pragma GCC visibility pop

#endif
