/* Tests the engine without Lua, so that it also runs under sanitizers and valgrind: the order of
 * freeing, forks during a request, transfers that cannot start, and what one transfer leaves for
 * the next. The probe has its own server, which forks per connection and counts the requests.
 *
 *   cc -std=c99 -D_GNU_SOURCE -DCONNECTION_SETS=0 -Isrc spec/support/engine_probe.c \
 *      src/transport/[a-z]*.c src/support/buffer.c -lcurl -lpthread -ldl && ./a.out */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/easy_handle.h"
#include "transport/engine.h"
#include "transport/poller.h"
#include "transport/startup.h"

#if LIBCURL_VERSION_NUM >= 0x075000 && !defined(ENGINE_NO_PREREQ)
enum { HAS_PREREQ = 1 };
#else
enum { HAS_PREREQ = 0 };
#endif

/* Without epoll, idle connections are not watched. */
#ifdef ENGINE_NO_EPOLL
enum { HAS_EPOLL = 0 };
#else
enum { HAS_EPOLL = 1 };
#endif

/* ---- the server ---- */

static struct shared {
  volatile int connections, requests, left;
  /* requests that were read, but got a closed connection instead of a response */
  volatile int dropped;
} * seen;
static int server_port;
static pid_t server_pid;

static void put(int s, const char *text) {
  size_t length = strlen(text);
  while (length > 0) {
    ssize_t n = send(s, text, length, MSG_NOSIGNAL);
    if (n <= 0) _exit(0);
    text += n;
    length -= (size_t)n;
  }
}

/* Responds with the request as the body. */
static void put_answer(int s, const char *extra, const char *body) {
  char head[256];
  snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n", strlen(body), extra);
  put(s, head);
  if (strncmp(body, "HEAD ", 5) != 0) put(s, body);
}

/* Reads one request with headers and body as a C string. */
static void get_request(int s, char *request, size_t size) {
  size_t length = 0, body = 0, wanted = 0;
  for (;;) {
    char *end, *given;
    ssize_t n;
    if (length >= size - 1) _exit(1);
    n = recv(s, request + length, size - 1 - length, 0);
    if (n <= 0) _exit(0);
    length += (size_t)n;
    request[length] = '\0';
    end = strstr(request, "\r\n\r\n");
    if (!end) continue;
    body = (size_t)(end + 4 - request);
    given = strcasestr(request, "\r\nContent-Length:");
    wanted = given && given < end ? strtoul(given + 17, NULL, 10) : 0;
    if (length >= body + wanted) return;
  }
}

static void answer(int s, const char *request, int nth) {
  char path[64] = "";
  sscanf(request, "%*s %63s", path);
  if (strcmp(path, "/drop") == 0 && nth > 1) { /* only on a reused connection */
    __sync_fetch_and_add(&seen->dropped, 1);
    _exit(0);
  } else if (strcmp(path, "/close") == 0) {
    __sync_fetch_and_add(&seen->dropped, 1);
    _exit(0);
    /* waits for 40 connections, so that each request has its own connection */
  } else if (strcmp(path, "/together") == 0) {
    while (seen->connections < 40) poll(NULL, 0, 1);
    put_answer(s, "", request);
  } else if (strcmp(path, "/silent") == 0) {
    pause();
  } else if (strcmp(path, "/early") == 0) {
    put(s, "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 201 Created\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
    put(s, "5\r\nhello\r\n0\r\nX-Trailer: t\r\n\r\n");
  } else if (strcmp(path, "/hint") == 0) {
    put(s, "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n");
    _exit(0);
  } else if (strcmp(path, "/half") == 0) {
    put(s, "HTTP/1.1 200 OK\r\nX-A: 1\r\n");
    _exit(0);
  } else if (strcmp(path, "/huge") == 0) {
    put(s, "HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\n");
    pause();
  } else if (strcmp(path, "/endless") == 0) {
    put(s, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (;;) put(s, "10\r\n0123456789abcdef\r\n");
  } else if (strcmp(path, "/headers") == 0) {
    put(s, "HTTP/1.1 200 OK\r\n");
    for (;;) put(s, "X-More: 0123456789012345678901234567890123456789012345678901234567890123456789\r\n");
  } else if (strcmp(path, "/hints") == 0) {
    for (;;) put(s, "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n");
  } else {
    put_answer(s, strcmp(path, "/last") == 0 ? "Connection: close\r\n" : "", request);
  }
}

/* SIGUSR1: responds 408 and closes, as load balancers do with an idle connection. */
static int serving;
static void leave(int unused) {
  (void)unused;
  put(serving, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  close(serving);
  __sync_fetch_and_add(&seen->left, 1);
  _exit(0);
}

static void serve(int s) {
  static char request[4 << 20];
  serving = s;
  signal(SIGUSR1, leave);
  for (int nth = 1;; nth++) {
    get_request(s, request, sizeof request);
    __sync_fetch_and_add(&seen->requests, 1);
    answer(s, request, nth);
  }
}

static void server_loop(int listener) {
  signal(SIGCHLD, SIG_IGN);
  signal(SIGUSR1, SIG_IGN);
  for (;;) {
    int s = accept(listener, NULL, NULL), at_once = 1;
    if (s < 0) _exit(1);
    /* headers and body are two writes */
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    __sync_fetch_and_add(&seen->connections, 1);
    if (fork() == 0) {
      close(listener);
      serve(s);
    }
    close(s);
  }
}

static struct sockaddr_in loopback(void) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Starts another server, whose counts begin at 0. */
static void server_start(void) {
  struct sockaddr_in a = loopback();
  socklen_t length = sizeof a;
  int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (s < 0 || seen == MAP_FAILED || bind(s, (struct sockaddr *)&a, sizeof a) != 0 || listen(s, 64) != 0) {
    perror("server");
    exit(1);
  }
  getsockname(s, (struct sockaddr *)&a, &length);
  server_port = ntohs(a.sin_port);
  server_pid = fork();
  if (server_pid == 0) {
    setpgid(0, 0);
    server_loop(s);
  }
  setpgid(server_pid, server_pid);
  close(s);
}

static void server_stop(void) {
  kill(-server_pid, SIGKILL);
  waitpid(server_pid, NULL, 0);
}

/* ---- checks ---- */

static int failures;

static void check(int held, int line, const char *what) {
  if (held) return;
  failures++;
  fprintf(stderr, "line %d: %s\n", line, what);
}
#define CHECK(condition) check((condition), __LINE__, #condition)

static const struct transport_config plain = {.serial = 1, .user_agent = "probe/1", .proxy = ""};
static const struct transport_config other = {.serial = 2, .user_agent = "probe/2", .proxy = ""};

/* Returns a transfer to the server. At most eight may exist at a time, because eight URLs are
 * stored. */
static struct transfer request(const char *method, const char *path) {
  static char urls[8][128];
  static unsigned next;
  char *url = urls[next++ % 8];
  struct transfer t = {.route = &plain, .method = method, .max_response = 1 << 20, .timeout_ms = 20000, .connect_timeout_ms = 5000};
  snprintf(url, sizeof urls[0], "http://127.0.0.1:%d%s", server_port, path);
  t.url = url;
  t.resendable = strcmp(method, "GET") == 0;
  return t;
}

static void body(struct transfer *t, const char *text) {
  t->body = text;
  t->body_length = strlen(text);
}

static void await(struct engine *e, struct transfer *t) {
  while (t->state == TRANSFER_FLYING) engine_poll(e, 10);
}

static void perform(struct engine *e, struct transfer *t) {
  engine_submit(e, t);
  await(e, t);
  CHECK(engine_completed(e) == t->id);
  CHECK(engine_completed(e) == 0);
}

static int holds(struct buffer *b, const char *text) {
  const char *content = buffer_cstr(b);
  return content && strstr(content, text) != NULL;
}

static int ends(struct buffer *b, const char *text) {
  size_t length = strlen(text);
  return b->length >= length && memcmp(b->data + b->length - length, text, length) == 0;
}

/* Each method follows each other method on one easy handle. The response contains the request. */
static void test_nothing_stays(void) {
  static const struct {
    const char *method, *body, *line, *length;
  } kinds[] = {{"GET", NULL, "GET /x HTTP/1.1\r\n", NULL},
               {"POST", "a=1&b=2", "POST /x HTTP/1.1\r\n", "Content-Length: 7\r\n"},
               {"POST", "", "POST /x HTTP/1.1\r\n", "Content-Length: 0\r\n"},
               {"POST", NULL, "POST /x HTTP/1.1\r\n", "Content-Length: 0\r\n"},
               {"PUT", "{}", "PUT /x HTTP/1.1\r\n", "Content-Length: 2\r\n"},
               {"PATCH", "[1]", "PATCH /x HTTP/1.1\r\n", "Content-Length: 3\r\n"},
               {"DELETE", NULL, "DELETE /x HTTP/1.1\r\n", NULL},
               {"DELETE", "why", "DELETE /x HTTP/1.1\r\n", "Content-Length: 3\r\n"},
               {"HEAD", NULL, "", NULL}};
  enum { KINDS = sizeof kinds / sizeof kinds[0] };
  struct engine *e = engine_new();
  int before = seen->connections;
  for (int i = 0; i < KINDS * KINDS * 2; i++) {
    int k = i % 2 ? i / 2 / KINDS : i / 2 % KINDS;
    struct transfer t = request(kinds[k].method, "/x");
    struct curl_slist header = {"X-Only: once", NULL};
    if (kinds[k].body) body(&t, kinds[k].body);
    if (i % 3 == 0) t.headers = &header;
    if (i % 5 == 0) t.route = &other;
    perform(e, &t);
    CHECK(t.code == CURLE_OK && t.status == 200 && t.starts == 1 && t.reason[0] == '\0');
    if (strcmp(kinds[k].method, "HEAD") == 0) {
      CHECK(t.answer.length == 0);
    } else {
      CHECK(holds(&t.answer, kinds[k].line) && strncmp(t.answer.data, kinds[k].line, strlen(kinds[k].line)) == 0);
      CHECK(holds(&t.answer, "X-Only: once") == (i % 3 == 0));
      CHECK(holds(&t.answer, i % 5 == 0 ? "User-Agent: probe/2\r\n" : "User-Agent: probe/1\r\n"));
      CHECK(kinds[k].length ? holds(&t.answer, kinds[k].length) : !holds(&t.answer, "Content-Length"));
      CHECK(ends(&t.answer, kinds[k].body && *kinds[k].body ? kinds[k].body : "\r\n\r\n"));
      CHECK(!holds(&t.answer, "Expect"));
    }
    transfer_free(&t);
  }
  CHECK(HAS_PREREQ ? seen->connections == before + 1 : seen->connections > before);
  engine_free(e);
}

static void test_paths_are_sent_as_they_are(void) {
  struct engine *e = engine_new();
  struct transfer t = request("GET", "/a/../b/%2e%2e/./c%2Fd?x=%2e");
  perform(e, &t);
  CHECK(holds(&t.answer, "GET /a/../b/%2e%2e/./c%2Fd?x=%2e HTTP/1.1\r\n"));
  transfer_free(&t);
  engine_free(e);
}

static void test_large_body_waits_for_nothing(void) {
  struct engine *e = engine_new();
  size_t size = 3 << 20;
  char *big = malloc(size + 1);
  struct transfer t = request("POST", "/x");
  memset(big, 'z', size);
  big[size] = '\0';
  body(&t, big);
  t.max_response = 8 << 20;
  perform(e, &t);
  CHECK(t.code == CURLE_OK && t.answer.length > size && !holds(&t.answer, "Expect") && ends(&t.answer, "zzz"));
  transfer_free(&t);
  free(big);
  engine_free(e);
}

/* The server closes a reused connection after the request, without a response. libcurl sends the
 * request again if it is resendable. Without CURLOPT_PREREQFUNCTION, a request that is not
 * resendable uses a new connection from the start. */
static void lose_connection(const char *method, const char *content, int resendable) {
  struct engine *e = engine_new();
  struct transfer first = request("GET", "/x"), t = request(method, "/drop");
  int dropped = seen->dropped, requests;
  perform(e, &first);
  requests = seen->requests;
  if (content) body(&t, content);
  t.resendable = resendable;
  perform(e, &t);
  if (resendable) {
    CHECK(seen->dropped - dropped == 1 && seen->requests - requests == 2);
    CHECK(t.code == CURLE_OK && t.status == 200 && t.starts == (HAS_PREREQ ? 2 : 1));
  } else if (HAS_PREREQ) {
    CHECK(seen->dropped - dropped == 1 && seen->requests - requests == 1);
    CHECK(t.code == CURLE_GOT_NOTHING && t.status == 0 && t.starts == 1);
    CHECK(strcmp(t.reason, "connection closed before a response (not sent again)") == 0);
  } else {
    CHECK(seen->dropped == dropped && seen->requests - requests == 1);
    CHECK(t.code == CURLE_OK && t.status == 200 && t.starts == 1);
  }
  transfer_free(&first);
  transfer_free(&t);
  engine_free(e);
}

static void test_sent_once(void) {
  lose_connection("GET", NULL, 1);
  lose_connection("DELETE", NULL, 1);
  lose_connection("POST", "a=1", 0);
  lose_connection("POST", NULL, 0);
  lose_connection("PATCH", "{}", 0);
  lose_connection("DELETE", NULL, 0);
}

static void expect(struct engine *e, const char *path, CURLcode code, long status) {
  struct transfer t = request("GET", path);
  t.resendable = 0;
  perform(e, &t);
  CHECK(t.code == code && t.status == status);
  CHECK(status || t.head.length == 0);
  CHECK((t.reason[0] == '\0') == (code == CURLE_OK));
  CHECK(t.answer.length <= t.max_response);
  if (t.code != code || t.status != status) fprintf(stderr, "  %s: %d %ld %s\n", path, t.code, t.status, t.reason);
  transfer_free(&t);
}

static void test_answers(void) {
  struct engine *e = engine_new();
  struct transfer t = request("GET", "/early");
  perform(e, &t);
  CHECK(t.status == 201 && holds(&t.answer, "hello") && t.answer.length == 5);
  CHECK(holds(&t.head, "HTTP/1.1 201 Created\r\nX-A: 1\r\n") && t.head.data[9] == '2' && ends(&t.head, "\r\n\r\n"));
  CHECK(!holds(&t.head, "Link") && !holds(&t.head, "X-Trailer"));
  transfer_free(&t);
  expect(e, "/close", CURLE_GOT_NOTHING, 0);
  expect(e, "/huge", CURLE_FILESIZE_EXCEEDED, 200);
  expect(e, "/endless", CURLE_FILESIZE_EXCEEDED, 200);
  expect(e, "/headers", CURLE_FILESIZE_EXCEEDED, 0);
  expect(e, "/hints", CURLE_FILESIZE_EXCEEDED, 0);
  t = request("GET", "/hint");
  perform(e, &t);
  CHECK(t.code != CURLE_OK && t.status == 0 && t.head.length == 0);
  transfer_free(&t);
  t = request("GET", "/half");
  perform(e, &t);
  CHECK(t.status == 0 && t.head.length == 0);
  transfer_free(&t);
  expect(e, "/x", CURLE_OK, 200);
  engine_free(e);
}

static void test_failing_starts(void) {
  static const char *const urls[] = {"", "http://", "gopher://127.0.0.1/", "file:///etc/passwd", "http://127.0.0.1:99999/", "http://127.0.0.1:1/"};
  struct engine *e = engine_new();
  for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
    struct transfer t = request("GET", "/");
    t.url = urls[i];
    perform(e, &t);
    CHECK(t.code != CURLE_OK && t.state == TRANSFER_DONE && t.starts == 0 && t.status == 0 && t.reason[0]);
    transfer_free(&t);
  }
  {
    struct transfer t = request("GET", "/x");
    const char *url = t.url;
    t.url = "no scheme at all";
    perform(e, &t);
    CHECK(t.code != CURLE_OK && t.starts == 0);
    t.url = url; /* the same transfer again, with a valid URL */
    perform(e, &t);
    CHECK(t.code == CURLE_OK && t.status == 200 && t.reason[0] == '\0');
    t.url = NULL;
    perform(e, &t);
    CHECK(t.code != CURLE_OK && t.status == 0 && t.answer.length == 0);
    transfer_free(&t);
  }
  CHECK(engine_flying(e) == 0);
  engine_free(e);
}

static void test_timeout_and_cancel(void) {
  struct engine *e = engine_new();
  struct transfer a = request("GET", "/silent"), b = request("GET", "/silent"), c = request("GET", "/x"), d = request("GET", "/silent");
  a.timeout_ms = 50;
  d.route = &other;
  engine_submit(e, &a);
  engine_submit(e, &b);
  engine_submit(e, &d);
  CHECK(engine_flying(e) == 3 && engine_timeout(e) >= 0);
  await(e, &a);
  CHECK(a.code == CURLE_OPERATION_TIMEDOUT && a.seconds > 0.04 && engine_completed(e) == a.id);
  engine_cancel(&b);
  engine_cancel(&b);
  CHECK(b.code == CURLE_ABORTED_BY_CALLBACK && b.state == TRANSFER_DONE && strcmp(b.reason, "cancelled") == 0);
  engine_cancel_route(e, &plain, 1);
  CHECK(d.state == TRANSFER_FLYING);
  engine_cancel_route(e, &other, 0);
  CHECK(d.state == TRANSFER_DONE && engine_flying(e) == 0);
  engine_submit(e, &c);
  await(e, &c);
  CHECK(engine_completed(e) == b.id && engine_completed(e) == d.id && engine_completed(e) == c.id && engine_completed(e) == 0);
  CHECK(c.status == 200);
  engine_cancel(&c);
  CHECK(c.code == CURLE_OK && engine_completed(e) == 0);
  transfer_free(&a);
  transfer_free(&b);
  transfer_free(&c);
  transfer_free(&d);
  engine_free(e);
}

/* Returns a listener that completes no connection, because its queue is full. Writes the port
 * into the address. Returns -1 on failure. */
static int silent_listener(struct sockaddr *a, socklen_t length) {
  int listener = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return -1;
  if (bind(listener, a, length) != 0 || listen(listener, 0) != 0 || getsockname(listener, a, &length) != 0) {
    close(listener);
    return -1;
  }
  for (int i = 0; i < 4; i++) (void)connect(socket(a->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), a, length);
  return listener;
}

/* libcurl closes a socket that is still connecting. The other transfers in flight must continue. */
static void test_given_up_while_connecting(void) {
  struct engine *e = engine_new();
  struct sockaddr_in a = loopback();
  int listener = silent_listener((struct sockaddr *)&a, sizeof a);
  char url[64];
  snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(a.sin_port));
  for (int how = 0; how < 3; how++) {
    struct transfer silent = request("GET", "/silent"), t = request("GET", "/"), next = request("GET", "/x");
    int before = seen->requests;
    t.url = url;
    if (how == 0) t.timeout_ms = 50;
    if (how == 1) t.connect_timeout_ms = 50;
    engine_submit(e, &silent);
    while (seen->requests == before) engine_poll(e, 0.01);
    engine_submit(e, &t);
    if (how == 2) {
      for (int i = 0; i < 3; i++) engine_poll(e, 0.01);
      engine_cancel(&t);
    }
    await(e, &t);
    CHECK(t.code == (how == 2 ? CURLE_ABORTED_BY_CALLBACK : CURLE_OPERATION_TIMEDOUT) && t.starts == 0);
    CHECK(engine_completed(e) == t.id);
    perform(e, &next);
    CHECK(next.status == 200 && silent.state == TRANSFER_FLYING);
    transfer_free(&silent);
    transfer_free(&t);
    transfer_free(&next);
  }
  close(listener);
  engine_free(e);
}

typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* Resolves "late.test" to three addresses: a silent IPv6 address, the server's address as IPv6,
 * and a silent IPv4 address. If both timers have expired, libcurl gives up the first address and
 * starts with the last one at once. The second address then gets the descriptor of the first. */
static int late_host(lookup *own, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  static const char *const addresses[] = {"::1", "::ffff:127.0.0.1", "127.0.0.2"};
  struct addrinfo asked = *hints, **place = found;
  for (int i = 0; i < 3; i++) {
    int failed;
    asked.ai_family = i < 2 ? AF_INET6 : AF_INET;
    asked.ai_flags = AI_NUMERICHOST;
    failed = own(addresses[i], service, &asked, place);
    if (failed) return failed;
    place = &(*place)->ai_next;
  }
  return 0;
}

/* Replaces the resolver. Two hosts have the server's address as their second address. The first
 * address of "refusing.test" refuses connections. The first address of "silent.test" is an IPv6
 * address that does not respond. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  static lookup *own;
  const char *first = NULL;
  struct addrinfo *second = NULL;
  int failed;
  if (!own) *(void **)&own = dlsym(RTLD_NEXT, "getaddrinfo");
  if (node && strcmp(node, "refusing.test") == 0) first = "127.0.0.2";
  if (node && strcmp(node, "silent.test") == 0) first = "::1";
  if (node && strcmp(node, "late.test") == 0) return late_host(own, service, hints, found);
  if (!first) return own(node, service, hints, found);
  failed = own(first, service, hints, found);
  if (!failed) failed = own("127.0.0.1", service, hints, &second);
  if (!failed) (*found)->ai_next = second; /* freeaddrinfo frees the whole list */
  return failed;
}

static void test_second_address(const char *host) {
  struct engine *e = engine_new();
  for (int i = 0; i < 3; i++) {
    struct transfer silent = request("POST", "/silent"), t = request("POST", "/last");
    char url[64];
    int before = seen->requests;
    snprintf(url, sizeof url, "http://%s:%d/last", host, server_port);
    t.url = url;
    engine_submit(e, &silent);
    while (seen->requests == before) engine_poll(e, 0.01);
    perform(e, &t);
    CHECK(t.code == CURLE_OK && t.status == 200 && t.starts == 1);
    CHECK(silent.state == TRANSFER_FLYING);
    transfer_free(&t);
    transfer_free(&silent);
  }
  engine_free(e);
}

/* The program does not step the engine until both timers have expired. The transfer must connect
 * before the timeout of the silent address. */
static void test_late_address(void) {
  struct engine *e = engine_new();
  struct transfer t = request("POST", "/last"), silent = request("GET", "/silent");
  char url[64];
  snprintf(url, sizeof url, "http://late.test:%d/last", server_port);
  t.url = url;
  t.connect_timeout_ms = 4000;
  silent.timeout_ms = 3600;
  engine_submit(e, &silent);
  engine_submit(e, &t);
  for (int i = 0; i < 5; i++) engine_poll(e, 0.01);
  poll(NULL, 0, 2100);
  await(e, &t);
  CHECK(t.code == CURLE_OK && t.status == 200);
  await(e, &silent);
  CHECK(engine_completed(e) == t.id && engine_completed(e) == silent.id);
  transfer_free(&t);
  transfer_free(&silent);
  engine_free(e);
}

static void test_second_addresses(void) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_port = htons((uint16_t)server_port)};
  struct sockaddr_in b = loopback();
  int listener = silent_listener((struct sockaddr *)&a, sizeof a), other;
  test_second_address("refusing.test");
  b.sin_port = htons((uint16_t)server_port);
  b.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  other = silent_listener((struct sockaddr *)&b, sizeof b);
  if (listener >= 0) test_second_address("silent.test");
  if (listener >= 0 && other >= 0) test_late_address();
  if (other >= 0) close(other);
  if (listener < 0) fprintf(stderr, "SKIPPED: a host with an IPv6 address, because this machine has no IPv6\n");
  if (listener >= 0) close(listener);
}

/* The same while a child process has the socket open. epoll then keeps the registration, which
 * may wake the engine once, when the connection fails in the child. */
static void test_given_up_before_a_fork_ends(void) {
  struct engine *e = engine_new();
  struct transfer t = request("GET", "/x");
  struct sockaddr_in a = loopback();
  int listener = silent_listener((struct sockaddr *)&a, sizeof a), woken = 0;
  struct pollfd p = {.fd = engine_pollfd(e), .events = POLLIN};
  char url[64];
  pid_t child;
  snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(a.sin_port));
  t.url = url;
  engine_submit(e, &t);
  for (int i = 0; i < 3; i++) engine_poll(e, 0.01);
  child = fork();
  if (child == 0) {
    close(listener);
    pause();
    _exit(0);
  }
  engine_cancel(&t);
  CHECK(t.code == CURLE_ABORTED_BY_CALLBACK && engine_completed(e) == t.id);
  engine_step(e);
  /* the kernel still connects the child's socket, and is refused after about a second */
  close(listener);
  /* libcurl 8.14 removes the socket from epoll itself */
  if (p.fd >= 0 && curl_version_info(CURLVERSION_NOW)->version_num < 0x080e01) CHECK(poll(&p, 1, 10000) == 1);
  for (int i = 0; p.fd >= 0 && i < 10 && poll(&p, 1, 50) == 1; i++, woken++) engine_step(e);
  CHECK(woken <= 2);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  transfer_free(&t);
  engine_free(e);
}

/* Frees and submits transfers in every state, and frees them after the engine. */
static void test_orders(void) {
  for (int order = 0; order < 6; order++) {
    struct engine *e = engine_new();
    struct transfer idle = request("GET", "/x"), flying = request("GET", "/silent"), done = request("GET", "/x"), dispatched = request("GET", "/x");
    engine_cancel(&idle);
    engine_submit(e, &dispatched);
    await(e, &dispatched);
    CHECK(engine_completed(e) == dispatched.id);
    engine_submit(e, &done);
    await(e, &done);
    engine_submit(e, &flying);
    if (order == 1) engine_submit(e, &flying); /* in flight: it is cancelled first */
    if (order == 2) engine_submit(e, &done);   /* before engine_completed has returned it */
    if (order == 3) transfer_free(&done);
    if (order == 4) transfer_free(&flying);
    if (order == 5) engine_step(e);
    engine_free(e);
    CHECK(order == 4 ? flying.state == TRANSFER_IDLE : flying.state == TRANSFER_DONE && flying.code == CURLE_ABORTED_BY_CALLBACK);
    engine_cancel(&flying);
    transfer_free(&idle);
    transfer_free(&flying);
    transfer_free(&flying);
    transfer_free(&done);
    transfer_free(&dispatched);
    CHECK(!flying.answer.data && !done.answer.data && done.method != NULL);
  }
  engine_free(NULL);
}

/* The engine keeps more connections than libcurl would by default. */
static void test_many(void) {
  enum { MANY = 40 };
  struct engine *e = engine_new();
  struct transfer t[MANY];
  int before = seen->connections;
  for (int round = 0; round < 3; round++) {
    int left = MANY;
    for (int i = 0; i < MANY; i++) {
      t[i] = request("GET", "/x");
      engine_submit(e, &t[i]);
    }
    while (left > 0) {
      engine_poll(e, 10);
      while (engine_completed(e)) left--;
    }
    for (int i = 0; i < MANY; i++) {
      CHECK(t[i].code == CURLE_OK && t[i].status == 200);
      transfer_free(&t[i]);
    }
  }
  CHECK(seen->connections - before <= MANY);
  engine_free(e);
}

/* Bytes arrive on more idle connections than one epoll_wait reports. None may become a response. */
static void test_answers_to_nobody(void) {
  enum { MANY = 40 };
  struct engine *e = engine_new();
  struct transfer t[MANY], last;
  server_stop();
  server_start();
  for (int i = 0; i < MANY; i++) {
    t[i] = request("GET", "/together");
    t[i].url = i ? t[0].url : t[i].url;
    engine_submit(e, &t[i]);
  }
  while (engine_flying(e)) engine_poll(e, 10);
  while (engine_completed(e)) continue;
  kill(-server_pid, SIGUSR1);
  while (seen->left < MANY) poll(NULL, 0, 1);
  for (int i = 0; i < MANY; i++) {
    CHECK(t[i].code == CURLE_OK && t[i].status == 200);
    transfer_free(&t[i]);
  }
  for (int i = 0; i < 10; i++) {
    last = request("POST", "/x");
    perform(e, &last);
    CHECK(last.code == CURLE_OK && last.status == 200);
    transfer_free(&last);
  }
  engine_free(e);
}

/* An event loop that polls the descriptor, and steps when it is readable, completes everything. */
static void test_event_loop(void) {
  struct engine *e = engine_new();
  struct transfer t = request("GET", "/x"), slow = request("GET", "/silent");
  struct pollfd p = {.fd = engine_pollfd(e), .events = POLLIN};
  if (p.fd >= 0) {
    for (int i = 0; i < 20; i++) {
      engine_submit(e, &t);
      while (t.state == TRANSFER_FLYING && poll(&p, 1, 10000) == 1) engine_step(e);
      CHECK(t.state == TRANSFER_DONE && t.status == 200 && engine_completed(e) == t.id);
    }
    slow.timeout_ms = 60;
    engine_submit(e, &slow);
    while (slow.state == TRANSFER_FLYING && poll(&p, 1, 10000) == 1) engine_step(e);
    CHECK(slow.code == CURLE_OPERATION_TIMEDOUT && engine_completed(e) == slow.id);
    slow.timeout_ms = 20000;
    engine_submit(e, &slow);
    while (poll(&p, 1, 50) == 1) engine_step(e);
    engine_cancel(&slow); /* outside a step: the descriptor must become readable */
    CHECK(poll(&p, 1, 100) == 1 && engine_timeout(e) == 0);
    CHECK(engine_completed(e) == slow.id);
    engine_step(e);
    CHECK(poll(&p, 1, 50) == 0);
  } else {
    CHECK(engine_timeout(e) < 0);
  }
  transfer_free(&t);
  transfer_free(&slow);
  engine_free(e);
}

/* A transfer that starts again keeps its deadline. It ends before another transfer with 5
 * seconds. */
static void test_restart_keeps_the_deadline(void) {
  CURLM *multi = curl_multi_init();
  struct transfer again = request("GET", "/silent"), other_one = request("GET", "/silent");
  struct easy_handle *a, *b;
  struct poller w;
  CURLMsg *message = NULL;
  int left;
  CHECK(poller_open(&w, multi));
  a = easy_new(&w, NULL);
  b = easy_new(&w, NULL);
  other_one.timeout_ms = 5000;
  CHECK(easy_prepare(a, &again, 0, 1, 0) == CURLE_OK && easy_prepare(b, &other_one, 0, 1, 0) == CURLE_OK);
  a->started -= 30; /* its timeout is 20 */
  CHECK(easy_prepare_again(a, 0) == CURLE_OPERATION_TIMEDOUT);
  a->started += 10.1;
  CHECK(easy_prepare_again(a, 0) == CURLE_OK);
  CHECK(curl_multi_add_handle(multi, b->easy) == CURLM_OK && curl_multi_add_handle(multi, a->easy) == CURLM_OK);
  poller_kick(&w);
  while (!(message = curl_multi_info_read(multi, &left))) poller_wait(&w, 1);
  CHECK(message->easy_handle == a->easy && message->data.result == CURLE_OPERATION_TIMEDOUT);
  CHECK(again.starts <= 1);
  easy_report(a, CURLE_OPERATION_TIMEDOUT, NULL);
  CHECK(again.seconds > 19.9); /* counted from the first start */
  curl_multi_remove_handle(multi, a->easy);
  curl_multi_remove_handle(multi, b->easy);
  easy_free(a);
  easy_free(b);
  curl_multi_cleanup(multi);
  poller_close(&w);
  transfer_free(&again);
  transfer_free(&other_one);
}

/* The server closes an idle connection. The descriptor is readable at most a few times, then
 * quiet. */
static void test_closed_while_idle(void) {
  struct engine *e = engine_new();
  struct transfer t = request("GET", "/x");
  struct pollfd p = {.fd = engine_pollfd(e), .events = POLLIN};
  int fd;
  perform(e, &t);
  kill(-server_pid, SIGKILL);
  waitpid(server_pid, NULL, 0);
  fd = server_port;
  server_start();
  CHECK(fd != server_port);
  for (int i = 0; p.fd >= 0 && i < 3 && poll(&p, 1, 200) == 1; i++) engine_step(e);
  if (p.fd >= 0) CHECK(poll(&p, 1, 0) == 0);
  transfer_free(&t);
  t = request("GET", "/x");
  perform(e, &t);
  CHECK(t.status == 200);
  transfer_free(&t);
  engine_free(e);
}

/* A child process does not use the parent's connections, and does not disturb them. */
static void test_fork(void) {
  struct engine *e = engine_new();
  struct transfer first = request("GET", "/x"), silent = request("POST", "/silent"), t = request("GET", "/x");
  int before, status = 1, fd = engine_pollfd(e);
  pid_t child;
  body(&silent, "a=1");
  before = seen->requests;
  engine_submit(e, &silent);
  while (seen->requests == before) engine_poll(e, 0.01);
  perform(e, &first);
  before = seen->connections;
  fflush(NULL);
  child = fork();
  if (child == 0) {
    failures = 0;
    CHECK(startup_generation() == 1);
    CHECK(engine_flying(e) == 0);
    CHECK(silent.state == TRANSFER_DONE && silent.code == CURLE_RECV_ERROR && silent.starts == 1 && strstr(silent.reason, "forked"));
    CHECK(engine_completed(e) == silent.id && engine_completed(e) == 0);
    CHECK(fd < 0 || engine_pollfd(e) >= 0);
    perform(e, &t);
    CHECK(t.code == CURLE_OK && t.status == 200 && seen->connections == before + 1);
    transfer_free(&t);
    transfer_free(&silent);
    engine_free(e);
    _exit(failures != 0);
  }
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(silent.state == TRANSFER_FLYING && engine_flying(e) == 1);
  before = seen->connections;
  perform(e, &t);
  /* on the connection from before the fork */
  CHECK(t.status == 200 && seen->connections == before);
  child = fork();
  if (child == 0) {
    failures = 0;
    engine_cancel(&silent); /* any function of the engine may be the child's first */
    CHECK(silent.state == TRANSFER_DONE && silent.code == CURLE_RECV_ERROR);
    engine_free(e);
    transfer_free(&silent);
    _exit(failures != 0);
  }
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  child = fork();
  if (child == 0) {
    failures = 0;
    engine_free(e);
    CHECK(silent.state == TRANSFER_DONE);
    _exit(failures != 0);
  }
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  child = fork();
  if (child == 0) {
    int mine[32];
    struct stat file;
    failures = 0;
    for (int n = 3; n < 64; n++) close(n); /* as daemons do */
    for (int i = 0; i < 32; i++) mine[i] = open("/dev/null", O_RDWR);
    engine_submit(e, &t);
    await(e, &t);
    CHECK(t.status == 200);
    engine_free(e);
    for (int i = 0; i < 32; i++) CHECK(fstat(mine[i], &file) == 0 && S_ISCHR(file.st_mode));
    _exit(failures != 0);
  }
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  perform(e, &t);
  CHECK(t.status == 200 && seen->connections == before + 1); /* opened by the child */
  transfer_free(&t);
  transfer_free(&first);
  transfer_free(&silent);
  engine_free(e);
}

/* A transfer that is still connecting belongs to the parent too. */
static void test_fork_while_connecting(void) {
  struct engine *e = engine_new();
  struct transfer t = request("POST", "/x");
  int listener, status = 1;
  struct sockaddr_in a = loopback();
  socklen_t length = sizeof a;
  static char url[64];
  pid_t child;
  /* never accepts, so the TLS handshake gets no response */
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(bind(listener, (struct sockaddr *)&a, sizeof a) == 0 && listen(listener, 8) == 0);
  getsockname(listener, (struct sockaddr *)&a, &length);
  snprintf(url, sizeof url, "https://127.0.0.1:%d/", ntohs(a.sin_port));
  t.url = url;
  body(&t, "a=1");
  engine_submit(e, &t);
  CHECK(t.state == TRANSFER_FLYING && t.starts == 0);
  fflush(NULL);
  child = fork();
  if (child == 0) {
    failures = 0;
    CHECK(engine_flying(e) == 0);
    CHECK(t.state == TRANSFER_DONE && t.code == CURLE_RECV_ERROR && t.starts == 1 && strstr(t.reason, "forked"));
    transfer_free(&t);
    engine_free(e);
    _exit(failures != 0);
  }
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(t.state == TRANSFER_FLYING && t.starts == 0);
  transfer_free(&t);
  engine_free(e);
  close(listener);
}

/* The child has no result of a transfer whose response has begun: the rest of it is the parent's. */
static void test_fork_while_receiving(void) {
  struct engine *e = engine_new();
  struct transfer t = request("POST", "/endless");
  int status = 1;
  pid_t child;
  body(&t, "a=1");
  engine_submit(e, &t);
  while (t.answer.length == 0) engine_poll(e, 0.01);
  fflush(NULL);
  child = fork();
  if (child == 0) {
    failures = 0;
    CHECK(engine_flying(e) == 0 && t.code == CURLE_RECV_ERROR && t.starts == 1);
    CHECK(t.status == 0 && t.head.length == 0 && t.answer.length == 0);
    transfer_free(&t);
    engine_free(e);
    _exit(failures != 0);
  }
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(t.state == TRANSFER_FLYING && t.status == 200 && t.answer.length > 0);
  transfer_free(&t);
  engine_free(e);
}

/* engine_alert works before the first call of engine_pollfd. */
static void test_alert(void) {
  struct engine *e = engine_new();
  struct pollfd p = {.events = POLLIN};
  engine_alert(e);
  p.fd = engine_pollfd(e);
  if (p.fd >= 0) {
    CHECK(poll(&p, 1, 0) == 1);
    engine_step(e);
    CHECK(poll(&p, 1, 0) == 0);
  }
  engine_free(e);
}

int main(void) {
  const char *failure = startup_init();
  if (failure) {
    fprintf(stderr, "startup_init: %s\n", failure);
    return 1;
  }
  server_start();
  test_nothing_stays();
  test_paths_are_sent_as_they_are();
  test_large_body_waits_for_nothing();
  test_sent_once();
  test_answers();
  test_failing_starts();
  test_timeout_and_cancel();
  test_given_up_while_connecting();
  test_second_addresses();
  test_given_up_before_a_fork_ends();
  test_orders();
  test_many();
  test_event_loop();
  test_restart_keeps_the_deadline();
  test_closed_while_idle();
  if (HAS_EPOLL) test_answers_to_nobody();
  test_fork();
  test_fork_while_connecting();
  test_fork_while_receiving();
  test_alert();
  server_stop();
  if (failures == 0) puts("ok");
  return failures != 0;
}
