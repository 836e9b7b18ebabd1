#include "client/origin.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/authority.h"
#include "client/base_url.h"
#include "client/options.h"
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

static void check_region(lua_State *L, const struct origin *origin, const char *source) {
  if (!source || !lacks_edge(origin->region, origin->edge)) return;
  const char *edge = edge_of(origin->region), *name = strcmp(source, "region") == 0 ? "edge" : "TWILIO_EDGE";
  if (edge)
    misuse(L, "%s '%s' needs its edge too: set %s to '%s'. Twilio no longer answers api.%s.twilio.com", source, origin->region, name, edge,
           origin->region);
  misuse(L, "%s '%s' needs an edge too: both are needed, set %s. Twilio does not answer api.%s.twilio.com", source, origin->region, name,
         origin->region);
}

/* ---- URLs ---- */

static void add_label(struct buffer *out, const char *before, const char *text) {
  buffer_adds(out, before);
  buffer_adds(out, text);
}

/* The labels of a host name such as verify.dublin.ie1.twilio.com. A missing label is "". add_base
 * prefers the edge and region of the origin to those of a link. */
struct host {
  char product[64], edge[64], region[64];
};

static void add_base(const struct origin *origin, const struct host *h, struct buffer *out) {
  const char *mark = origin->base_url ? strstr(origin->base_url, base_url_product_mark) : NULL;
  if (mark) {
    buffer_add(out, origin->base_url, (size_t)(mark - origin->base_url));
    add_label(out, h->product, mark + strlen(base_url_product_mark));
  } else if (origin->base_url) {
    buffer_adds(out, origin->base_url);
  } else {
    const char *edge = origin->edge ? origin->edge : h->edge, *region = origin->region ? origin->region : h->region;
    add_label(out, "https://", h->product);
    if (*edge) add_label(out, ".", edge);
    if (*region || *edge) add_label(out, ".", *region ? region : "us1");
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

void origin_add_base(const struct origin *origin, const char *product, struct buffer *out) {
  struct host h = {"", "", ""};
  take_label(product, strlen(product), h.product);
  add_base(origin, &h, out);
}

/* If the link starts with `base`, returns the rest of the link, otherwise NULL. `base` is a base
 * URL or the path of one, and its {product} matches any product. */
static const char *on_base(const char *base, const char *link, struct host *h) {
  const char *mark = base ? strstr(base, base_url_product_mark) : NULL;
  size_t before = !base ? 0 : mark ? (size_t)(mark - base) : strlen(base);
  if (!before || strncmp(link, base, before) != 0) return NULL;
  link += before;
  if (mark) {
    const char *behind = mark + strlen(base_url_product_mark);
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
static void check_base_host(lua_State *L, const struct origin *origin) {
  struct host h = {"", "", ""};
  struct buffer base = {0};
  if (!origin->base_url) return;
  origin_add_base(origin, "api", &base);
  const char *host = buffer_cstr(&base) ? strstr(base.data, "://") + 3 : NULL;
  int is_twilio = host && on_twilio_host(host, &h);
  buffer_free(&base);
  if (!host) luaL_error(L, "out of memory");
  if (!is_twilio) return;
  if (strncmp(origin->base_url, "http://", 7) == 0) misuse(L, "base_url is http://, but Twilio's hosts are https:// only");
  if (!lacks_edge(h.region, h.edge)) return;
  const char *edge = edge_of(h.region);
  misuse(L, "base_url has the region '%s' without an edge, but Twilio does not answer there: write the edge%s%s%s before the region", h.region,
         edge ? " '" : "", edge ? edge : "", edge ? "'" : "");
}

/* The path of the base URL, or "". */
static const char *base_path(const struct origin *origin) {
  const char *host = origin->base_url ? strstr(origin->base_url, "://") + 3 : "";
  return host + strcspn(host, "/");
}

/* Accepts a link that is a path on the product's host, and returns the path below the base URL.
 * "//host" is rejected, because it means another host. A server below a base URL with a path may
 * include that path in its links or leave it out. */
static const char *on_product(const struct origin *origin, const char *link, const char *product, struct host *h) {
  struct host other = {"", "", ""};
  if (link[0] != '/' || link[1] == '/' || link[1] == '\\') return NULL;
  if (!take_label(product, strlen(product), h->product)) return NULL;
  const char *rest = on_base(base_path(origin), link, &other);
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

const char *origin_add_link(lua_State *L, const struct origin *origin, const char *product, const char *link, size_t length, struct buffer *out) {
  struct host h = {"", "", ""};
  if (wire_has_control(link, length)) return lua_pushfstring(L, "contains control characters");
  const char *path = on_product(origin, link, product, &h);
  if (!path) path = on_base(origin->base_url, link, &h);
  if (!path) path = on_twilio(link, &h);
  if (!path) return lua_pushfstring(L, "is neither on https://….twilio.com nor on the client's base_url: credentials are sent nowhere else");
  if (memchr(path, '\\', strcspn(path, "?"))) return lua_pushfstring(L, "has a backslash in its path");
  if (!origin->base_url && lacks_edge(origin->region ? origin->region : h.region, origin->edge ? origin->edge : h.edge)) {
    const char *edge = edge_of(h.region);
    return lua_pushfstring(L, "has the region '%s' without its edge%s%s%s: Twilio does not answer there", h.region, edge ? " '" : "",
                           edge ? edge : "", edge ? "'" : "");
  }
  add_base(origin, &h, out);
  if (*path != '/') buffer_addc(out, '/');
  authority_add_path(out, path);
  return NULL;
}

int origin_is_elsewhere(const struct origin *origin, const char *url) {
  struct host h = {"", "", ""};
  return strstr(url, "://") && !on_base(origin->base_url, url, &h) && !on_twilio(url, &h);
}

const char *origin_path(const struct origin *origin, const char *url) {
  struct authority authority;
  struct host h = {"", "", ""};
  if (!authority_read(url, &authority)) return "";
  const char *below = on_base(base_path(origin), authority.path, &h);
  return below ? below : authority.path;
}

/* ---- lifetime ---- */

void origin_read(lua_State *L, struct origin *origin, int options) {
  const char *source = set_label(L, options, "region", "TWILIO_REGION", &origin->region);
  set_label(L, options, "edge", "TWILIO_EDGE", &origin->edge);
  origin->base_url = base_url_read(L, options);
  if (!origin->base_url) check_region(L, origin, source); /* region and edge are not part of a base URL */
  check_base_host(L, origin);
}

void origin_free(struct origin *origin) {
  free(origin->base_url);
  free(origin->region);
  free(origin->edge);
  *origin = (struct origin){0};
}
