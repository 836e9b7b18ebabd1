#include "transport/poller.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transport/descriptors.h"

double poller_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void poller_forget_timer(struct poller *poller) {
  poller->running = 0;
  poller->deadline = -1;
}

int poller_is_usable(struct poller *poller, int port, int is_silent) {
  return poller_sockets_are_usable(&poller->sockets, port, is_silent);
}

/* ---- for both implementations ---- */

int poller_milliseconds(double seconds) {
  double exact = seconds * 1000;
  int ms;
  if (!(exact > 0)) return 0;
  if (exact > 1e9) return 1000000000;
  ms = (int)exact;
  return ms < exact ? ms + 1 : ms;
}

void poller_note(struct poller *poller, CURLMcode code) {
  if (code > CURLM_OK && code != CURLM_BAD_SOCKET) poller->failure = curl_multi_strerror(code);
}

int poller_create_socket(struct poller *poller, const struct curl_sockaddr *address, struct poller_socket **s) {
#ifdef SOCK_CLOEXEC
  int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
  int fd = socket(address->family, address->socktype, address->protocol);
  if (fd >= 0) (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
  if (fd < 0) {
    if (descriptors_error_is_exhausted(errno)) poller->is_exhausted = 1;
    return -1;
  }
  *s = poller_sockets_find(&poller->sockets, fd);
  if (*s) return fd;
  close(fd);
  return -1;
}

CURLcode poller_set_socket_callbacks(struct poller *poller, CURL *easy, curl_opensocket_callback opens, curl_closesocket_callback closes) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, opens);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, (void *)poller);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, closes);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, (void *)poller);
  return code;
}
