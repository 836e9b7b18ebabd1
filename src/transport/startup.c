#include "transport/startup.h"

#include <curl/curl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "transport/connections.h"
#include "transport/sigpipe.h"
#include "transport/tls.h"

/* Sharing TLS sessions among easy handles leaves it to libcurl to compare what their routes trust. 7.88.1 is the oldest
 * version in which the specs saw it compare rightly. 7.81.0 does not, and before 7.78 paths were compared without regard
 * to case (CVE-2021-22924). An older libcurl resumes sessions within one easy handle only, which serves one route.
 * Tests choose another version. */
#ifndef STARTUP_SESSIONS_SINCE
#define STARTUP_SESSIONS_SINCE 0x075801
#endif

static pthread_once_t startup_once = PTHREAD_ONCE_INIT;
static const char *startup_failure;
static struct startup_facts startup_known;
static unsigned startup_forks; /* written where only one thread exists: in a child, before fork returns */

static void startup_forked(void) {
  startup_forks++;
  connections_forked();
}

unsigned startup_generation(void) {
  return startup_forks;
}

const struct startup_facts *startup_facts(void) {
  return &startup_known;
}

/* The fork handlers, libcurl's resolver threads and what the TLS library
 * registers for the end of the process point into this module and the
 * libraries below it: none of them may go when the last Lua state closes. A
 * program that links the module statically has nothing to pin, and the link
 * line (-z nodelete) has done it mostly: failing is no failure. */
static void startup_pin(void) {
#ifdef RTLD_NODELETE
  Dl_info self;
  if (dladdr(&startup_known, &self) && self.dli_fname) (void)dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
#endif
}

static int startup_has_openssl(const curl_version_info_data *v) {
  static const char *const family[] = {"OpenSSL/", "LibreSSL/", "BoringSSL", "AWS-LC", "quictls/"};
  for (size_t i = 0; v->ssl_version && i < sizeof family / sizeof family[0]; i++) {
    if (strncmp(v->ssl_version, family[i], strlen(family[i])) == 0) return 1;
  }
  return 0;
}

/* Asked of the library that runs, which need not be the one that was compiled
 * against. Before 1.1 OpenSSL left locking to the program. */
static const char *startup_check(const curl_version_info_data *v) {
  if (v->version_num < 0x074400) return "libcurl 7.68 or newer is needed";
  if (!(v->features & CURL_VERSION_SSL)) return "this libcurl was built without TLS";
  if (v->ssl_version && (strstr(v->ssl_version, "OpenSSL/1.0.") || strstr(v->ssl_version, "OpenSSL/0."))) {
    return "this libcurl uses an OpenSSL before 1.1, which is not safe with threads";
  }
  return NULL;
}

/* A name such as "5ed36f99.0", by which OpenSSL looks certificates up. */
static int startup_is_hashed(const char *name) {
  return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] >= '0' && name[9] <= '9';
}

static int startup_holds_hashes(const char *directory) {
  int found = 0;
  const struct dirent *entry;
  DIR *d = opendir(directory);
  if (!d) return 0;
  while (!found && (entry = readdir(d))) found = startup_is_hashed(entry->d_name);
  closedir(d);
  return found;
}

/* Tools write the bundle first and the hashed names after it. A bundle that is
 * newer than the directory was changed by hand, and certificates may stand in it
 * alone. */
static int startup_is_current(const char *directory, const char *bundle) {
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

static void startup_find_trust(const curl_version_info_data *v) {
#if LIBCURL_VERSION_NUM >= 0x074600
  if (v->age < CURLVERSION_SEVENTH) return;
  startup_known.ca_bundle = v->cainfo;
  if (!v->capath || !startup_has_openssl(v)) return; /* the others read each file of a directory */
  if (startup_holds_hashes(v->capath) && startup_is_current(v->capath, v->cainfo)) startup_known.ca_directory = v->capath;
#else
  (void)v;
#endif
}

static void startup_start(void) {
  const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
  startup_failure = startup_check(v);
  if (startup_failure) return;
  startup_pin(); /* before anything points into it */
  if (pthread_atfork(connections_lock, connections_unlock, startup_forked) != 0) {
    startup_failure = "the fork handlers cannot be registered: out of memory";
  } else if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    startup_failure = "libcurl cannot be initialised";
  } else {
    startup_known.gzip = (v->features & CURL_VERSION_LIBZ) != 0;
    connections_init(v->version_num >= STARTUP_SESSIONS_SINCE);
    startup_known.crosses = v->version_num < 0x080500;
    sigpipe_init(v->version_num < 0x075800 || !startup_has_openssl(v));
    startup_find_trust(v);
    tls_init();
  }
}

const char *startup_init(void) {
  if (pthread_once(&startup_once, startup_start) != 0) return "pthread_once failed";
  return startup_failure;
}

uint64_t startup_serial(void) {
  static uint64_t last;
  return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}
