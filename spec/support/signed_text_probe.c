/* Tests src/text/signed_text.c without Lua.
 *
 *   signed_text_probe METHOD URL AUTHORIZATION BODY   prints the canonical request and its hash; "-" is a NULL
 *   signed_text_probe base64url TEXT                  prints the text as base64url
 *   signed_text_probe failing                         lets one allocation after the other fail */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail_after = -1; /* number of allocations that succeed; -1: all */

static int probe_fails(void) {
  if (fail_after > 0) fail_after--;
  return fail_after == 0;
}

static void *probe_realloc(void *block, size_t size) {
  return probe_fails() ? NULL : realloc(block, size);
}

static void *probe_malloc(size_t size) {
  return probe_fails() ? NULL : malloc(size);
}

#define realloc probe_realloc
#define malloc probe_malloc
#include "support/buffer.c"
#include "text/signed_text.c"
#undef realloc
#undef malloc

static const char *unless_dash(const char *text) {
  return strcmp(text, "-") == 0 ? NULL : text;
}

static int print_canonical(char **argument) {
  struct signed_request s = {argument[0], argument[1], unless_dash(argument[2]), unless_dash(argument[3]), strlen(argument[3])};
  struct buffer out = {0};
  char hash[SIGNED_TEXT_SHA256];
  int ok = signed_text_canonical(&out, &s) && buffer_cstr(&out) && signed_text_sha256(out.data, out.length, hash);
  if (ok) printf("%s\n%s\n", out.data, hash);
  buffer_free(&out);
  return !ok;
}

static int print_base64url(const char *text) {
  char out[1000];
  size_t length = signed_text_base64url(out, text, strlen(text));
  printf("%d %s\n", (int)length, out);
  return 0;
}

/* If an allocation fails, the buffer must be marked as failed. Otherwise the request is complete. */
static int test_failing(void) {
  struct signed_request s = {"POST", "https://h/a//b/../c%20d?b=1&a=%7E&c", "Basic x", "body", 4};
  int failures = 0, tries = 1;
  for (;; tries++) {
    struct buffer out = {0};
    fail_after = tries;
    int ok = signed_text_canonical(&out, &s), is_complete = fail_after > 0;
    fail_after = -1;
    if (!ok || out.failed == is_complete) failures++;
    buffer_free(&out);
    if (is_complete) break;
  }
  printf("%s after %s failed allocations\n", failures ? "wrong" : "ok", tries > 2 ? "several" : "no");
  return failures != 0;
}

int main(int count, char **argument) {
  if (count == 5) return print_canonical(argument + 1);
  if (count == 3) return print_base64url(argument[2]);
  return test_failing();
}
