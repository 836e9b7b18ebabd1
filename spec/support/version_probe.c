/* Prints the versions of libcurl and of its TLS library. */
#include <curl/curl.h>
#include <stdio.h>

int main(void) {
  const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
  printf("%s %s\n", v->version, v->ssl_version ? v->ssl_version : "none");
  return 0;
}
