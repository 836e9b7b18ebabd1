/* slow DIRECTORY MILLISECONDS: an HTTP server that pauses before each response, and records the
 * requests. nginx with static responses can do neither.
 *
 * - GET …&Page=N sends DIRECTORY/pages/N.json. Without &Page=N it sends pages/0.json.
 * - POST sends DIRECTORY/created.json.
 * - Below /stall/ the server sends no response, below /stall_body/ half a response.
 * - Below /busy_stall/ a connection gets a 503 first, and no response to its second request.
 * - Other requests are appended to DIRECTORY/requests, each followed by an empty line.
 *
 * The server prints its port, and exits at the end of its standard input. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_LIMIT = 16384, PATH_LIMIT = 4096 };

static const char *slow_directory;
static long slow_pause; /* ms */

static void slow_check(int fine, const char *what) {
  if (fine) return;
  perror(what);
  exit(1);
}

static void slow_path(char *path, const char *name) {
  slow_check(snprintf(path, PATH_LIMIT, "%s/%s", slow_directory, name) < PATH_LIMIT, "path");
}

/* Writes all bytes, because write may write only a part of them. */
static void slow_write(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, bytes, length);
    slow_check(n > 0, "write");
    bytes += n;
    length -= (size_t)n;
  }
}

/* Returns the length of the request at the beginning of the text, 0 if it is not complete. */
static size_t slow_complete(const char *text, size_t length) {
  const char *end = strstr(text, "\r\n\r\n"), *field;
  size_t whole;
  if (!end) return 0;
  whole = (size_t)(end + 4 - text);
  field = strcasestr(text, "\r\nContent-Length:");
  if (field && field < end) whole += strtoul(field + strlen("\r\nContent-Length:"), NULL, 10);
  return length >= whole ? whole : 0;
}

/* Reads one request, and returns its length. Returns 0 if the client has closed the connection. */
static size_t slow_read(int fd, char *text) {
  size_t length = 0, whole = 0;
  while (!whole) {
    ssize_t n = read(fd, text + length, REQUEST_LIMIT - length);
    if (n <= 0) return 0;
    length += (size_t)n;
    text[length] = '\0';
    whole = slow_complete(text, length);
    slow_check(whole || length < REQUEST_LIMIT, "request too large");
  }
  return whole;
}

static void slow_record(const char *text, size_t length) {
  char path[PATH_LIMIT];
  int fd;
  slow_path(path, "requests");
  fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  slow_check(fd >= 0, path);
  slow_write(fd, text, length);
  slow_write(fd, "\n\n", 2);
  close(fd);
}

static void slow_answer(int fd, const char *status, const char *name) {
  char path[PATH_LIMIT], head[256];
  struct stat file;
  void *body;
  int in, length;
  slow_path(path, name);
  in = open(path, O_RDONLY);
  slow_check(in >= 0 && fstat(in, &file) == 0, path);
  body = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, in, 0);
  slow_check(body != MAP_FAILED, path);
  length =
      snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %lld\r\n\r\n", status, (long long)file.st_size);
  slow_write(fd, head, (size_t)length);
  slow_write(fd, body, (size_t)file.st_size);
  munmap(body, (size_t)file.st_size);
  close(in);
}

static int slow_is_below(const char *text, const char *directory) {
  const char *path = strchr(text, ' ');
  return path && strncmp(path + 1, directory, strlen(directory)) == 0;
}

/* Serves the paths that stall. Returns 1 if the request has such a path: after the 503, or after
 * the client has closed the connection. Returns 0 for any other request. */
static int slow_stall(int fd, const char *text, int requests) {
  static const char half[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"sid\": ";
  static const char busy[] = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
  char rest;
  if (!slow_is_below(text, "/stall/") && !slow_is_below(text, "/stall_body/") && !slow_is_below(text, "/busy_stall/")) return 0;
  if (slow_is_below(text, "/stall_body/")) slow_write(fd, half, strlen(half));
  if (slow_is_below(text, "/busy_stall/") && requests == 1) {
    slow_write(fd, busy, strlen(busy));
    return 1;
  }
  while (read(fd, &rest, 1) > 0) continue;
  return 1;
}

static void slow_serve(int fd) {
  static char text[REQUEST_LIMIT + 1];
  struct timespec pause = {slow_pause / 1000, slow_pause % 1000 * 1000000};
  size_t length;
  int requests = 0;
  while ((length = slow_read(fd, text)) > 0) {
    char name[64];
    const char *page = strstr(text, "&Page=");
    if (slow_stall(fd, text, ++requests)) continue;
    slow_record(text, length);
    nanosleep(&pause, NULL);
    snprintf(name, sizeof name, "pages/%lu.json", page ? strtoul(page + 6, NULL, 10) : 0UL);
    slow_answer(fd, text[0] == 'P' ? "201 Created" : "200 OK", text[0] == 'P' ? "created.json" : name);
  }
}

static void slow_accept(int listener) {
  int on = 1, fd = accept(listener, NULL, NULL);
  slow_check(fd >= 0, "accept");
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    slow_serve(fd);
    _exit(0);
  }
  close(fd);
}

static int slow_listen(void) {
  struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof where;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  slow_check(fd >= 0 && bind(fd, (struct sockaddr *)&where, size) == 0 && listen(fd, 16) == 0, "listen");
  slow_check(getsockname(fd, (struct sockaddr *)&where, &size) == 0, "getsockname");
  printf("%d\n", ntohs(where.sin_port));
  fflush(stdout);
  return fd;
}

int main(int argc, char **argv) {
  struct pollfd watched[2];
  if (argc != 3) {
    fprintf(stderr, "slow DIRECTORY MILLISECONDS\n");
    return 2;
  }
  slow_directory = argv[1];
  slow_pause = atol(argv[2]);
  signal(SIGCHLD, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  watched[0] = (struct pollfd){.fd = slow_listen(), .events = POLLIN};
  watched[1] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
  while (poll(watched, 2, -1) >= 0) {
    if (watched[1].revents) return 0;
    if (watched[0].revents) slow_accept(watched[0].fd);
  }
  perror("poll");
  return 1;
}
