/* The callbacks that libcurl calls for sockets, with what it may tell of and a spec cannot bring about: no descriptor. */
#include "transport/poller.c" /* what it tests */

#include <stdio.h>

int main(void) {
  struct poller w;
  CURLM *multi = curl_multi_init();
  size_t before;
  int failed;
  if (!multi || !poller_open(&w, multi)) return 1;
  (void)poller_find(&w, 200); /* more than a negative number counts to, taken for a positive one */
  before = w.socket_count;
  for (int fd = -1; fd > -200; fd--) {
#if POLLER_EPOLL
    (void)poller_change(NULL, fd, CURL_POLL_REMOVE, &w, NULL);
    (void)poller_change(NULL, fd, CURL_POLL_INOUT, &w, NULL);
#endif
    (void)poller_closesocket(&w, fd);
  }
  failed = w.socket_count != before || w.broken;
  poller_close(&w);
  curl_multi_cleanup(multi);
  puts(failed ? "a negative descriptor was taken for one" : "ok");
  return failed;
}
