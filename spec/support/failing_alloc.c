/* An allocator for LD_PRELOAD, used by specs. It fails on request, counts blocks that are not
 * freed, and counts blocks that are freed while they contain a secret. GNU libc only.
 *
 * Lua controls it by reading environment variables that do not exist:
 *
 *   os.getenv "alloc:fail=N"   makes the Nth allocation from now on and all later ones fail; 0: none.
 *                              Returns nil, which allocates nothing.
 *   os.getenv "alloc:asked"    returns the number of allocations since "alloc:fail=N"
 *   os.getenv "alloc:live"     returns the number of blocks in use
 *   os.getenv "alloc:spilled"  returns the number of blocks that were freed with a secret in them.
 *                              The secrets are the values of SECRET_1 and SECRET_2.
 *   os.getenv "alloc:spill"    frees such a block */
#define _GNU_SOURCE
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

static long fail_at, asked, live, spilled;

/* Whether this allocation must fail. */
static int fails(void) {
  asked++;
  return fail_at > 0 && asked >= fail_at;
}

static const char *variable(const char *name) {
  size_t length = strlen(name);
  for (char **entry = environ; entry && *entry; entry++)
    if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') return *entry + length + 1;
  return NULL;
}

static int holds(const void *block, const char *secret) {
  return secret && *secret && memmem(block, malloc_usable_size((void *)block), secret, strlen(secret)) != NULL;
}

static void look(const void *block) {
  if (holds(block, variable("SECRET_1")) || holds(block, variable("SECRET_2"))) spilled++;
}

void *malloc(size_t size) {
  void *block = fails() ? NULL : __libc_malloc(size);
  live += block != NULL;
  return block;
}

void *calloc(size_t count, size_t size) {
  void *block = fails() ? NULL : __libc_calloc(count, size);
  live += block != NULL;
  return block;
}

void free(void *block) {
  if (!block) return;
  look(block);
  live--;
  __libc_free(block);
}

/* Always moves the block, so that the old block is searched for secrets. Shrinking never fails,
 * because Lua relies on that. */
void *realloc(void *block, size_t size) {
  size_t old = block ? malloc_usable_size(block) : 0;
  if (block && size == 0) {
    free(block);
    return NULL;
  }
  if (size > old && fails()) return NULL;
  void *other = __libc_malloc(size);
  if (!other) return NULL;
  live++;
  if (block) memcpy(other, block, old < size ? old : size);
  free(block);
  return other;
}

char *getenv(const char *name) {
  static char answer[32];
  long number = 0;
  if (strncmp(name, "alloc:", 6) != 0) return (char *)variable(name);
  if (strncmp(name + 6, "fail=", 5) == 0) {
    fail_at = atol(name + 11);
    asked = 0;
    return NULL;
  } else if (strcmp(name + 6, "spill") == 0) {
    free(strdup(variable("SECRET_1")));
    return NULL;
  } else if (strcmp(name + 6, "asked") == 0) {
    number = asked;
  } else if (strcmp(name + 6, "live") == 0) {
    number = live;
  } else if (strcmp(name + 6, "spilled") == 0) {
    number = spilled;
  } else {
    return NULL;
  }
  snprintf(answer, sizeof answer, "%ld", number);
  return answer;
}
