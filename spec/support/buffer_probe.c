/* Tests src/support/buffer.c with an allocator that fails on request.
 *
 *   cc -std=c99 -D_GNU_SOURCE -Isrc spec/support/buffer_probe.c && ./a.out */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail_after = -1; /* number of allocations that succeed; -1: all */

static void *probe_realloc(void *block, size_t size) {
  if (fail_after == 0) return NULL;
  if (fail_after > 0) fail_after--;
  return realloc(block, size);
}

#define realloc probe_realloc
#include "support/buffer.c"
#undef realloc

static int failures;

#define CHECK(condition) ((condition) ? (void)0 : (void)(failures++, fprintf(stderr, "line %d: %s\n", __LINE__, #condition)))

static void test_growing(void) {
  struct buffer b = {0};
  char expected[5000];
  for (int i = 0; i < 5000; i++) {
    expected[i] = (char)i;
    buffer_addc(&b, (char)i);
  }
  CHECK(b.length == 5000 && b.capacity >= 5000 && memcmp(b.data, expected, 5000) == 0);
  buffer_add(&b, expected, sizeof expected);
  CHECK(b.length == 10000 && memcmp(b.data + 5000, expected, 5000) == 0);
  buffer_free(&b);
  CHECK(!b.data && b.length == 0 && b.capacity == 0);
}

static void test_text(void) {
  struct buffer b = {0};
  CHECK(strcmp(buffer_cstr(&b), "") == 0);
  buffer_adds(&b, "GET ");
  buffer_adds(&b, "");
  buffer_add(&b, NULL, 0);
  buffer_adds(&b, "/");
  CHECK(strcmp(buffer_cstr(&b), "GET /") == 0 && b.length == 5);
  buffer_clear(&b);
  CHECK(b.length == 0 && b.data && strcmp(buffer_cstr(&b), "") == 0);
  buffer_adds(&b, "again");
  CHECK(strcmp(buffer_cstr(&b), "again") == 0);
  buffer_free(&b);
  buffer_free(&b);
}

static void test_failing(void) {
  struct buffer b = {0};
  buffer_adds(&b, "kept");
  fail_after = 0;
  CHECK(!buffer_reserve(&b, 1 << 20));
  char large[4096] = {0};
  buffer_add(&b, large, sizeof large);
  CHECK(b.failed && b.length == 4 && memcmp(b.data, "kept", 4) == 0);
  fail_after = -1;
  buffer_adds(&b, "lost"); /* the content is incomplete, so nothing is appended */
  CHECK(b.length == 4 && !buffer_cstr(&b));
  buffer_free(&b);
  buffer_adds(&b, "usable");
  CHECK(!b.failed && strcmp(buffer_cstr(&b), "usable") == 0);
  CHECK(!buffer_reserve(&b, SIZE_MAX) && !buffer_reserve(&b, SIZE_MAX - 3));
  buffer_free(&b);
}

int main(void) {
  test_growing();
  test_text();
  test_failing();
  if (failures == 0) puts("ok");
  return failures != 0;
}
