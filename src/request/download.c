#include "request/download.h"

#include <stdlib.h>
#include <string.h>

#include "support/atomic_file.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/wire_text.h"

enum { MOST_ERROR_BODY = 1 << 20 }; /* bytes of the body of an error, which is kept in memory */

/* ---- arguments ---- */

/* Reads the option max_size: the largest number of bytes, or 0. */
static uint64_t get_limit(lua_State *L, int options) {
  static const double most = 9007199254740992.0; /* 2^53: larger numbers are not exact */
  if (!options) return 0;
  lua_getfield(L, options, "max_size");
  if (lua_isnil(L, -1)) return 0;
  double value = lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : 0;
  if (!(value >= 1 && value <= most && value == (double)(uint64_t)value))
    misuse(L, "option 'max_size' must be a whole number of bytes, at least 1, got %s", options_push_shown(L, -1, "max_size"));
  return (uint64_t)value;
}

/* Sets the URL. Returns whether it is on a host that must not get credentials. */
static int set_download_url(lua_State *L, struct request *r) {
  size_t length;
  if (lua_type(L, 2) != LUA_TSTRING) misuse(L, "download takes a URL, got %s", luaL_typename(L, 2));
  const char *url = lua_tolstring(L, 2, &length);
  if (length == 0 || !wire_is_url_text(url, length)) misuse(L, "the URL of a download must be percent-encoded, without '#'");
  const struct origin *o = client_origin(r->client);
  int is_elsewhere = origin_is_elsewhere(o, url);
  if (!is_elsewhere && origin_has_dots(url)) misuse(L, "the URL of a download has a segment '..', by which it may lead elsewhere");
  const char *fault =
      is_elsewhere ? redirect_target_add_elsewhere(url, url, length, &r->asked.url) : origin_add_link(L, o, "api", url, length, &r->asked.url);
  if (is_elsewhere && fault) misuse(L, "the URL of a download must start with https:// and a host");
  if (fault) misuse(L, "the URL of the download %s", fault);
  const char *whole = buffer_cstr(&r->asked.url), *path = whole ? origin_path(o, whole) : "";
  buffer_add(&r->asked.path, path, strcspn(path, "?"));
  return is_elsewhere;
}

/* ---- the request ---- */

static struct sink *new_sink(lua_State *L, struct request *r, int file) {
  struct sink *sink = calloc(1, sizeof *sink);
  if (!sink) luaL_error(L, "out of memory");
  sink->fd = -1;
  r->transfer.sink = sink; /* the finalizer of the request frees it */
  if (lua_isnil(L, file)) return sink;
  sink->fd = atomic_file_descriptor(L, file);
  if (sink->fd < 0) sink->error = -sink->fd;
  return sink;
}

struct request *download_new(lua_State *L) {
  struct settings settings;
  struct client *client = client_check(L, 1);
  client_check_open(L, client);
  int options = request_optional_table(L, 3, "the options");
  lua_settop(L, 4);
  luaL_checkstack(L, 30, "download");
  request_read_options(L, options, OPTION_OF_DOWNLOAD, client, &settings);
  uint64_t limit = get_limit(L, options);
  struct request *r = request_push(L, 1, client);
  int self = lua_gettop(L);
  struct sink *sink = new_sink(L, r, 4);
  sink->limit = limit;
  r->asked.op = REQUEST_RAW;
  sink->is_elsewhere = sink->starts_elsewhere = set_download_url(L, r);
  request_set_headers(r, sink->is_elsewhere ? API_NO_AUTH : API_BASIC, API_NO_BODY, API_NO_BODY);
  r->asked.accept.data = NULL; /* libcurl then accepts any type */
  if (!sink->is_elsewhere && buffer_cstr(&r->asked.path)) client_check_account(L, client, "the download", r->asked.path.data);
  request_set_options(L, self, options, &settings);
  if (r->transfer.max_response > MOST_ERROR_BODY) r->transfer.max_response = MOST_ERROR_BODY;
  request_seal(L, r, API_GET, 0);
  sink->own_headers = r->transfer.headers;
  if (sink->is_elsewhere) r->transfer.headers = NULL;
  lua_settop(L, self);
  return r;
}

/* ---- attempts ---- */

static void set_elsewhere(struct request *r, int is_elsewhere) {
  struct sink *sink = r->transfer.sink;
  sink->is_elsewhere = is_elsewhere;
  r->transfer.headers = is_elsewhere ? NULL : sink->own_headers;
}

void download_follow(struct request *r, struct buffer *url, int is_elsewhere) {
  struct sink *sink = r->transfer.sink;
  request_move(r, url);
  if (!sink->first_url.length) {
    sink->first_url = *url;
    *url = (struct buffer){0};
  }
  if (is_elsewhere) set_elsewhere(r, 1);
  sink->is_redirected = 1;
}

int download_begin(struct request *r) {
  struct sink *sink = r->transfer.sink;
  if (!sink) return 0;
  if (!sink->is_redirected && sink->first_url.length) { /* the last attempt was redirected, and failed */
    request_move(r, &sink->first_url);
    buffer_free(&sink->first_url);
    set_elsewhere(r, sink->starts_elsewhere);
    r->call.redirects = 0;
  }
  sink->is_redirected = 0;
  return sink->error ? sink->error : sink_begin(sink);
}
