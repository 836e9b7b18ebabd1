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

/* The oldest libcurl that may share TLS sessions among easy handles. libcurl must compare which
 * certificates the handles trust before it resumes a session. 7.88.1 is the oldest tested version
 * that passes the specs. 7.81.0 fails the specs. Before 7.78, paths were compared
 * case-insensitively (CVE-2021-22924). With an older libcurl each easy handle resumes only its own
 * sessions. Tests set another version. */
#ifndef STARTUP_SESSIONS_SINCE
#define STARTUP_SESSIONS_SINCE 0x075801
#endif

static pthread_once_t startup_once = PTHREAD_ONCE_INIT;
static const char *startup_failure;
static struct startup_facts startup_found;
static unsigned startup_forks; /* written only in a child process, before fork returns */

/* ---- fork ---- */

static void startup_forked(void) {
  startup_forks++;
  connections_forked();
}

unsigned startup_generation(void) {
  return startup_forks;
}

const struct startup_facts *startup_facts(void) {
  return &startup_found;
}

/* ---- checks of libcurl ---- */

/* Keeps the module loaded after the last Lua state is closed. Fork handlers, resolver threads of
 * libcurl and exit handlers of the TLS library point into the module and its libraries. A failure
 * is ignored for two reasons: the linker option -z nodelete usually has the same effect, and a
 * program that links the module statically never unloads it. */
static void startup_pin(void) {
#ifdef RTLD_NODELETE
  Dl_info self;
  if (dladdr(&startup_found, &self) && self.dli_fname) (void)dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
#endif
}

static int startup_has_openssl(const curl_version_info_data *v) {
  static const char *const family[] = {"OpenSSL/", "LibreSSL/", "BoringSSL", "AWS-LC", "quictls/"};
  for (size_t i = 0; v->ssl_version && i < sizeof family / sizeof family[0]; i++) {
    if (strncmp(v->ssl_version, family[i], strlen(family[i])) == 0) return 1;
  }
  return 0;
}

/* Checks the libcurl that is loaded at run time. Its version may differ from the headers at compile
 * time. OpenSSL before 1.1 leaves locking to the program. */
static const char *startup_check(const curl_version_info_data *v) {
  if (v->version_num < 0x074400) return "libcurl 7.68 or newer is needed";
  if (!(v->features & CURL_VERSION_SSL)) return "this libcurl was built without TLS";
  if (v->ssl_version && (strstr(v->ssl_version, "OpenSSL/1.0.") || strstr(v->ssl_version, "OpenSSL/0."))) {
    return "this libcurl uses an OpenSSL before 1.1, which is not safe with threads";
  }
  return NULL;
}

/* ---- CA certificates ---- */

/* Whether the file name is a hash such as "5ed36f99.0". OpenSSL looks up certificates by these
 * names. */
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

/* Whether the directory is at least as new as the bundle. Tools write the bundle first and the
 * directory second. If the bundle is newer, somebody has edited it, and the directory may lack
 * certificates. Always using the bundle would avoid this comparison, but parsing the bundle costs
 * 34 ms of CPU per process. A look-up in the directory costs 1.5 ms (libcurl 7.88). */
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
  startup_found.ca_bundle = v->cainfo;
  /* the directory saves nothing with other TLS libraries, which read all its files */
  if (!v->capath || !startup_has_openssl(v)) return;
  if (startup_holds_hashes(v->capath) && startup_is_current(v->capath, v->cainfo)) startup_found.ca_directory = v->capath;
#else
  (void)v;
#endif
}

/* ---- initialisation ---- */

static void startup_start(void) {
  const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
  startup_failure = startup_check(v);
  if (startup_failure) return;
  startup_pin(); /* first, because registered fork handlers must stay loaded */
  if (pthread_atfork(connections_lock, connections_unlock, startup_forked) != 0) {
    startup_failure = "the fork handlers cannot be registered: out of memory";
  } else if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    startup_failure = "libcurl cannot be initialised";
  } else {
    startup_found.gzip = (v->features & CURL_VERSION_LIBZ) != 0;
    connections_init(v->version_num >= STARTUP_SESSIONS_SINCE);
    startup_found.reuses_busy_connections = v->version_num < 0x080500;
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
