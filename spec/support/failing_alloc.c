/* An allocator for LD_PRELOAD, used by specs and by `make torture`. It fails on request, counts blocks
 * that are not freed, and counts blocks that are freed while they contain a secret. It also limits and
 * counts descriptors, and the size of files. GNU libc only.
 *
 * Lua controls it by reading environment variables that do not exist:
 *
 *   os.getenv "alloc:fail=N"   makes the Nth allocation from now on and all later ones fail; 0: none.
 *                              Returns nil, which allocates nothing.
 *   os.getenv "alloc:once=N"   makes only the Nth allocation from now on fail
 *   os.getenv "alloc:stop"     from now on no allocation fails. "alloc:asked" stays.
 *   os.getenv "alloc:of=WHO"   which allocations count and fail: those of `lua`, those of the other
 *                              libraries, `c`, or `any` (the default). Lua's are the reallocations
 *                              by the program itself. LuaJIT does not use malloc.
 *   os.getenv "alloc:asked"    returns the number of allocations since "alloc:fail=N" or "alloc:once=N"
 *   os.getenv "alloc:live"     returns the number of blocks in use
 *   os.getenv "alloc:spilled"  returns the number of blocks that were freed with a secret in them.
 *                              The secrets are the values of SECRET_1 and SECRET_2.
 *   os.getenv "alloc:spill"    frees such a block
 *   os.getenv "alloc:watch"    from now on a crash writes two stacks to standard error: that of the
 *                              allocation that failed first, and that of the crash
 *   os.getenv "alloc:blame"    writes the first of them
 *   os.getenv "limit:files=N"  lets the process open N more descriptors; nothing after "=": any number
 *   os.getenv "limit:size=N"   no file may grow beyond N bytes; nothing after "=": any size
 *   os.getenv "count:files"    returns the number of open descriptors below 1024
 *   os.getenv "count:in=PATH"  returns the number of files in a directory */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

extern char **environ;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

enum { DESCRIPTORS = 1024, FRAMES = 24 };

/* valgrind and the sanitizers replace these functions. They come before the C library's. */
static void *(*next_malloc)(size_t size) = __libc_malloc;
static void *(*next_calloc)(size_t count, size_t size) = __libc_calloc;
static void (*next_free)(void *block) = __libc_free;

static long fail_at, asked, live, spilled;
static int is_once, is_watching, blamed;
static enum { ANY, LUA, C } counted;
static struct { uintptr_t start, end; } program; /* the code of the program lua5.4 */
static void *blame[FRAMES];

static void find_next(void) {
  static int is_done;
  if (is_done) return;
  is_done = 1; /* dlsym may allocate */
  void *found[] = {dlsym(RTLD_NEXT, "malloc"), dlsym(RTLD_NEXT, "calloc"), dlsym(RTLD_NEXT, "free")};
  if (!found[0] || !found[1] || !found[2]) return;
  memcpy(&next_malloc, &found[0], sizeof next_malloc);
  memcpy(&next_calloc, &found[1], sizeof next_calloc);
  memcpy(&next_free, &found[2], sizeof next_free);
}

static int is_counted(int is_lua) {
  return counted == ANY || (counted == LUA) == is_lua;
}

/* Whether this allocation must fail. */
static int fails(int is_lua) {
  find_next();
  if (!is_counted(is_lua)) return 0;
  asked++;
  if (fail_at <= 0 || asked < fail_at || (is_once && asked > fail_at)) return 0;
  if (is_watching && !blamed) blamed = backtrace(blame, FRAMES);
  errno = ENOMEM;
  return 1;
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
  void *block = fails(0) ? NULL : next_malloc(size);
  live += block != NULL;
  return block;
}

void *calloc(size_t count, size_t size) {
  void *block = fails(0) ? NULL : next_calloc(count, size);
  live += block != NULL;
  return block;
}

void free(void *block) {
  if (!block) return;
  look(block);
  live--;
  next_free(block);
}

/* Always moves the block, so that the old block is searched for secrets. Shrinking never fails,
 * because Lua relies on that. */
void *realloc(void *block, size_t size) {
  uintptr_t caller = (uintptr_t)__builtin_return_address(0);
  size_t old = block ? malloc_usable_size(block) : 0;
  if (block && size == 0) {
    free(block);
    return NULL;
  }
  if (size > old && fails(caller >= program.start && caller < program.end)) return NULL;
  void *other = next_malloc(size);
  if (!other) return NULL;
  live++;
  if (block) memcpy(other, block, old < size ? old : size);
  free(block);
  return other;
}

/* ---- crashes ---- */

static void say(const char *text) {
  if (write(2, text, strlen(text)) < 0) return;
}

static void write_blame(void) {
  say("the allocation that failed:\n");
  backtrace_symbols_fd(blame, blamed, 2);
}

static void report(int number) {
  void *frames[FRAMES];
  fail_at = 0;
  write_blame();
  say("the crash:\n");
  backtrace_symbols_fd(frames, backtrace(frames, FRAMES), 2);
  signal(number, SIG_DFL);
  raise(number);
}

/* The first object is the program. */
static int look_at_program(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size, (void)context;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
    program.start = info->dlpi_addr + segment->p_vaddr;
    program.end = program.start + segment->p_memsz;
  }
  return 1;
}

static void watch(void) {
  static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
  void *frame;
  backtrace(&frame, 1); /* loads a library, which allocates */
  is_watching = 1;
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], report);
}

/* ---- other resources ---- */

static long open_descriptors(void) {
  long count = 0;
  for (int fd = 0; fd < DESCRIPTORS; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

/* RLIMIT_NOFILE limits the highest descriptor, not their number. The lowest free descriptors count
 * too: a program with the descriptors 0, 1 and 5 has two of them below its highest. */
static void limit_files(const char *text) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = DESCRIPTORS;
  if (*text) {
    long left = atol(text);
    int fd = 0;
    while (fcntl(fd, F_GETFD) >= 0 || left-- > 0) fd++;
    limit.rlim_cur = (rlim_t)fd;
  }
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void limit_size(const char *text) {
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = *text ? (rlim_t)atol(text) : limit.rlim_max;
  signal(SIGXFSZ, SIG_IGN); /* its default action ends the process */
  setrlimit(RLIMIT_FSIZE, &limit);
}

static long files_in(const char *path) {
  DIR *directory = opendir(path);
  long count = 0;
  if (!directory) return -1;
  for (const struct dirent *entry; (entry = readdir(directory));) count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  closedir(directory);
  return count;
}

/* ---- control ---- */

static void set_failure(const char *number, int once) {
  fail_at = atol(number);
  is_once = once;
  asked = 0;
  blamed = 0;
}

static void set_counted(const char *who) {
  counted = strcmp(who, "lua") == 0 ? LUA : strcmp(who, "c") == 0 ? C : ANY;
  dl_iterate_phdr(look_at_program, NULL);
}

static const char *after(const char *name, const char *prefix) {
  size_t length = strlen(prefix);
  return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

/* Whether the name is a command without a result. */
static int is_command(const char *name) {
  const char *value;
  if ((value = after(name, "alloc:fail=")))
    set_failure(value, 0);
  else if ((value = after(name, "alloc:once=")))
    set_failure(value, 1);
  else if ((value = after(name, "alloc:of=")))
    set_counted(value);
  else if ((value = after(name, "limit:files=")))
    limit_files(value);
  else if ((value = after(name, "limit:size=")))
    limit_size(value);
  else if (strcmp(name, "alloc:stop") == 0)
    fail_at = 0;
  else if (strcmp(name, "alloc:spill") == 0)
    free(strdup(variable("SECRET_1")));
  else if (strcmp(name, "alloc:watch") == 0)
    watch();
  else if (strcmp(name, "alloc:blame") == 0)
    write_blame();
  else
    return 0;
  return 1;
}

char *getenv(const char *name) {
  static char answer[32];
  const char *path;
  long number;
  if (is_command(name)) return NULL;
  if (strcmp(name, "alloc:asked") == 0)
    number = asked;
  else if (strcmp(name, "alloc:live") == 0)
    number = live;
  else if (strcmp(name, "alloc:spilled") == 0)
    number = spilled;
  else if (strcmp(name, "count:files") == 0)
    number = open_descriptors();
  else if ((path = after(name, "count:in=")))
    number = files_in(path);
  else
    return (char *)variable(name);
  snprintf(answer, sizeof answer, "%ld", number);
  return answer;
}
