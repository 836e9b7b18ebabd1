#include "transport/poller.h"

#if !POLLER_EPOLL

#include <unistd.h>

#include "transport/poller_sockets.h"
#include "transport/sigpipe.h"

static curl_socket_t poller_opensocket(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
  struct poller_socket *s;
  int fd = poller_create_socket(user, address, &s);
  (void)purpose;
  if (fd < 0) return CURL_SOCKET_BAD;
  *s = (struct poller_socket){.is_open = 1};
  return fd;
}

static int poller_closesocket(void *user, curl_socket_t fd) {
  struct poller *poller = user;
  struct poller_socket *s = poller_sockets_find(&poller->sockets, fd);
  if (fd < 0) return 0;
  if (s) *s = (struct poller_socket){0};
  return close(fd);
}

int poller_adopt(struct poller *poller, CURLM *multi) {
  poller->multi = multi;
  return 1;
}

int poller_open(struct poller *poller, CURLM *multi) {
  *poller = (struct poller){.multi = multi, .descriptor = -1, .timer = -1};
  return 1;
}

void poller_close(struct poller *poller) {
  poller_sockets_free(&poller->sockets);
  *poller = (struct poller){.descriptor = -1, .timer = -1};
}

void poller_abandon(struct poller *poller) {
  poller_close(poller);
}

unsigned poller_connections(const struct poller *poller) {
  (void)poller;
  return 0;
}

void poller_kick(struct poller *poller) {
  struct sigpipe pipe;
  sigpipe_block(&pipe);
  poller_note(poller, curl_multi_perform(poller->multi, &poller->running));
  sigpipe_restore(&pipe);
}

int poller_wait(struct poller *poller, double seconds) {
  int ms = poller_milliseconds(seconds), running = poller->running;
  if (ms > 0) poller_note(poller, curl_multi_poll(poller->multi, NULL, 0, ms, NULL));
  poller_kick(poller);
  return poller->running != running;
}

void poller_arm(struct poller *poller, int at_once) {
  (void)poller, (void)at_once;
}

void poller_sweep(struct poller *poller) {
  (void)poller;
}

void poller_transfer_ended(struct poller *poller, CURL *easy, CURLcode code) {
  (void)poller, (void)easy, (void)code;
}

int poller_pollfd(struct poller *poller) {
  return poller->descriptor;
}

double poller_timeout(const struct poller *poller) {
  long milliseconds = -1;
  if (poller->multi) (void)curl_multi_timeout(poller->multi, &milliseconds);
  return milliseconds < 0 ? -1 : (double)milliseconds / 1000;
}

CURLcode poller_set_options(struct poller *poller, CURL *easy) {
  return poller_set_socket_callbacks(poller, easy, poller_opensocket, poller_closesocket);
}

#endif
