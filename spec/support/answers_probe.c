/* Sends COUNT requests through one engine, GET and POST alternately. Each response must belong
 * to its request. Prints the numbers of right and wrong responses and of failed requests.
 *
 *   answers_probe URL CA COUNT AT_ONCE [TEXT]
 *
 * A right response contains TEXT, or without TEXT what the request asked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/engine.h"
#include "transport/startup.h"

enum { MOST_AT_ONCE = 64 };

struct asked {
  struct transfer transfer;
  char url[256], form[64], expected[64];
};

static struct asked asked[MOST_AT_ONCE];
static int right, wrong, failed;

static void ask(struct engine *e, const struct transport_config *route, const char *url, const char *text, int n, struct asked *a) {
  snprintf(a->url, sizeof a->url, "%s/CA%032x.json", url, (unsigned)n);
  snprintf(a->form, sizeof a->form, "To=%d.", n);
  snprintf(a->expected, sizeof a->expected, n % 2 ? "\"CA%032x\"" : "\"%d.\"", (unsigned)n);
  if (text) snprintf(a->expected, sizeof a->expected, "%s", text);
  a->transfer.route = route;
  a->transfer.method = n % 2 ? "GET" : "POST";
  a->transfer.resendable = n % 2;
  a->transfer.url = a->url;
  a->transfer.body = n % 2 ? NULL : a->form;
  a->transfer.body_length = n % 2 ? 0 : strlen(a->form);
  a->transfer.max_response = 4 << 20;
  a->transfer.timeout_ms = a->transfer.connect_timeout_ms = 20000;
  engine_submit(e, &a->transfer);
}

static void judge(struct asked *a) {
  const char *answer = buffer_cstr(&a->transfer.answer);
  if (a->transfer.code != CURLE_OK) {
    failed++;
  } else if (answer && strstr(answer, a->expected)) {
    right++;
  } else {
    wrong++;
  }
  transfer_free(&a->transfer);
}

int main(int argc, char **argv) {
  struct transport_config route = {.user_agent = "probe/1", .proxy = ""};
  struct engine *e;
  int count, at_once, next = 0;
  if (argc < 5 || startup_init()) return 2;
  count = atoi(argv[3]);
  at_once = atoi(argv[4]);
  if (at_once > MOST_AT_ONCE) return 2;
  route.serial = startup_serial();
  route.ca_file = argv[2];
  e = engine_new();
  for (int i = 0; i < at_once && next < count; i++) ask(e, &route, argv[1], argv[5], next++, &asked[i]);
  while (right + wrong + failed < count) {
    engine_poll(e, 10);
    while (engine_completed(e)) continue;
    for (int i = 0; i < at_once; i++) {
      if (asked[i].transfer.state != TRANSFER_DONE) continue;
      judge(&asked[i]);
      if (next < count) ask(e, &route, argv[1], argv[5], next++, &asked[i]);
    }
  }
  engine_free(e);
  printf("right %d wrong %d failed %d\n", right, wrong, failed);
  return 0;
}
