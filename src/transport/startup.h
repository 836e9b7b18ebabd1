/* What is one per process, whatever the number of Lua states and threads. */
#ifndef TWILIO_STARTUP_H
#define TWILIO_STARTUP_H

#include <signal.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* Once per process, from whichever thread comes first: initialises libcurl,
 * pins this module in memory, registers the fork handlers. Returns NULL, or a
 * static text that says what failed. */
const char *startup_init(void);

/* Whether `error`, an errno, says that the process or the machine has no descriptor left; and how that is put. */
int startup_is_starved(int error);
extern const char startup_starved_reason[];

/* Whether that is so now. libcurl reports a descriptor that it lacks as a lack of memory, or as a host that does not answer. */
int startup_starves(void);

/* A number that was never handed out before in this process. */
uint64_t startup_serial(void);

/* Counts the forks between the process that loaded the module and this one:
 * whoever remembers another number holds handles that belong to a parent. */
unsigned startup_generation(void);

/* What was found out about libcurl and the system: valid after startup_init. */
struct startup_facts {
  int gzip;                 /* libcurl can decode it */
  int shares_sessions;      /* it resumes a TLS session of another handle only where both trust the same */
  int crosses;              /* libcurl before 8.5: where a host has HTTP/2 too, it may use an HTTP/1.1 connection twice at once */
  int raises_sigpipe;       /* its TLS library writes to sockets without MSG_NOSIGNAL */
  const char *ca_directory; /* the system's CA certificates under their hashed names, NULL where there are none to rely on */
  const char *ca_bundle;    /* the same in one file, as libcurl was built to find it; may be NULL */
};
const struct startup_facts *startup_facts(void);

/* A connection that the peer has closed must not kill a program that leaves
 * SIGPIPE alone: the signal is held back from this thread around calls that
 * may write, and one that came of them is taken away. A pair does nothing
 * where libcurl takes care itself. */
struct sigpipe {
  int held;
  sigset_t before;
};
void sigpipe_block(struct sigpipe *p);
void sigpipe_restore(const struct sigpipe *p);

#pragma GCC visibility pop

#endif
