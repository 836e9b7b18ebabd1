#include "client/base_url.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "client/options.h"
#include "support/ascii.h"
#include "support/misuse.h"

const char base_url_product_mark[] = "{product}";

/* Whether the host is an address of 127.0.0.0/8 in dotted decimal notation. */
static int is_loopback_address(const char *host, size_t length) {
  int parts = 0;
  for (size_t i = 0, digits, value; i < length && parts < 4; parts++, i += digits + 1) {
    for (digits = value = 0; i + digits < length && host[i + digits] >= '0' && host[i + digits] <= '9' && digits < 4; digits++)
      value = value * 10 + (size_t)(host[i + digits] - '0');
    if (digits == 0 || value > 255 || (digits > 1 && host[i] == '0') || (parts == 0 && value != 127)) return 0;
    if (i + digits == length) return parts == 3;
    if (host[i + digits] != '.') return 0;
  }
  return 0;
}

/* Other names and spellings may resolve to the loopback interface too. Only the resolver knows, so
 * they count as remote. */
int base_url_is_loopback(const char *host) {
  static const char *const loopback_names[] = {"localhost", "[::1]"};
  size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
  int known = is_loopback_address(host, length);
  for (size_t i = 0; !known && i < sizeof loopback_names / sizeof *loopback_names; i++)
    known = strlen(loopback_names[i]) == length && memcmp(host, loopback_names[i], length) == 0;
  const char *port = host + length;
  if (known && *port == ':') port += 1 + strspn(port + 1, "0123456789");
  return known && (*port == '/' || !*port);
}

/* Whether the text starts with a port number that ends the text or precedes a path. */
static int is_port(const char *text) {
  size_t digits = strspn(text, "0123456789");
  long port = digits && digits <= 5 ? strtol(text, NULL, 10) : 0;
  return port >= 1 && port <= 65535 && (text[digits] == '/' || !text[digits]);
}

/* Whether host names may contain the character. Bytes beyond ASCII belong to international names. */
static int is_of_host(char c) {
  return ascii_span(&c, 1, ASCII_UPPER | ASCII_LOWER | ASCII_DIGIT) || c == '-' || c == '.' || c == '_' || (c & 0x80);
}

/* Returns the length of an IPv6 address with its brackets and its zone identifier, 0 if there is none. */
static size_t bracketed_length(const char *host) {
  char address[INET6_ADDRSTRLEN];
  struct in6_addr parsed;
  size_t length = strcspn(host + 1, "%]/");
  if (length >= sizeof address) return 0;
  memcpy(address, host + 1, length);
  address[length] = '\0';
  if (inet_pton(AF_INET6, address, &parsed) != 1) return 0;
  length += strcspn(host + 1 + length, "]/"); /* a zone identifier */
  return host[1 + length] == ']' ? length + 2 : 0;
}

/* Checks the host and port of a base URL. Returns the error message, or NULL. */
static const char *authority_fault(const char *host) {
  const char *end = host;
  while (is_of_host(*end) || strncmp(end, base_url_product_mark, sizeof base_url_product_mark - 1) == 0)
    end += *end == '{' ? sizeof base_url_product_mark - 1 : 1;
  if (*host == '[') {
    size_t length = bracketed_length(host);
    if (!length) return "has '[' but no IPv6 address in brackets after it, such as [::1]";
    end = host + length;
  }
  if (*end == ':') return is_port(end + 1) ? NULL : "has no port from 1 to 65535 after ':'";
  if (*end == '/' || !*end) return NULL;
  return *host == '[' ? "has text between the host and the path" : "has a character in its host that no host name has";
}

/* Whether the path contains the version with which every path of the product `api` starts. The
 * library adds the version itself. */
static int has_version(const char *path) {
  static const char version[] = "/2010-04-01";
  const char *found = strstr(path, version);
  return found && strchr("/", found[sizeof version - 1]);
}

static const char *check(lua_State *L, const char *text, int allow_http) {
  int secure = strncmp(text, "https://", 8) == 0;
  const char *host = secure ? text + 8 : strncmp(text, "http://", 7) == 0 ? text + 7 : NULL;
  if (!host || strcspn(host, "/:") == 0) misuse(L, "base_url must start with http:// or https:// and a host");
  if (strpbrk(text, "?# \\@")) misuse(L, "base_url is scheme, host and path only: no blank, '?', '#', '@' or '\\'");
  const char *mark = strstr(text, base_url_product_mark), *rest = mark ? mark + strlen(base_url_product_mark) : text;
  if (strcspn(text, "{}") < (size_t)((mark ? mark : rest + strlen(rest)) - text) || strpbrk(rest, "{}"))
    misuse(L, "base_url may contain {product} once, and no other braces");
  const char *fault = authority_fault(host);
  if (fault) misuse(L, "base_url %s", fault);
  if (has_version(host)) misuse(L, "base_url must not contain /2010-04-01: the library appends the version and the path");
  if (!secure && !allow_http && !base_url_is_loopback(host))
    misuse(L, "base_url is http:// and not on this machine: the credentials and all data would cross the network in clear text."
              " Use https://, or pass allow_http = true if the network is secured by other means");
  return text;
}

char *base_url_read(lua_State *L, int options) {
  int allow_http = options_boolean(L, options, "allow_http");
  const char *text = options_text(L, options, "base_url");
  char *copy = NULL;
  if (text) {
    size_t length = strlen(check(L, text, allow_http));
    while (text[length - 1] == '/') length--;
    copy = options_copy(L, text, length);
  }
  lua_pop(L, 1);
  return copy;
}
