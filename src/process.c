#include "process.h"

#include <curl/curl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pool.h"
#include "tls.h"

/* Where it is not so libcurl sets SO_NOSIGPIPE, or there is no sigtimedwait. */
#if defined(__APPLE__) || defined(__OpenBSD__)
#define PROCESS_MASKS_SIGPIPE 0
#else
#define PROCESS_MASKS_SIGPIPE 1
#endif

/* Sharing TLS sessions among easy handles leaves it to libcurl to compare what their routes trust. 7.88.1 is the oldest
 * version in which the specs saw it compare rightly. 7.81.0 does not, and before 7.78 paths were compared without regard
 * to case (CVE-2021-22924). An older libcurl resumes sessions within one easy handle only, which serves one route.
 * Tests choose another version. */
#ifndef PROCESS_SESSIONS_SINCE
#define PROCESS_SESSIONS_SINCE 0x075801
#endif

static pthread_once_t process_once = PTHREAD_ONCE_INIT;
static const char *process_failure;
static struct process_facts process_known;
static unsigned process_forks; /* written where only one thread exists: in a child, before fork returns */

static void process_forked(void) {
  process_forks++;
  pool_forked();
}

unsigned process_generation(void) {
  return process_forks;
}

const struct process_facts *process_facts(void) {
  return &process_known;
}

/* The fork handlers, libcurl's resolver threads and what the TLS library
 * registers for the end of the process point into this module and the
 * libraries below it: none of them may go when the last Lua state closes. A
 * program that links the module statically has nothing to pin, and the link
 * line (-z nodelete) has done it mostly: failing is no failure. */
static void process_pin(void) {
#ifdef RTLD_NODELETE
  Dl_info self;
  if (dladdr(&process_known, &self) && self.dli_fname) (void)dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
#endif
}

static int process_has_openssl(const curl_version_info_data *v) {
  static const char *const family[] = {"OpenSSL/", "LibreSSL/", "BoringSSL", "AWS-LC", "quictls/"};
  for (size_t i = 0; v->ssl_version && i < sizeof family / sizeof family[0]; i++) {
    if (strncmp(v->ssl_version, family[i], strlen(family[i])) == 0) return 1;
  }
  return 0;
}

/* Asked of the library that runs, which need not be the one that was compiled
 * against. Before 1.1 OpenSSL left locking to the program. */
static const char *process_check(const curl_version_info_data *v) {
  if (v->version_num < 0x074400) return "libcurl 7.68 or newer is needed";
  if (!(v->features & CURL_VERSION_SSL)) return "this libcurl was built without TLS";
  if (v->ssl_version && (strstr(v->ssl_version, "OpenSSL/1.0.") || strstr(v->ssl_version, "OpenSSL/0."))) {
    return "this libcurl uses an OpenSSL before 1.1, which is not safe with threads";
  }
  return NULL;
}

/* A name such as "5ed36f99.0", by which OpenSSL looks certificates up. */
static int process_is_hashed(const char *name) {
  return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] >= '0' && name[9] <= '9';
}

static int process_holds_hashes(const char *directory) {
  int found = 0;
  const struct dirent *entry;
  DIR *d = opendir(directory);
  if (!d) return 0;
  while (!found && (entry = readdir(d))) found = process_is_hashed(entry->d_name);
  closedir(d);
  return found;
}

/* Tools write the bundle first and the hashed names after it. A bundle that is
 * newer than the directory was changed by hand, and certificates may stand in it
 * alone. */
static int process_is_current(const char *directory, const char *bundle) {
  struct stat d, b;
  if (stat(directory, &d) != 0) return 0;
  if (!bundle || stat(bundle, &b) != 0) return 1;
  if (d.st_mtime != b.st_mtime) return d.st_mtime > b.st_mtime;
#ifdef __APPLE__
  return 1;
#else
  return d.st_mtim.tv_nsec >= b.st_mtim.tv_nsec;
#endif
}

static void process_find_trust(const curl_version_info_data *v) {
#if LIBCURL_VERSION_NUM >= 0x074600
  if (v->age < CURLVERSION_SEVENTH) return;
  process_known.ca_bundle = v->cainfo;
  if (!v->capath || !process_has_openssl(v)) return; /* the others read each file of a directory */
  if (process_holds_hashes(v->capath) && process_is_current(v->capath, v->cainfo)) process_known.ca_directory = v->capath;
#else
  (void)v;
#endif
}

static void process_start(void) {
  const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
  process_failure = process_check(v);
  if (process_failure) return;
  process_pin(); /* before anything points into it */
  if (pthread_atfork(pool_hold, pool_release, process_forked) != 0) {
    process_failure = "the fork handlers cannot be registered: out of memory";
  } else if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    process_failure = "libcurl cannot be initialised";
  } else {
    process_known.gzip = (v->features & CURL_VERSION_LIBZ) != 0;
    process_known.shares_sessions = v->version_num >= PROCESS_SESSIONS_SINCE;
    process_known.crosses = v->version_num < 0x080500;
    process_known.raises_sigpipe = PROCESS_MASKS_SIGPIPE && (v->version_num < 0x075800 || !process_has_openssl(v));
    process_find_trust(v);
    tls_init();
  }
}

const char *process_init(void) {
  if (pthread_once(&process_once, process_start) != 0) return "pthread_once failed";
  return process_failure;
}

static int process_pipe_pending(void) {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

void process_hold_pipe(struct process_pipe *p) {
  sigset_t pipe;
  /* One that waits already is the program's own: it is blocked, and stays so. */
  p->held = process_known.raises_sigpipe && !process_pipe_pending();
  if (!p->held) return;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  p->held = pthread_sigmask(SIG_BLOCK, &pipe, &p->before) == 0;
}

void process_release_pipe(const struct process_pipe *p) {
  if (!p->held) return;
#if PROCESS_MASKS_SIGPIPE
  if (process_pipe_pending()) {
    const struct timespec at_once = {0, 0};
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    (void)sigtimedwait(&pipe, NULL, &at_once);
  }
#endif
  (void)pthread_sigmask(SIG_SETMASK, &p->before, NULL);
}

const char process_starved_reason[] = "no file descriptor is left: the process has as many open as its limit allows (see ulimit -n)";

int process_is_starved(int error) {
  return error == EMFILE || error == ENFILE;
}

int process_starves(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return process_is_starved(errno);
  close(fd);
  return 0;
}

uint64_t process_serial(void) {
  static uint64_t last;
  return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}
