/* Tests transport/sigpipe.c: writes to a pipe without a reader. */
#include <stdio.h>
#include <unistd.h>

#include "transport/sigpipe.h"

static volatile sig_atomic_t caught;

static void catch (int signal) {
  (void)signal;
  caught++;
}

static int is_blocked(void) {
  sigset_t mask;
  return pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0 && sigismember(&mask, SIGPIPE) == 1;
}

/* Returns how often the handler ran. */
static int guarded_write(int fd) {
  struct sigpipe guard;
  caught = 0;
  sigpipe_block(&guard);
  if (write(fd, "x", 1) == 1) return -1;
  sigpipe_restore(&guard);
  return caught;
}

/* The program has blocked SIGPIPE itself. Its pending signal must still be delivered. */
static int keeps_pending_signal(int fd) {
  sigset_t pipe_only, before;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
  raise(SIGPIPE);
  if (guarded_write(fd) != 0) return 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return caught == 1;
}

#define CHECK(condition)                                                                                                                             \
  if (!(condition)) return fprintf(stderr, "line %d: %s\n", __LINE__, #condition), 1

int main(void) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  close(ends[0]);
  signal(SIGPIPE, catch);
  CHECK(guarded_write(ends[1]) == 1); /* before sigpipe_init */
  sigpipe_init(0);
  CHECK(guarded_write(ends[1]) == 1);
  sigpipe_init(1);
  CHECK(guarded_write(ends[1]) == 0 && !is_blocked());
  CHECK(keeps_pending_signal(ends[1]) && !is_blocked());
  puts("ok");
  return 0;
}
