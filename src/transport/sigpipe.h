/* Keeps SIGPIPE from killing the program when a TLS library writes to a connection that the peer
 * has closed. Wrap each call of libcurl that may write in sigpipe_block and sigpipe_restore. Both
 * functions do nothing if libcurl itself prevents the signal. */
#ifndef TWILIO_SIGPIPE_H
#define TWILIO_SIGPIPE_H

#include <signal.h>

#pragma GCC visibility push(hidden)

struct sigpipe {
  int is_blocked; /* sigpipe_block has blocked the signal */
  sigset_t before;
};

/* Called once per process by startup_init. `is_raised`: the TLS library of libcurl writes to
 * sockets without MSG_NOSIGNAL. Before this call, sigpipe_block does nothing. */
void sigpipe_init(int is_raised);

/* Blocks SIGPIPE in this thread. */
void sigpipe_block(struct sigpipe *sigpipe);

/* Discards a SIGPIPE that was raised since sigpipe_block, and restores the signal mask. */
void sigpipe_restore(const struct sigpipe *sigpipe);

#pragma GCC visibility pop

#endif
