/* Sends many requests at once with libcurl alone: a multi handle, reused easy handles and a
 * prepared form. Response bodies are counted, and not kept.
 *
 *   together BASE_URL CA COUNT AT_A_TIME */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static const char form[] = "To=%2B15558675310&From=%2B15017122661&Url=http%3A%2F%2Ffoo.com%2Fcall.xml";
static char url[512];
static const char *ca;
static size_t bytes;

static size_t together_count(char *data, size_t size, size_t n, void *user) {
  (void)data, (void)user;
  bytes += size * n;
  return size * n;
}

static CURL *together_handle(struct curl_slist *headers) {
  CURL *easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
  curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, together_count);
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L); /* one HTTP/2 connection, if the server has HTTP/2 */
  return easy;
}

static long together_collect(CURLM *multi, long *begun, long count) {
  CURLMsg *message;
  int left;
  long done = 0;
  while ((message = curl_multi_info_read(multi, &left))) {
    CURL *easy = message->easy_handle;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (message->data.result != CURLE_OK || status != 201) {
      fprintf(stderr, "together: %s, %ld\n", curl_easy_strerror(message->data.result), status);
      exit(1);
    }
    done++;
    curl_multi_remove_handle(multi, easy);
    if (*begun >= count) {
      curl_easy_cleanup(easy);
      continue;
    }
    (*begun)++;
    curl_multi_add_handle(multi, easy);
  }
  return done;
}

int main(int argc, char **argv) {
  struct curl_slist *headers = NULL;
  CURLM *multi;
  long count, at_a_time, begun = 0, done = 0;
  int running;
  if (argc != 5) return 2;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  snprintf(url, sizeof url, "%s/2010-04-01/Accounts/AC1/Calls.json", argv[1]);
  ca = argv[2];
  count = atol(argv[3]);
  at_a_time = atol(argv[4]);
  headers = curl_slist_append(headers, "Authorization: Basic QUMxOnQ=");
  headers = curl_slist_append(headers, "Accept: application/json");
  multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, at_a_time);
  curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 250L);
  for (; begun < at_a_time && begun < count; begun++) curl_multi_add_handle(multi, together_handle(headers));
  while (done < count) {
    curl_multi_perform(multi, &running);
    done += together_collect(multi, &begun, count);
    if (done < count) curl_multi_poll(multi, NULL, 0, 1000, NULL);
  }
  printf("check %ld\n", done);
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);
  return 0;
}
