#include "transport/sigpipe.h"

#include <stddef.h>
#include <time.h>

/* These systems have no sigtimedwait. On macOS libcurl sets SO_NOSIGPIPE instead. */
#if defined(__APPLE__) || defined(__OpenBSD__)
#define SIGPIPE_CAN_BE_TAKEN 0
#else
#define SIGPIPE_CAN_BE_TAKEN 1
#endif

static int sigpipe_is_raised; /* written once, by startup_init */

void sigpipe_init(int is_raised) {
  sigpipe_is_raised = SIGPIPE_CAN_BE_TAKEN && is_raised;
}

static int sigpipe_pending(void) {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

void sigpipe_block(struct sigpipe *sigpipe) {
  sigset_t pipe;
  /* If a SIGPIPE is already pending, the program itself has blocked the signal. That SIGPIPE
   * belongs to the program and must not be discarded. */
  sigpipe->is_blocked = sigpipe_is_raised && !sigpipe_pending();
  if (!sigpipe->is_blocked) return;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpipe->is_blocked = pthread_sigmask(SIG_BLOCK, &pipe, &sigpipe->before) == 0;
}

void sigpipe_restore(const struct sigpipe *sigpipe) {
  if (!sigpipe->is_blocked) return;
#if SIGPIPE_CAN_BE_TAKEN
  if (sigpipe_pending()) {
    const struct timespec at_once = {0, 0};
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    (void)sigtimedwait(&pipe, NULL, &at_once);
  }
#endif
  (void)pthread_sigmask(SIG_SETMASK, &sigpipe->before, NULL);
}
