/* What is one per process, whatever the number of Lua states and threads. */
#ifndef TWILIO_PROCESS_H
#define TWILIO_PROCESS_H

#include <signal.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* Once per process, from whichever thread comes first: initialises libcurl,
 * pins this module in memory, registers the fork handlers. Returns NULL, or a
 * static text that says what failed. */
const char *process_init(void);

/* Whether `error`, an errno, says that the process or the machine has no descriptor left; and how that is put. */
int process_is_starved(int error);
extern const char process_starved_reason[];

/* Whether that is so now. libcurl reports a descriptor that it lacks as a lack of memory, or as a host that does not answer. */
int process_starves(void);

/* A number that was never handed out before in this process. */
uint64_t process_serial(void);

/* Counts the forks between the process that loaded the module and this one:
 * whoever remembers another number holds handles that belong to a parent. */
unsigned process_generation(void);

/* What was found out about libcurl and the system: valid after process_init. */
struct process_facts {
  int gzip;                 /* libcurl can decode it */
  int shares_sessions;      /* it resumes a TLS session of another handle only where both trust the same */
  int crosses;              /* libcurl before 8.5: where a host has HTTP/2 too, it may use an HTTP/1.1 connection twice at once */
  int raises_sigpipe;       /* its TLS library writes to sockets without MSG_NOSIGNAL */
  const char *ca_directory; /* the system's CA certificates under their hashed names, NULL where there are none to rely on */
  const char *ca_bundle;    /* the same in one file, as libcurl was built to find it; may be NULL */
};
const struct process_facts *process_facts(void);

/* A connection that the peer has closed must not kill a program that leaves
 * SIGPIPE alone: the signal is held back from this thread around calls that
 * may write, and one that came of them is taken away. A pair does nothing
 * where libcurl takes care itself. */
struct process_pipe {
  int held;
  sigset_t before;
};
void process_hold_pipe(struct process_pipe *p);
void process_release_pipe(const struct process_pipe *p);

#pragma GCC visibility pop

#endif
