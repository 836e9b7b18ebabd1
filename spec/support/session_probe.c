/* Creates COUNT engines one after the other. Each engine sends one GET over the pooled connection
 * set. The server counts the connections that resume a TLS session.
 *
 *   session_probe URL CA COUNT [BUSY_URL]     (each engine first starts a request to BUSY_URL) */
#include <stdio.h>
#include <stdlib.h>

#include "transport/engine.h"
#include "transport/startup.h"

static struct transfer session_get(const struct transport_config *route, const char *url) {
  struct transfer t = {.route = route, .method = "GET", .url = url, .resendable = 1};
  t.max_response = 1 << 20;
  t.timeout_ms = t.connect_timeout_ms = 20000;
  return t;
}

static int session_visit(const char *url, const char *ca, const char *busy_url) {
  struct transport_config route = {.serial = startup_serial(), .user_agent = "probe/1", .proxy = "", .ca_file = ca};
  struct engine *e = engine_new();
  struct transfer t = session_get(&route, url), busy = session_get(&route, busy_url);
  int failed;
  if (busy_url) engine_submit(e, &busy);
  engine_submit(e, &t);
  while (t.state != TRANSFER_DONE) engine_poll(e, 1);
  failed = t.code != CURLE_OK || t.status != 200;
  if (failed) fprintf(stderr, "session_probe: %s\n", t.reason);
  transfer_free(&t);
  transfer_free(&busy);
  engine_free(e);
  return failed;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  for (int i = 0; i < atoi(argv[3]); i++)
    if (session_visit(argv[1], argv[2], argv[4])) return 1;
  return 0;
}
