/* The contestant "libcurl alone": one reused easy handle, prepared headers and a prepared form.
 * Response bodies go into a buffer that is not read.
 *
 *   floor WORK BASE_URL CA COUNT
 *
 * - WORK is the name of a task: get, create, walk, first, ready or version.
 * - CA is the file of a bundle. "-" selects libcurl's default trust settings, "directory" selects
 *   only libcurl's default hashed directory.
 * - COUNT is the number of requests, or of pages. */
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct body {
  char *data;
  size_t length, size;
};

static const char form[] = "To=%2B15558675310&From=%2B15017122661&Url=http%3A%2F%2Ffoo.com%2Fcall.xml&Method=GET"
                           "&StatusCallback=http%3A%2F%2Ffoo.com%2Fevents%3Fkind%3Dcall%26of%3Dbench&StatusCallbackMethod=POST"
                           "&Timeout=25&Record=true&MachineDetection=Enable&CallerId=%2B15017122661";

static void floor_die(const char *why) {
  fprintf(stderr, "floor: %s\n", why);
  exit(1);
}

static const char *floor_environment(const char *name) {
  const char *value = getenv(name);
  if (!value) floor_die(name);
  return value;
}

static size_t floor_receive(char *bytes, size_t one, size_t length, void *user) {
  struct body *b = user;
  (void)one;
  if (length > b->size - b->length) {
    size_t size = 2 * (b->length + length);
    char *more = realloc(b->data, size);
    if (!more) return 0;
    b->data = more;
    b->size = size;
  }
  memcpy(b->data + b->length, bytes, length);
  b->length += length;
  return length;
}

static double floor_cpu(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static struct curl_slist *floor_headers(int posts) {
  char line[256];
  struct curl_slist *h = NULL;
  snprintf(line, sizeof line, "Authorization: Basic %s", floor_environment("BENCH_BASIC"));
  h = curl_slist_append(h, line);
  h = curl_slist_append(h, "Accept: application/json");
  return posts ? curl_slist_append(h, "Content-Type: application/x-www-form-urlencoded") : h;
}

static void floor_trust(CURL *c, const char *ca) {
  if (strcmp(ca, "directory") == 0) {
    curl_easy_setopt(c, CURLOPT_CAINFO, NULL);
  } else if (strcmp(ca, "-") != 0) {
    curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(c, CURLOPT_CAINFO, ca);
  }
}

static CURL *floor_handle(struct body *b, const char *ca) {
  CURL *c = curl_easy_init();
  if (!c) floor_die("no handle");
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_USERAGENT, "twilio-lua/0.1.0 (Linux x86_64) Lua/5.4");
  curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, floor_receive);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, b);
  floor_trust(c, ca);
  return c;
}

/* Sets a parsed URL. libcurl 7.88 needs a fifth less instructions for it than for CURLOPT_URL. The URL is
 * never freed. */
static void floor_set_url(CURL *c, const char *url) {
  CURLU *parsed = curl_url();
  if (!parsed || curl_url_set(parsed, CURLUPART_URL, url, 0)) floor_die("the URL cannot be parsed");
  curl_easy_setopt(c, CURLOPT_CURLU, parsed);
}

static size_t floor_perform(CURL *c, struct body *b, long expected) {
  long status = 0;
  CURLcode code;
  b->length = 0;
  code = curl_easy_perform(c);
  if (code) floor_die(curl_easy_strerror(code));
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  if (status != expected) floor_die("not the status that was expected");
  return b->length;
}

static void floor_loop(CURL *c, struct body *b, long count, long expected) {
  size_t sum = 0;
  double start;
  for (int i = 0; i < 100 && i < count; i++) floor_perform(c, b, expected);
  start = floor_cpu();
  for (long i = 0; i < count; i++) sum += floor_perform(c, b, expected);
  printf("cpu %.6f\ncheck %zu\n", floor_cpu() - start, sum);
}

/* Builds the URL of each page, and does not read the link to the next page. */
static void floor_walk(CURL *c, struct body *b, const char *calls, long pages) {
  char url[512];
  size_t sum = 0;
  double start = floor_cpu();
  for (long i = 0; i < pages; i++) {
    snprintf(url, sizeof url, "%s.json?PageSize=1000&Page=%ld", calls, i);
    floor_set_url(c, url);
    sum += floor_perform(c, b, 200);
  }
  printf("cpu %.6f\ncheck %zu\n", floor_cpu() - start, sum);
}

/* base64url without padding. Returns the length. */
static size_t floor_base64url(char *out, const unsigned char *bytes, size_t length) {
  size_t n = (size_t)EVP_EncodeBlock((unsigned char *)out, bytes, (int)length);
  while (n && out[n - 1] == '=') n--;
  for (size_t i = 0; i < n; i++) out[i] = (char)(out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i]);
  return n;
}

/* Makes an access token by libcrypto alone: the header is ready, and the claims are one format. Returns the length. */
static size_t floor_token(const char *account, const char *key_sid, const char *secret) {
  static const char header[] = "eyJhbGciOiJIUzI1NiIsImN0eSI6InR3aWxpby1mcGE7dj0xIiwidHlwIjoiSldUIn0.";
  char claims[512], token[1024];
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  long now = (long)time(NULL);
  int length = snprintf(claims, sizeof claims,
                        "{\"exp\":%ld,\"grants\":{\"identity\":\"alice\",\"voice\":{\"incoming\":{\"allow\":true},\"outgoing\":"
                        "{\"application_sid\":\"AP00000000000000000000000000000000\"}}},\"iss\":\"%s\",\"jti\":\"%s-%ld\",\"sub\":\"%s\"}",
                        now + 3600, key_sid, key_sid, now, account);
  memcpy(token, header, sizeof header - 1);
  size_t n = sizeof header - 1;
  n += floor_base64url(token + n, (unsigned char *)claims, (size_t)length);
  if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), (unsigned char *)token, n, mac, &size)) floor_die("no HMAC");
  token[n++] = '.';
  return n + floor_base64url(token + n, mac, size);
}

static void floor_tokens(long count) {
  static const char key_sid[] = "SK00000000000000000000000000000000", secret[] = "ssssssssssssssssssssssssssssssss";
  const char *account = floor_environment("TWILIO_ACCOUNT_SID");
  long sum = 0;
  double start = floor_cpu();
  for (long i = 0; i < count; i++) sum += floor_token(account, key_sid, secret) > 300;
  printf("cpu %.6f\ncheck %ld\n", floor_cpu() - start, sum);
}

static int floor_version(void) {
  const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
  return printf("libcurl/%s %s\n", v->version, v->ssl_version) < 0;
}

int main(int argc, char **argv) {
  struct body b = {NULL, 0, 0};
  struct curl_slist *headers;
  const char *work = argv[1];
  char calls[256], url[512];
  CURL *c;
  if (argc != 5) floor_die("floor WORK BASE_URL CA COUNT");
  if (strcmp(work, "version") == 0) return floor_version();
  if (curl_global_init(CURL_GLOBAL_DEFAULT)) floor_die("libcurl cannot be initialised");
  snprintf(calls, sizeof calls, "%s/2010-04-01/Accounts/%s/Calls", argv[2], floor_environment("TWILIO_ACCOUNT_SID"));
  c = floor_handle(&b, argv[3]);
  headers = floor_headers(strcmp(work, "create") == 0);
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
  snprintf(url, sizeof url, "%s/%s.json", calls, floor_environment("BENCH_CALL"));
  floor_set_url(c, url);
  if (strcmp(work, "get") == 0) {
    floor_loop(c, &b, atol(argv[4]), 200);
  } else if (strcmp(work, "create") == 0) {
    snprintf(url, sizeof url, "%s.json", calls);
    floor_set_url(c, url);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, form);
    floor_loop(c, &b, atol(argv[4]), 201);
  } else if (strcmp(work, "walk") == 0) {
    floor_walk(c, &b, calls, atol(argv[4]));
  } else if (strcmp(work, "token") == 0) {
    floor_tokens(atol(argv[4]));
  } else if (strcmp(work, "first") == 0) {
    printf("check %zu\n", floor_perform(c, &b, 200));
  } else if (strcmp(work, "ready") != 0) {
    floor_die("unknown work");
  }
  curl_easy_cleanup(c);
  curl_slist_free_all(headers);
  free(b.data);
  return 0;
}
