/* Tests transport/descriptors.c at the limit of open files. */
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "transport/descriptors.h"

#define CHECK(condition)                                                                                                                             \
  if (!(condition)) return fprintf(stderr, "line %d: %s\n", __LINE__, #condition), 1

int main(void) {
  struct rlimit few = {16, 16};
  int last = 0;
  CHECK(!descriptors_are_exhausted());
  CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
  for (int fd; (fd = dup(1)) >= 0;) last = fd;
  CHECK(errno == EMFILE && descriptors_error_is_exhausted(EMFILE) && descriptors_error_is_exhausted(ENFILE));
  CHECK(!descriptors_error_is_exhausted(ENOMEM) && !descriptors_error_is_exhausted(0));
  CHECK(descriptors_are_exhausted());
  close(last);
  CHECK(!descriptors_are_exhausted() && dup(1) == last); /* the test leaves no descriptor open */
  puts("ok");
  return 0;
}
