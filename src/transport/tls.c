#include "transport/tls.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* The module is not linked with a TLS library, because libcurl may use OpenSSL or GnuTLS. In
 * addition, the program may have loaded another version of the library. Therefore tls_init looks up
 * the functions in the library that libcurl uses. The types below are those of the libraries'
 * headers, reduced to what the calls need. */
struct tls_datum {
  unsigned char *data;
  unsigned size;
};
static curl_sslbackend tls_backend = CURLSSLBACKEND_NONE; /* NONE: the functions were not found */
static void (*tls_openssl_alpn)(const void *ssl, const unsigned char **name, unsigned *length);
static int (*tls_openssl_pending)(const void *ssl);
static int (*tls_gnutls_alpn)(void *session, struct tls_datum *name);
static size_t (*tls_gnutls_pending)(void *session);

/* Tests define ENGINE_NO_TLS to simulate a TLS library without these functions. */
#ifndef ENGINE_NO_TLS

/* Returns a handle for dlsym that searches this module and its dependencies: libcurl, then the TLS
 * library. The handle is the module's, because for a library that is loaded as a dependency dlopen
 * allocates a list that is never freed. The handle is not closed: the module stays loaded. If the
 * engine is linked into a program, every loaded library is searched. */
static void *tls_libraries(void) {
  Dl_info self;
  void *library = dladdr((void *)&tls_backend, &self) && self.dli_fname ? dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
  return library ? library : RTLD_DEFAULT;
}

/* Returns the TLS library of libcurl. An easy handle reports it even without a connection. */
static curl_sslbackend tls_find_backend(void) {
  struct curl_tlssessioninfo *info = NULL;
  curl_sslbackend backend = CURLSSLBACKEND_NONE;
  CURL *easy = curl_easy_init();
  if (easy && curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK && info) backend = info->backend;
  curl_easy_cleanup(easy);
  return backend;
}

void tls_init(void) {
  void *library = tls_libraries();
  curl_sslbackend backend = tls_find_backend();
  *(void **)&tls_openssl_alpn = dlsym(library, "SSL_get0_alpn_selected");
  *(void **)&tls_openssl_pending = dlsym(library, "SSL_has_pending");
  *(void **)&tls_gnutls_alpn = dlsym(library, "gnutls_alpn_get_selected_protocol");
  *(void **)&tls_gnutls_pending = dlsym(library, "gnutls_record_check_pending");
  if (backend == CURLSSLBACKEND_OPENSSL && tls_openssl_alpn && tls_openssl_pending) tls_backend = backend;
  if (backend == CURLSSLBACKEND_GNUTLS && tls_gnutls_alpn && tls_gnutls_pending) tls_backend = backend;
}

#else

void tls_init(void) {
}

#endif

int tls_is_known(void) {
  return tls_backend != CURLSSLBACKEND_NONE;
}

void *tls_session(CURL *easy) {
  struct curl_tlssessioninfo *info = NULL;
  if (!tls_is_known() || curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || !info) return NULL;
  return info->internals;
}

int tls_is_http2(void *session) {
  const unsigned char *name = NULL;
  unsigned length = 0;
  if (!session) return 0;
  if (tls_backend == CURLSSLBACKEND_GNUTLS) {
    struct tls_datum chosen = {NULL, 0};
    if (tls_gnutls_alpn(session, &chosen) < 0) return 0;
    name = chosen.data;
    length = chosen.size;
  } else {
    tls_openssl_alpn(session, &name, &length);
  }
  return length == 2 && memcmp(name, "h2", 2) == 0;
}

int tls_has_pending(void *session) {
  if (!session) return 0;
  return tls_backend == CURLSSLBACKEND_GNUTLS ? tls_gnutls_pending(session) > 0 : tls_openssl_pending(session) > 0;
}
