#include "client/redirect_target.h"

#include <string.h>
#include <strings.h>

#include "client/authority.h"
#include "client/base_url.h"
#include "client/origin.h"
#include "text/wire_text.h"

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

/* Appends the target's path and query to `path`. Returns NULL, or as redirect_target_add. */
static const char *resolve_path(const struct authority *from, const char *location, struct buffer *path) {
  struct authority to;
  if (location[0] == '/' && (location[1] == '/' || location[1] == '\\')) return ""; /* a host without a scheme */
  if (has_scheme(location)) {
    if (!authority_read(location, &to) || !authority_is_same(from, &to)) return "";
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

const char *redirect_target_add(const char *from, const char *location, size_t length, struct buffer *out) {
  struct authority authority;
  struct buffer text = {0}, path = {0};
  const char *fault;
  if (!authority_read(from, &authority)) return "";
  buffer_add(&text, location, length);
  if (wire_has_control(location, length))
    fault = "it contains control characters";
  else
    fault = buffer_cstr(&text) ? resolve_path(&authority, text.data, &path) : "there is no memory for its URL";
  if (!fault) {
    buffer_add(out, from, (size_t)(authority.path - from));
    authority_add_path(out, path.data);
  }
  buffer_free(&text);
  buffer_free(&path);
  return fault;
}

/* Appends the scheme of `from` if the reference is "//host/path". */
static void add_absolute(struct buffer *out, const char *from, const char *location, size_t length) {
  if (length > 1 && location[0] == '/' && location[1] == '/') buffer_add(out, from, strcspn(from, "/"));
  buffer_add(out, location, length);
}

const char *redirect_target_add_elsewhere(const char *from, const char *location, size_t length, struct buffer *out) {
  struct authority authority = {0};
  struct buffer text = {0};
  const char *fault = NULL;
  add_absolute(&text, from, location, length);
  const char *url = buffer_cstr(&text);
  if (!url)
    fault = "there is no memory for its URL";
  else if (wire_has_control(location, length))
    fault = "it contains control characters";
  else if (!authority_read(url, &authority) || authority.length == 0)
    fault = "its target is no http:// or https:// URL with a host alone";
  else if (!authority.is_secure && (strncasecmp(from, "http:", 5) != 0 || !base_url_is_loopback(authority.host)))
    fault = "its target is not https://";
  if (!fault) {
    buffer_add(out, url, (size_t)(authority.path - url));
    if (*authority.path != '/') buffer_addc(out, '/');
    text.data[strcspn(url, "#")] = '\0';
    authority_add_path(out, authority.path);
  }
  buffer_free(&text);
  return fault;
}
