#include "transport/proxy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Returns the text after "://", or the whole text if there is no scheme. */
static const char *after_scheme(const char *url) {
  const char *mark = strstr(url, "://");
  return mark ? mark + 3 : url;
}

const char *proxy_host(const char *url) {
  const char *rest = after_scheme(url), *at = strchr(rest, '@');
  return at ? at + 1 : rest;
}

static int is_known_scheme(const char *url) {
  static const char *const schemes[] = {"http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"};
  size_t length = (size_t)(after_scheme(url) - url);
  if (length == 0) return 1; /* libcurl assumes http */
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
    if (strlen(schemes[i]) + 3 == length && strncasecmp(url, schemes[i], length - 3) == 0) return 1;
  return 0;
}

/* Returns the length of the host at the start of the text: a host name, an IPv4 address, or an IPv6
 * address in brackets. Returns 0 if the text does not start with a host. */
static size_t host_length(const char *host) {
  static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  size_t length = 0;
  if (*host == '[') {
    length = 1 + strcspn(host + 1, "]@/?#\\");
    return host[length] == ']' && length > 1 ? length + 1 : 0;
  }
  /* bytes from 0x80: international names in UTF-8 */
  while (host[length] && (strchr(name, host[length]) || (unsigned char)host[length] >= 0x80)) length++;
  return length;
}

/* Whether the text is [:port][/path], with a port from 1 to 65535. */
static int is_port_and_path(const char *text) {
  if (*text == ':') {
    char *end = NULL;
    long port = strtol(text + 1, &end, 10);
    if (text[1] < '0' || text[1] > '9' || port < 1 || port > 65535) return 0;
    text = end;
  }
  return *text == '\0' || *text == '/';
}

const char *proxy_problem(const char *url) {
  const char *rest = after_scheme(url), *host = proxy_host(url);
  for (const char *p = url; *p; p++)
    if ((unsigned char)*p <= ' ' || *p == 0x7f) return "it contains a blank or a control character";
  if (!is_known_scheme(url)) return "its scheme must be http, https, socks4, socks4a, socks5 or socks5h";
  if (strchr(host, '@') || strpbrk(host, "?#\\") || strcspn(rest, "/?#\\[]") < (size_t)(host > rest ? host - rest : 0))
    return "in user and password, write '@' as %40, '/' as %2F, '?' as %3F, '#' as %23, '\\' as %5C, '[' as %5B and ']' as %5D";
  if (!host_length(host)) return "it has no host, or its host has an invalid character";
  if (!is_port_and_path(host + host_length(host))) return "only ':' and a port from 1 to 65535 may follow its host";
  return NULL;
}

const char *proxy_of_environment(const char **variable) {
  static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
    const char *url = getenv(variables[i]);
    *variable = variables[i];
    if (url && *url) return url;
  }
  return NULL;
}
