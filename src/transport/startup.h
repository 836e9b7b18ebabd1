/* What is one per process, whatever the number of Lua states and threads. */
#ifndef TWILIO_STARTUP_H
#define TWILIO_STARTUP_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

/* Once per process, from whichever thread comes first: initialises libcurl,
 * pins this module in memory, registers the fork handlers. Returns NULL, or a
 * static text that says what failed. */
const char *startup_init(void);

/* A number that was never handed out before in this process. */
uint64_t startup_serial(void);

/* Counts the forks between the process that loaded the module and this one:
 * whoever remembers another number holds handles that belong to a parent. */
unsigned startup_generation(void);

/* What was found out about libcurl and the system: valid after startup_init. */
struct startup_facts {
  int gzip;                 /* libcurl can decode it */
  int crosses;              /* libcurl before 8.5: where a host has HTTP/2 too, it may use an HTTP/1.1 connection twice at once */
  const char *ca_directory; /* the system's CA certificates under their hashed names, NULL where there are none to rely on */
  const char *ca_bundle;    /* the same in one file, as libcurl was built to find it; may be NULL */
};
const struct startup_facts *startup_facts(void);

#pragma GCC visibility pop

#endif
