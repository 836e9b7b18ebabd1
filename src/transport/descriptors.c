#include "transport/descriptors.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

const char descriptors_exhausted_reason[] = "no file descriptor is left: the process has as many open as its limit allows (see ulimit -n)";

int descriptors_error_is_exhausted(int error) {
  return error == EMFILE || error == ENFILE;
}

int descriptors_are_exhausted(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return descriptors_error_is_exhausted(errno);
  close(fd);
  return 0;
}
