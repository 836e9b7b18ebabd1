/* State and initialisation that all Lua states and threads of the process share. */
#ifndef TWILIO_STARTUP_H
#define TWILIO_STARTUP_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

/* Initialises libcurl, pins this module in memory and registers the fork handlers. Only the first
 * call in the process has an effect. Any thread may call the function. Returns NULL on success,
 * otherwise a static error text. */
const char *startup_init(void);

/* Returns a number that is unique in this process. */
uint64_t startup_serial(void);

/* Returns the number of forks between the process that loaded the module and this process. A handle
 * that was created at another generation belongs to a parent process. */
unsigned startup_generation(void);

/* Facts about libcurl and the system. Valid after startup_init. */
struct startup_facts {
  int gzip;                    /* libcurl can decode gzip */
  int reuses_busy_connections; /* a bug of libcurl before 8.5: if a host has HTTP/2 too, libcurl
                                  may send on an HTTP/1.1 connection that waits for a response */
  const char *ca_directory;    /* CA certificates under hashed names; NULL: none, or not current */
  const char *ca_bundle;       /* libcurl's default file of CA certificates; may be NULL */
};
const struct startup_facts *startup_facts(void);

#pragma GCC visibility pop

#endif
