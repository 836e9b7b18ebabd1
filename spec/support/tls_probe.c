/* Tests transport/tls.c without a connection. */
#include <stdio.h>

#include "transport/tls.h"

int main(void) {
  CURL *easy;
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return 1;
  easy = curl_easy_init();
  printf("known %d\n", tls_is_known());
  tls_init();
  printf("known %d\n", tls_is_known());
  printf("session %d\n", tls_session(easy) != NULL);
  printf("HTTP/2 %d pending %d\n", tls_is_http2(NULL), tls_has_pending(NULL));
  curl_easy_cleanup(easy);
  return 0;
}
