/* What exists once per process, for all Lua states and threads. */
#ifndef TWILIO_STARTUP_H
#define TWILIO_STARTUP_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

/* Initialises libcurl, pins this module in memory and registers the fork handlers. Only the first
 * call in the process does so; any thread may make it. Returns NULL, or a static error text. */
const char *startup_init(void);

/* Returns a number that is unique in this process. */
uint64_t startup_serial(void);

/* Counts the forks between the process that loaded the module and this process. Handles that were
 * created at another count belong to a parent process. */
unsigned startup_generation(void);

/* Facts about libcurl and the system. Valid after startup_init. */
struct startup_facts {
  int gzip;                    /* libcurl can decode gzip */
  int reuses_busy_connections; /* libcurl before 8.5: it may send on an HTTP/1.1 connection that
                                  still waits for a response, if the host has HTTP/2 too */
  const char *ca_directory;    /* CA certificates under hashed names; NULL: none, or outdated */
  const char *ca_bundle;       /* CA certificates in one file, libcurl's default; may be NULL */
};
const struct startup_facts *startup_facts(void);

#pragma GCC visibility pop

#endif
