#include "client/client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include "api/api.h"
#include "call/engine_methods.h"
#include "call/retry.h"
#include "client/options.h"
#include "request/request.h"
#include "request/resource.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "support/userdata.h"
#include "text/wire_text.h"
#include "transport/proxy.h"
#include "transport/startup.h"

static const char client_name[] = "twilio.client";

static void free_text(char **text) {
  free(*text);
  *text = NULL;
}

struct client *client_test(lua_State *L, int index) {
  return userdata_test(L, index, client_name);
}

struct client *client_check(lua_State *L, int index) {
  struct client *c = client_test(L, index);
  if (!c) misuse(L, "a twilio.client is expected, got %s (called with '.' instead of ':'?)", luaL_typename(L, index));
  return c;
}

const struct client *client_root(const struct client *c) {
  while (c->parent) c = c->parent;
  return c;
}

int client_is_closed(const struct client *c) {
  for (; c; c = c->parent)
    if (c->closed) return 1;
  return 0;
}

void client_check_open(lua_State *L, const struct client *c) {
  if (client_is_closed(c)) misuse(L, "the client is closed");
}

/* Twilio takes the account from the path, or else from the credentials, which are the root's. */
void client_check_account(lua_State *L, const struct client *c, const char *what, const char *path) {
  const char *own = client_root(c)->account_sid;
  if (!c->parent || strstr(path, "/Accounts/") || (own && strcmp(own, c->account_sid) == 0)) return;
  misuse(L,
         "%s is not for account %s: the path names no account, so Twilio would act on the one that the credentials belong to."
         " Make a client with that account's own credentials",
         what, c->account_sid);
}

/* Options */

static void set_text(lua_State *L, int options, const char *name, char **slot) {
  const char *text = options_text(L, options, name);
  if (text) *slot = options_copy(L, text, strlen(text));
  lua_pop(L, 1);
}

static const char *const option_names[] = {
    "account_sid", "auth_token",      "api_key",        "api_secret", "region",       "edge",          "base_url",     "timeout",  "connect_timeout",
    "proxy",       "ca_file",         "user_agent",     "wait",       "max_response", "log",           "transport",    "deadline", "max_retry_wait",
    "retries",     "low_speed_limit", "low_speed_time", "allow_http", "client_id",    "client_secret", "bearer_token", "ready",    "grace",
    NULL};

/* Functions of the program's, in the client's table; its accounts have them too. */
static const char *const hooks[] = {"wait", "ready", "transport", "log"};

int client_is_option(const char *name) {
  return misuse_is_name(name, option_names);
}

static void check_option_names(lua_State *L, int options) {
  lua_pushnil(L);
  while (lua_next(L, options)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "options are named: twilio.client{ account_sid = … }, got a %s as a name", luaL_typename(L, -1));
    const char *name = lua_tostring(L, -1);
    if (request_is_option(name) && !client_is_option(name)) misuse(L, "unknown option '%s': it is one of a call, beside its parameters", name);
    misuse_check_name(L, "option", name, option_names);
  }
}

/* Hosts */

/* Returns the name of the option or of the environment variable that gave the label, NULL without one. */
static const char *set_label(lua_State *L, int options, const char *name, const char *variable, char **slot) {
  const char *text = options_text(L, options, name), *giver = text ? name : variable;
  if (!text) text = options_environment(L, variable);
  if (text) {
    if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(text))
      misuse(L, "%s must be a host label, such as ie1: lower-case letters, digits and '-', got %s", name,
             options_push_shown(L, (lua_pushstring(L, text), -1), name));
    *slot = options_copy(L, text, strlen(text));
  }
  lua_pop(L, 1);
  return text ? giver : NULL;
}

/* Twilio answers on api.us1.twilio.com, but on no other host that has a region and no edge. */
static int lacks_edge(const char *region, const char *edge) {
  return region && *region && strcmp(region, "us1") != 0 && !(edge && *edge);
}

/* The edge that is known to belong to a region, or NULL. */
static const char *edge_of(const char *region) {
  static const char *const known[][2] = {{"ie1", "dublin"}, {"au1", "sydney"}, {"jp1", "tokyo"}, {"us1", "ashburn"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(region, known[i][0]) == 0) return known[i][1];
  return NULL;
}

static void check_region(lua_State *L, const struct client *c, const char *giver) {
  if (!giver || !lacks_edge(c->region, c->edge)) return;
  const char *edge = edge_of(c->region), *name = strcmp(giver, "region") == 0 ? "edge" : "TWILIO_EDGE";
  if (edge)
    misuse(L, "%s '%s' needs its edge too: set %s to '%s'. Twilio no longer answers api.%s.twilio.com", giver, c->region, name, edge, c->region);
  misuse(L, "%s '%s' needs an edge too: both are needed, set %s. Twilio does not answer api.%s.twilio.com", giver, c->region, name, c->region);
}

static const char product_mark[] = "{product}";

/* 127.0.0.0/8, in four decimal numbers. */
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

/* Whether what follows http:// stays on this machine. Names and numbers in other spellings may, but that is the resolver's to say. */
static int is_loopback(const char *host) {
  static const char *const names[] = {"localhost", "[::1]"};
  size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
  int known = is_loopback_address(host, length);
  for (size_t i = 0; !known && i < sizeof names / sizeof *names; i++) known = strlen(names[i]) == length && memcmp(host, names[i], length) == 0;
  const char *port = host + length;
  if (known && *port == ':') port += 1 + strspn(port + 1, "0123456789");
  return known && (*port == '/' || !*port);
}

/* Whether the text is a port up to its end or the path. */
static int is_port(const char *text) {
  size_t digits = strspn(text, "0123456789");
  long port = digits && digits <= 5 ? strtol(text, NULL, 10) : 0;
  return port >= 1 && port <= 65535 && (text[digits] == '/' || !text[digits]);
}

/* What is wrong with the host and port that follow the scheme of a base URL, NULL when nothing is. */
static const char *authority_fault(const char *host) {
  const char *end = host + strcspn(host, ":/");
  if (*host == '[') {
    size_t address = strspn(host + 1, "0123456789abcdefABCDEF:.");
    if (address && host[1 + address] == '%') address += strcspn(host + 1 + address, "]/"); /* a zone */
    if (!address || host[1 + address] != ']') return "has '[' but no IPv6 address in brackets behind it, such as [::1]";
    end = host + address + 2;
  }
  if (*end == ':') return is_port(end + 1) ? NULL : "has no port from 1 to 65535 behind ':'";
  return *end == '/' || !*end ? NULL : "has text between the host and the path";
}

/* The API's own version, which every path of the product `api` begins with. */
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
    misuse(L, "base_url has one place to fill, {product}");
  const char *fault = authority_fault(host);
  if (fault) misuse(L, "base_url %s", fault);
  if (has_version(host)) misuse(L, "base_url ends before /2010-04-01: the library appends the version and the path");
  if (!secure && !allow_http && !is_loopback(host))
    misuse(L, "base_url is http:// and not on this machine: credentials and all they give access to would cross the network in clear text."
              " Use https://, or pass allow_http = true where the way there is secured otherwise");
  return text;
}

static void set_base_url(lua_State *L, struct client *c, int options) {
  int allow_http = options_boolean(L, options, "allow_http");
  const char *text = options_text(L, options, "base_url");
  if (text) {
    size_t length = strlen(check_base_url(L, text, allow_http));
    while (text[length - 1] == '/') length--;
    c->base_url = options_copy(L, text, length);
  }
  lua_pop(L, 1);
}

/* `false` is no proxy, nor the environment's. */
static void set_proxy(lua_State *L, struct client *c, int options) {
  lua_getfield(L, options, "proxy");
  int is_off = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (is_off) {
    c->proxy = options_copy(L, "", 0);
    return;
  }
  const char *text = options_text(L, options, "proxy"), *problem = text ? proxy_problem(text) : NULL;
  if (problem) misuse(L, "option 'proxy' must be a URL such as http://user:password@proxy.example:3128: %s", problem);
  if (text && c->base_url && strncmp(c->base_url, "http://", 7) == 0 && !is_loopback(proxy_host(text)) && !options_boolean(L, options, "allow_http"))
    misuse(L, "base_url is http:// and the proxy is not on this machine: it would read the credentials."
              " Use https://, or pass allow_http = true where the way there is secured otherwise");
  if (text) c->proxy = options_copy(L, text, strlen(text));
  lua_pop(L, 1);
}

static void set_user_agent(lua_State *L, struct client *c, int options) {
  struct utsname system = {0};
  uname(&system);
  int top = lua_gettop(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED"); /* not the global: a program may forbid undefined ones */
  lua_getfield(L, -1, "jit");
  if (lua_istable(L, -1)) lua_getfield(L, -1, "version");
  const char *engine = lua_tostring(L, -1);
  const char *lua = luaL_gsub(L, engine ? engine : LUA_VERSION, " ", "/");
  const char *extension = options_text(L, options, "user_agent");
  const char *text = lua_pushfstring(L, "twilio-lua/" TWILIO_VERSION " (%s %s) %s%s%s", system.sysname, system.machine, lua, extension ? " " : "",
                                     extension ? extension : "");
  c->user_agent = options_copy(L, text, strlen(text));
  lua_settop(L, top);
}

static void add(struct buffer *out, const char *before, const char *text) {
  buffer_adds(out, before);
  buffer_adds(out, text);
}

/* A place of the API in the client's hosts; edge and region are those of a link, "" for none: the client's come first. */
struct place {
  char product[64], edge[64], region[64];
};

static void add_base(const struct client *c, const struct place *p, struct buffer *out) {
  const char *mark = c->base_url ? strstr(c->base_url, product_mark) : NULL;
  if (mark) {
    buffer_add(out, c->base_url, (size_t)(mark - c->base_url));
    add(out, p->product, mark + strlen(product_mark));
  } else if (c->base_url) {
    buffer_adds(out, c->base_url);
  } else {
    const char *edge = c->edge ? c->edge : p->edge, *region = c->region ? c->region : p->region;
    add(out, "https://", p->product);
    if (*edge) add(out, ".", edge);
    if (*region || *edge) add(out, ".", *region ? region : "us1");
    buffer_adds(out, ".twilio.com");
  }
}

static const char label_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

/* Copies a host label in lower case; 0 when it is none. */
static int take_label(const char *text, size_t length, char out[64]) {
  if (length == 0 || length > 63 || strspn(text, label_characters) < length) return 0;
  for (size_t i = 0; i < length; i++) out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
  out[length] = '\0';
  return 1;
}

void client_base(const struct client *c, const char *product, struct buffer *out) {
  struct place p = {"", "", ""};
  take_label(product, strlen(product), p.product);
  add_base(client_root(c), &p, out);
}

/* Whether the link begins with the base, a base URL or the path of one, whatever its product; returns what follows, or NULL. */
static const char *on_base(const char *base, const char *link, struct place *p) {
  const char *mark = base ? strstr(base, product_mark) : NULL;
  size_t before = !base ? 0 : mark ? (size_t)(mark - base) : strlen(base);
  if (!before || strncmp(link, base, before) != 0) return NULL;
  link += before;
  if (mark) {
    const char *behind = mark + strlen(product_mark);
    size_t label = strspn(link, label_characters);
    while (label && strncmp(link + label, behind, strlen(behind)) != 0) label--;
    if (!take_label(link, label, p->product)) return NULL;
    link += label + strlen(behind);
  }
  return *link == '/' || *link == '?' || !*link ? link : NULL;
}

/* The same for "verify.dublin.ie1.twilio.com/v2/…": product, edge and region, or product and region, or product. */
static const char *on_twilio_host(const char *host, struct place *p) {
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
  if (!take_label(label[0], size[0], p->product)) return NULL;
  if (n > 1 && !take_label(label[n - 1], size[n - 1], p->region)) return NULL;
  if (n > 2 && !take_label(label[1], size[1], p->edge)) return NULL;
  return host + length;
}

static const char *on_twilio(const char *link, struct place *p) {
  return strncasecmp(link, "https://", 8) == 0 ? on_twilio_host(link + 8, p) : NULL;
}

/* A base URL on a host of Twilio's is held to Twilio's rules for hosts. */
static void check_base_host(lua_State *L, const struct client *c) {
  struct place p = {"", "", ""};
  struct buffer base = {0};
  if (!c->base_url) return;
  client_base(c, "api", &base);
  const char *host = buffer_cstr(&base) ? strstr(base.data, "://") + 3 : NULL;
  int is_twilio = host && on_twilio_host(host, &p);
  buffer_free(&base);
  if (!host) luaL_error(L, "out of memory");
  if (!is_twilio) return;
  if (strncmp(c->base_url, "http://", 7) == 0) misuse(L, "base_url is http://, but Twilio's hosts are https:// only");
  if (!lacks_edge(p.region, p.edge)) return;
  const char *edge = edge_of(p.region);
  misuse(L, "base_url has the region '%s' without an edge, where Twilio does not answer: the edge%s%s%s belongs before the region", p.region,
         edge ? " '" : "", edge ? edge : "", edge ? "'" : "");
}

/* The path of the base URL, "" when it has none. */
static const char *base_path(const struct client *c) {
  const char *host = c->base_url ? strstr(c->base_url, "://") + 3 : "";
  return host + strcspn(host, "/");
}

/* A path on the product's host; "//host" is another host's, to whoever resolves it. Servers below a base URL with a path
 * may or may not begin their links with that path. */
static const char *on_product(const struct client *c, const char *link, const char *product, struct place *p) {
  struct place other = {"", "", ""};
  if (link[0] != '/' || link[1] == '/' || link[1] == '\\') return NULL;
  if (!take_label(product, strlen(product), p->product)) return NULL;
  const char *rest = on_base(base_path(c), link, &other);
  int is_same = rest && (!*other.product || strcmp(other.product, p->product) == 0);
  return is_same ? rest : link;
}

/* The length of one of the characters at the beginning of the text, as it is or percent-encoded; 0: there is none. */
static size_t character_length(const char *text, const char *characters) {
  char hex[3] = "", *end = hex;
  if (*text && strchr(characters, *text)) return 1;
  if (*text != '%' || !text[1]) return 0;
  memcpy(hex, text + 1, 2);
  long code = strtol(hex, &end, 16);
  return end == hex + 2 && code > 0 && strchr(characters, (char)code) ? 3 : 0;
}

/* Servers differ in what they take for the end of a segment: '\' and ';', and encoded characters, count for some. */
int client_has_dots(const char *link) {
  const char *p = strchr(link, '/'), *end = link + strcspn(link, "?");
  for (; p && p < end; p++) {
    size_t before = character_length(p, "/\\"), first = before ? character_length(p + before, ".") : 0;
    size_t second = first ? character_length(p + before + first, ".") : 0;
    const char *behind = p + before + first + second;
    if (second && (behind >= end || *behind == '#' || character_length(behind, "/\\;"))) return 1;
  }
  return 0;
}

/* Appends a link's path and query: blanks and letters beyond ASCII are percent-encoded, as browsers do. */
static void add_link(struct buffer *out, const char *path) {
  for (size_t n; *path; path += n) {
    n = 0;
    while (path[n] && path[n] != ' ' && path[n] != '\\' && !(path[n] & 0x80)) n++;
    buffer_add(out, path, n);
    if (!path[n]) return;
    if (!n) wire_percent(out, path, n = 1);
  }
}

const char *client_link(lua_State *L, const struct client *c, const char *product, const char *link, size_t length, struct buffer *out) {
  struct place p = {"", "", ""};
  c = client_root(c);
  if (wire_has_control(link, length)) return lua_pushfstring(L, "contains control characters");
  const char *path = on_product(c, link, product, &p);
  if (!path) path = on_base(c->base_url, link, &p);
  if (!path) path = on_twilio(link, &p);
  if (!path) return lua_pushfstring(L, "is neither on https://….twilio.com nor on the client's base_url: credentials are sent nowhere else");
  if (memchr(path, '\\', strcspn(path, "?"))) return lua_pushfstring(L, "has a backslash in its path");
  if (!c->base_url && lacks_edge(c->region ? c->region : p.region, c->edge ? c->edge : p.edge)) {
    const char *edge = edge_of(p.region);
    return lua_pushfstring(L, "has the region '%s' without its edge%s%s%s: Twilio does not answer there", p.region, edge ? " '" : "",
                           edge ? edge : "", edge ? "'" : "");
  }
  add_base(c, &p, out);
  if (*path != '/') buffer_addc(out, '/');
  add_link(out, path);
  return NULL;
}

/* Life */

static struct client *new_client(lua_State *L) {
  struct client *c = userdata_new(L, sizeof *c, 0, client_name);
  lua_newtable(L);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, 1);
  engine_of_state_push(L);
  lua_rawseti(L, -2, 2);
  lua_newtable(L);
  lua_rawseti(L, -2, 3);
  lua_pushvalue(L, -1);
  compat_settable(L, -3);
  return c; /* the stack: the client, its table */
}

/* What the clients of an OAuth family share: the root of them, and the request for an access token while there is one (lua/twilio/token.lua). */
static void set_family(lua_State *L, int table) {
  lua_newtable(L);
  lua_pushvalue(L, table - 1);
  lua_setfield(L, -2, "client");
  lua_setfield(L, table, "oauth");
}

static void set_route(struct client *c) {
  c->route.user_agent = c->user_agent;
  c->route.proxy = c->proxy;
  c->route.ca_file = c->ca_file;
  c->route.serial = startup_serial();
}

int client_new(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  if (!lua_istable(L, 1)) return misuse(L, "twilio.client takes a table of options, got %s", luaL_typename(L, 1));
  if (lua_gettop(L) > 1) return misuse(L, "twilio.client takes one table of options");
  check_option_names(L, 1);
  struct client *c = new_client(L);
  int table = lua_gettop(L);
  credentials_read(L, &c->credentials, &c->account_sid, 1);
  if (c->credentials.kind == CREDENTIALS_OAUTH) set_family(L, table);
  const char *region_giver = set_label(L, 1, "region", "TWILIO_REGION", &c->region);
  set_label(L, 1, "edge", "TWILIO_EDGE", &c->edge);
  set_base_url(L, c, 1);
  if (!c->base_url) check_region(L, c, region_giver); /* a base URL has its own host */
  check_base_host(L, c);
  set_user_agent(L, c, 1);
  set_proxy(L, c, 1);
  set_text(L, 1, "ca_file", &c->ca_file);
  c->timeout = options_seconds(L, 1, "timeout", 30);
  c->connect_timeout = options_seconds(L, 1, "connect_timeout", 5);
  c->max_response = (size_t)options_whole(L, 1, "max_response", 32 << 20, 1, 1000000000);
  c->deadline = options_seconds(L, 1, "deadline", 0);
  c->grace = options_seconds(L, 1, "grace", 0);
  c->max_retry_wait = options_seconds(L, 1, "max_retry_wait", 30);
  c->retries = retry_option(L, 1, 3);
  c->low_speed_limit = options_whole(L, 1, "low_speed_limit", 1, 1, 1000000000);
  c->low_speed_time = options_whole(L, 1, "low_speed_time", 0, 1, 1000000);
  for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
    options_push_function(L, 1, hooks[i]);
    lua_setfield(L, table, hooks[i]);
  }
  lua_getfield(L, table, "log");
  c->has_log = !lua_isnil(L, -1);
  set_route(c);
  lua_settop(L, table - 1);
  return 1;
}

/* client:account(sid): the same credentials and settings, another account's resources. */
static int client_account(lua_State *L) {
  struct client *parent = client_check(L, 1);
  size_t length;
  if (lua_type(L, 2) != LUA_TSTRING) return misuse(L, "account takes an account SID, got %s", luaL_typename(L, 2));
  const char *sid = lua_tolstring(L, 2, &length);
  if (length == 0 || wire_has_control(sid, length)) return misuse(L, "the account SID is empty or contains control characters");
  client_check_open(L, parent);
  struct client *c = new_client(L);
  c->parent = parent; /* before the route: a collected child must not end its whole family's requests */
  c->account_sid = options_copy(L, sid, length);
  c->route = client_root(parent)->route;
  compat_gettable(L, 1);
  for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
    lua_getfield(L, -1, hooks[i]);
    lua_setfield(L, -3, hooks[i]);
  }
  lua_getfield(L, -1, "oauth");
  lua_setfield(L, -3, "oauth");
  lua_pushvalue(L, 1);
  lua_setfield(L, -3, "parent");
  lua_pop(L, 2);
  return 1;
}

/* close() and __close. Ends the requests in flight, wipes the secrets; never raises, may be called again. The texts
 * themselves stay until the collector comes: a finalizer may close the client within any allocation of ours. */
static int client_close(lua_State *L) {
  struct client *c = client_check(L, 1);
  if (c->closed) return 0;
  c->closed = 1;
  compat_gettable(L, 1);
  if (lua_istable(L, -1)) {
    lua_rawgeti(L, -1, 2);
    engine_of_state_cancel(L, -1, &c->route, c->parent == NULL);
  }
  credentials_close(&c->credentials);
  credentials_wipe(c->proxy); /* may have a password */
  return 0;
}

static int client_gc(lua_State *L) {
  struct client *c = client_check(L, 1);
  client_close(L);
  credentials_free(&c->credentials);
  char **const texts[] = {&c->base_url, &c->region, &c->edge, &c->user_agent, &c->proxy, &c->ca_file, &c->account_sid};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free_text(texts[i]);
  return 0;
}

/* Its resources are made once: most programs ask for the same one again and again. */
static int client_index(lua_State *L) {
  const struct client *c = client_check(L, 1);
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    if (!lua_isnil(L, -1)) return 1;
    if (strcmp(lua_tostring(L, 2), "account_sid") == 0) return lua_pushstring(L, client_is_closed(c) ? NULL : c->account_sid), 1;
  }
  client_check_open(L, c);
  lua_settop(L, 2);
  compat_gettable(L, 1);
  lua_rawgeti(L, 3, 3);
  lua_pushvalue(L, 2);
  lua_rawget(L, 4);
  if (!lua_isnil(L, 5)) return 1;
  resource_child_of_client(L, lua_upvalueindex(1));
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, 4);
  return 1;
}

static int client_tostring(lua_State *L) {
  const struct client *c = client_check(L, 1);
  lua_pushfstring(L, "twilio.client %s", client_is_closed(c) ? "(closed)" : c->account_sid ? c->account_sid : "(no account)");
  return 1;
}

static int client_assign(lua_State *L) {
  return misuse(L, "a client has no fields to assign to: its options are those that it was made with");
}

void client_register(lua_State *L) {
  static const luaL_Reg meta[] = {
      {"__gc", client_gc}, {"__close", client_close}, {"__tostring", client_tostring}, {"__newindex", client_assign}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"close", client_close}, {"account", client_account}, {NULL, NULL}};
  compat_setfuncs(L, methods);
  userdata_metatable(L, client_name, meta, client_index);
}
