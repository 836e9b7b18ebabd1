#include "request/raw_request.h"

#include <string.h>
#include <strings.h>

#include "request/request.h"
#include "request/upload_body.h"
#include "request/value.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/wire_text.h"
#include "transport/upload.h"

static const char *const raw_request_names[] = {"method", "url",  "product",      "path",      "query",   "form",
                                                "json",   "body", "content_type", "multipart", "headers", NULL};

static const char *get_raw_text(lua_State *L, const char *name, const char *otherwise) {
  size_t length;
  lua_getfield(L, 2, name);
  if (lua_isnil(L, -1)) return otherwise;
  if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "'%s' must be a string, got %s", name, luaL_typename(L, -1));
  const char *text = lua_tolstring(L, -1, &length);
  if (length == 0 || wire_has_control(text, length)) misuse(L, "'%s' is empty or contains control characters", name);
  return text;
}

/* Raises for characters that would end the URL early or are not allowed in a URL. */
static void check_encoded(lua_State *L, const char *name, const char *text, size_t length) {
  if (!wire_is_url_text(text, length)) misuse(L, "'%s' must be percent-encoded", name);
}

/* Pushes a link for a message, without the parts that may be secret: user, password and query. */
static const char *push_shown(lua_State *L, const char *link) {
  size_t length = strcspn(link, "?#");
  const char *from = link + length;
  while (from > link && from[-1] != '@') from--;
  lua_pushlstring(L, from, length - (size_t)(from - link));
  if (from > link) lua_pushfstring(L, "***@%s", lua_tostring(L, -1));
  return lua_tostring(L, -1);
}

static void set_raw_url(lua_State *L, struct request *r) {
  const char *url = get_raw_text(L, "url", NULL), *path = get_raw_text(L, "path", NULL), *product = get_raw_text(L, "product", NULL);
  const char *link = url ? url : path;
  if (!link || (url && path)) misuse(L, "client:request needs either url or path (with product, \"api\" by default)");
  if (url && product) misuse(L, "client:request takes url or product, not both");
  if (path && *path != '/') misuse(L, "'path' must start with '/', got '%s'", push_shown(L, path));
  if (!product) product = "api";
  if (strspn(product, "abcdefghijklmnopqrstuvwxyz0123456789-_") != strlen(product) || strlen(product) > 63)
    misuse(L, "'%s' is not a product", product);
  if (strchr(product, '_')) product = luaL_gsub(L, product, "_", "-");
  check_encoded(L, url ? "url" : "path", link, strlen(link));
  if (origin_has_dots(link)) misuse(L, "'%s' has a segment '..', which may lead to another path", push_shown(L, link));
  const char *fault = origin_add_link(L, client_origin(r->client), product, link, strlen(link), &r->asked.url);
  if (fault) misuse(L, "'%s' %s", push_shown(L, link), fault);
  const char *host = url ? strstr(url, "://") : NULL, *behind = host ? host + 3 + strcspn(host + 3, "/?") : link;
  buffer_add(&r->asked.path, behind, strcspn(behind, "?"));
}

/* Appends the pairs of the table or string of that name. Returns 0 if it is absent. */
static int add_pairs(lua_State *L, const char *name, struct buffer *out) {
  lua_getfield(L, 2, name);
  if (lua_isnil(L, -1)) return 0;
  if (lua_type(L, -1) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    check_encoded(L, name, text, length);
    buffer_add(out, text, length);
    return 1;
  }
  if (!lua_istable(L, -1)) misuse(L, "'%s' must be a table or a string, got %s", name, luaL_typename(L, -1));
  value_add_pairs(L, -1, out);
  return 1;
}

/* Whether the name is a token as defined by RFC 9110. */
static int is_token(const char *name, size_t length) {
  static const char characters[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return length > 0 && strspn(name, characters) == length;
}

/* Whether libcurl sends this header itself. The program must not set such a header. With a wrong
 * Content-Length, for example, the server would take the rest of the body for the next request on
 * the connection. That request may belong to another client. */
static int is_of_connection(const char *name) {
  static const char *const names[] = {
      "Connection", "Content-Length",    "Expect",  "Host", "HTTP2-Settings", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE",
      "Trailer",    "Transfer-Encoding", "Upgrade", NULL};
  for (const char *const *each = names; *each; each++)
    if (strcasecmp(name, *each) == 0) return 1;
  return 0;
}

static void add_headers(lua_State *L, struct request *r) {
  lua_getfield(L, 2, "headers");
  if (lua_isnil(L, -1)) return;
  if (!lua_istable(L, -1)) misuse(L, "'headers' must be a table, got %s", luaL_typename(L, -1));
  int headers = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, headers)) {
    size_t name_length, length;
    if (lua_type(L, -2) != LUA_TSTRING) misuse(L, "the name of a header must be a string, got a %s", luaL_typename(L, -2));
    const char *name = lua_tolstring(L, -2, &name_length);
    if (!is_token(name, name_length)) misuse(L, "'%s' is not a valid header name", name);
    if (is_of_connection(name)) misuse(L, "header '%s' belongs to the connection and cannot be set", name);
    if (client_root(r->client)->validation.is_required && strcasecmp(name, REQUEST_VALIDATION_HEADER) == 0)
      misuse(L, "header '%s' is set by the client, which has the option client_validation", name);
    if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "header '%s' must be a string, got %s", name, luaL_typename(L, -1));
    const char *value = lua_tolstring(L, -1, &length);
    if (wire_has_control(value, length)) misuse(L, "header '%s' contains control characters", name);
    request_add_header(L, r, name, value);
    lua_pop(L, 1);
  }
}

static enum api_method get_method(lua_State *L, int has_body) {
  const char *method = get_raw_text(L, "method", has_body ? "POST" : "GET");
  for (int i = API_GET; i <= API_DELETES; i++)
    if (strcmp(method, request_methods[i]) == 0) return (enum api_method)i;
  misuse(L, "'%s' is not a method: use GET, POST, PUT, PATCH or DELETE", method);
  return API_GET;
}

static void check_field_names(lua_State *L) {
  lua_pushnil(L);
  while (lua_next(L, 2)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "the name of a field of the request must be a string, got a %s", luaL_typename(L, -1));
    misuse_check_name(L, "field", lua_tostring(L, -1), raw_request_names);
  }
}

/* Encodes `form` or `json` into the body. */
static enum api_content set_body(lua_State *L, struct request *r) {
  int has_form = add_pairs(L, "form", &r->asked.body);
  lua_getfield(L, 2, "json");
  if (lua_isnil(L, -1)) return has_form ? API_FORM : API_NO_BODY;
  if (has_form) misuse(L, "client:request takes form or json, not both");
  value_add_json(L, -1, &r->asked.body);
  return API_JSON;
}

/* Adds the header Content-Type of `body`. */
static void add_content_type(lua_State *L, struct request *r, enum upload_content upload) {
  const char *type = get_raw_text(L, "content_type", NULL);
  if (upload == UPLOAD_BODY && !type) misuse(L, "'body' needs content_type, such as \"audio/mpeg\"");
  if (upload != UPLOAD_BODY && type) misuse(L, "'content_type' belongs to 'body'%s", upload ? ". Each part of 'multipart' has its own" : "");
  if (type) request_add_header(L, r, "Content-Type", type);
}

/* Raises for a form or JSON that would be sent as another type: the server could not read it. */
static void check_content_type(lua_State *L, enum api_content content, enum upload_content upload) {
  int top = lua_gettop(L);
  lua_getfield(L, 2, "headers");
  for (lua_pushnil(L); lua_istable(L, top + 1) && lua_next(L, top + 1); lua_pop(L, 1)) {
    const char *type = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    if (lua_type(L, -2) != LUA_TSTRING || strcasecmp(lua_tostring(L, -2), "Content-Type") != 0) continue;
    if (upload) misuse(L, "the header Content-Type is set by %s", upload == UPLOAD_BODY ? "content_type" : "multipart");
    if (content != API_NO_BODY && strncasecmp(type, "multipart/", 10) == 0)
      misuse(L, "'%s' is not sent as %s: pass multipart instead", content == API_FORM ? "form" : "json", type);
  }
  lua_settop(L, top);
}

struct request *raw_request_new(lua_State *L) {
  struct settings settings;
  struct client *client = client_check(L, 1);
  client_check_open(L, client);
  if (!request_optional_table(L, 2, "the request")) misuse(L, "client:request takes a table { method=, url= or product=, path=, … }");
  int options = request_optional_table(L, 3, "the options");
  if (lua_gettop(L) > 3) misuse(L, "too many arguments to 'request'");
  lua_settop(L, 3);
  luaL_checkstack(L, 30, "request");
  request_read_options(L, options, OPTION_OF_RAW, client, &settings);
  check_field_names(L);
  struct request *r = request_push(L, 1, client);
  int self = lua_gettop(L);
  r->asked.op = REQUEST_RAW;
  set_raw_url(L, r);
  add_pairs(L, "query", &r->asked.query);
  enum api_content content = set_body(L, r);
  enum upload_content upload = upload_body_read(L, r);
  if (upload && content != API_NO_BODY) misuse(L, "client:request takes one of form, json, body and multipart");
  check_content_type(L, content, upload);
  enum api_method method = get_method(L, content != API_NO_BODY || upload);
  int bare = method == API_GET || method == API_DELETES;
  if (bare && (content != API_NO_BODY || upload)) misuse(L, "%s takes no form, json, body or multipart", request_methods[method]);
  if (!bare && content == API_NO_BODY && !upload) content = API_FORM;
  request_set_headers(r, API_BASIC, content, method == API_DELETES ? API_NO_BODY : API_JSON);
  add_headers(L, r);
  add_content_type(L, r, upload);
  if ((r->asked.authorization.data || r->asked.takes_bearer) && buffer_cstr(&r->asked.path))
    client_check_account(L, r->client, "the request", r->asked.path.data);
  request_set_options(L, self, options, &settings);
  request_seal(L, r, method, !bare && (!upload || (upload == UPLOAD_BODY && !r->transfer.upload->path)));
  lua_settop(L, self);
  return r;
}
