#include "client/origin.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/options.h"
#include "support/ascii.h"
#include "support/misuse.h"
#include "text/wire_text.h"

/* ---- region and edge ---- */

/* Sets *label to a copy of the option or, if the option is absent, of the environment variable.
 * Returns the name of the option or variable that was used, or NULL. */
static const char *set_label(lua_State *L, int options, const char *name, const char *variable, char **label) {
  const char *text = options_text(L, options, name), *source = text ? name : variable;
  if (!text) text = options_environment(L, variable);
  if (text) {
    if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(text))
      misuse(L, "%s must be a host label, such as ie1: lower-case letters, digits and '-', got %s", name,
             options_push_shown(L, (lua_pushstring(L, text), -1), name));
    *label = options_copy(L, text, strlen(text));
  }
  lua_pop(L, 1);
  return text ? source : NULL;
}

/* api.us1.twilio.com resolves. Every other host name with a region needs an edge as well. */
static int lacks_edge(const char *region, const char *edge) {
  return region && *region && strcmp(region, "us1") != 0 && !(edge && *edge);
}

/* The edge of a region, or NULL if the region is unknown. */
static const char *edge_of(const char *region) {
  static const char *const known[][2] = {{"ie1", "dublin"}, {"au1", "sydney"}, {"jp1", "tokyo"}, {"us1", "ashburn"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(region, known[i][0]) == 0) return known[i][1];
  return NULL;
}

static void check_region(lua_State *L, const struct origin *o, const char *source) {
  if (!source || !lacks_edge(o->region, o->edge)) return;
  const char *edge = edge_of(o->region), *name = strcmp(source, "region") == 0 ? "edge" : "TWILIO_EDGE";
  if (edge)
    misuse(L, "%s '%s' needs its edge too: set %s to '%s'. Twilio no longer answers api.%s.twilio.com", source, o->region, name, edge, o->region);
  misuse(L, "%s '%s' needs an edge too: both are needed, set %s. Twilio does not answer api.%s.twilio.com", source, o->region, name, o->region);
}

/* ---- the base URL ---- */

static const char product_mark[] = "{product}";

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
int origin_is_loopback(const char *host) {
  static const char *const names[] = {"localhost", "[::1]"};
  size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
  int known = is_loopback_address(host, length);
  for (size_t i = 0; !known && i < sizeof names / sizeof *names; i++) known = strlen(names[i]) == length && memcmp(host, names[i], length) == 0;
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

/* Checks the host and port of a base URL. Returns the error message, or NULL. */
static const char *authority_fault(const char *host) {
  const char *end = host;
  while (is_of_host(*end) || strncmp(end, product_mark, sizeof product_mark - 1) == 0) end += *end == '{' ? sizeof product_mark - 1 : 1;
  if (*host == '[') {
    size_t address = strspn(host + 1, "0123456789abcdefABCDEF:.");
    if (address && host[1 + address] == '%') address += strcspn(host + 1 + address, "]/"); /* a zone identifier */
    if (!address || host[1 + address] != ']') return "has '[' but no IPv6 address in brackets after it, such as [::1]";
    end = host + address + 2;
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

static const char *check_base_url(lua_State *L, const char *text, int allow_http) {
  int secure = strncmp(text, "https://", 8) == 0;
  const char *host = secure ? text + 8 : strncmp(text, "http://", 7) == 0 ? text + 7 : NULL;
  if (!host || strcspn(host, "/:") == 0) misuse(L, "base_url must start with http:// or https:// and a host");
  if (strpbrk(text, "?# \\@")) misuse(L, "base_url is scheme, host and path only: no blank, '?', '#', '@' or '\\'");
  const char *mark = strstr(text, product_mark), *rest = mark ? mark + strlen(product_mark) : text;
  if (strcspn(text, "{}") < (size_t)((mark ? mark : rest + strlen(rest)) - text) || strpbrk(rest, "{}"))
    misuse(L, "base_url may contain {product} once, and no other braces");
  const char *fault = authority_fault(host);
  if (fault) misuse(L, "base_url %s", fault);
  if (has_version(host)) misuse(L, "base_url must not contain /2010-04-01: the library appends the version and the path");
  if (!secure && !allow_http && !origin_is_loopback(host))
    misuse(L, "base_url is http:// and not on this machine: the credentials and all data would cross the network in clear text."
              " Use https://, or pass allow_http = true if the network is secured by other means");
  return text;
}

static void set_base_url(lua_State *L, struct origin *o, int options) {
  int allow_http = options_boolean(L, options, "allow_http");
  const char *text = options_text(L, options, "base_url");
  if (text) {
    size_t length = strlen(check_base_url(L, text, allow_http));
    while (text[length - 1] == '/') length--;
    o->base_url = options_copy(L, text, length);
  }
  lua_pop(L, 1);
}

/* ---- URLs ---- */

static void add(struct buffer *out, const char *before, const char *text) {
  buffer_adds(out, before);
  buffer_adds(out, text);
}

/* The labels of a host name such as verify.dublin.ie1.twilio.com. A missing label is "". add_base
 * prefers the edge and region of the origin to those of a link. */
struct host {
  char product[64], edge[64], region[64];
};

static void add_base(const struct origin *o, const struct host *h, struct buffer *out) {
  const char *mark = o->base_url ? strstr(o->base_url, product_mark) : NULL;
  if (mark) {
    buffer_add(out, o->base_url, (size_t)(mark - o->base_url));
    add(out, h->product, mark + strlen(product_mark));
  } else if (o->base_url) {
    buffer_adds(out, o->base_url);
  } else {
    const char *edge = o->edge ? o->edge : h->edge, *region = o->region ? o->region : h->region;
    add(out, "https://", h->product);
    if (*edge) add(out, ".", edge);
    if (*region || *edge) add(out, ".", *region ? region : "us1");
    buffer_adds(out, ".twilio.com");
  }
}

static const char label_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

/* Copies a host label in lower case. Returns 0 if the text is not a label. */
static int take_label(const char *text, size_t length, char out[64]) {
  if (length == 0 || length > 63 || strspn(text, label_characters) < length) return 0;
  for (size_t i = 0; i < length; i++) out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
  out[length] = '\0';
  return 1;
}

void origin_add_base(const struct origin *o, const char *product, struct buffer *out) {
  struct host h = {"", "", ""};
  take_label(product, strlen(product), h.product);
  add_base(o, &h, out);
}

/* If the link starts with `base`, returns the rest of the link, otherwise NULL. `base` is a base
 * URL or the path of one, and its {product} matches any product. */
static const char *on_base(const char *base, const char *link, struct host *h) {
  const char *mark = base ? strstr(base, product_mark) : NULL;
  size_t before = !base ? 0 : mark ? (size_t)(mark - base) : strlen(base);
  if (!before || strncmp(link, base, before) != 0) return NULL;
  link += before;
  if (mark) {
    const char *behind = mark + strlen(product_mark);
    size_t label = strspn(link, label_characters);
    while (label && strncmp(link + label, behind, strlen(behind)) != 0) label--;
    if (!take_label(link, label, h->product)) return NULL;
    link += label + strlen(behind);
  }
  return *link == '/' || *link == '?' || !*link ? link : NULL;
}

/* Like on_base, for the hosts product.edge.region.twilio.com, product.region.twilio.com and
 * product.twilio.com. */
static const char *on_twilio_host(const char *host, struct host *h) {
  static const char domain[] = ".twilio.com";
  const char *label[3] = {host};
  size_t length = strcspn(host, "/?"), tail = sizeof domain - 1, size[3] = {0};
  if (length <= tail || strncasecmp(host + length - tail, domain, tail) != 0) return NULL;
  int n = 0;
  for (const char *at = host; at <= host + length - tail; at += size[n++] + 1) {
    if (n == 3) return NULL;
    label[n] = at;
    size[n] = strcspn(at, ".");
  }
  if (!take_label(label[0], size[0], h->product)) return NULL;
  if (n > 1 && !take_label(label[n - 1], size[n - 1], h->region)) return NULL;
  if (n > 2 && !take_label(label[1], size[1], h->edge)) return NULL;
  return host + length;
}

static const char *on_twilio(const char *link, struct host *h) {
  return strncasecmp(link, "https://", 8) == 0 ? on_twilio_host(link + 8, h) : NULL;
}

/* A base URL on twilio.com must be https and must not have a region without an edge. */
static void check_base_host(lua_State *L, const struct origin *o) {
  struct host h = {"", "", ""};
  struct buffer base = {0};
  if (!o->base_url) return;
  origin_add_base(o, "api", &base);
  const char *host = buffer_cstr(&base) ? strstr(base.data, "://") + 3 : NULL;
  int is_twilio = host && on_twilio_host(host, &h);
  buffer_free(&base);
  if (!host) luaL_error(L, "out of memory");
  if (!is_twilio) return;
  if (strncmp(o->base_url, "http://", 7) == 0) misuse(L, "base_url is http://, but Twilio's hosts are https:// only");
  if (!lacks_edge(h.region, h.edge)) return;
  const char *edge = edge_of(h.region);
  misuse(L, "base_url has the region '%s' without an edge, but Twilio does not answer there: write the edge%s%s%s before the region", h.region,
         edge ? " '" : "", edge ? edge : "", edge ? "'" : "");
}

/* The path of the base URL, or "". */
static const char *base_path(const struct origin *o) {
  const char *host = o->base_url ? strstr(o->base_url, "://") + 3 : "";
  return host + strcspn(host, "/");
}

/* Accepts a link that is a path on the product's host, and returns the path below the base URL.
 * "//host" is rejected, because it means another host. A server below a base URL with a path may
 * include that path in its links or leave it out. */
static const char *on_product(const struct origin *o, const char *link, const char *product, struct host *h) {
  struct host other = {"", "", ""};
  if (link[0] != '/' || link[1] == '/' || link[1] == '\\') return NULL;
  if (!take_label(product, strlen(product), h->product)) return NULL;
  const char *rest = on_base(base_path(o), link, &other);
  int is_same = rest && (!*other.product || strcmp(other.product, h->product) == 0);
  return is_same ? rest : link;
}

/* If the text starts with one of the characters, plain or percent-encoded, returns the length of
 * that character in the text, otherwise 0. */
static size_t character_length(const char *text, const char *characters) {
  char hex[3] = "", *end = hex;
  if (*text && strchr(characters, *text)) return 1;
  if (*text != '%' || !text[1]) return 0;
  memcpy(hex, text + 1, 2);
  long code = strtol(hex, &end, 16);
  return end == hex + 2 && code > 0 && strchr(characters, (char)code) ? 3 : 0;
}

/* Some servers end a segment at '\', ';' or a percent-encoded slash too. */
int origin_has_dots(const char *link) {
  const char *p = strchr(link, '/'), *end = link + strcspn(link, "?");
  for (; p && p < end; p++) {
    size_t before = character_length(p, "/\\"), first = before ? character_length(p + before, ".") : 0;
    size_t second = first ? character_length(p + before + first, ".") : 0;
    const char *behind = p + before + first + second;
    if (second && (behind >= end || *behind == '#' || character_length(behind, "/\\;"))) return 1;
  }
  return 0;
}

/* Appends a link's path and query. Blanks and bytes beyond ASCII are percent-encoded, as in
 * browsers. */
static void add_link(struct buffer *out, const char *path) {
  for (size_t n; *path; path += n) {
    n = 0;
    while (path[n] && path[n] != ' ' && path[n] != '\\' && !(path[n] & 0x80)) n++;
    buffer_add(out, path, n);
    if (!path[n]) return;
    if (!n) wire_percent(out, path, n = 1);
  }
}

const char *origin_add_link(lua_State *L, const struct origin *o, const char *product, const char *link, size_t length, struct buffer *out) {
  struct host h = {"", "", ""};
  if (wire_has_control(link, length)) return lua_pushfstring(L, "contains control characters");
  const char *path = on_product(o, link, product, &h);
  if (!path) path = on_base(o->base_url, link, &h);
  if (!path) path = on_twilio(link, &h);
  if (!path) return lua_pushfstring(L, "is neither on https://….twilio.com nor on the client's base_url: credentials are sent nowhere else");
  if (memchr(path, '\\', strcspn(path, "?"))) return lua_pushfstring(L, "has a backslash in its path");
  if (!o->base_url && lacks_edge(o->region ? o->region : h.region, o->edge ? o->edge : h.edge)) {
    const char *edge = edge_of(h.region);
    return lua_pushfstring(L, "has the region '%s' without its edge%s%s%s: Twilio does not answer there", h.region, edge ? " '" : "",
                           edge ? edge : "", edge ? "'" : "");
  }
  add_base(o, &h, out);
  if (*path != '/') buffer_addc(out, '/');
  add_link(out, path);
  return NULL;
}

/* ---- redirects ---- */

/* The parts of an absolute URL that a redirect must keep. */
struct authority {
  int is_secure;
  const char *host, *path; /* the path starts after the port, and may be empty */
  size_t length;           /* of the host */
  long port;
};

/* Reads an absolute http:// or https:// URL. Returns 0 for any other text, and for a URL with a user
 * or password. */
static int read_authority(const char *url, struct authority *a) {
  a->is_secure = strncasecmp(url, "https://", 8) == 0;
  if (!a->is_secure && strncasecmp(url, "http://", 7) != 0) return 0;
  a->host = url + (a->is_secure ? 8 : 7);
  size_t length = strcspn(a->host, "/?#\\");
  a->path = a->host + length;
  a->length = *a->host == '[' ? strcspn(a->host, "]") + 1 : strcspn(a->host, ":/?#\\");
  if (memchr(a->host, '@', length) || a->length > length) return 0;
  const char *port = a->host + a->length;
  size_t digits = *port == ':' ? strspn(port + 1, "0123456789") : 0;
  if (port + (*port == ':') + digits != a->path || digits > 5) return 0;
  a->port = digits ? strtol(port + 1, NULL, 10) : a->is_secure ? 443 : 80;
  return 1;
}

static int is_same_origin(const struct authority *a, const struct authority *b) {
  return a->is_secure == b->is_secure && a->port == b->port && a->length == b->length && strncasecmp(a->host, b->host, a->length) == 0;
}

/* Whether the reference starts with a scheme, such as "https:". */
static int has_scheme(const char *reference) {
  const char *end = reference + strcspn(reference, ":/?#");
  return *end == ':';
}

/* Appends the path and query of a relative reference, without its fragment. */
static void add_relative(const char *path, const char *reference, struct buffer *out) {
  size_t whole = strcspn(path, "?#"), kept = 0;
  if (*reference == '?')
    kept = whole;
  else if (!*reference || *reference == '#')
    kept = strcspn(path, "#");
  else if (*reference != '/')
    for (size_t i = 0; i < whole; i++)
      if (path[i] == '/') kept = i + 1;
  if (!kept && *reference != '/') buffer_addc(out, '/');
  buffer_add(out, path, kept);
  buffer_add(out, reference, strcspn(reference, "#"));
}

/* Appends the target's path and query to `path`. Returns NULL, or as origin_add_redirect. */
static const char *resolve(const struct authority *from, const char *location, struct buffer *path) {
  struct authority to;
  if (location[0] == '/' && (location[1] == '/' || location[1] == '\\')) return ""; /* a host without a scheme */
  if (has_scheme(location)) {
    if (!read_authority(location, &to) || !is_same_origin(from, &to)) return "";
    location = to.path;
    if (*location != '/') buffer_addc(path, '/');
    buffer_add(path, location, strcspn(location, "#"));
  } else {
    add_relative(from->path, location, path);
  }
  const char *whole = buffer_cstr(path);
  if (!whole) return "there is no memory for its URL";
  if (memchr(whole, '\\', strcspn(whole, "?"))) return "it has a backslash in its path";
  return origin_has_dots(whole) ? "it has a segment '..'" : NULL;
}

const char *origin_add_redirect(const char *from, const char *location, size_t length, struct buffer *out) {
  struct authority a;
  struct buffer text = {0}, path = {0};
  const char *fault;
  if (!read_authority(from, &a)) return "";
  buffer_add(&text, location, length);
  if (wire_has_control(location, length))
    fault = "it contains control characters";
  else
    fault = buffer_cstr(&text) ? resolve(&a, text.data, &path) : "there is no memory for its URL";
  if (!fault) {
    buffer_add(out, from, (size_t)(a.path - from));
    add_link(out, path.data);
  }
  buffer_free(&text);
  buffer_free(&path);
  return fault;
}

const char *origin_path(const struct origin *o, const char *url) {
  struct authority a;
  struct host h = {"", "", ""};
  if (!read_authority(url, &a)) return "";
  const char *below = on_base(base_path(o), a.path, &h);
  return below ? below : a.path;
}

/* ---- lifetime ---- */

void origin_read(lua_State *L, struct origin *o, int options) {
  const char *source = set_label(L, options, "region", "TWILIO_REGION", &o->region);
  set_label(L, options, "edge", "TWILIO_EDGE", &o->edge);
  set_base_url(L, o, options);
  if (!o->base_url) check_region(L, o, source); /* region and edge are not part of a base URL */
  check_base_host(L, o);
}

void origin_free(struct origin *o) {
  free(o->base_url);
  free(o->region);
  free(o->edge);
  *o = (struct origin){0};
}
