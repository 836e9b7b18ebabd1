/* A TCP proxy that breaks its connections at chosen bytes, for specs. It does not look at the bytes,
 * so it works for HTTP/1.1, HTTP/2 and TLS.
 *
 *   cutting_proxy TARGET_PORT SEED PERCENT [flip]
 *   cutting_proxy TARGET_PORT up|down KIND BYTES [up|down KIND BYTES]…
 *
 * - The first line of the output is the port on which the proxy listens. The proxy exits at the end
 *   of its input, and then writes to standard error how often each fault happened.
 * - The first form breaks PERCENT of the connections. The faults of a connection depend only on SEED
 *   and on the number of the connection.
 * - In the second form, the first three words are for the first connection, and so on. The last three
 *   are for all further connections too. A connection passes BYTES bytes in this direction, and then
 *   KIND happens. `up` is from the client to the server.
 * - KIND is one of the names in `kinds`. `flip` changes one bit. Only TLS can detect this, so the
 *   first form uses it only if asked. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 400, FAULTS = 3, BUFFER = 16384, FOREVER = 3600 * 1000 };

/* DELAY, DRIP and FLIP let the connection continue. The other kinds are the last fault of their
 * direction. */
enum kind { DELAY, DRIP, FLIP, STALL, HALF, CUT, RESET, RESET_CLIENT, RESET_SERVER, KINDS };
static const char *const kinds[] = {"delay", "drip", "flip", "stall", "half", "cut", "reset", "reset_client", "reset_server"};

struct fault {
  uint64_t at; /* the number of bytes that pass before it */
  enum kind kind;
  int milliseconds; /* of DELAY */
};

struct direction {
  int from, to;
  char bytes[BUFFER];
  size_t have, sent;
  uint64_t read;
  struct fault faults[FAULTS];
  int count, next;
  int64_t paused; /* until this time */
  int drips;      /* so many bytes are still passed one by one */
  int flips;      /* the next byte is changed */
  int ended;      /* nothing more is passed; what arrives is read and dropped */
  int finished;   /* the source has sent its end */
  int shut;       /* the destination has been sent the end */
};

struct connection {
  int client, server, is_open;
  struct direction up, down;
};

static struct connection connections[CONNECTIONS];
static unsigned long counts[KINDS], accepted;
static uint64_t seed, state;
static int percent, may_flip, target;
static char **words; /* of the second form: three for each connection */
static int word_count;

/* ---- random numbers ---- */

/* splitmix64 */
static uint64_t draw(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static unsigned below(unsigned limit) {
  return (unsigned)(draw() % limit);
}

/* Small positions are as frequent as large ones: heads, handshakes and bodies are all hit. */
static uint64_t position(void) {
  return below(1u << below(17));
}

/* ---- plans ---- */

static void add_fault(struct direction *d, struct fault f) {
  if (d->count < FAULTS && (d->count == 0 || d->faults[d->count - 1].at <= f.at)) d->faults[d->count++] = f;
}

static int kind_of(const char *name) {
  int kind = 0;
  while (kind < KINDS && strcmp(name, kinds[kind]) != 0) kind++;
  return kind;
}

static void add_given(struct connection *c, unsigned long number) {
  unsigned long last = (unsigned long)word_count / 3;
  char **mine = words + 3 * ((number < last ? number : last) - 1);
  struct fault f = {strtoull(mine[2], NULL, 10), (enum kind)kind_of(mine[1]), 1};
  add_fault(mine[0][0] == 'u' ? &c->up : &c->down, f);
}

/* Faults that end a connection are frequent, because most connections carry many requests. */
static enum kind draw_kind(void) {
  static const unsigned shares[KINDS] = {20, 10, 6, 3, 13, 18, 15, 8, 7};
  unsigned share = below(100);
  int kind = 0;
  while (share >= shares[kind]) share -= shares[kind++];
  return kind == FLIP && !may_flip ? CUT : (enum kind)kind;
}

static void plan(struct connection *c, unsigned long number) {
  state = seed * 1000003u + number;
  if (words) {
    add_given(c, number);
    return;
  }
  if (below(100) >= (unsigned)percent) return;
  for (unsigned i = 0, n = 1 + below(3); i < n; i++) {
    struct fault f = {position(), DELAY, 1 + (int)below(30)};
    f.kind = draw_kind();
    add_fault(below(2) ? &c->up : &c->down, f);
  }
}

/* ---- connections ---- */

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_socket(int *fd, int reset) {
  struct linger none = {1, 0};
  if (*fd < 0) return;
  if (reset) setsockopt(*fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close(*fd);
  *fd = -1;
}

static void end_connection(struct connection *c, int reset_client, int reset_server) {
  close_socket(&c->client, reset_client);
  close_socket(&c->server, reset_server);
  c->is_open = 0;
}

static void shut(struct direction *d) {
  if (!d->shut) shutdown(d->to, SHUT_WR);
  d->shut = 1;
}

static void end_direction(struct direction *d) {
  d->ended = 1;
  shut(d);
}

/* All bytes before the fault have been passed. */
static void happen(struct connection *c, struct direction *d, struct fault f) {
  counts[f.kind]++;
  switch (f.kind) {
  case DELAY: d->paused = now() + f.milliseconds; break;
  case DRIP: d->drips = 60; break;
  case FLIP: d->flips = 1; break;
  case STALL: d->paused = now() + FOREVER; break;
  case HALF: end_direction(d); break;
  case CUT:
    end_direction(&c->up);
    end_direction(&c->down);
    break;
  case RESET: end_connection(c, 1, 1); break;
  case RESET_CLIENT: end_connection(c, 1, 0); break;
  case RESET_SERVER: end_connection(c, 0, 1); break;
  default: break;
  }
}

static void write_some(struct connection *c, struct direction *d) {
  size_t length = d->drips > 0 ? 1 : d->have - d->sent;
  ssize_t n = send(d->to, d->bytes + d->sent, length, MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) {
    end_connection(c, 1, 1);
    return;
  }
  d->sent += (size_t)n;
  if (d->drips > 0) d->drips--;
  if (d->sent == d->have) d->sent = d->have = 0;
}

/* Reads at most up to the next fault, so that the fault happens at its byte. */
static void read_some(struct connection *c, struct direction *d) {
  size_t limit = BUFFER;
  ssize_t n;
  if (!d->ended && d->next < d->count && d->faults[d->next].at - d->read < limit) limit = (size_t)(d->faults[d->next].at - d->read);
  n = recv(d->from, d->bytes, limit, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) {
    end_connection(c, 1, 1);
  } else if (n == 0) {
    d->finished = 1;
    end_direction(d);
  } else if (!d->ended) {
    if (d->flips) d->bytes[0] ^= 4;
    d->flips = 0;
    d->have = (size_t)n;
    d->read += (size_t)n;
  }
}

/* Lets the faults happen whose byte is reached. */
static void check_faults(struct connection *c, struct direction *d) {
  while (c->is_open && !d->ended && d->have == 0 && d->paused <= now() && d->next < d->count && d->faults[d->next].at <= d->read)
    happen(c, d, d->faults[d->next++]);
}

static int is_paused(const struct direction *d) {
  return !d->ended && d->paused > now();
}

static int is_stalled(const struct direction *d) {
  return d->paused - now() > FOREVER / 2;
}

static void accept_one(int listener) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)target), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int yes = 1, client = accept4(listener, NULL, NULL, SOCK_NONBLOCK), server;
  struct connection *c = connections;
  if (client < 0) return;
  while (c < connections + CONNECTIONS && c->is_open) c++;
  server = socket(AF_INET, SOCK_STREAM, 0);
  if (c == connections + CONNECTIONS || server < 0 || connect(server, (struct sockaddr *)&address, sizeof address) != 0) {
    close_socket(&client, 1);
    close_socket(&server, 0);
    return;
  }
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  memset(c, 0, sizeof *c);
  c->is_open = 1;
  c->client = c->up.from = c->down.to = client;
  c->server = c->up.to = c->down.from = server;
  plan(c, ++accepted);
}

/* ---- the loop ---- */

static void want(struct pollfd *p, int fd, short events) {
  p->fd = events ? fd : -1;
  p->events = events;
  p->revents = 0;
}

/* Returns the milliseconds until the earliest pause ends; -1 if there is none. */
static int next_pause(void) {
  int64_t first = -1;
  for (struct connection *c = connections; c < connections + CONNECTIONS; c++) {
    struct direction *both[] = {&c->up, &c->down};
    for (int i = 0; c->is_open && i < 2; i++) {
      if (is_paused(both[i]) && (first < 0 || both[i]->paused < first)) first = both[i]->paused;
    }
  }
  if (first < 0) return -1;
  first -= now();
  return first < 0 ? 0 : (int)first;
}

/* A direction has two entries: one for reading, one for writing. */
static void prepare(struct pollfd *p, struct connection *c, struct direction *d) {
  want(&p[0], d->from, 0);
  want(&p[1], d->to, 0);
  if (!c->is_open) return;
  check_faults(c, d);
  if (!c->is_open) return;
  if (is_paused(d)) {
    if (is_stalled(d)) want(&p[0], d->from, POLLRDHUP); /* it is closed when its peer gives up */
    return;
  }
  if (d->have > 0 && !d->ended)
    want(&p[1], d->to, POLLOUT);
  else if (!d->finished)
    want(&p[0], d->from, POLLIN);
}

static void serve(struct pollfd *p, struct connection *c, struct direction *d) {
  if (c->is_open && p[1].revents) write_some(c, d);
  if (c->is_open && p[0].revents && p[0].events == POLLIN) read_some(c, d);
  if (c->is_open && p[0].revents && p[0].events == POLLRDHUP && is_stalled(d)) end_connection(c, 1, 1);
}

static int report(void) {
  fprintf(stderr, "connections %lu", accepted);
  for (int i = 0; i < KINDS; i++) fprintf(stderr, " %s %lu", kinds[i], counts[i]);
  fprintf(stderr, "\n");
  return 0;
}

static int run(int listener) {
  static struct pollfd polls[2 + 4 * CONNECTIONS];
  for (;;) {
    want(&polls[0], 0, POLLIN);
    want(&polls[1], listener, POLLIN);
    for (int i = 0; i < CONNECTIONS; i++) {
      struct connection *c = &connections[i];
      prepare(&polls[2 + 4 * i], c, &c->up);
      prepare(&polls[4 + 4 * i], c, &c->down);
      if (c->is_open && c->up.finished && c->down.finished) end_connection(c, 0, 0);
      if (!c->is_open) {
        for (int j = 0; j < 4; j++) polls[2 + 4 * i + j].fd = -1;
      }
    }
    if (poll(polls, sizeof polls / sizeof *polls, next_pause()) < 0 && errno != EINTR) return 1;
    if (polls[0].revents) {
      char line[64];
      if (read(0, line, sizeof line) <= 0) return report();
    }
    for (int i = 0; i < CONNECTIONS; i++) {
      serve(&polls[2 + 4 * i], &connections[i], &connections[i].up);
      serve(&polls[4 + 4 * i], &connections[i], &connections[i].down);
    }
    if (polls[1].revents) accept_one(listener);
  }
}

static int listen_somewhere(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 128) != 0) return -1;
  if (getsockname(listener, (struct sockaddr *)&address, &size) != 0) return -1;
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static int usage(void) {
  fprintf(stderr, "cutting_proxy TARGET_PORT SEED PERCENT [flip] | TARGET_PORT up|down KIND BYTES...\n");
  return 2;
}

int main(int argc, char **argv) {
  int listener;
  signal(SIGPIPE, SIG_IGN);
  if (argc < 4) return usage();
  target = atoi(argv[1]);
  if (strcmp(argv[2], "up") == 0 || strcmp(argv[2], "down") == 0) {
    words = argv + 2;
    word_count = argc - 2;
    for (int i = 1; i < word_count; i += 3) {
      if (kind_of(words[i]) == KINDS || word_count % 3 != 0) return usage();
    }
  } else {
    seed = strtoull(argv[2], NULL, 10);
    percent = atoi(argv[3]);
    may_flip = argc == 5 && strcmp(argv[4], "flip") == 0;
  }
  listener = listen_somewhere();
  return listener < 0 ? 1 : run(listener);
}
