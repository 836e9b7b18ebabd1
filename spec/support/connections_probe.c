/* Tests the pool of connection sets without Lua. Several threads and child processes create and
 * free engines, which use the same connections one after the other. The server and the checks are
 * those of engine_probe.c.
 *
 *   cc -std=c99 -D_GNU_SOURCE -Isrc spec/support/connections_probe.c \
 *      src/transport/[a-z]*.c src/support/buffer.c -lcurl -lpthread -ldl && ./a.out
 *
 * With -DCONNECTION_SET_SECONDS=0 no connection set is reused. */
#define main engine_probe
#include "engine_probe.c"
#undef main

#include <dirent.h>
#include <pthread.h>

#ifdef CONNECTION_SET_SECONDS
enum { KEEPS = 0 };
#else
enum { KEEPS = 1 };
#endif

static int descriptors(void) {
  int count = 0;
  DIR *d = opendir("/proc/self/fd");
  if (!d) return 0;
  while (readdir(d)) count++;
  closedir(d);
  return count;
}

/* Does what a Lua state does with an engine. Afterwards overwrites all memory of the request, as
 * if it were freed. */
static void visit(const char *method, const char *path) {
  static unsigned visits;
  char secret[64], form[] = "To=secret";
  struct curl_slist header = {secret, NULL};
  char agent[] = "probe/visit", url[64];
  struct transport_config route = {.serial = startup_serial(), .user_agent = agent, .proxy = ""};
  struct engine *e = engine_new();
  struct transfer t = {.route = &route, .method = method, .url = url, .headers = &header};
  /* unique among all processes, so that no other response contains it */
  snprintf(secret, sizeof secret, "Authorization: Basic %ld-%u-", (long)getpid(), __atomic_add_fetch(&visits, 1, __ATOMIC_RELAXED));
  snprintf(url, sizeof url, "http://127.0.0.1:%d%s", server_port, path);
  t.max_response = 1 << 20;
  t.timeout_ms = t.connect_timeout_ms = 20000;
  t.resendable = strcmp(method, "GET") == 0;
  if (!t.resendable) body(&t, form);
  perform(e, &t);
  CHECK(t.code == CURLE_OK && t.status == 200 && holds(&t.answer, secret));
  CHECK(t.resendable || ends(&t.answer, form));
  transfer_free(&t);
  engine_free(e);
  memset(secret, 'x', sizeof secret);
  memset(form, 'x', sizeof form);
  memset(agent, 'x', sizeof agent);
  memset(url, 'x', sizeof url);
}

static void *visitor(void *unused) {
  (void)unused;
  visit("POST", "/x");
  return NULL;
}

static void test_connections_outlive_engines(void) {
  int before = seen->connections;
  for (int i = 0; i < 10; i++) {
    pthread_t thread;
    visit(i % 2 ? "GET" : "POST", "/x");
    CHECK(pthread_create(&thread, NULL, visitor, NULL) == 0);
    pthread_join(thread, NULL);
  }
  CHECK(seen->connections - before == (KEEPS ? 1 : 20));
}

/* An engine is freed during a request. The next engine must see nothing of that request. */
static void test_unfinished(void) {
  for (int i = 0; i < 10; i++) {
    struct engine *e = engine_new();
    struct transfer silent = request("POST", "/silent"), finished = request("GET", "/x");
    int requests = seen->requests;
    engine_submit(e, &silent);
    if (i % 2) {
      while (seen->requests == requests) engine_poll(e, 0.01);
    }
    perform(e, &finished);
    engine_free(e);
    CHECK(silent.state == TRANSFER_DONE && silent.code == CURLE_ABORTED_BY_CALLBACK);
    transfer_free(&silent);
    transfer_free(&finished);
    visit("POST", "/x");
  }
}

/* A request whose reused connection dies is not sent again, even if another engine opened the
 * connection. */
static void test_sent_once_by_the_next(void) {
  struct transfer t = request("POST", "/drop");
  struct engine *e;
  int dropped, requests;
  visit("GET", "/x");
  dropped = seen->dropped;
  requests = seen->requests;
  e = engine_new();
  perform(e, &t);
  if (KEEPS && HAS_PREREQ) {
    CHECK(t.code == CURLE_GOT_NOTHING && t.starts == 1 && seen->dropped - dropped == 1);
  } else {
    CHECK(t.code == CURLE_OK && seen->dropped == dropped);
  }
  CHECK(seen->requests - requests == 1);
  transfer_free(&t);
  engine_free(e);
}

static void test_bounds(void) {
  enum { MANY = 40, MOST = 32 };
  struct engine *e[MANY];
  int before = 0, at_first = descriptors();
  for (int round = 0; round < 2; round++) {
    before = seen->connections;
    for (int i = 0; i < MANY; i++) {
      struct transfer t = request("GET", "/x");
      e[i] = engine_new();
      perform(e[i], &t);
      transfer_free(&t);
    }
    for (int i = 0; i < MANY; i++) engine_free(e[i]);
  }
  CHECK(seen->connections - before == (KEEPS ? MANY - MOST : MANY));
  if (!KEEPS) CHECK(descriptors() == at_first);
}

/* An engine that was never used puts nothing into the pool. */
static void test_nothing_to_give(void) {
  int before = descriptors();
  for (int i = 0; i < 50; i++) engine_free(engine_new());
  CHECK(descriptors() == before);
}

/* Connections through a proxy with a password are not pooled. The server is also the proxy here. */
static void test_secret_proxy(void) {
  char address[2][64];
  snprintf(address[0], sizeof address[0], "http://127.0.0.1:%d", server_port);
  snprintf(address[1], sizeof address[1], "http://user:secret@127.0.0.1:%d", server_port);
  for (int secret = 1; secret >= 0; secret--) {
    struct transport_config route = {.serial = startup_serial(), .user_agent = "probe/1", .proxy = address[secret]};
    int connections = seen->connections;
    for (int i = 0; i < 5; i++) {
      struct engine *e = engine_new();
      struct transfer t = request("GET", "/x");
      t.route = &route;
      perform(e, &t);
      CHECK(t.status == 200 && holds(&t.answer, "GET http://127.0.0.1"));
      CHECK(holds(&t.answer, "Proxy-Authorization: Basic ") == secret);
      transfer_free(&t);
      engine_free(e);
    }
    CHECK(seen->connections - connections == (KEEPS && !secret ? 1 : 5));
  }
}

static int stop;

static void *busy(void *unused) {
  (void)unused;
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) visit("GET", "/x");
  return NULL;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { BUSY = 0 }; /* a child could deadlock on a lock of the sanitizer's allocator */
#else
enum { BUSY = 3 };
#endif

/* In a child process the pool is empty and usable, whatever the other threads did during the
 * fork. */
static void test_forks(void) {
  enum { FORKS = 40 };
  pthread_t threads[BUSY + 1];
  visit("GET", "/x");
  for (int i = 0; i < BUSY; i++) CHECK(pthread_create(&threads[i], NULL, busy, NULL) == 0);
  for (int i = 0; i < FORKS; i++) {
    int status = 1;
    pid_t child;
    fflush(NULL);
    child = fork();
    if (child == 0) {
      alarm(20); /* ends a child that waits for a mutex forever */
      failures = 0;
      visit("POST", "/x");
      visit("GET", "/x");
      _exit(failures != 0);
    }
    visit("POST", "/x");
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < BUSY; i++) pthread_join(threads[i], NULL);
}

int main(void) {
  const char *failure = startup_init();
  if (failure) {
    fprintf(stderr, "startup_init: %s\n", failure);
    return 1;
  }
  (void)engine_probe;
  server_start();
  test_nothing_to_give();
  test_connections_outlive_engines();
  test_unfinished();
  test_secret_proxy();
  test_forks();
  test_bounds();
  /* last: libcurl opens a second connection in vain, which the server may count late */
  test_sent_once_by_the_next();
  server_stop();
  if (failures == 0) puts("ok");
  return failures != 0;
}
