/* Calls the socket callbacks with negative descriptors, as some versions of libcurl do. */
#include "transport/poller.c" /* for its static functions */

#include <stdio.h>

int main(void) {
  struct poller p;
  CURLM *multi = curl_multi_init();
  size_t before;
  int failed;
  if (!multi || !poller_open(&p, multi)) return 1;
  (void)poller_find(&p, 200); /* larger than the negation of every descriptor below */
  before = p.socket_count;
  for (int fd = -1; fd > -200; fd--) {
#if POLLER_EPOLL
    (void)poller_socket_callback(NULL, fd, CURL_POLL_REMOVE, &p, NULL);
    (void)poller_socket_callback(NULL, fd, CURL_POLL_INOUT, &p, NULL);
#endif
    (void)poller_closesocket(&p, fd);
  }
  failed = p.socket_count != before || p.failure;
  poller_close(&p);
  curl_multi_cleanup(multi);
  puts(failed ? "a negative descriptor was not ignored" : "ok");
  return failed;
}
