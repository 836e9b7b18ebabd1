/* The callbacks that libcurl calls for sockets, with what it may tell of and a spec cannot bring about: no descriptor. */
#include "watch.c" /* what it tests */

#include <stdio.h>

int main(void) {
  struct watch w;
  CURLM *multi = curl_multi_init();
  size_t before;
  int failed;
  if (!multi || !watch_open(&w, multi)) return 1;
  (void)watch_find(&w, 200); /* more than a negative number counts to, taken for a positive one */
  before = w.socket_count;
  for (int fd = -1; fd > -200; fd--) {
#if WATCH_EPOLL
    (void)watch_change(NULL, fd, CURL_POLL_REMOVE, &w, NULL);
    (void)watch_change(NULL, fd, CURL_POLL_INOUT, &w, NULL);
#endif
    (void)watch_closesocket(&w, fd);
  }
  failed = w.socket_count != before || w.broken;
  watch_close(&w);
  curl_multi_cleanup(multi);
  puts(failed ? "a negative descriptor was taken for one" : "ok");
  return failed;
}
